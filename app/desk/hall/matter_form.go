package hall

import (
	"cmp"
	"strings"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/office/duty"
)

// ShowMatter shows an open matter with its history, and what can be done with it.
func (v *View) ShowMatter(id string) {
	c, ok := v.now.Matter(id)
	if !ok {
		return
	}
	f := look.NewForm(v.win, v.in, v.under(c))
	f.Words(cmp.Or(c.Title, v.title("")), look.Ink)
	left, colour := v.left(c)
	f.Words(left, colour)
	for _, line := range v.history(c) {
		f.Words(line, look.Faint)
	}
	act := func(key string, do func(Clocked)) {
		f.Button(v.say(key), func() {
			f.Hide()
			do(c)
		})
	}
	f.Strong(v.say("move.done"), func() {
		f.Hide()
		v.askDone(c)
	})
	act("move.hand", v.askHand)
	if c.State == duty.MatterPaused {
		act("move.resume", v.resume)
	} else if c.Emergency == "" {
		act("move.pause", v.askPause)
	}
	act("move.step", v.askStep)
	act("move.carry", v.askCarry)
	if c.Emergency != "" && v.model.CanFilm() {
		act("move.film", v.film)
	}
	f.Button(v.say("close"), f.Hide)
	f.Show()
}

// history is what happened to a matter, oldest first.
func (v *View) history(c Clocked) (lines []string) {
	day := v.now.Day.Day
	lines = append(lines, v.say("was.opened", "at", v.clock(c.Opened, day), "by", v.author(c.Author)))
	if c.Due != "" {
		lines = append(lines, v.say("was.due", "at", v.clock(c.Due, day)))
	}
	for _, h := range c.Hands {
		lines = append(lines, v.say("was.handed", "at", v.clock(h.At, day), "from", h.From, "to", h.To)+reason(h.Reason))
	}
	for _, p := range c.Pauses {
		lines = append(lines, v.say("was.paused", "at", v.clock(p.From, day), "to", v.clock(p.To, day))+reason(p.Reason))
	}
	for _, k := range c.Carried {
		lines = append(lines, v.say("was.carried", "day", string(k.Day), "owner", k.Owner)+reason(k.Reason))
	}
	for _, r := range v.now.Rows {
		if r.Matter == c.ID && r.Act == duty.Step {
			lines = append(lines, v.say("was.step", "at", v.clock(r.When(), day), "by", v.author(r.Author), "text", v.tell(r.Entry)))
		}
	}
	for _, r := range c.Recording {
		lines = append(lines, v.say("fact", "name", v.field("recording"), "text", r))
	}
	return lines
}

func reason(text string) string {
	if text == "" {
		return ""
	}
	return "　" + text
}

// move asks for one entry on a matter. build fills it in from the form's fields.
func (v *View) move(c Clocked, act duty.Act, form *look.Form, build func(*duty.Entry)) {
	v.one(form, duty.Entry{Act: act, Matter: c.ID}, func(e *duty.Entry) error {
		build(e)
		return nil
	})
}

func (v *View) moving(c Clocked, key string) *look.Form {
	f := look.NewForm(v.win, v.in, v.say("move."+key))
	f.Words(cmp.Or(c.Title, v.title("")), look.Faint)
	return f
}

// text is what a field holds, without space around it.
func text(f *control.Field) string { return strings.TrimSpace(f.Text()) }

func (v *View) askDone(c Clocked) {
	f := v.moving(c, "done")
	outcome := f.Field(v.field("outcome"), v.say("outcome_hint"), "")
	v.move(c, duty.Done, f, func(e *duty.Entry) { e.Outcome = text(outcome) })
}

func (v *View) askHand(c Clocked) {
	f := v.moving(c, "hand")
	to := f.Field(v.field("owner"), v.say("owner_hint"), "")
	why := f.Field(v.field("reason"), v.say("optional"), "")
	tier := f.Choice(v.field("tier"), v.options(v.rules.Words().Tiers), c.Tier)
	v.move(c, duty.Hand, f, func(e *duty.Entry) { e.Owner, e.Reason, e.Tier = text(to), text(why), tier.Code() })
}

func (v *View) askPause(c Clocked) {
	f := v.moving(c, "pause")
	why := f.Field(v.field("reason"), v.say("pause_hint"), "")
	v.move(c, duty.Pause, f, func(e *duty.Entry) { e.Reason = text(why) })
}

func (v *View) resume(c Clocked) {
	v.wait(v.model.Add(duty.Entry{Act: duty.Resume, Matter: c.ID}), nil, nil)
}

func (v *View) askStep(c Clocked) {
	f := v.moving(c, "step")
	what := f.Field(v.field("text"), "", "")
	who := f.Field(v.field("people"), v.say("people_hint"), "")
	at := v.when(f, v.say("stated"), v.say("stated_hint"))
	v.one(f, duty.Entry{Act: duty.Step, Matter: c.ID}, func(e *duty.Entry) (err error) {
		e.Text, e.People = text(what), names(who.Text())
		e.Stated, err = at()
		return err
	})
}

func (v *View) askCarry(c Clocked) {
	f := v.moving(c, "carry")
	why := f.Field(v.field("reason"), v.say("carry_hint"), "")
	owner := f.Field(v.field("owner"), v.say("owner_hint"), c.Owner)
	v.move(c, duty.Carry, f, func(e *duty.Entry) { e.Reason, e.Owner = text(why), text(owner) })
}

func (v *View) film(c Clocked) {
	v.wait(v.model.Film(c), nil, nil)
}

// names are the names in a list that a person typed.
func names(list string) []string {
	var all []string
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(",，、;；\n", r) }) {
		if name = strings.TrimSpace(name); name != "" {
			all = append(all, name)
		}
	}
	return all
}

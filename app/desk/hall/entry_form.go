package hall

import (
	"strings"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/office/duty"
)

// form is a question for one or more entries. build answers them, or why they cannot be.
func (v *View) form(f *look.Form, do string, build func() ([]duty.Entry, error), then func(Answer)) {
	f.Strong(do, func() {
		if v.busy(f) {
			return
		}
		entries, err := build()
		if err != nil {
			f.Tell(v.explain(err))
			return
		}
		v.wait(v.model.Add(entries...), f, then)
	})
	f.Button(v.say("cancel"), f.Hide)
	f.Show()
}

// one is the usual form: one entry with an id of its own, so that pressing twice enters it once.
func (v *View) one(f *look.Form, e duty.Entry, build func(*duty.Entry) error) {
	e.ID = duty.NewID()
	sign := v.signer(f)
	v.form(f, v.say("do"), func() ([]duty.Entry, error) {
		sign()
		made := e
		err := build(&made)
		return []duty.Entry{made}, err
	}, nil)
}

// signer asks who keeps the log, where that is not known yet.
func (v *View) signer(f *look.Form) (sign func()) {
	if v.model.Typed.Newest().Author != "" {
		return func() {}
	}
	by := f.Field(v.say("by"), v.say("name_hint"), "")
	return func() { v.model.Sign(by.Text()) }
}

func (v *View) newForm(key string) *look.Form { return look.NewForm(v.win, v.in, v.say(key)) }

// payer asks for a taxpayer.
func (v *View) payer(f *look.Form, name, uscc string) (get func(*duty.Entry)) {
	who := f.Field(v.field("taxpayer"), v.say("optional"), name)
	code := f.Field(v.say("uscc"), v.say("optional"), uscc)
	return func(e *duty.Entry) { e.Taxpayer.Name, e.Taxpayer.USCC = text(who), strings.ToUpper(text(code)) }
}

// when asks for a time; end is the time of day that a date alone means.
func (v *View) when(f *look.Form, label, hint string) (get func() (string, error)) {
	field := f.Field(label, hint, "")
	return func() (string, error) { return ParseWhen(field.Text(), v.now.Now, v.rules.Hours.To) }
}

// place asks where it happened.
func (v *View) place(f *look.Form, zone, desk string) (get func(*duty.Entry)) {
	where := f.Choice(v.field("zone"), v.none(v.options(v.rules.Zones)), zone)
	at := f.Field(v.field("desk"), v.say("optional"), desk)
	return func(e *duty.Entry) { e.Zone, e.Desk = where.Code(), text(at) }
}

// askAmend puts an entry right: a new entry that names it. Both stay.
func (v *View) askAmend(r Row) {
	f := v.newForm("amend")
	f.Words(v.say("amend_how"), look.Faint)
	what := f.Field(v.field("text"), "", r.Text)
	what.SetMax(duty.MaxText)
	kind := f.Choice(v.field("kind"), v.kinds(), r.Kind)
	at := v.when(f, v.say("stated"), v.say("stated_hint"))
	place := v.place(f, r.Zone, r.Desk)
	payer := v.payer(f, r.Taxpayer.Name, r.Taxpayer.USCC)
	v.one(f, duty.Entry{Corrects: r.ID, Act: duty.Note, Matter: r.Matter, Stated: r.Stated}, func(e *duty.Entry) error {
		e.Text, e.Kind = text(what), kind.Code()
		place(e)
		payer(e)
		stated, err := at()
		if stated != "" {
			e.Stated = stated
		}
		return err
	})
}

// askFirst registers a question: the tier says who answers, the limit starts its clock.
func (v *View) askFirst() {
	f := v.newForm("first_asked")
	rule := v.rules.Kind("FIRST_ASKED")
	what := f.Field(v.field("text"), v.say("question_hint"), "")
	tier := f.Choice(v.field("tier"), v.options(v.rules.Words().Tiers), rule.Tier)
	limit := f.Choice(v.field("limit"), v.limits(), rule.Limit)
	owner := f.Field(v.field("owner"), v.say("owner_self"), "")
	due := v.when(f, v.field("due"), v.say("due_hint"))
	payer := v.payer(f, "", "")
	v.one(f, duty.Entry{Kind: "FIRST_ASKED", Act: duty.Begin}, func(e *duty.Entry) (err error) {
		e.Text, e.Tier, e.Limit, e.Owner = text(what), tier.Code(), limit.Code(), text(owner)
		payer(e)
		e.Due, err = due()
		return err
	})
}

// askReview enters what the final approver's pre-review found; its slip is printed.
func (v *View) askReview() {
	f := v.newForm("prereview")
	what := f.Field(v.field("text"), v.say("review_hint"), "")
	result := f.Choice(v.field("outcome"), []look.Option{
		{Code: duty.Accepted, Text: v.say("review.accepted")}, {Code: duty.Supplement, Text: v.say("review.supplement")}}, duty.Accepted)
	lacks := f.Field(v.field("lacks"), v.say("lacks_hint"), "")
	payer := v.payer(f, "", "")
	v.one(f, duty.Entry{Act: duty.Review}, func(e *duty.Entry) error {
		e.Text, e.Code = text(what), result.Code()
		if e.Code == duty.Supplement {
			e.Lacks = names(lacks.Text())
		}
		payer(e)
		return nil
	})
}

// askEmergency opens an emergency.
func (v *View) askEmergency() {
	f := v.newForm("emergency")
	kind := f.Choice(v.field("kind"), v.options(v.rules.Words().Emergencies), "network")
	what := f.Field(v.field("text"), v.say("emergency_hint"), "")
	who := f.Field(v.field("people"), v.say("people_hint"), "")
	place := v.place(f, "", "")
	v.one(f, duty.Entry{Kind: incident, Act: duty.Begin}, func(e *duty.Entry) error {
		e.Code, e.Text, e.People = kind.Code(), text(what), names(who.Text())
		if e.Text == "" {
			e.Text = v.emergency(e.Code) // the event first, its words later
		}
		place(e)
		return nil
	})
}

// decisions is how many decisions of a meeting are asked for at a time.
const decisions = 3

// askMeeting takes the minutes; each decision becomes a matter.
func (v *View) askMeeting() {
	f := v.newForm("meeting")
	minutes := f.Area(v.say("minutes_of"), v.say("minutes_hint"), "", 3)
	who := f.Field(v.field("people"), v.say("people_hint"), "")
	var what, owner [decisions]*control.Field
	ids := []string{duty.NewID()}
	for i := range decisions {
		what[i] = f.Field(v.say("decision"), v.say("decision_hint"), "")
		owner[i] = f.Field(v.field("owner"), v.say("owner_self"), "")
		ids = append(ids, duty.NewID())
	}
	limit := f.Choice(v.field("limit"), v.limits(), v.rules.Kind("MEETING").Limit)
	due := v.when(f, v.field("due"), v.say("due_hint"))
	sign := v.signer(f)
	v.form(f, v.say("do"), func() ([]duty.Entry, error) {
		sign()
		at, err := due()
		entries := []duty.Entry{{ID: ids[0], Kind: "MEETING", Act: duty.Note, Text: strings.TrimSpace(minutes.Text()), People: names(who.Text())}}
		for i := range decisions {
			if text(what[i]) != "" {
				entries = append(entries, duty.Entry{ID: ids[i+1], Kind: "MEETING", Act: duty.Begin, Text: text(what[i]),
					Owner: text(owner[i]), Limit: limit.Code(), Due: at})
			}
		}
		return entries, err
	}, nil)
}

// askPatrol enters a round.
func (v *View) askPatrol() {
	f := v.newForm("patrol")
	what := f.Choice(v.say("patrol_of"), v.options(v.rules.Patrols), "")
	found := f.Field(v.field("text"), v.say("patrol_hint"), v.say("patrol_good"))
	place := v.place(f, "", "")
	v.one(f, duty.Entry{Act: duty.Patrol}, func(e *duty.Entry) error {
		e.Code, e.Text = what.Code(), text(found)
		place(e)
		return nil
	})
}

// askReport enters a department's daily report.
func (v *View) askReport() {
	f := v.newForm("report")
	from := f.Field(v.say("department"), "", "")
	what := f.Area(v.field("text"), v.say("report_hint"), "", 4)
	v.one(f, duty.Entry{Act: duty.Report}, func(e *duty.Entry) error {
		e.Desk, e.Text = text(from), strings.TrimSpace(what.Text())
		return nil
	})
}

// askRoster says who sits where today.
func (v *View) askRoster() {
	f := v.newForm("roster")
	zone := f.Choice(v.field("zone"), v.options(v.rules.Zones), "expert")
	who := f.Field(v.field("people"), v.say("people_hint"), "")
	v.one(f, duty.Entry{Act: duty.Roster}, func(e *duty.Entry) error {
		e.Zone, e.People = zone.Code(), names(who.Text())
		return nil
	})
}

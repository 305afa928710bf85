package write

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/capture/transcript"
)

// steps lead from the last answer to the last signature: read, correct in sight, sign or refuse.
type steps struct {
	v     *View
	body  *fyne.Container
	shown string // what body was made for
	next  func() // what the button of the next step does; nil when there is none
}

func newSteps(v *View) *steps { return &steps{v: v, body: container.New(look.Column{Gap: 2})} }

// party is somebody who signs.
type party struct{ Party, Name string }

// parties lists who signs, in the order of the form.
func (s Sheet) parties() []party {
	list := []party{{transcript.PartyInterviewee, ""}}
	if len(s.Plan.Persons) > 0 {
		list[0].Name = s.Plan.Persons[0].Name
	}
	for _, o := range s.Plan.Officers {
		list = append(list, party{transcript.PartyInterviewer, o.Name})
	}
	if s.Plan.Clerk.Name != "" {
		list = append(list, party{transcript.PartyClerk, s.Plan.Clerk.Name})
	}
	return list
}

// waiting finds the party whose turn it is.
func (s Sheet) waiting() (party, bool) {
	for _, p := range s.parties() {
		done := false
		for _, g := range s.Signatures {
			done = done || g.Party == p.Party && g.Name == p.Name
		}
		if !done {
			return p, true
		}
	}
	return party{}, false
}

// onward takes the next step, but asks nothing over a question that is there already: on a busy machine one press of
// the keys can come twice.
func (t *steps) onward() {
	if t.next != nil && t.v.win.Canvas().Overlays().Top() == nil {
		t.next()
	}
}

func (t *steps) draw(s Sheet) {
	p, waits := s.waiting()
	shown := strings.Join([]string{s.ID, p.Party, p.Name, s.Closing}, "\n")
	if s.Reading {
		shown += "r"
	}
	if t.shown == shown {
		return
	}
	t.shown = shown
	v := t.v
	t.body.Objects, t.next = nil, nil
	for _, g := range s.Signatures {
		t.body.Add(look.Wrap(v.signature(g)))
	}
	row := container.NewHBox()
	switch {
	case s.ID == "":
	case !s.Reading:
		t.next = v.askRead
		row.Add(look.Least(160, look.Target, look.NewButton(v.say("write.read"), t.next)))
	case waits:
		if !s.Signed() {
			t.body.Add(look.Text(v.say("write.reading"), look.Small, look.Amber))
		}
		t.body.Add(look.Wrap(v.say("write.sign.next", "party", v.say("write.party."+p.Party), "name", p.Name)))
		t.next = func() { v.askSign(p) }
		row.Add(look.Least(160, look.Target, look.NewButton(v.say("write.sign"), t.next)))
	}
	if v.actions.Print != nil && s.ID != "" {
		row.Add(look.Least(120, look.Target, look.NewButton(v.say("write.print"), v.print)))
	}
	t.body.Add(row)
	v.frame.Refresh()
}

func (v *View) signature(g transcript.Signature) string {
	key := "write.signed"
	if g.State == transcript.Refused {
		key = "write.refused"
	}
	return v.say(key, "party", v.say("write.party."+g.Party), "name", g.Name, "reason", g.Reason)
}

func (v *View) askRead() {
	look.Ask(v.win, v.say("write.read"), look.Words(v.say("write.read.ask")),
		look.Answer{Text: v.say("write.ok"), Strong: true, Do: func() {
			v.model.Read()
			v.now()
		}},
		look.Answer{Text: v.say("write.back")})
}

// askSign notes what a party did with the paper. A refusal without a reason is not noted.
func (v *View) askSign(p party) {
	reason, attestor := control.NewField(v.in), control.NewField(v.in)
	reason.SetPlaceHolder(v.say("write.sign.reason"))
	attestor.SetPlaceHolder(v.say("write.sign.attestor"))
	sign := func(party, name, state, reason string) {
		v.model.Sign(transcript.Signature{Party: party, Name: name, State: state, Reason: reason})
		v.now()
	}
	body := container.NewVBox(look.Words(v.say("write.sign.ask", "closing", v.sheet.Closing)), reason, attestor)
	look.Ask(v.win, v.say("write.party."+p.Party)+" "+p.Name, body,
		look.Answer{Text: v.say("write.sign.done"), Strong: true, Do: func() { sign(p.Party, p.Name, transcript.Signed, "") }},
		look.Answer{Text: v.say("write.sign.refused"), Do: func() {
			why := strings.TrimSpace(reason.Text())
			if why == "" {
				v.tell(v.say("write.sign.reason"))
				return
			}
			sign(p.Party, p.Name, transcript.Refused, why)
			if witness := strings.TrimSpace(attestor.Text()); witness != "" {
				sign(transcript.PartyAttestor, witness, transcript.Signed, "")
			}
		}},
		look.Answer{Text: v.say("write.back")})
}

// print makes the paper off the window's goroutine and shows it.
func (v *View) print() {
	v.actions.Go(func() {
		paper, err := v.model.paper()
		if err == nil {
			err = v.actions.Print(paper)
		}
		if err != nil {
			e := i18n.Explain(err, v.lang)
			fyne.Do(func() { v.tell(v.say("write.paper.fault", "why", e.What, "do", e.Do)) })
		}
	})
}

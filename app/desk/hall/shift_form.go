package hall

import (
	"cmp"
	"strconv"
	"strings"

	"minglu/app/desk/look"
	"minglu/app/office/duty"
)

// askStart begins a shift. Whoever leads keeps the log at this machine.
func (v *View) askStart() {
	f := v.newForm("shift.start")
	who := f.Field(v.say("leader"), v.say("name_hint"), v.model.Typed.Newest().Author)
	v.shift(f, duty.ShiftStart, func(e *duty.Entry) { e.Author = text(who) }, true)
}

// askOffer hands the shift over; the incoming leader must accept.
func (v *View) askOffer() {
	shift, _ := v.now.Leading()
	f := v.newForm("shift.offer")
	to := f.Field(v.say("incoming"), v.say("name_hint"), "")
	what := f.Field(v.say("handed"), v.say("handed_hint"), "")
	v.shift(f, duty.ShiftOffer, func(e *duty.Entry) { e.Author, e.Owner, e.Text = shift.Leader, text(to), text(what) }, false)
}

// acceptShown bounds the matters that are shown to the incoming leader.
const acceptShown = 12

// askAccept shows the incoming leader what is open, to be taken over.
func (v *View) askAccept() {
	shift, _ := v.now.Leading()
	f := v.newForm("shift.accept")
	f.Words(v.say("accept_how", "from", shift.Leader, "to", shift.Offered, "n", strconv.Itoa(len(v.now.Open))), look.Ink)
	if shift.Text != "" {
		f.Words(v.say("fact", "name", v.say("handed"), "text", shift.Text), look.Ink)
	}
	for i, c := range v.now.Open {
		if i == acceptShown {
			f.Words("…", look.Faint)
			break
		}
		left, colour := v.left(c)
		if c.Emergency != "" {
			colour = look.Red
		}
		f.Words("· "+v.title(c.Title)+"　"+c.Owner+"　"+left, colour)
	}
	who := f.Field(v.say("incoming"), "", shift.Offered)
	v.shift(f, duty.ShiftAccept, func(e *duty.Entry) { e.Author = text(who) }, true)
}

// askEnd ends the shift without another leader.
func (v *View) askEnd() {
	shift, _ := v.now.Leading()
	f := v.newForm("shift.end")
	f.Words(v.say("end_how", "name", shift.Leader), look.Ink)
	v.shift(f, duty.ShiftEnd, func(e *duty.Entry) { e.Author = shift.Leader }, false)
}

// shift asks for one step of a shift; signs says that its author keeps the log from then on.
func (v *View) shift(f *look.Form, act duty.Act, build func(*duty.Entry), signs bool) {
	id := duty.NewID() // pressed twice it is entered once
	v.form(f, v.say("do"), func() ([]duty.Entry, error) {
		e := duty.Entry{ID: id, Act: act}
		build(&e)
		return []duty.Entry{e}, nil
	}, func(a Answer) {
		if signs {
			v.model.Sign(a.Entry.Author)
		}
	})
}

// askClose closes today, or shows what lacks.
func (v *View) askClose() {
	if v.now.Day == nil {
		return
	}
	v.askCloseOf("close_day", v.now.Day, v.now.Lacks)
}

// askClose closes the earlier day that is shown.
func (t *daysTab) askClose() { t.v.askCloseOf("close_late", t.past.Day, t.past.Lacks) }

func (v *View) askCloseOf(title string, d *duty.Day, lacks []duty.Lack) {
	f := v.newForm(title)
	f.Words(v.say("close_how", "day", string(d.Day), "n", strconv.FormatInt(d.Count(), 10)), look.Ink)
	for _, l := range lacks {
		f.Words("× "+v.lack(l), look.Red)
	}
	by := f.Field(v.say("leader"), v.say("name_hint"), cmp.Or(d.Leader, v.model.Typed.Newest().Author))
	f.Strong(v.say("close_yes"), func() {
		if !v.busy(f) {
			v.wait(v.model.Close(d.Day, text(by)), f, nil)
		}
	})
	f.Button(v.say("cancel"), f.Hide)
	f.Show()
}

// askNotices changes what the board says.
func (v *View) askNotices() {
	now := v.model.Public.Newest().Board
	f := v.newForm("notices")
	f.Words(v.say("notices_how"), look.Faint)
	guidance := f.Area(v.say("board.guidance"), "", now.Guidance, 4)
	notices := f.Area(v.say("board.notices"), "", now.Notices, 4)
	sign := v.signer(f)
	f.Strong(v.say("do"), func() {
		if !v.busy(f) {
			sign()
			v.wait(v.model.WriteBoard(duty.Board{Guidance: guidance.Text(), Notices: notices.Text()}), f, nil)
		}
	})
	f.Button(v.say("cancel"), f.Hide)
	f.Show()
}

// askCounter asks whose counter it is, and opens its screen.
func (v *View) askCounter() {
	f := v.newForm("counter")
	f.Words(v.say("counter_how"), look.Faint)
	desk := f.Field(v.field("desk"), v.say("counter_hint"), "")
	f.Strong(v.say("counter_open"), func() {
		f.Hide()
		v.openCounter(strings.TrimSpace(desk.Text()))
	})
	f.Button(v.say("cancel"), f.Hide)
	f.Show()
}

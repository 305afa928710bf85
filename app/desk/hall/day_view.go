package hall

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/look"
	"minglu/app/office/duty"
)

// dayTab is what makes a day complete: its shifts, its rounds and reports, its closing.
type dayTab struct {
	body fyne.CanvasObject
	v    *View

	shifts *fyne.Container
	start  *look.Button
	offer  *look.Button
	accept *look.Button
	end    *look.Button
	rounds *fyne.Container
	round  []*look.Button
	state  *fyne.Container
	lacks  *lackList
	close  *look.Button
}

// lackList is what stands against closing the day; each is dealt with where it is picked.
type lackList struct {
	*look.List
	rows []duty.Lack
}

// halfWidth is the width of a text in one of the two columns on the smallest screen.
const halfWidth = 390

func newDayTab(v *View) *dayTab {
	t := &dayTab{v: v}
	empty := func() *fyne.Container { return look.Paragraph("", halfWidth, look.Normal, look.Ink) }
	t.shifts, t.rounds, t.state = empty(), empty(), empty()
	t.start = look.NewButton(v.say("shift.start"), v.askStart)
	t.offer = look.NewButton(v.say("shift.offer"), v.askOffer)
	t.accept = look.NewButton(v.say("shift.accept"), v.askAccept)
	t.end = look.NewButton(v.say("shift.end"), v.askEnd)
	grid := func(objects ...fyne.CanvasObject) fyne.CanvasObject {
		return container.NewGridWithColumns(2, objects...)
	}
	shift := look.Section(v.say("shift"), container.NewVBox(t.shifts, grid(t.start, t.offer, t.accept, t.end)))
	t.round = []*look.Button{
		look.NewButton(v.say("patrol"), v.askPatrol), look.NewButton(v.say("report"), v.askReport),
		look.NewButton(v.say("meeting"), v.askMeeting), look.NewButton(v.say("roster"), v.askRoster),
	}
	rounds := look.Section(v.say("rounds"), container.NewVBox(t.rounds,
		grid(t.round[0], t.round[1], t.round[2], t.round[3], look.NewButton(v.say("notices"), v.askNotices))))
	t.lacks = &lackList{}
	t.lacks.List = look.NewList(func() int { return len(t.lacks.rows) }, emptyRow, t.fill, t.deal)
	t.close = look.NewButton(v.say("close_day"), v.askClose).Strong()
	closing := look.Section(v.say("closing"), container.NewBorder(t.state, look.Least(0, 56, t.close), nil, nil, t.lacks.List))
	left := container.NewVBox(shift, rounds)
	t.body = container.New(look.Columns{Shares: []float32{1, 1}, Gap: 8}, container.NewVScroll(left), closing)
	return t
}

func (t *dayTab) fill(i int, o fyne.CanvasObject) {
	if i >= len(t.lacks.rows) {
		return
	}
	l := t.lacks.rows[i]
	fillRow(o, "× "+t.v.lack(l), t.v.say("deal."+l.Code), "", widget.DangerImportance, look.Red)
}

// deal opens what puts a lack right.
func (t *dayTab) deal(i int) {
	switch l := t.lacks.rows[i]; l.Code {
	case "leader":
		t.v.askStart()
	case "offer":
		t.v.askAccept()
	default:
		t.v.ShowMatter(l.Matter)
	}
}

// focus is on what lacks, else on the closing.
func (t *dayTab) focus() fyne.Focusable {
	switch {
	case len(t.lacks.rows) > 0:
		return t.lacks.List
	case !t.close.Disabled():
		return t.close
	}
	return t.v.tabs[t.v.at].button
}

func (t *dayTab) draw(now Today) {
	if now.Day == nil {
		return
	}
	shift, on := now.Leading()
	closed := now.Closed()
	look.Enable(t.start, !on && !closed)
	look.Enable(t.offer, on && !closed)
	look.Enable(t.accept, on && shift.Offered != "" && !closed)
	look.Enable(t.end, on && !closed)
	look.Enable(t.close, !closed || now.Day.Uncover > 0)
	for _, b := range t.round {
		look.Enable(b, !closed)
	}
	t.lacks.rows = nil
	if !closed {
		t.lacks.rows = now.Lacks
	}
	t.lacks.Refresh()
	t.tellShifts(now)
	t.tellRounds(now)
	t.tellState(now)
}

func (t *dayTab) tellShifts(now Today) {
	text := ""
	for _, s := range now.Day.Shifts {
		if text += "\n"; text == "\n" {
			text = ""
		}
		to := t.v.say("shift.now")
		if s.To != "" {
			to = t.v.clock(s.To, now.Day.Day)
		}
		text += t.v.say("shift.line", "name", s.Leader, "from", t.v.clock(s.From, now.Day.Day), "to", to)
		if s.Offered != "" {
			text += t.v.say("shift.offered", "name", s.Offered)
		}
	}
	if text == "" {
		text = t.v.say("shift.none")
	}
	look.SetParagraph(t.shifts, text, halfWidth, look.Normal, look.Ink)
}

func (t *dayTab) tellRounds(now Today) {
	count := map[duty.Act]int{}
	meetings := 0
	for _, e := range now.Day.Entries {
		count[e.Act]++
		if e.Kind == "MEETING" && e.Act == duty.Note {
			meetings++
		}
	}
	n := func(a duty.Act) string { return strconv.Itoa(count[a]) }
	text := t.v.say("rounds.count", "patrols", n(duty.Patrol), "reports", n(duty.Report), "meetings", strconv.Itoa(meetings))
	for _, s := range seats(now.Day.Roster) {
		text += "\n" + t.v.seat(s)
	}
	look.SetParagraph(t.rounds, text, halfWidth, look.Normal, look.Ink)
}

func (t *dayTab) tellState(now Today) {
	t.state.Objects = nil
	add := func(text string, c look.Colour) { t.state.Add(look.Paragraph(text, halfWidth, look.Normal, c)) }
	text, sign, colour := t.v.state(now.Day.State)
	add(t.v.say("day_is", "day", string(now.Day.Day), "weekday", t.v.weekday(now.Day.Day), "state", sign+" "+text, "n", strconv.FormatInt(now.Day.Count(), 10)), colour)
	switch {
	case now.Closed() && len(now.Sealed) == 0:
		add(t.v.say("sealing"), look.Blue)
	case now.Closed():
		for _, p := range now.Sealed {
			text, colour := t.v.sealed(p)
			add(text, colour)
		}
	case len(now.Lacks) == 0:
		add("✓ "+t.v.say("can_close"), look.Green)
	default:
		add(t.v.say("cannot_close", "n", strconv.Itoa(len(now.Lacks))), look.Red)
	}
	for _, r := range now.Day.Remarks {
		add("⚠ "+t.v.remark(r), look.Amber)
	}
	t.state.Refresh()
}

// seat says who sits where.
func (w words) seat(s Seat) string {
	zone := w.rules.ZoneName(s.Zone, string(w.lang))
	if s.Zone == "" {
		zone = w.say("roster")
	}
	text := ""
	for i, p := range s.People {
		if i > 0 {
			text += w.say("list")
		}
		text += p
	}
	return w.say("fact", "name", zone, "text", text)
}

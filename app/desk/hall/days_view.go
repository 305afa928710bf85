package hall

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
)

// daysTab is the calendar of days, the search over all of them, and the day that was opened.
type daysTab struct {
	body fyne.CanvasObject
	v    *View

	month  *canvas.Text
	grid   *fyne.Container
	search *control.Field
	title  *canvas.Text
	state  *fyne.Container
	close  *look.Button
	list   *entryList
	past   Past
}

func newDaysTab(v *View) *daysTab {
	t := &daysTab{v: v, month: look.Text("", look.Large, look.Ink), title: look.Text("", look.Normal, look.Ink)}
	t.month.Alignment = fyne.TextAlignCenter
	t.grid = container.NewGridWithColumns(7)
	t.state = look.Paragraph("", halfWidth, look.Normal, look.Ink)
	turn := container.NewBorder(nil, nil,
		look.Least(48, look.Target, look.NewButton("◀", func() { v.model.TurnMonth(-1) })),
		look.Least(48, look.Target, look.NewButton("▶", func() { v.model.TurnMonth(1) })), t.month)
	t.search = look.NewField(v.in, v.say("search"), v.model.Search)
	t.list = v.newEntryList(t.near)
	t.close = look.NewButton(v.say("close_late"), t.askClose)
	t.close.Hide()
	legend := look.Paragraph(v.say("legend"), halfWidth, look.Small, look.Faint)
	left := container.NewVBox(turn, t.grid, legend, t.state, t.close)
	right := container.NewBorder(container.NewVBox(t.search, t.title), nil, nil, nil, t.list.List)
	t.body = container.New(look.Columns{Shares: []float32{1, 1}, Gap: 8}, look.Card(left), look.Card(right))
	return t
}

// enter reads the month when the sheet is first shown, and again whenever it is turned to.
func (t *daysTab) enter() { t.v.model.TurnMonth(0) }

// near asks for more rows when the end of those that are there comes into sight.
func (t *daysTab) near() {
	if t.search.Text() != "" {
		t.v.model.More()
	}
}

func (t *daysTab) drawMonth(m Month) {
	if m.Month == "" {
		return
	}
	look.Say(t.month, t.v.say("month_is", "month", m.Month), look.Ink)
	t.grid.Objects = nil
	for i := range 7 {
		head := look.Text(t.v.say("weekday."+strconv.Itoa((i+1)%7)), look.Small, look.Faint)
		head.Alignment = fyne.TextAlignCenter
		t.grid.Add(head)
	}
	if len(m.Days) > 0 {
		first := int(m.Days[0].Day.At("12:00").In(calendar.Legal()).Weekday())
		for range (first + 6) % 7 {
			t.grid.Add(look.Text("", look.Small, look.Ink))
		}
	}
	for _, b := range m.Days {
		t.grid.Add(look.Least(44, 48, t.box(b)))
	}
	t.grid.Refresh()
}

// box is the button of a day: its number and the sign of its state.
func (t *daysTab) box(b Box) *look.Button {
	_, sign, _ := t.v.state(b.State)
	text := string(b.Day[8:])
	if sign != "" {
		text += " " + sign
	}
	button := look.NewButton(text, func() { t.open(b.Day) })
	if !b.Working && b.State == duty.DayEmpty {
		button.Importance = widget.LowImportance // a day off: no ground
	}
	if b.Future {
		button.Disable()
	}
	return button
}

func (t *daysTab) open(day calendar.Day) {
	look.Fill(t.search, "")
	t.v.model.Search("")
	t.v.model.Open(day)
}

func (t *daysTab) drawPast(p Past) {
	t.past = p
	if p.Day == nil || t.search.Text() != "" {
		return
	}
	text, sign, colour := t.v.state(p.Day.State)
	look.Say(t.title, t.v.say("day_is", "day", string(p.Day.Day), "weekday", t.v.weekday(p.Day.Day), "state", sign+" "+text, "n", strconv.FormatInt(p.Day.Count(), 10)), colour)
	t.state.Objects = nil
	if p.Fault != nil {
		t.state.Add(look.Paragraph(t.v.explain(p.Fault), halfWidth, look.Normal, look.Red))
	}
	if p.Day.Leader != "" {
		t.state.Add(look.Paragraph(t.v.say("glance.leader", "name", p.Day.Leader), halfWidth, look.Normal, look.Ink))
	}
	for _, s := range p.Sealed {
		text, colour := t.v.sealed(s)
		t.state.Add(look.Paragraph(text, halfWidth, look.Normal, colour))
	}
	for _, r := range p.Day.Remarks {
		t.state.Add(look.Paragraph("⚠ "+t.v.remark(r), halfWidth, look.Normal, look.Amber))
	}
	t.state.Refresh()
	t.close.Hidden = !t.canClose()
	t.close.Refresh()
	t.list.set(p.Rows, p.Day.Day)
	t.list.ScrollToTop()
}

// canClose reports whether the day that is shown is an earlier one that waits to be closed.
func (t *daysTab) canClose() bool {
	d := t.past.Day
	return d != nil && t.v.now.Day != nil && d.Day < t.v.now.Day.Day && (d.State == duty.DayOpen || d.State == duty.DayReopened)
}

func (t *daysTab) drawFound(f Found) {
	if t.search.Text() == "" {
		if f.Words == "" && t.past.Day != nil {
			t.drawPast(t.past)
		}
		return
	}
	text := t.v.say("found", "n", strconv.Itoa(len(f.Rows)))
	switch {
	case f.Fault != nil:
		text = t.v.explain(f.Fault)
	case f.Busy && len(f.Rows) == 0:
		text = t.v.say("searching")
	case len(f.Rows) == 0:
		text = t.v.say("found_none")
	case f.More:
		text = t.v.say("found_more", "n", strconv.Itoa(len(f.Rows)))
	}
	look.Say(t.title, text, look.Ink)
	t.list.set(f.Rows, "")
}

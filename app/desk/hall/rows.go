package hall

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/look"
	"minglu/app/desk/rare"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
)

// rowGap brings the two lines of a row closer than labels stand.
const rowGap = -5

// emptyRow is a row of two lines: a first in colour, a second that is cut where it does not fit.
func emptyRow() fyne.CanvasObject {
	const bar = 12 // of the scroll, which lies over what it scrolls
	return container.New(layout.NewCustomPaddedLayout(0, 0, 0, bar), container.New(layout.NewCustomPaddedVBoxLayout(rowGap),
		container.NewBorder(nil, nil, nil, look.Text("", look.Small, look.Ink), look.Tight(look.OneLine(""))),
		look.Tight(look.OneLine(""))))
}

// rowParts are the pieces of an emptyRow.
func rowParts(o fyne.CanvasObject) (first, second *widget.Label, end *canvas.Text) {
	box := o.(*fyne.Container).Objects[0].(*fyne.Container).Objects
	top := box[0].(*fyne.Container).Objects
	label := func(o fyne.CanvasObject) *widget.Label { return o.(*fyne.Container).Objects[0].(*widget.Label) }
	return label(top[0]), label(box[1]), top[1].(*canvas.Text)
}

func fillRow(o fyne.CanvasObject, first, second, end string, importance widget.Importance, colour look.Colour) {
	a, b, c := rowParts(o)
	if a.Text != first || a.Importance != importance {
		rare.See(first)
		a.Importance = importance
		a.SetText(first)
	}
	look.Set(b, second)
	if c.Text != end {
		look.Say(c, end, colour)
		o.(*fyne.Container).Objects[0].(*fyne.Container).Objects[0].Refresh() // the words beside it have another width
	}
	look.Say(c, end, colour)
}

// entryList is a list of entries; each opens with all that it says.
type entryList struct {
	*look.List
	rows []Row
	day  calendar.Day // whose date need not be said
}

func (v *View) newEntryList(near func()) *entryList {
	l := &entryList{}
	fill := func(i int, o fyne.CanvasObject) {
		if i >= len(l.rows) {
			return
		}
		r := l.rows[i]
		importance := widget.MediumImportance
		if r.Kind == incident || r.Kind == "OVERDUE" || r.Kind == "COMPLAINT" {
			importance = widget.DangerImportance
		}
		fillRow(o, v.head(r, l.day), v.tell(r.Entry), "", importance, look.Ink)
		if near != nil && i >= len(l.rows)-searchPage/4 {
			near()
		}
	}
	l.List = look.NewList(func() int { return len(l.rows) }, emptyRow, fill, func(i int) { v.showEntry(l.rows[i]) })
	return l
}

func (l *entryList) set(rows []Row, day calendar.Day) {
	l.rows, l.day = rows, day
	l.Refresh()
}

// matterList is a list of open matters with their clocks.
type matterList struct {
	*look.List
	rows []Clocked
}

func (v *View) newMatterList() *matterList {
	l := &matterList{}
	fill := func(i int, o fyne.CanvasObject) {
		if i >= len(l.rows) {
			return
		}
		c := l.rows[i]
		left, colour := v.left(c)
		importance := widget.MediumImportance
		if c.Emergency != "" {
			importance = widget.DangerImportance
		}
		fillRow(o, v.title(c.Title), v.under(c), left, importance, colour)
	}
	l.List = look.NewList(func() int { return len(l.rows) }, emptyRow, fill, func(i int) { v.ShowMatter(l.rows[i].ID) })
	return l
}

func (l *matterList) set(rows []Clocked) {
	l.rows = rows
	l.Refresh()
}

// showEntry shows all that an entry says, and lets it be put right while its day is open.
func (v *View) showEntry(r Row) {
	if r.Matter != "" || r.Opens() {
		id := r.Matter
		if r.Opens() {
			id = r.ID
		}
		if _, open := v.now.Matter(id); open {
			v.ShowMatter(id)
			return
		}
	}
	f := look.NewForm(v.win, v.in, v.head(r, ""))
	for _, line := range v.facts(r.Entry) {
		f.Words(line, look.Ink)
	}
	f.Strong(v.say("close"), f.Hide)
	if r.Day == v.now.Day.Day && !v.now.Closed() && r.Act != duty.DayClose && r.Act != duty.Rate {
		f.Button(v.say("amend"), func() {
			f.Hide()
			v.askAmend(r)
		})
	}
	f.Show()
}

// facts are what an entry says, one a line, each behind its name.
func (v *View) facts(e duty.Entry) (lines []string) {
	add := func(field, text string) {
		if text != "" {
			lines = append(lines, v.say("fact", "name", v.field(field), "text", text))
		}
	}
	if e.Text != "" {
		lines = append(lines, e.Text)
	}
	add("code", v.code(e))
	add("owner", e.Owner)
	add("tier", v.tier(e.Tier))
	add("limit", v.limit(e.Limit))
	add("due", v.clock(e.Due, ""))
	add("reason", e.Reason)
	add("outcome", e.Outcome)
	add("lacks", strings.Join(e.Lacks, v.say("list")))
	add("people", strings.Join(e.People, v.say("list")))
	add("zone", v.rules.ZoneName(e.Zone, string(v.lang)))
	add("desk", e.Desk)
	add("taxpayer", strings.TrimSpace(e.Taxpayer.Name+" "+e.Taxpayer.USCC))
	add("recording", e.Recording)
	lines = append(lines, v.say("recorded", "at", v.clock(e.Recorded, ""), "machine", e.Machine))
	return lines
}

// code puts an entry's code into words.
func (v *View) code(e duty.Entry) string {
	switch {
	case e.Act == duty.Rate:
		return v.rating(e.Code)
	case e.Act == duty.Review:
		return v.say("review." + e.Code)
	case e.Act == duty.Posted:
		return v.posted(e)
	case e.Kind == incident && e.Code != "":
		return v.emergency(e.Code)
	}
	return e.Code
}

package hall

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/look"
)

// todayTab is the day in one look: who leads, what is open, what was entered.
type todayTab struct {
	body fyne.CanvasObject
	v    *View

	tiles   [5]tile
	top     *fyne.Container
	remark  *fyne.Container
	entries *entryList
	matters *matterList
	none    *canvas.Text // where nothing is open
	first   *look.Button // the first thing to do: a shift, else an entry
}

// tile is one number of the glance with its words.
type tile struct{ big, small *canvas.Text }

func newTodayTab(v *View) *todayTab {
	t := &todayTab{v: v, remark: look.Paragraph("", 840, look.Normal, look.Amber)}
	var tiles []fyne.CanvasObject
	for i := range t.tiles {
		t.tiles[i] = tile{look.Text("", look.Large, look.Ink), look.Text("", look.Small, look.Faint)}
		tiles = append(tiles, look.Card(container.NewVBox(t.tiles[i].big, t.tiles[i].small)))
	}
	glance := container.New(look.Columns{Shares: []float32{3.6, 3, 3.6, 3, 2.8}, Gap: 6}, tiles...)
	t.entries, t.matters = v.newEntryList(nil), v.newMatterList()
	t.none = look.Text(v.say("nothing_open"), look.Normal, look.Faint)
	t.first = look.NewButton(v.say("line.open"), t.do).Strong()
	buttons := container.New(look.Columns{Shares: []float32{1, 1, 1, 1}, Gap: 6},
		t.first,
		look.NewButton(v.say("first_asked"), v.askFirst),
		look.NewButton(v.say("prereview"), v.askReview),
		look.NewButton(v.say("emergency"), v.askEmergency))
	lists := container.New(look.Columns{Shares: []float32{10, 10}, Gap: 8},
		look.Section(v.say("matters"), container.NewStack(t.matters.List, container.NewCenter(t.none))),
		look.Section(v.say("entries"), t.entries.List))
	t.remark.Hide()
	t.top = container.NewVBox(glance, t.remark, buttons)
	t.body = container.NewBorder(t.top, look.Text(v.say("keys"), look.Small, look.Faint), nil, nil, lists)
	return t
}

// starts reports whether the day waits for its first leader, or for another one.
func (t *todayTab) starts() bool {
	_, on := t.v.now.Leading()
	return t.v.now.Day != nil && !on && !t.v.now.Closed()
}

// do does the first thing to do.
func (t *todayTab) do() {
	switch {
	case t.starts():
		t.v.askStart()
	case t.v.actions.Line != nil:
		t.v.actions.Line()
	}
}

// focus is on the shift while nobody leads, else on what is open.
func (t *todayTab) focus() fyne.Focusable {
	switch {
	case t.starts():
		return t.first
	case len(t.matters.rows) > 0:
		return t.matters.List
	}
	return t.entries.List
}

func (t *todayTab) draw(now Today) {
	t.glance(now)
	t.remarks(now)
	key := "line.open"
	if t.starts() {
		key = "shift.start"
	}
	if text := t.v.say(key); t.first.Text != text {
		t.first.SetText(text)
	}
	t.none.Hidden = len(now.Open) > 0
	t.none.Refresh()
	t.matters.set(now.Open)
	if now.Day != nil {
		t.entries.set(now.Rows, now.Day.Day)
	}
}

func (t *todayTab) glance(now Today) {
	set := func(i int, big, small string, colour look.Colour) {
		look.Say(t.tiles[i].big, big, colour)
		look.Say(t.tiles[i].small, small, look.Faint)
	}
	v, g := t.v, now.Glance
	n := strconv.Itoa
	switch shift, on := now.Leading(); {
	case now.Closed():
		text, sign, colour := v.state(now.Day.State)
		set(0, sign+" "+text, v.say("glance.leader", "name", now.Day.Leader), colour)
	case on && shift.Offered != "":
		set(0, shift.Leader, v.say("glance.offered", "name", shift.Offered), look.Amber)
	case on:
		set(0, shift.Leader, v.say("glance.since", "at", v.clock(shift.From, now.Day.Day)), look.Ink)
	default:
		set(0, "⚠ "+v.say("glance.nobody"), v.say("glance.start"), look.Red)
	}
	colour := look.Ink
	sign := ""
	if g.Amber > 0 {
		colour, sign = look.Amber, "! "
	}
	if g.Red > 0 {
		colour, sign = look.Red, "⚠ "
	}
	set(1, sign+v.say("glance.open", "n", n(g.Open)), v.say("glance.late", "amber", n(g.Amber), "red", n(g.Red)), colour)
	if g.Incidents > 0 {
		set(2, "⚠ "+v.say("glance.incidents", "n", n(g.Incidents)), v.say("glance.running"), look.Red)
	} else {
		set(2, v.say("glance.incidents", "n", "0"), v.say("glance.calm"), look.Ink)
	}
	all, bad := 0, g.Ratings[0]+g.Ratings[1]
	for _, r := range g.Ratings {
		all += r
	}
	colour = look.Ink
	if bad > 0 {
		colour = look.Amber
	}
	set(3, v.say("glance.ratings", "n", n(all)), v.say("glance.bad", "n", n(bad)), colour)
	set(4, v.say("glance.rooms", "n", n(g.Rooms)), v.inUse(g), look.Ink)
}

// roomsWidth is the width of the words in the tile of the rooms on the smallest screen.
const roomsWidth = 118

// inUse says which room is recording, and how many more.
func (v *View) inUse(g Glance) string {
	switch {
	case g.Rooms == 0:
		return v.say("glance.unused")
	case len(g.InUse) == 0 || g.Rooms > len(g.InUse): // this machine's own among them
		return v.say("glance.recording")
	}
	more := ""
	if n := len(g.InUse); n > 1 {
		more = " +" + strconv.Itoa(n-1)
	}
	return look.Fit(g.InUse[0], roomsWidth-float32(len(more))*look.Small*0.6, look.Small) + more
}

// remarks tells what a leader should know: what was wrong with the log itself, then days that nobody closed.
func (t *todayTab) remarks(now Today) {
	text := ""
	switch {
	case now.Fault != nil:
		text = t.v.explain(now.Fault)
	case now.Rules != nil:
		text = t.v.say("rules", "why", t.v.explain(now.Rules))
	case now.Day != nil && len(now.Day.Remarks) > 0:
		text = t.v.remark(now.Day.Remarks[0])
		if n := len(now.Day.Remarks); n > 1 {
			text += t.v.say("more_remarks", "n", strconv.Itoa(n-1))
		}
	case now.Tended != nil:
		text = t.v.explain(now.Tended)
	case len(now.Late) > 0:
		text = t.v.say("late_days", "day", string(now.Late[0].Day), "n", strconv.Itoa(len(now.Late)))
	}
	if text != "" {
		text = "⚠ " + text
	}
	t.remark.Hidden = text == ""
	look.SetParagraph(t.remark, text, 840, look.Normal, look.Amber)
	t.top.Refresh()
}

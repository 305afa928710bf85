package hall

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/i18n"
)

// Actions are what the view asks of the window; any may be nil.
type Actions struct {
	Hall string                  // what people call the hall
	Line func()                  // opens the entry line
	Show func(path string) error // opens a file, to be read or printed
}

// View draws the page. All is done on the window's goroutine.
type View struct {
	Body fyne.CanvasObject

	words
	model   *Model
	win     fyne.Window
	in      *control.Input
	actions Actions

	tabs     []tab
	at       int
	stage    *fyne.Container
	now      Today
	waiting  map[string]pending
	answered int // answers seen

	today *todayTab
	day   *dayTab
	days  *daysTab
	month *monthTab

	board                      *Board   // nil while it is not open
	counter                    *Counter // likewise
	boardWindow, counterWindow fyne.Window
}

// tab is one of the sheets of the page.
type tab struct {
	name   string
	button *look.Button
	body   fyne.CanvasObject
	enter  func()
	focus  func() fyne.Focusable
}

// pending is something that was asked for and is not answered yet.
type pending struct {
	form *look.Form // put away once it is done; nil for none
	then func(Answer)
}

// NewView builds the page in a language.
func NewView(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input, actions Actions) *View {
	m.Speak(lang)
	v := &View{words: words{lang, m.Log.Rules}, model: m, win: w, in: in, actions: actions, waiting: map[string]pending{}, at: -1}
	v.today, v.day, v.days, v.month = newTodayTab(v), newDayTab(v), newDaysTab(v), newMonthTab(v)
	v.tabs = []tab{
		{name: "today", body: v.today.body, enter: func() {}, focus: v.today.focus},
		{name: "day", body: v.day.body, enter: func() {}, focus: v.day.focus},
		{name: "days", body: v.days.body, enter: v.days.enter, focus: func() fyne.Focusable { return v.days.search }},
		{name: "month", body: v.month.body, enter: v.days.enter, focus: func() fyne.Focusable { return v.month.report }},
	}
	row := container.NewHBox()
	for i := range v.tabs {
		b := look.NewButton(v.say("tab."+v.tabs[i].name), func() { v.turn(i) })
		v.tabs[i].button = b
		row.Add(look.Least(104, look.Target, b))
	}
	screens := container.NewHBox(
		look.NewButton(v.say("counter"), v.askCounter),
		look.NewButton(v.say("board"), v.openBoard))
	v.stage = container.NewStack()
	v.Body = container.NewBorder(container.NewBorder(nil, nil, row, screens), nil, nil, nil, v.stage)
	v.turn(0)
	return v
}

// turn shows a sheet.
func (v *View) turn(i int) {
	v.at = i
	for n, t := range v.tabs {
		t.button.Importance = 0
		if n == i {
			t.button.Strong()
		}
		t.button.Refresh()
	}
	v.stage.Objects = []fyne.CanvasObject{v.tabs[i].body}
	v.stage.Refresh()
	v.tabs[i].enter()
}

// Again turns to the next sheet: F3 on the page itself.
func (v *View) Again() {
	v.turn((v.at + 1) % len(v.tabs))
	v.Focus()
}

// Focus puts the keys where they are most likely wanted on the sheet that is shown.
func (v *View) Focus() { v.win.Canvas().Focus(v.tabs[v.at].focus()) }

// DrawToday draws the day as it stands.
func (v *View) DrawToday(t Today) {
	v.now = t
	if t.Day == nil && t.Fault == nil {
		return
	}
	v.today.draw(t)
	v.day.draw(t)
}

// DrawFound, DrawPast and DrawMonth draw what was looked for.
func (v *View) DrawFound(f Found) { v.days.drawFound(f) }

// DrawPast draws the day that was opened.
func (v *View) DrawPast(p Past) { v.days.drawPast(p) }

// DrawMonth draws a month.
func (v *View) DrawMonth(m Month) {
	v.days.drawMonth(m)
	v.month.draw(m)
}

// DrawPublic draws the screens for the public, where they are open.
func (v *View) DrawPublic(p Public) {
	if v.board != nil {
		v.board.Draw(p)
	}
	if v.counter != nil {
		v.counter.Draw(p)
	}
}

// DrawAnswers closes the forms whose wishes are done, and tells of those that are refused.
func (v *View) DrawAnswers(list []Answer) {
	for _, a := range list {
		p, ok := v.waiting[a.Key]
		if !ok || a.N <= v.answered {
			continue
		}
		delete(v.waiting, a.Key)
		if a.Err != nil {
			v.refused(p, a)
			continue
		}
		if p.form != nil {
			p.form.Hide()
		}
		v.show(a.Path)
		if p.then != nil {
			p.then(a)
		}
	}
	if n := len(list); n > 0 {
		v.answered = list[n-1].N
	}
}

func (v *View) refused(p pending, a Answer) {
	if p.form != nil && p.form.Shown() {
		p.form.Tell(v.explain(a.Err))
		return
	}
	v.inform(v.say("refused"), v.explain(a.Err))
}

// inform says something over the window.
func (v *View) inform(title, text string) {
	f := look.NewForm(v.win, v.in, title)
	f.Words(text, look.Ink)
	f.Strong(v.say("ok"), f.Hide)
	f.Show()
}

// show opens a file that was written, and tells where it is: a desktop may have no program for it.
func (v *View) show(path string) {
	if path == "" {
		return
	}
	text := path
	if v.actions.Show != nil {
		if err := v.actions.Show(path); err != nil {
			text += "\n" + v.explain(err)
		}
	}
	v.inform(v.say("exported"), text)
}

// wait keeps a form open until its wish is answered.
func (v *View) wait(key string, form *look.Form, then func(Answer)) {
	v.waiting[key] = pending{form, then}
}

// busy reports whether a form waits for its answer: pressed twice it must not ask twice.
func (v *View) busy(form *look.Form) bool {
	for _, p := range v.waiting {
		if p.form == form {
			return true
		}
	}
	return false
}

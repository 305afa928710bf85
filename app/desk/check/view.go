package check

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"minglu/app/desk/look"
	"minglu/app/doctor"
	"minglu/app/i18n"
)

// View draws the doctor's findings, what is wrong first.
type View struct {
	Body fyne.CanvasObject

	lang         i18n.Lang
	verdict      *canvas.Text
	when         *look.Note
	paper        *canvas.Text
	fault        *look.Note
	again, print *look.Button
	whole, list  *fyne.Container
	shown        int // results drawn
	at           time.Time
}

// NewView builds the screen in a language.
func NewView(m *Model, lang i18n.Lang) *View {
	v := &View{lang: lang, list: container.NewVBox()}
	v.verdict, v.when = look.Text("", look.Large, look.Ink), look.NewNote("")
	v.paper, v.fault = look.Text("", look.Normal, look.Faint), look.NewNote("")
	v.again = look.NewButton(v.say("again"), m.Again).Strong()
	v.print = look.NewButton(v.say("print"), m.Print)
	buttons := container.NewHBox(look.Least(140, look.Target, v.again), look.Least(140, look.Target, v.print))
	head := container.NewBorder(nil, nil, nil, buttons, container.NewVBox(v.verdict, v.when.Body))
	const bar = 14 // of the scroll, which lies over what it scrolls
	lines := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, bar), v.list))
	v.whole = container.NewBorder(container.NewVBox(look.Card(head), v.fault.Body, v.paper), nil, nil, nil, lines)
	v.Body = v.whole
	return v
}

func (v *View) say(key string, pairs ...string) string {
	return i18n.Say(v.lang, "desk.doctor."+key, pairs...)
}

// Draw draws the newest snapshot.
func (v *View) Draw(s Snapshot) {
	v.head(s)
	v.paper.Hidden = s.Paper == ""
	look.Say(v.paper, v.say("paper", "path", s.Paper), look.Faint)
	v.fault.Say(i18n.Advise(s.Fault, v.lang), true)
	v.whole.Refresh() // lines came or went: a note that came gets its width
	v.whole.Refresh() // and now the room for its lines
	look.Enable(v.again, !s.Looking && !s.Waits)
	look.Enable(v.print, !s.Looking && len(s.Newest.Results) > 0)
	if v.shown == len(s.Newest.Results) && v.at.Equal(s.Newest.At) {
		return
	}
	v.shown, v.at = len(s.Newest.Results), s.Newest.At
	v.list.RemoveAll()
	for _, r := range worstFirst(s.Newest.Results) {
		v.list.Add(Line(r, v.lang))
	}
	v.list.Refresh()
}

// head is the verdict, and when it was found.
func (v *View) head(s Snapshot) {
	t := s.Newest.Tally()
	words, colour := i18n.Say(v.lang, "doctor.summary", "ok", strconv.Itoa(t.OK), "warn", strconv.Itoa(t.Warn),
		"fail", strconv.Itoa(t.Fail), "skipped", strconv.Itoa(t.Skipped)), look.Green
	switch {
	case s.Looking:
		words, colour = v.say("looking"), look.Ink
	case len(s.Newest.Results) == 0:
		words, colour = v.say("never"), look.Ink
	case t.Fail > 0:
		colour = look.Red
	case t.Warn > 0:
		colour = look.Amber
	}
	look.Say(v.verdict, words, colour)
	under := ""
	switch {
	case s.Waits:
		under = v.say("waits")
	case !s.Newest.At.IsZero():
		under = v.say("at", "at", s.Newest.At.Local().Format("2006-01-02 15:04"))
		if s.Told != Untold {
			under += " · " + v.say("told."+string(s.Told))
		}
	}
	v.when.Say(under, false)
}

// worstFirst puts failures before warnings before the rest, each in the order they were looked at.
func worstFirst(all []doctor.Result) []doctor.Result {
	var list []doctor.Result
	for _, state := range []doctor.State{doctor.Fail, doctor.Warn, doctor.Skipped, doctor.OK} {
		for _, r := range all {
			if r.State == state {
				list = append(list, r)
			}
		}
	}
	return list
}

// nameWidth has room for the longest name of a check in either language.
const nameWidth = 206

// Line is one check: its mark, its name, what was found, and under it what to do and whom to ask.
func Line(r doctor.Result, lang i18n.Lang) fyne.CanvasObject {
	mark, colour := look.Sign(r.State)
	name := container.NewHBox(look.Least(22, 28, look.Text(mark, look.Large, colour)), look.Least(nameWidth, 28, look.Text(r.Title, look.Normal, look.Ink)))
	if r.State == doctor.OK || r.State == doctor.Skipped {
		const card = 12 // what a card has before its text
		return container.New(layout.NewCustomPaddedLayout(0, 0, card, card),
			container.NewBorder(nil, nil, name, nil, look.Tight(look.OneLine(r.Found))))
	}
	said := container.NewVBox(look.Tight(look.Words(r.Found)))
	if r.Do != "" {
		said.Add(look.Tight(look.Words("→ " + r.Do)))
	}
	said.Add(look.Tight(look.Words(i18n.Say(lang, "doctor.asks", "who", r.Ask))))
	return look.Card(container.NewBorder(nil, nil, container.NewVBox(name), nil, said))
}

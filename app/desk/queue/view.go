package queue

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/i18n"
)

// View draws the queue.
type View struct {
	Body fyne.CanvasObject

	model *Model
	lang  i18n.Lang
	rows  []Row
	list  *widget.List
	here  *canvas.Text // what is only here
	sum   *look.Note
	fault *look.Note
	bound *BoundsView
	free  *freeing
}

// NewView builds the screen in a language.
func NewView(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input) *View {
	v := &View{model: m, lang: lang, here: look.Text("", look.Large, look.Ink), sum: look.NewNote(""), fault: look.NewNote("")}
	v.list = widget.NewList(func() int { return len(v.rows) }, newRow, func(i widget.ListItemID, o fyne.CanvasObject) { v.fill(v.rows[i], o) })
	v.list.OnSelected = func(i widget.ListItemID) {
		v.list.Unselect(i)
		v.tell(v.rows[i], w)
	}
	v.bound = NewBounds(m, lang, in)
	v.free = newFreeing(m, lang, w, in)
	retry := look.NewButton(i18n.Say(lang, "desk.queue.retry"), m.Retry).Strong()
	free := look.NewButton(i18n.Say(lang, "desk.queue.free"), v.free.open)
	head := container.NewVBox(
		container.NewBorder(nil, nil, nil, container.NewHBox(free, retry), v.here),
		v.sum.Body, v.fault.Body, v.bound.Body)
	v.Body = look.Card(container.NewBorder(head, nil, nil, nil, v.list))
	return v
}

// tell shows all that is known of a recording, the words of headquarters for a technician too.
func (v *View) tell(r Row, w fyne.Window) {
	text := r.title(v.lang) + "\n" + r.state(v.lang) + "\n" + r.place(v.lang)
	if r.Wait.Why != "" && !r.State.Waits() {
		text += "\n" + i18n.Say(v.lang, "desk.queue.detail", "why", r.Wait.Why)
	}
	look.Ask(w, r.ID, look.Words(text), look.Answer{Text: i18n.Say(v.lang, "desk.close")})
}

// newRow makes an empty line of the list.
func newRow() fyne.CanvasObject {
	sign := look.Least(28, 56, container.NewCenter(look.Text("", look.Large, look.Ink)))
	right := container.NewVBox(look.Text("", look.Small, look.Ink), look.Text("", look.Small, look.Faint))
	return container.NewBorder(nil, nil, sign, right,
		container.NewVBox(look.Tight(look.OneLine("")), look.Tight(look.OneLine(""))))
}

// fill writes a recording into a line made by newRow.
func (v *View) fill(r Row, o fyne.CanvasObject) {
	parts := o.(*fyne.Container).Objects
	mark, colour := r.sign()
	center := parts[1].(*fyne.Container).Objects[1].(*fyne.Container)
	look.Say(center.Objects[0].(*canvas.Text), mark, colour)
	for i, text := range []string{r.title(v.lang), r.state(v.lang)} {
		line := parts[0].(*fyne.Container).Objects[i].(*fyne.Container).Objects[0].(*widget.Label)
		look.Set(line, text)
	}
	right := parts[2].(*fyne.Container).Objects
	colour = look.Green
	if r.OnlyHere() {
		colour = look.Amber
	}
	place, size := right[0].(*canvas.Text), right[1].(*canvas.Text)
	place.Alignment, size.Alignment = fyne.TextAlignTrailing, fyne.TextAlignTrailing
	look.Say(place, r.place(v.lang), colour)
	look.Say(size, i18n.Say(v.lang, "desk.queue.size", "mb", megabytes(r.Bytes)), look.Faint)
}

// Draw draws the newest snapshot.
func (v *View) Draw(s Snapshot) {
	v.rows = s.Rows
	v.list.Refresh()
	say := func(key string, pairs ...string) string { return i18n.Say(v.lang, key, pairs...) }
	if s.Waiting == 0 {
		look.Say(v.here, say("desk.queue.empty"), look.Green)
	} else {
		look.Say(v.here, say("desk.queue.here", "n", strconv.Itoa(s.Waiting), "mb", megabytes(s.Here)), look.Amber)
	}
	v.sum.Say(v.going(s), false)
	words := ""
	if s.Fault != nil {
		e := i18n.Explain(s.Fault, v.lang)
		words = e.Sentences()
	}
	v.fault.Say(words, true)
	v.bound.Draw(s)
	v.free.draw(s.Free)
}

// going says how the sending goes.
func (v *View) going(s Snapshot) string {
	say := func(key string, pairs ...string) string { return i18n.Say(v.lang, key, pairs...) }
	switch {
	case s.Waiting == 0:
		return ""
	case s.Strange:
		return say("cause.stranger") + " " + say("cause.stranger.do")
	case s.Offline:
		return say("desk.queue.offline")
	case s.Closed:
		return say("desk.queue.closed", "from", s.Bounds.From, "to", s.Bounds.To)
	case s.Left == 0 || s.Rate < 1:
		return say("desk.queue.idle")
	}
	left := time.Duration(float64(s.Left) / s.Rate * float64(time.Second))
	return say("desk.queue.sum", "mb", megabytes(s.Left), "rate", megabytes(int64(s.Rate)), "time", look.Length(left))
}

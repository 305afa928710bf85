package queue

import (
	"context"
	"strconv"

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
	sum   *canvas.Text
	fault *canvas.Text
	limit *control.Field
}

// NewView builds the screen in a language.
func NewView(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input) *View {
	v := &View{model: m, lang: lang, sum: look.Text("", look.Normal, look.Ink), fault: look.Text("", look.Normal, look.Red)}
	v.list = widget.NewList(func() int { return len(v.rows) }, newRow, func(i widget.ListItemID, o fyne.CanvasObject) { v.fill(v.rows[i], o) })
	v.list.OnSelected = func(i widget.ListItemID) {
		v.list.Unselect(i)
		v.tell(v.rows[i], w)
	}
	retry := look.NewButton(i18n.Say(lang, "desk.queue.retry"), v.retry).Strong()
	head := container.NewVBox(
		container.NewBorder(nil, nil, look.Text(i18n.Say(lang, "desk.rail.queue"), look.Large, look.Ink), retry),
		v.sum, v.fault, v.bounds(in))
	v.Body = look.Card(container.NewBorder(head, nil, nil, nil, v.list))
	return v
}

// bounds is the field of the limit.
func (v *View) bounds(in *control.Input) fyne.CanvasObject {
	v.limit = look.NewField(in, i18n.Say(v.lang, "desk.queue.limit_hint"), nil)
	if n := v.model.Feed.Newest().Limit; n > 0 {
		look.Fill(v.limit, strconv.FormatInt(n/1000, 10))
	}
	set := look.NewButton(i18n.Say(v.lang, "desk.queue.limit_set"), func() {
		if n, err := strconv.ParseInt(v.limit.Text(), 10, 32); err == nil && n >= 0 || v.limit.Text() == "" {
			v.model.Limit(n * 1000)
		}
	})
	return container.NewHBox(look.Text(i18n.Say(v.lang, "desk.queue.limit"), look.Normal, look.Faint), look.Least(200, look.Target, v.limit), set)
}

// tell shows all that is known of a recording, the words of headquarters for a technician too.
func (v *View) tell(r Row, w fyne.Window) {
	text := r.title(v.lang) + "\n" + r.state(v.lang)
	if r.Wait.Why != "" && !r.State.Waits() {
		text += "\n" + i18n.Say(v.lang, "desk.queue.detail", "why", r.Wait.Why)
	}
	look.Ask(w, r.ID, look.Words(text), look.Answer{Text: i18n.Say(v.lang, "desk.close")})
}

func (v *View) retry() {
	if err := v.model.Retry(context.Background()); err != nil {
		v.say(err)
	}
}

// newRow makes an empty line of the list.
func newRow() fyne.CanvasObject {
	sign := look.Least(28, 56, container.NewCenter(look.Text("", look.Large, look.Ink)))
	return container.NewBorder(nil, nil, sign, look.Text("", look.Small, look.Faint),
		container.NewVBox(look.Text("", look.Normal, look.Ink), look.Tight(look.OneLine(""))))
}

// fill writes a recording into a line made by newRow.
func (v *View) fill(r Row, o fyne.CanvasObject) {
	parts := o.(*fyne.Container).Objects
	words := parts[0].(*fyne.Container).Objects
	mark, colour := r.sign()
	center := parts[1].(*fyne.Container).Objects[1].(*fyne.Container)
	look.Say(center.Objects[0].(*canvas.Text), mark, colour)
	look.Say(words[0].(*canvas.Text), r.title(v.lang), look.Ink)
	line := words[1].(*fyne.Container).Objects[0].(*widget.Label)
	if state := r.state(v.lang); line.Text != state {
		line.SetText(state)
	}
	look.Say(parts[2].(*canvas.Text), i18n.Say(v.lang, "desk.queue.size", "mb", megabytes(r.Bytes)), look.Faint)
}

// Draw draws the newest snapshot.
func (v *View) Draw(s Snapshot) {
	v.rows = s.Rows
	v.list.Refresh()
	words := i18n.Say(v.lang, "desk.queue.sum", "n", strconv.Itoa(s.Waiting), "mb", megabytes(s.Left), "rate", megabytes(int64(s.Rate)))
	if s.Waiting == 0 {
		words = i18n.Say(v.lang, "desk.queue.empty")
	}
	if s.Offline {
		words += i18n.Say(v.lang, "desk.queue.offline")
	}
	look.Say(v.sum, words, look.Ink)
	v.say(s.Fault)
}

func (v *View) say(err error) {
	if err == nil {
		v.fault.Hide()
		return
	}
	e := i18n.Explain(err, v.lang)
	look.Say(v.fault, e.What+" "+e.Do, look.Red)
	v.fault.Show()
}

package record

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/control"
	"minglu/app/i18n"
)

// View draws the screen: the form before a recording, the picture and the prompts in one.
type View struct {
	Body fyne.CanvasObject

	model   *Model
	form    *form
	running *running
}

// NewView builds the screen in a language. beside is shown next to the picture while a recording runs.
func NewView(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input, beside fyne.CanvasObject) *View {
	v := &View{model: m, form: newForm(m, lang, w, in), running: newRunning(m, lang, w, in, beside)}
	v.running.body.Hide()
	v.Body = container.NewStack(v.form.body, v.running.body)
	return v
}

// DrawPrepare draws what is prepared.
func (v *View) DrawPrepare(p Prepare) { v.form.draw(p, v.model.Link.Feed.Newest()) }

// DrawLive draws the recorder.
func (v *View) DrawLive(l Live) {
	if l.Recording() != v.running.body.Visible() {
		if l.Recording() {
			v.form.body.Hide()
			v.running.body.Show()
		} else {
			v.running.body.Hide()
			v.form.body.Show()
		}
	}
	if l.Recording() {
		v.running.draw(l)
		return
	}
	v.form.draw(v.model.Feed.Newest(), l)
}

// Note puts the caret into the words of the next mark.
func (v *View) Note() { v.running.win.Canvas().Focus(v.running.note) }

// Key does what a key of the window asks for while a recording runs.
func (v *View) Key(name fyne.KeyName) {
	if v.model.Link.Feed.Newest().Phase != Running {
		return
	}
	switch name {
	case fyne.KeyF8:
		v.running.mark()
	case fyne.KeyF9:
		v.model.Next()
	case fyne.KeyF10:
		v.running.turn()
	case fyne.KeyF12:
		v.running.stop()
	}
}

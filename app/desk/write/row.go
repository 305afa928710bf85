package write

import (
	"fmt"
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/capture/transcript"
)

// rowView is one row: who speaks and when, the words, the corrections below them.
type rowView struct {
	v       *View
	key     int64
	version int
	body    *fyne.Container
	role    string // as the badge shows it; "" before
	fromMS  int64
	badge   *badge
	field   *control.Field
	below   *fyne.Container
	fixes   int
}

// rowLines is how many lines of a row are seen at once; a longer one is scrolled.
const rowLines = 12

// fieldSide is what a field has beside its text.
const fieldSide = 11

func newRow(v *View, r Row) *rowView {
	w := &rowView{v: v, key: r.Key, version: r.Version, field: control.NewParagraph(v.in, rowLines)}
	w.badge = newBadge(func() {
		v.model.Turn(w.key)
		v.now()
	})
	w.field.Plain = true
	w.field.SetMax(transcript.MaxText / 10) // what is longer is a paper of its own
	w.field.SetText(r.Text)
	w.field.OnChanged = func(s string) { v.model.Type(w.key, s) }
	w.field.OnFocus = w.focused
	w.field.OnKey = w.typed
	w.field.OnOver = func(over int) {
		v.tell(v.say("write.over", "max", strconv.Itoa(transcript.MaxText/10), "over", strconv.Itoa(over)))
	}
	w.below = container.New(look.Column{})
	w.body = container.New(margin{}, w.badge, container.New(look.Column{}, w.field, w.below))
	return w
}

func (w *rowView) draw(r Row) {
	if w.role != r.Role || w.fromMS != r.FromMS {
		w.role, w.fromMS = r.Role, r.FromMS
		w.badge.show(w.v.say("write.role."+r.Role), clock(r.FromMS), r.Role)
	}
	if w.version != r.Version {
		w.version = r.Version
		w.field.SetText(r.Text)
	}
	if locked := w.v.sheet.Signed(); locked != w.field.Disabled() {
		if locked {
			w.field.Disable()
		} else {
			w.field.Enable()
		}
	}
	if w.fixes != len(r.Corrections) {
		w.fixes = len(r.Corrections)
		w.below.Objects = nil
		for _, c := range r.Corrections {
			words := container.New(layout.NewCustomPaddedLayout(0, 0, fieldSide, fieldSide), look.Wrap(w.v.correction(c)))
			w.below.Add(container.NewBorder(nil, nil, nil, fingerprint(), words))
		}
		w.v.list.Refresh()
	}
}

// correction puts a change into words.
func (v *View) correction(c transcript.Correction) string {
	key := "write.correction"
	switch {
	case c.Before == "":
		key = "write.addition"
	case c.After == "":
		key = "write.removal"
	}
	return v.say(key, "before", c.Before, "after", c.After, "by", c.By, "at", clock(c.AtMS))
}

func fingerprint() fyne.CanvasObject {
	box := canvas.NewRectangle(color.Transparent)
	box.StrokeColor, box.StrokeWidth = look.Red, 1
	box.SetMinSize(fyne.NewSize(24, 24))
	return container.NewCenter(box)
}

// clock is a moment of the recording for people.
func clock(ms int64) string {
	s := ms / 1000
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%02d:%02d", s/60, s%60)
}

func (w *rowView) focused(in bool) {
	key := int64(0)
	if in {
		key = w.key
		w.v.at = key
		w.v.reveal(w)
		w.v.tell("")
	}
	w.v.model.At(key)
}

// typed does what the keys of a row do beside typing.
func (w *rowView) typed(s control.Stroke) bool {
	v := w.v
	if s.Held&fyne.KeyModifierControl != 0 {
		return w.commanded(s.Name)
	}
	switch {
	case (s.Name == fyne.KeyReturn || s.Name == fyne.KeyEnter) && s.Held == 0:
		v.next(w.key)
	case s.Name == fyne.KeyTab && s.Held == 0:
		v.model.Turn(w.key)
		v.now()
	case s.Name == fyne.KeyBackspace && w.field.Edit().Len() == 0:
		v.Focus(v.model.Remove(w.key))
	case s.Name == fyne.KeyUp && s.Held == 0 && w.field.AtTop():
		return v.step(w.key, -1)
	case s.Name == fyne.KeyDown && s.Held == 0 && w.field.AtBottom():
		return v.step(w.key, 1)
	default:
		return false
	}
	return true
}

func (w *rowView) commanded(name fyne.KeyName) bool {
	v := w.v
	switch name {
	case fyne.KeyZ: // nothing left to undo in the row
		v.model.Undo()
		v.now()
	case fyne.KeyD:
		v.Focus(v.model.Remove(w.key))
	case fyne.KeyT:
		v.choose()
	case fyne.KeyReturn, fyne.KeyEnter:
		v.steps.onward()
	case fyne.KeyF:
		v.win.Canvas().Focus(v.search)
	case fyne.KeyL:
		v.play(w.key)
	default:
		return false
	}
	return true
}

// next goes on behind a row: to the empty row that waits there, or to a new one.
func (v *View) next(key int64) {
	v.now()
	if row := v.beside(key, 1); row != nil && row.field.Edit().Len() == 0 {
		v.Focus(row.key)
		return
	}
	v.Focus(v.model.Add(key, "", ""))
}

func (v *View) step(key int64, by int) bool {
	row := v.beside(key, by)
	if row != nil {
		v.win.Canvas().Focus(row.field)
	}
	return row != nil
}

// badge says who speaks, and when; pressed it turns a question into an answer.
type badge struct {
	widget.BaseWidget
	role, at *canvas.Text
	tapped   func()
}

func newBadge(tapped func()) *badge {
	b := &badge{role: look.Text("", look.Large, look.Blue), at: look.Text("", look.Small, look.Faint), tapped: tapped}
	b.ExtendBaseWidget(b)
	return b
}

func (b *badge) show(role, at, code string) {
	ink := map[string]look.Colour{
		transcript.Question: look.Blue, transcript.Answer: look.Green, transcript.Note: look.Faint,
	}[code]
	look.Say(b.role, role, ink)
	look.Say(b.at, at, look.Faint)
}

// Tapped turns the role.
func (b *badge) Tapped(*fyne.PointEvent) { b.tapped() }

// CreateRenderer belongs to fyne.Widget.
func (b *badge) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewHBox(b.role, b.at))
}

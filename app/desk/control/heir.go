package control

import (
	"fyne.io/fyne/v2"
)

// heir acts on keys that the method gave back late.
type heir interface {
	replay(Stroke)
	late(rune)
}

// heir is where a key that waited goes: to this field, or to what has taken the focus from it since.
func (f *Field) heir() heir {
	c := fyne.CurrentApp().Driver().CanvasForObject(f.self)
	if c == nil {
		return f
	}
	switch now := c.Focused().(type) {
	case heir:
		return now
	case nil:
		return bare{c}
	default:
		return focused{now}
	}
}

// late types a character that the method gave back.
func (f *Field) late(r rune) { f.Insert(string(r)) }

// focused is a button or another control that takes no text.
type focused struct{ fyne.Focusable }

// replay presses the key. A combination was meant for a text: without it it must not press a button.
func (o focused) replay(s Stroke) {
	if s.Held&command == 0 {
		o.TypedKey(&fyne.KeyEvent{Name: s.Name})
	}
}

func (o focused) late(r rune) { o.TypedRune(r) }

// bare is a window in which nothing has the focus.
type bare struct{ fyne.Canvas }

func (w bare) replay(s Stroke) {
	if typed := w.OnTypedKey(); typed != nil {
		typed(&fyne.KeyEvent{Name: s.Name})
	}
}

func (w bare) late(r rune) {
	if typed := w.OnTypedRune(); typed != nil {
		typed(r)
	}
}

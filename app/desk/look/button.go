package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/rare"
)

// Button is a button that lets the window's keys (F1 to F12) through while it has the focus. OnKey hears each key
// first; true means that the key is done with.
type Button struct {
	widget.Button
	OnKey   func(fyne.KeyName) bool
	OnFocus func(bool) // got the keys, or lost them; nil for nobody

	self fyne.Focusable // as the window knows it: itself, or what is made of it
}

// NewButton makes a button.
func NewButton(text string, tapped func()) *Button {
	rare.See(text)
	b := &Button{}
	b.Text, b.OnTapped, b.self = text, tapped, b
	b.ExtendBaseWidget(b)
	return b
}

// SetText changes the button's words.
func (b *Button) SetText(text string) {
	rare.See(text)
	b.Button.SetText(text)
}

// Strong makes the button the one to press next.
func (b *Button) Strong() *Button {
	b.Importance = widget.HighImportance
	return b
}

// FocusGained takes the keys.
func (b *Button) FocusGained() {
	b.Button.FocusGained()
	if b.OnFocus != nil {
		b.OnFocus(true)
	}
}

// TypedKey presses the button with Return or Space; other keys go to the window.
func (b *Button) TypedKey(e *fyne.KeyEvent) {
	if b.OnKey != nil && b.OnKey(e.Name) {
		return
	}
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		b.press()
	default:
		Pass(b.object(), e)
	}
}

func (b *Button) object() fyne.CanvasObject { return b.self.(fyne.CanvasObject) }

// press does what a tap does, and keeps the keys, which Fyne takes from what is tapped: who goes by keys goes on from
// there, behind a question that the press asks too. A button that is not to be seen any more cannot be pressed.
func (b *Button) press() {
	c := canvasOf(b.object())
	if c == nil || b.Disabled() {
		return
	}
	do := b.OnTapped
	defer func() { b.OnTapped = do }()
	b.OnTapped = func() {
		if c.Focus(b.self); c.Focused() == b.self && do != nil {
			do()
		}
	}
	b.Tapped(nil)
}

// Pass hands a key of the window from the focused object to the window, which otherwise never hears of it.
func Pass(o fyne.CanvasObject, e *fyne.KeyEvent) {
	if !windowKey(e.Name) {
		return
	}
	if c := canvasOf(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(e)
	}
}

// canvasOf finds where an object is. Fyne forgets that of one that was not painted for a minute; if it was hidden with the
// keys in it, they still come to it.
func canvasOf(o fyne.CanvasObject) fyne.Canvas {
	driver := fyne.CurrentApp().Driver()
	if c := driver.CanvasForObject(o); c != nil {
		return c
	}
	for _, w := range driver.AllWindows() {
		if f, ok := w.Canvas().Focused().(fyne.CanvasObject); ok && f == o {
			return w.Canvas()
		}
	}
	return nil
}

func windowKey(name fyne.KeyName) bool {
	switch name {
	case fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6, fyne.KeyF7, fyne.KeyF8, fyne.KeyF9,
		fyne.KeyF10, fyne.KeyF11, fyne.KeyF12:
		return true
	}
	return false
}

// Enable lets a button be pressed, or not.
func Enable(b *Button, on bool) {
	switch {
	case on && b.Disabled():
		b.Enable()
	case !on && !b.Disabled():
		b.Disable()
	}
}

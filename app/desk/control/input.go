// Package control has the text controls of the window: every field a person types into is one of them.
//
// Fyne's own entry knows nothing of input methods: it loses Chinese text to keys the method has eaten, shows
// candidates in a corner and grows slow with length. A Field asks package ime about each key, shows the
// pre-edit in its line and lays out only what is seen.
package control

import (
	"fyne.io/fyne/v2"

	"minglu/app/desk/ime"
)

// Input is what the text controls of a program share: the input method, the way to the screen, the words.
// A nil Input is one without an input method, for tests.
type Input struct {
	keys   *ime.Keyboard
	say    func(key string, pairs ...string) string
	screen screen
	ruler  ruler
}

// Open connects to the input method of the desktop, now or when it comes. Call it when the program runs, not
// before (Lifecycle.SetOnStarted); say puts keys of sentences into words; onState, which may be nil, hears how
// the method does.
func Open(getenv func(string) string, say func(key string, pairs ...string) string, onState func(ime.State)) *Input {
	return &Input{
		keys: ime.Start(ime.Options{Post: fyne.Do, OnState: onState, Find: ime.System(getenv)}),
		say:  say,
	}
}

// Close leaves the input method.
func (in *Input) Close() error {
	if in == nil {
		return nil
	}
	in.keys.Close()
	return in.screen.close()
}

func (in *Input) keyboard() *ime.Keyboard {
	if in == nil {
		return nil
	}
	return in.keys
}

// words says a sentence; without words its key stands for it.
func (in *Input) words(key string, pairs ...string) string {
	if in == nil || in.say == nil {
		return key
	}
	return in.say(key, pairs...)
}

// place tells the method where the caret of o is: at, of size, in o's own measure.
func (in *Input) place(o fyne.CanvasObject, at fyne.Position, size fyne.Size) {
	if in == nil || in.keys == nil {
		return
	}
	driver := fyne.CurrentApp().Driver()
	canvas := driver.CanvasForObject(o)
	if canvas == nil {
		return
	}
	x, y := in.screen.origin(driver, canvas)
	at = at.Add(driver.AbsolutePositionForObject(o))
	scale := canvas.Scale()
	in.keys.Place(ime.Rect{
		X: x + int32(at.X*scale), Y: y + int32(at.Y*scale),
		W: int32(size.Width * scale), H: int32(size.Height * scale),
	})
}

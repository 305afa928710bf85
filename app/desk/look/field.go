package look

import (
	"fyne.io/fyne/v2"

	"minglu/app/desk/control"
)

// NewField makes a field of one line; changed hears each change and may be nil. The window's keys go through it.
func NewField(in *control.Input, hint string, changed func(string)) *control.Field {
	f := control.NewField(in)
	f.PlaceHolder = hint
	f.OnChanged = changed
	f.OnKey = func(s control.Stroke) bool {
		if s.Held == 0 && windowKey(s.Name) {
			Pass(f, &fyne.KeyEvent{Name: s.Name})
			return true
		}
		return false
	}
	return f
}

// Fill puts a text into a field without telling whoever listens to typing.
func Fill(f *control.Field, text string) {
	tell := f.OnChanged
	f.OnChanged = nil
	f.SetText(text)
	f.OnChanged = tell
}

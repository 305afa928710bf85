package control_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/ime"
)

// stateFile names, in the environment, the file a window under test writes its state to.
const stateFile = "MINGLU_TEST_WINDOW"

func TestMain(m *testing.M) {
	if os.Getenv(stateFile) == "" {
		os.Exit(m.Run())
	}
	runWindow(os.Getenv(stateFile))
}

// seen is what the window under test shows.
type seen struct {
	Field, Area string
	Focus       string
	Pressed     int
	Submitted   int
	Method      string
	Slow        bool
}

// runWindow is the program the tests type into: a field, an area and a button.
func runWindow(file string) {
	restore := ime.Quiet()
	a := app.NewWithID("minglu.test.control")
	w := a.NewWindow("control")
	var now seen
	write := func() {
		data, err := json.Marshal(now)
		if err == nil {
			err = os.WriteFile(file+".new", data, 0o600)
		}
		if err == nil {
			err = os.Rename(file+".new", file)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	a.Lifecycle().SetOnStarted(func() {
		restore()
		in := control.Open(os.Getenv, nil, func(s ime.State) { now.Method, now.Slow = s.Method, s.Slow; write() })
		field, area := control.NewField(in), control.NewArea(in, 6)
		field.OnChanged = func(s string) { now.Field = s; write() }
		field.OnSubmitted = func(string) { now.Submitted++; write() }
		area.OnChanged = func(s string) { now.Area = s; write() }
		field.OnFocus = func(in bool) { now.Focus = map[bool]string{true: "field"}[in]; write() }
		area.OnFocus = func(in bool) { now.Focus = map[bool]string{true: "area"}[in]; write() }
		button := widget.NewButton("OK", func() { now.Pressed++; write() })
		w.SetContent(container.NewVBox(field, area, button))
		w.Canvas().Focus(field)
		write()
	})
	w.SetContent(widget.NewLabel(""))
	w.Resize(fyne.NewSize(700, 400))
	w.ShowAndRun()
}

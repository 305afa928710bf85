package hall

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// screen is a window of its own over a whole display. F11 takes it out of full screen, so that it can be moved to
// another display, and back; Escape, or its upper right corner held down, closes it.
func (v *View) screen(title string, body fyne.CanvasObject, gone func()) fyne.Window {
	w := fyne.CurrentApp().NewWindow(title)
	corner := container.NewVBox(container.NewHBox(layout.NewSpacer(), newCorner(w.Close)))
	w.SetContent(container.NewStack(body, corner))
	w.SetPadded(false)
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		switch e.Name {
		case fyne.KeyEscape:
			w.Close()
		case fyne.KeyF11:
			w.SetFullScreen(!w.FullScreen())
		}
	})
	w.SetOnClosed(gone)
	w.Resize(fyne.NewSize(1024, 700))
	w.SetFullScreen(true)
	w.Show()
	return w
}

// openBoard opens the board for the hall, or brings it to the front.
func (v *View) openBoard() {
	if v.board != nil {
		v.boardWindow.RequestFocus()
		return
	}
	var w fyne.Window
	v.board = v.NewBoard(func() float32 {
		if w == nil {
			return 1024
		}
		return w.Canvas().Size().Width
	})
	w = v.screen(v.say("board"), v.board.Body, func() { v.board, v.boardWindow = nil, nil })
	v.boardWindow = w
	v.board.Draw(v.model.Public.Newest())
}

// openCounter opens the screen of a counter.
func (v *View) openCounter(desk string) {
	if v.counterWindow != nil {
		v.counterWindow.Close()
	}
	v.counter = v.NewCounter(desk)
	counter := v.counter
	w := v.screen(v.say("counter"), counter.Body, func() { v.counter, v.counterWindow = nil, nil })
	w.Canvas().SetOnTypedRune(counter.Typed)
	v.counterWindow = w
	counter.Draw(v.model.Public.Newest())
}

// CloseScreens closes the screens for the public.
func (v *View) CloseScreens() {
	for _, w := range []fyne.Window{v.boardWindow, v.counterWindow} {
		if w != nil {
			w.Close()
		}
	}
}

// cornerHeld is how long the corner of a screen must be held: a taxpayer's hand must not come into the log.
const cornerHeld = 2 * time.Second

// corner closes its screen when it is held down.
type corner struct {
	widget.BaseWidget
	held func()
	down time.Time
}

var _ desktop.Mouseable = (*corner)(nil)

func newCorner(held func()) *corner {
	c := &corner{held: held}
	c.ExtendBaseWidget(c)
	return c
}

// MouseDown begins to count.
func (c *corner) MouseDown(*desktop.MouseEvent) { c.down = time.Now() }

// MouseUp closes the screen if the corner was held long enough.
func (c *corner) MouseUp(*desktop.MouseEvent) {
	if time.Since(c.down) >= cornerHeld {
		c.held()
	}
}

// CreateRenderer makes an area that is not seen.
func (c *corner) CreateRenderer() fyne.WidgetRenderer {
	area := canvas.NewRectangle(color.Transparent)
	area.SetMinSize(fyne.NewSize(64, 64))
	return widget.NewSimpleRenderer(area)
}

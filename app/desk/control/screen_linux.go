package control

import (
	"io"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// screen knows where a window stands. Fyne does not say; X does.
type screen struct {
	conn *xgb.Conn
	root xproto.Window
	dead bool // no X, or no longer
}

// origin gives the place of a canvas on the screen in pixels, 0, 0 when nobody knows.
func (s *screen) origin(d fyne.Driver, c fyne.Canvas) (x, y int32) {
	window, ok := handle(d, c)
	if !ok || !s.open() {
		return 0, 0
	}
	at, err := xproto.TranslateCoordinates(s.conn, window, s.root, 0, 0).Reply()
	if err != nil || at == nil {
		return 0, 0
	}
	return int32(at.DstX), int32(at.DstY)
}

func (s *screen) open() bool {
	if s.conn != nil || s.dead {
		return s.conn != nil
	}
	xgb.Logger.SetOutput(io.Discard) // it would write to the terminal on its own
	conn, err := xgb.NewConn()
	if err != nil {
		s.dead = true
		return false
	}
	s.conn, s.root = conn, xproto.Setup(conn).DefaultScreen(conn).Root
	return true
}

func (s *screen) close() error {
	if s.conn != nil {
		s.conn.Close()
	}
	return nil
}

// handle finds the X window of a canvas.
func handle(d fyne.Driver, c fyne.Canvas) (id xproto.Window, ok bool) {
	for _, w := range d.AllWindows() {
		native, can := w.(driver.NativeWindow)
		if w.Canvas() != c || !can {
			continue
		}
		native.RunNative(func(context any) {
			if x, is := context.(driver.X11WindowContext); is {
				id, ok = xproto.Window(x.WindowHandle), true
			}
		})
	}
	return id, ok
}

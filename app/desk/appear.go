package desk

import (
	"fmt"
	"log"
	"os"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
)

// noWindow says that a screen can have no window, and why.
type noWindow struct{ cause string }

func (e *noWindow) Error() string     { return "make a window: " + e.cause }
func (e *noWindow) FaultCode() string { return "window.no_gl" }

// appear shows a window. Where OpenGL is missing Fyne only logs why and would then wait for ever, and GLFW panics where
// it is half there: both are told as an error, before anything waits. A trial beforehand would take as long as a window.
func appear(win fyne.Window) (err error) {
	var said strings.Builder
	log.SetOutput(&said)
	defer func() {
		log.SetOutput(os.Stderr)
		if p := recover(); p != nil {
			err = &noWindow{fmt.Sprint(p)}
		}
		if err == nil {
			fmt.Fprint(os.Stderr, said.String())
		}
	}()
	win.Show()
	if !exists(win) {
		_, cause, _ := strings.Cut(said.String(), "Cause: ")
		cause, _, _ = strings.Cut(cause, "\n")
		return &noWindow{cause}
	}
	return nil
}

// exists reports whether the desktop knows the window. Only a driver with a desktop below it can say no.
func exists(win fyne.Window) (there bool) {
	native, ok := win.(driver.NativeWindow)
	if !ok {
		return true
	}
	native.RunNative(func(of any) {
		switch w := of.(type) {
		case driver.X11WindowContext:
			there = w.WindowHandle != 0
		case driver.WindowsWindowContext:
			there = w.HWND != 0
		default:
			there = true
		}
	})
	return there
}

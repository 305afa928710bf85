package main

import (
	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// Size the window likes to have, and what its frame takes from the screen.
const (
	wantWidth, wantHeight = 1280, 800
	frame                 = 28
)

// windowSize is the size of the window on this screen. It also finds out whether a window can be made at all:
// where there is no screen Fyne panics, and where there is no OpenGL it waits for ever.
func windowSize() (fyne.Size, error) {
	size := fyne.NewSize(wantWidth, wantHeight)
	if err := glfw.Init(); err != nil {
		return size, &coded{"window.no_display", err.Error()}
	}
	glfw.WindowHint(glfw.Visible, glfw.False)
	trial, err := glfw.CreateWindow(16, 16, "", nil, nil)
	if err != nil {
		return size, &coded{"window.no_gl", err.Error()}
	}
	trial.Destroy()
	glfw.DefaultWindowHints()
	if m := glfw.GetPrimaryMonitor(); m != nil {
		_, _, w, h := m.GetWorkarea()
		size = fyne.NewSize(min(size.Width, float32(w)), min(size.Height, float32(h-frame)))
	}
	return size, nil
}

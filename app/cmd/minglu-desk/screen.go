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

// windowSize is the size of the window on this screen. Without a screen Fyne would panic.
func windowSize() (fyne.Size, error) {
	size := fyne.NewSize(wantWidth, wantHeight)
	if err := glfw.Init(); err != nil {
		return size, &coded{"window.no_display", err.Error()}
	}
	if m := glfw.GetPrimaryMonitor(); m != nil {
		_, _, w, h := m.GetWorkarea()
		size = fyne.NewSize(min(size.Width, float32(w)), min(size.Height, float32(h-frame)))
	}
	return size, nil
}

package main

import (
	"fmt"
	"io"

	"github.com/go-gl/glfw/v3.4/glfw"
)

// sayRenderer writes what would draw the window, as OpenGL names it: the doctor asks, since it has no OpenGL.
func sayRenderer(out io.Writer) error {
	if err := glfw.Init(); err != nil {
		return &coded{"window.no_display", err.Error()}
	}
	defer glfw.Terminate()
	glfw.WindowHint(glfw.Visible, glfw.False)
	trial, err := glfw.CreateWindow(16, 16, "", nil, nil)
	if err != nil {
		return &coded{"window.no_gl", err.Error()}
	}
	defer trial.Destroy()
	trial.MakeContextCurrent()
	name, err := renderer()
	if err != nil {
		return &coded{"window.no_gl", err.Error()}
	}
	_, err = fmt.Fprintln(out, name)
	return err
}

//go:build !arm && !arm64

package main

import "github.com/go-gl/gl/v2.1/gl"

// renderer names what draws in the current context.
func renderer() (string, error) {
	if err := gl.Init(); err != nil {
		return "", err
	}
	return gl.GoStr(gl.GetString(gl.RENDERER)) + ", OpenGL " + gl.GoStr(gl.GetString(gl.VERSION)), nil
}

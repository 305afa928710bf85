//go:build arm || arm64

package main

import "github.com/go-gl/gl/v3.1/gles2"

// renderer names what draws in the current context; Fyne draws by OpenGL ES on these machines.
func renderer() (string, error) {
	if err := gles2.Init(); err != nil {
		return "", err
	}
	return gles2.GoStr(gles2.GetString(gles2.RENDERER)) + ", " + gles2.GoStr(gles2.GetString(gles2.VERSION)), nil
}

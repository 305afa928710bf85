package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"minglu/capture/attach"
)

// errNoDisplay tells that there is no screen to open a window on.
var errNoDisplay = &coded{"window.no_display", "neither DISPLAY nor a desktop session is there"}

// coded is an error with a code of i18n.
type coded struct{ code, what string }

func (e *coded) Error() string     { return e.what }
func (e *coded) FaultCode() string { return e.code }

// deskAgain is how the window ends after it has enrolled the room.
const deskAgain = 3

// openWindow starts the window, or says what it lacks.
func openWindow(ctx context.Context, c *call) error {
	desk, err := beside("minglu-desk")
	if err != nil {
		return &coded{"window.absent", err.Error()}
	}
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return errNoDisplay
	}
	var ended *exec.ExitError
	args := []string{"--home", c.home}
	if c.said != "" { // else the language that was chosen in the window stays
		args = append(args, "--lang", c.said)
	}
	for {
		cmd := exec.CommandContext(ctx, desk, args...)
		cmd.Stdout, cmd.Stderr = c.out.w, c.err
		if err = attach.Unhurried(cmd.Start); err == nil {
			err = cmd.Wait()
		}
		if !errors.As(err, &ended) || ended.ExitCode() != deskAgain || ctx.Err() != nil {
			break
		}
	}
	if errors.As(err, &ended) && ctx.Err() == nil {
		return &coded{"window.failed", fmt.Sprintf("minglu-desk ended with code %d", ended.ExitCode())}
	}
	return err
}

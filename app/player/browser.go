package player

import (
	"errors"
	"os/exec"
	"strings"
	"time"
)

// NoBrowser is the error of Browse when no browser could be started; Link can be opened by hand.
type NoBrowser struct {
	Link  string
	Cause error
}

func (e *NoBrowser) Error() string {
	return "start a browser: " + e.Cause.Error() + "; the address is " + e.Link
}

// FaultCode is what i18n knows the fault by.
func (e *NoBrowser) FaultCode() string { return "player.no_browser" }

// Pairs give the sentence its address.
func (e *NoBrowser) Pairs() []string { return []string{"link", e.Link} }

// failsWithin is how soon a starter that finds no browser says so; one that runs longer has found it.
const failsWithin = 1500 * time.Millisecond

var errNone = errors.New("none of the known ones is installed")

// Browse opens a link in a browser of this system, apart from this program: closing either leaves the other. It never
// waits for the browser's end.
func Browse(link string, getenv func(string) string) error {
	cause := errNone
	for _, line := range browsers(getenv) {
		cmd := exec.Command(line[0], append(line[1:], link)...)
		if strings.Contains(strings.Join(line[1:], " "), "%s") { // the custom of $BROWSER
			cmd = exec.Command(line[0], fillIn(line[1:], link)...)
		}
		cmd.SysProcAttr = apart()
		if err := start(cmd); err == nil {
			return nil
		} else if !errors.Is(err, exec.ErrNotFound) {
			cause = err
		}
	}
	return &NoBrowser{link, cause}
}

func fillIn(args []string, link string) []string {
	filled := make([]string, len(args))
	for i, a := range args {
		filled[i] = strings.ReplaceAll(a, "%s", link)
	}
	return filled
}

// start starts a browser and waits a moment for its failing.
func start(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // ends with the browser, or with us
	select {
	case err := <-ended:
		return err
	case <-time.After(failsWithin):
		return nil
	}
}

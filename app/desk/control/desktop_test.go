package control_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"minglu/app/desk/desktoptest"
)

// desktop is a desktop with the window under test.
type desktop struct {
	*desktoptest.Desktop
	t    *testing.T
	file string // what the window shows
}

func newDesktop(t *testing.T) *desktop {
	t.Helper()
	d := &desktop{Desktop: desktoptest.New(t, 900, 700), t: t}
	d.file = filepath.Join(d.Dir, "state.json")
	d.Env = append(d.Env, stateFile+"="+d.file)
	return d
}

// window opens the window under test and waits until it takes keys.
func (d *desktop) window(method string) {
	d.t.Helper()
	program, err := os.Executable()
	if err != nil {
		d.t.Fatal(err)
	}
	d.Start(program)
	d.t.Cleanup(func() {
		if d.t.Failed() {
			d.t.Logf("the window shows %+v", d.see())
		}
	})
	d.Until(3*time.Minute, "the window is ready with method "+method, func() bool {
		s := d.see()
		return s.Focus == "field" && s.Method == method
	})
}

func (d *desktop) see() (s seen) {
	data, err := os.ReadFile(d.file)
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil && !os.IsNotExist(err) {
		d.t.Fatal(err)
	}
	return s
}

func (d *desktop) wantField(want string) {
	d.t.Helper()
	d.Until(30*time.Second, "the field holds "+want, func() bool { return d.see().Field == want })
}

func (d *desktop) wantArea(want string) {
	d.t.Helper()
	d.Until(30*time.Second, "the area holds "+want, func() bool { return d.see().Area == want })
}

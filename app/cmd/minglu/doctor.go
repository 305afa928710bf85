package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"minglu/app/doctor"
	"minglu/app/release"
	"minglu/app/room"
	"minglu/app/settings"
	"minglu/capture/attach"
	"minglu/capture/durable"
	"minglu/sync/outbox"
)

// examine looks at everything a recording needs and says what to do about what is wrong.
func examine(ctx context.Context, c *call) error {
	var machine, releaseOnly, installed, tell bool
	var paper string
	flags := c.flags("minglu doctor")
	flags.BoolVar(&machine, "json", false, "")
	flags.BoolVar(&releaseOnly, "release", false, "")
	flags.BoolVar(&installed, "installed", false, "")
	flags.BoolVar(&tell, "tell", false, "")
	flags.StringVar(&paper, "pdf", "", "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	look, err := c.patient(ctx)
	if err != nil {
		return err
	}
	checks := look.Checks()
	switch {
	case releaseOnly:
		checks = only(checks, "programs", "release")
	case installed:
		checks = only(checks, "programs", "graphics", "disk", "settings", "keys", "vault")
	}
	print := doctor.Print
	if machine {
		print = doctor.PrintJSON
	}
	e := doctor.Examination{At: time.Now(), Version: release.Version()}
	e.Results, err = print(ctx, c.out.w, checks, c.lang)
	if err != nil {
		return err
	}
	e.Room, e.Title = look.Named()
	if !releaseOnly && !installed && e.Room != "" { // a whole examination stands for the day's
		if err := doctor.Keep(c.home, e); err != nil {
			return err
		}
	}
	if paper != "" {
		if err := c.print(e, paper); err != nil {
			return err
		}
	}
	if tell {
		if err := look.Tell(ctx, e); err != nil {
			return err
		}
		c.say("doctor.told")
	}
	if e.Tally().Fail > 0 {
		return errWrong
	}
	return nil
}

// only leaves the named checks.
func only(checks []doctor.Check, names ...string) []doctor.Check {
	return slices.DeleteFunc(checks, func(k doctor.Check) bool { return !slices.Contains(names, k.Name) })
}

// patient is the room as the doctor sees it, with all that this program can ask others.
func (c *call) patient(ctx context.Context) (doctor.Room, error) {
	self, err := os.Executable()
	if err == nil {
		self, err = filepath.EvalSymlinks(self)
	}
	if err != nil {
		return doctor.Room{}, fmt.Errorf("find this program's folder: %w", err)
	}
	look := doctor.NewRoom(c.home, filepath.Dir(self))
	look.Thorough = true
	look.Renderer = renderer
	s, err := settings.LoadRoom(c.home)
	if err != nil {
		return look, nil // the check of the settings will say it
	}
	look.Vault = func(context.Context) (string, error) { return storesAgree(ctx, c.home) }
	look.Waiting = func(ctx context.Context) (int64, error) { return waiting(ctx, c.home) }
	look.Camera = func(ctx context.Context) ([]doctor.Probe, error) {
		return probe(ctx, c, attach.Order{Cameras: orDevice(s.Cameras)})
	}
	look.Microphone = func(ctx context.Context) ([]doctor.Probe, error) {
		return probe(ctx, c, attach.Order{Microphone: cmp.Or(s.Microphone, "device:")})
	}
	return look, nil
}

func (c *call) print(e doctor.Examination, path string) error {
	text, err := doctor.Paper(e, c.lang)
	if err != nil {
		return err
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	return durable.WriteFile(durable.OS{}, path, text)
}

// renderer lets the window's program say what draws.
func renderer(ctx context.Context) (string, error) {
	desk, err := beside("minglu-desk")
	if err != nil {
		return "", err
	}
	text, err := exec.CommandContext(ctx, desk, "--renderer").Output()
	if err != nil {
		return "", &coded{"window.no_gl", fmt.Sprintf("minglu-desk: %v", err)}
	}
	return strings.TrimSpace(string(text)), nil
}

// waiting is how many bytes headquarters has not acknowledged.
func waiting(ctx context.Context, home string) (n int64, err error) {
	r, err := room.OpenLine(home)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	rows, err := r.Box.Waiting(ctx)
	for _, row := range rows {
		n += max(0, row.Bytes-row.Acked)
	}
	return n, err
}

func orDevice(cameras []string) []string {
	if len(cameras) == 0 {
		return []string{"device:"}
	}
	return cameras
}

// probe lets the recorder try devices for a moment.
func probe(ctx context.Context, c *call, order attach.Order) ([]doctor.Probe, error) {
	if err := withAgent(ctx, c); err != nil {
		return nil, err
	}
	e, err := attach.Once(ctx, c.home, attach.Request{Op: attach.OpProbe, Order: &order})
	if err != nil {
		return nil, err
	}
	var found []doctor.Probe
	return found, json.Unmarshal(e.Data, &found)
}

// storesAgree compares vault and outbox: every package has its row, every row its package or an account of it.
func storesAgree(ctx context.Context, home string) (text string, err error) {
	r, err := room.OpenLine(home)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	ids, err := r.Vault.IDs()
	if err != nil {
		return "", err
	}
	rows, err := r.Box.Rows(ctx)
	if err != nil {
		return "", err
	}
	var wrong []error
	for _, row := range rows {
		if i := slices.Index(ids, row.ID); i >= 0 {
			ids = slices.Delete(ids, i, i+1)
		} else if row.State != outbox.Released {
			wrong = append(wrong, fmt.Errorf("%s has no package", row.ID))
		}
	}
	for _, id := range ids {
		wrong = append(wrong, fmt.Errorf("package %s has no row", id))
	}
	return fmt.Sprintf("%d", len(rows)), errors.Join(wrong...)
}

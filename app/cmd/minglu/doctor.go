package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"minglu/app/doctor"
	"minglu/app/room"
	"minglu/app/settings"
	"minglu/capture/attach"
	"minglu/sync/outbox"
)

// examine looks at everything a recording needs and says what to do about what is wrong.
func examine(ctx context.Context, c *call) error {
	var machine bool
	flags := c.flags("minglu doctor")
	flags.BoolVar(&machine, "json", false, "one JSON line a check")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	checks, err := c.checks(ctx)
	if err != nil {
		return err
	}
	print := doctor.Print
	if machine {
		print = doctor.PrintJSON
	}
	tally, err := print(ctx, c.out.w, checks, c.lang)
	if err == nil && tally.Fail > 0 {
		err = errWrong
	}
	return err
}

// checks are what the doctor looks at in this home.
func (c *call) checks(ctx context.Context) ([]doctor.Check, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program's folder: %w", err)
	}
	look := doctor.NewRoom(c.home, filepath.Dir(self))
	if s, err := settings.LoadRoom(c.home); err == nil {
		look.Vault = func(context.Context) (string, error) { return storesAgree(ctx, c.home) }
		look.Camera = func(ctx context.Context) ([]doctor.Probe, error) {
			return probe(ctx, c, attach.Order{Cameras: orDevice(s.Cameras)})
		}
		look.Microphone = func(ctx context.Context) ([]doctor.Probe, error) {
			return probe(ctx, c, attach.Order{Microphone: cmp.Or(s.Microphone, "device:")})
		}
	}
	return look.Checks(), nil
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

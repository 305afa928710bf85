package main

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"minglu/app/room"
	"minglu/capture/attach"
	"minglu/capture/evidence"
	"minglu/sync/outbox"
	"minglu/sync/upload"
)

func openRoom(c *call) (*room.Room, error) { return room.OpenLine(c.home) }

// row is one recording of the list.
type row struct {
	Event   string `json:"event"`
	ID      string `json:"id"`
	State   string `json:"state"`
	Bytes   int64  `json:"bytes"`
	Acked   int64  `json:"bytes_acknowledged"`
	Cause   string `json:"cause"`
	Why     string `json:"why"`
	NextTry string `json:"next_try"`
}

// list tells one line a recording.
func list(ctx context.Context, c *call) (err error) {
	if err := c.parse(c.flags("minglu list"), c.args); err != nil {
		return err
	}
	r, err := openRoom(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	rows, err := r.Box.Rows(ctx)
	if err != nil {
		return err
	}
	for _, b := range rows {
		line := row{Event: "recording", ID: b.ID, State: b.State.Word(), Bytes: b.Bytes, Acked: b.Acked, Cause: string(b.Wait.Cause), Why: b.Wait.Why}
		if !b.Wait.Next.IsZero() {
			line.NextTry = evidence.FormatTime(b.Wait.Next)
		}
		if err := c.out.event(line); err != nil {
			return err
		}
	}
	return nil
}

// syncAll sends what waits for headquarters.
func syncAll(ctx context.Context, c *call) (err error) {
	var limit int64
	var untilEmpty bool
	var patience time.Duration
	flags := c.flags("minglu sync")
	flags.Int64Var(&limit, "limit", 0, "")
	flags.BoolVar(&untilEmpty, "until-empty", false, "")
	flags.DurationVar(&patience, "patience", time.Minute, "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	if limit < 0 || patience < 0 {
		return usage("sync")
	}
	r, err := openRoom(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	line, err := r.Line(max(limit, r.Settings.UploadMax*b2i(limit == 0)))
	if err != nil {
		return err
	}
	defer line.Close()
	told := &settled{c: c, vault: filepath.Join(c.home, "vault")}
	courier := r.Courier(line, func(ctx context.Context, id string) error { return addToken(ctx, c, id) })
	courier.Settled, courier.Stopped = told.receipt, told.refused
	if untilEmpty {
		courier.Hours = upload.Hours{} // a person wants it sent now
	}
	return errors.Join(carry(ctx, courier, untilEmpty, patience), told.verdict(ctx, r.Box))
}

// errSilent ends a sync whose headquarters cannot be reached; everything stays queued.
var errSilent = &coded{"sync.silent", "headquarters has not answered all this time"}

// carry runs the courier to its end, to an interrupt, or until headquarters has been silent for too long.
func carry(ctx context.Context, courier *upload.Courier, untilEmpty bool, patience time.Duration) error {
	if !untilEmpty {
		return ended(ctx, courier.Run(ctx))
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if patience > 0 {
		go watchSilence(ctx, courier, patience, func() { stop(errSilent) })
	}
	return ended(ctx, courier.Drain(ctx))
}

// ended turns the end of a context into why it ended; an interrupt is no fault.
func ended(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(err, context.Canceled) && cause == errSilent {
		return cause
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// watchSilence calls f when headquarters has not answered for so long.
func watchSilence(ctx context.Context, courier *upload.Courier, patience time.Duration, f func()) {
	heard := time.Now()
	t := time.NewTicker(500 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if s := courier.Snapshot(); s == nil || !s.Offline {
			heard = time.Now()
		}
		if time.Since(heard) > patience {
			f()
			return
		}
	}
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// addToken asks the recorder, which holds the keys, to add a late timestamp.
func addToken(ctx context.Context, c *call, id string) error {
	if err := withAgent(ctx, c); err != nil {
		return err
	}
	_, err := attach.Once(ctx, c.home, attach.Request{Op: attach.OpStamp, ID: id})
	return err
}

// settled tells receipts and refusals as they come.
type settled struct {
	c     *call
	vault string

	mu      sync.Mutex
	refusal bool
}

func (s *settled) receipt(id string) {
	path := filepath.Join(s.vault, id, evidence.FileReceipt)
	s.c.say("sync.receipt", "id", id, "path", path)
	_ = s.c.out.event(struct {
		Event   string `json:"event"`
		ID      string `json:"id"`
		Receipt string `json:"receipt"`
	}{"receipt", id, path})
}

func (s *settled) refused(id, why string) {
	s.mu.Lock()
	s.refusal = true
	s.mu.Unlock()
	s.c.say("sync.refused", "id", id, "why", why)
	_ = s.c.out.event(struct {
		Event string `json:"event"`
		ID    string `json:"id"`
		Why   string `json:"why"`
	}{"refused", id, why})
}

// verdict is errWrong when something needs a person, also from an earlier run.
func (s *settled) verdict(ctx context.Context, box *outbox.Box) error {
	rows, err := box.Rows(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.State == outbox.Refused || r.State == outbox.Blocked {
			s.refusal = true
		}
	}
	if s.refusal {
		return errWrong
	}
	return nil
}

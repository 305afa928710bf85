// Package upload carries the outbox to headquarters and brings the receipts back.
package upload

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"minglu/sync/outbox"
	"minglu/sync/wire"
)

// Times of the courier's round.
const (
	poll       = time.Second // another process may have put something into the outbox
	blockRetry = time.Hour   // a blocked package is looked at again: perhaps a person has acted
)

// errClosed ends a sending when its hours end.
var errClosed = errors.New("the hours for sending are over")

// tellers is how many announcements go out at once; they never wait for media.
const tellers = 4

// ReceiptCheck decides whether headquarters' answer is a receipt for this package, and gives its time.
// Space is freed on its word, so it must believe nothing but signatures.
type ReceiptCheck func(p Package, r wire.Receipt) (time.Time, error)

// Courier carries what the outbox holds to headquarters. Fields are set before Run.
type Courier struct {
	Box      *outbox.Box
	Line     *Line
	Vault    string // folder of the packages
	Check    ReceiptCheck
	AddToken func(ctx context.Context, dir string) error // adds a late timestamp when one lacks; may be nil
	Heard    func(wire.Lacking)                          // told what headquarters says with each announcement; may be nil
	Settled  func(id string)                             // told of each verified receipt; may be nil
	Stopped  func(id string, why string)                 // told of each package that needs a person; may be nil
	Lanes    int                                         // packages sent at once, 1 to 4; 2 when 0
	Hours    Hours                                       // when media are sent
	Now      func() time.Time
	Random   func() float64 // in [0,1)

	wake    chan struct{}
	audited time.Time // last try; rounds alone uses it
	board   board
	offline atomic.Bool
}

// New makes a courier with the system's clock and chance.
func New(box *outbox.Box, line *Line, vault string, check ReceiptCheck) *Courier {
	return &Courier{Box: box, Line: line, Vault: vault, Check: check,
		Now: time.Now, Random: rand.Float64, wake: make(chan struct{}, 1)}
}

// Wake makes the courier look at the outbox at once.
func (c *Courier) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run carries until ctx ends. It never gives up; what it waits for stands in the outbox.
func (c *Courier) Run(ctx context.Context) error {
	return c.rounds(ctx, func(context.Context) (bool, error) { return false, nil })
}

// Drain carries until nothing is left that goes on without a person, running recordings apart.
func (c *Courier) Drain(ctx context.Context) error { return c.rounds(ctx, c.empty) }

func (c *Courier) empty(ctx context.Context) (bool, error) {
	n, err := c.Box.Pending(ctx)
	return n == 0, err
}

// job is one thing to do about one recording.
type job struct {
	row  outbox.Row
	send bool
}

// rounds starts jobs as they fall due and owns every goroutine it starts.
func (c *Courier) rounds(ctx context.Context, over func(context.Context) (bool, error)) error {
	var crew sync.WaitGroup
	defer crew.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// A start is a person's or a machine's wish to try now.
	err := c.Box.Wake(ctx, c.Now(), outbox.CauseUnreachable, outbox.CauseStranger, outbox.CauseBusy, outbox.CauseFull, outbox.CauseServer)
	if err != nil {
		return orEnd(ctx, err)
	}
	lanes := c.lanes()
	at := map[string]bool{} // id to whether its parts are being sent
	done := make(chan string, lanes+tellers)
	for {
		jobs, err := c.due(ctx, at, lanes)
		if err != nil {
			return orEnd(ctx, err)
		}
		for _, j := range jobs {
			at[j.row.ID] = j.send
			crew.Go(func() {
				c.do(ctx, j)
				done <- j.row.ID
			})
		}
		if len(at) == 0 {
			c.audit(ctx)
			if end, err := over(ctx); end || err != nil {
				c.publish(context.WithoutCancel(ctx))
				return orEnd(ctx, err)
			}
		}
		c.publish(ctx)
		delete(at, c.pause(ctx, done))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (c *Courier) lanes() int {
	if c.Lanes <= 0 {
		return 2
	}
	return min(c.Lanes, 4)
}

// pause waits until something is done, falls due or is asked for, and answers the id that is done.
func (c *Courier) pause(ctx context.Context, done <-chan string) string {
	select {
	case id := <-done:
		return id
	case <-ctx.Done():
	case <-c.wake:
	case <-time.After(c.idle(ctx)):
	}
	return ""
}

// idle is how long nothing falls due, at most a poll.
func (c *Courier) idle(ctx context.Context) time.Duration {
	now := c.Now()
	next, err := c.Box.Next(ctx, now)
	if err != nil || next.IsZero() {
		return poll
	}
	return min(next.Sub(now)+time.Millisecond, poll) // times are kept in whole milliseconds
}

// orEnd prefers the end of ctx to the error it brought about.
func orEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// due lists what can start now beside what is being done.
func (c *Courier) due(ctx context.Context, at map[string]bool, lanes int) ([]job, error) {
	now := c.Now()
	sending := 0
	for _, send := range at {
		if send {
			sending++
		}
	}
	tell, err := c.Box.Tellable(ctx, now, tellers+len(at))
	if err != nil {
		return nil, err
	}
	var send []outbox.Row
	if c.Hours.Open(now) {
		if send, err = c.Box.Sendable(ctx, now, lanes+len(at)); err != nil {
			return nil, err
		}
	}
	var jobs []job
	free := tellers - (len(at) - sending)
	for _, r := range tell {
		if _, busy := at[r.ID]; !busy && len(jobs) < free {
			jobs = append(jobs, job{row: r})
		}
	}
	for _, r := range send {
		if _, busy := at[r.ID]; !busy && sending < lanes {
			jobs = append(jobs, job{row: r, send: true})
			sending++
		}
	}
	return jobs, nil
}

// do does one job and notes in the outbox how it went. The outbox' own failure is not a reason to stop the
// others: the row is as it was and is tried again.
func (c *Courier) do(ctx context.Context, j job) {
	work := c.tell
	if j.send {
		work = c.send
	}
	c.board.begin(j.row.ID)
	defer c.board.end(j.row.ID)
	err := work(ctx, j.row)
	if err == nil {
		return
	}
	if errors.Is(err, errClosed) || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return // the row is tried at the next start, or in the next hours; what arrived has been acknowledged
	}
	c.board.fail(c.note(ctx, j.row, blame(err)))
}

// note writes down why a job did not succeed and when it is tried again.
func (c *Courier) note(ctx context.Context, r outbox.Row, f *Fault) error {
	now := c.Now()
	w := outbox.Wait{Cause: f.Cause, Why: f.Why, Next: now.Add(backOff(r.Tries, f.After, c.Random()))}
	switch {
	case f.Stop == "" || r.Sealing():
		if f.Cause != outbox.CauseUnreachable && f.Cause != outbox.CauseStranger {
			return c.Box.Delay(ctx, r.ID, w, now)
		}
		c.offline.Store(true)
		return errors.Join(c.Box.Delay(ctx, r.ID, w, now), c.Box.DelayAll(ctx, w))
	case f.Stop == outbox.Blocked:
		w.Next = now.Add(blockRetry)
	default:
		w.Next = time.Time{}
	}
	if r.State != outbox.Blocked && c.Stopped != nil {
		c.Stopped(r.ID, f.Why)
	}
	return c.Box.Stop(ctx, r.ID, f.Stop, w, now)
}

package upload

import (
	"context"
	"maps"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"minglu/sync/outbox"
)

// Snapshot is what screens show of the courier; it never changes once published.
type Snapshot struct {
	At       time.Time
	Packages []Progress // what has not come to an end, in the order in which it will go
	Left     int64      // bytes headquarters does not hold yet
	Rate     float64    // bytes a second that became durable at headquarters, smoothed
	Offline  bool       // headquarters does not answer
	Trouble  string     // the outbox itself failed
}

// Progress is one package in a snapshot.
type Progress struct {
	outbox.Row
	Active bool
	ETA    time.Duration // until it is received, with all before it; negative while no rate is known
}

// rateHalf is the age at which a transfer counts half in the rate.
const rateHalf = 20 * time.Second

// A snapshot is made at most every publishEvery, and takes at most one part in publishShare of the time: an
// outbox of ten thousand rows is read more rarely.
const (
	publishEvery = 500 * time.Millisecond
	publishShare = 50
)

// board gathers what the lanes do.
type board struct {
	mu      sync.Mutex
	active  map[string]int
	rate    float64
	last    time.Time // of the last movement
	trouble string
	fresh   time.Duration // how long the shown snapshot is fresh enough; rounds alone uses it

	shown atomic.Pointer[Snapshot]
}

func (b *board) begin(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.active == nil {
		b.active = map[string]int{}
	}
	b.active[id]++
}

func (b *board) end(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.active[id]--; b.active[id] == 0 {
		delete(b.active, id)
	}
}

// moved counts bytes that became durable at headquarters since the last call.
func (b *board) moved(n int64, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	span := at.Sub(b.last).Seconds()
	if b.last.IsZero() || span > 10*rateHalf.Seconds() || span < 0 {
		b.last = at
		return
	}
	if span = max(span, 1e-3); n > 0 {
		keep := math.Exp2(-span / rateHalf.Seconds())
		b.rate = keep*b.rate + (1-keep)*float64(n)/span
		b.last = at
	}
}

// fail notes that the outbox could not be written.
func (b *board) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trouble = ""
	if err != nil {
		b.trouble = err.Error()
	}
}

// Snapshot is the newest picture; nil before Run.
func (c *Courier) Snapshot() *Snapshot { return c.board.shown.Load() }

// publish makes a new snapshot unless the last is fresh.
func (c *Courier) publish(ctx context.Context) {
	now := c.Now()
	if old := c.board.shown.Load(); old != nil && now.Sub(old.At).Abs() < c.board.fresh && ctx.Done() != nil {
		return
	}
	rows, err := c.Box.Waiting(ctx)
	if err != nil {
		c.board.fail(err)
		return
	}
	c.board.mu.Lock()
	s := &Snapshot{At: now, Rate: c.board.rate, Offline: c.offline.Load(), Trouble: c.board.trouble}
	active := maps.Clone(c.board.active)
	c.board.mu.Unlock()
	for _, r := range rows {
		s.Left += r.Bytes - r.Acked
		p := Progress{Row: r, Active: active[r.ID] > 0, ETA: -1}
		if s.Rate >= 1 && r.State.Waits() && !r.Sealing() {
			p.ETA = time.Duration(float64(s.Left) / s.Rate * float64(time.Second))
		}
		s.Packages = append(s.Packages, p)
	}
	c.board.fresh = max(publishEvery, publishShare*c.Now().Sub(now))
	c.board.shown.Store(s)
}

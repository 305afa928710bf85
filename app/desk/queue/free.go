package queue

import (
	"context"
	"errors"
	"strings"
	"time"

	"minglu/app/room"
	"minglu/sync/outbox"
)

// Free is what is known of the space that may be used again, when a person asked.
type Free struct {
	May   []Kept // oldest first
	Held  []Kept
	Freed int64 // bytes, by the last order
	Count int   // recordings, by the last order
	Err   error
}

// Kept is a recording that headquarters holds and this disk too.
type Kept struct {
	Row
	Until time.Time // end of its retention; year 9999 for never
	Holds []outbox.Hold
}

// ListFree looks for recordings whose space may be used again, and what holds the others.
func (m *Model) ListFree() {
	m.do(func(ctx context.Context) { m.setFree(m.list(ctx)) })
}

func (m *Model) list(ctx context.Context) Free {
	rows, err := m.room.Box.Rows(ctx)
	free := Free{Err: err}
	for _, r := range rows {
		if r.State == outbox.Released {
			continue
		}
		until, err := room.KeepUntil(r)
		k := Kept{m.rowOf(r), until, outbox.Holds(r, until, m.room.Clock.Now())}
		free.Err = errors.Join(free.Err, err)
		if len(k.Holds) == 0 {
			free.May = append(free.May, k)
		} else {
			free.Held = append(free.Held, k)
		}
	}
	return free
}

func (m *Model) setFree(f Free) {
	m.mu.Lock()
	m.free = &f
	m.mu.Unlock()
	m.nudge()
}

// Release gives the space of these recordings back, by a person's order. Those that may not go stay.
func (m *Model) Release(ids []string, person, reason string) {
	person, reason = strings.TrimSpace(person), strings.TrimSpace(reason)
	m.do(func(ctx context.Context) {
		var freed int64
		var count int
		var fault error
		for _, id := range ids {
			n, err := m.room.Release(ctx, outbox.Order{ID: id, Person: person, Reason: reason})
			if err == nil {
				freed, count = freed+n, count+1
			}
			fault = errors.Join(fault, err)
		}
		now := m.list(ctx)
		now.Freed, now.Count, now.Err = freed, count, errors.Join(fault, now.Err)
		m.setFree(now)
	})
}

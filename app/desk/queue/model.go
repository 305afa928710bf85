// Package queue is the screen of what waits for headquarters, and runs the courier that carries it.
package queue

import (
	"context"
	"errors"
	"sync"
	"time"

	"minglu/app/desk/feed"
	"minglu/app/room"
	"minglu/capture/catalog"
	"minglu/sync/outbox"
	"minglu/sync/upload"
)

// Snapshot is what the screen shows. Rows are newest first.
type Snapshot struct {
	Rows    []Row
	Waiting int   // recordings that headquarters does not hold yet
	Left    int64 // bytes of them
	Rate    float64
	Offline bool
	Limit   int64 // bytes a second, 0 for none
	Fault   error
}

// Row is one recording.
type Row struct {
	outbox.Row
	Item   catalog.Item
	Active bool
	ETA    time.Duration // negative while it is not known
}

// shown bounds the list; older ones are found in the archive.
const shown = 200

// Model runs the courier and watches the outbox.
type Model struct {
	Feed feed.Feed[Snapshot]

	room  *room.Room
	stamp func(ctx context.Context, id string) error
	items *catalog.Catalog
	turn  chan struct{} // the limit is another

	mu      sync.Mutex
	limit   int64
	courier *upload.Courier
	fault   error
}

// NewModel makes the model of a room. stamp adds a late timestamp to a package.
func NewModel(r *room.Room, stamp func(ctx context.Context, id string) error) (*Model, error) {
	items, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	return &Model{room: r, stamp: stamp, items: items, limit: r.Settings.UploadMax, turn: make(chan struct{}, 1)}, nil
}

// Run carries until ctx ends; a new limit takes effect at once.
func (m *Model) Run(ctx context.Context) {
	var watch sync.WaitGroup
	defer watch.Wait()
	watch.Go(func() { m.watch(ctx) })
	for ctx.Err() == nil {
		err := m.carry(ctx)
		m.mu.Lock()
		m.fault, m.courier = err, nil
		m.mu.Unlock()
		if err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(5 * time.Second):
			}
		}
	}
}

// carry runs one courier until ctx ends or the limit changes.
func (m *Model) carry(ctx context.Context) error {
	m.mu.Lock()
	limit := m.limit
	m.mu.Unlock()
	line, err := m.room.Line(limit)
	if err != nil {
		return err
	}
	defer line.Close()
	courier := m.room.Courier(line, m.stamp)
	m.mu.Lock()
	m.courier = courier
	m.mu.Unlock()
	run, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- courier.Run(run) }()
	select {
	case err = <-done:
	case <-m.turn:
		stop()
		err = <-done
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (m *Model) watch(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		m.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

func (m *Model) look(ctx context.Context) {
	rows, err := m.room.Box.Rows(ctx)
	if ctx.Err() != nil {
		return
	}
	m.mu.Lock()
	s := Snapshot{Limit: m.limit, Fault: errors.Join(err, m.fault)}
	courier := m.courier
	m.mu.Unlock()
	going := map[string]upload.Progress{}
	if courier != nil {
		if now := courier.Snapshot(); now != nil {
			s.Rate, s.Offline = now.Rate, now.Offline
			for _, p := range now.Packages {
				going[p.ID] = p
			}
		}
	}
	for i := len(rows) - 1; i >= 0; i-- {
		r := Row{Row: rows[i], ETA: -1}
		if r.State != outbox.Received && r.State != outbox.Released {
			s.Waiting++
			s.Left += r.Bytes - r.Acked
		}
		if p, ok := going[r.ID]; ok {
			r.Active, r.ETA = p.Active, p.ETA
		}
		r.Item, _ = m.items.Item(r.Row.Item)
		if len(s.Rows) < shown {
			s.Rows = append(s.Rows, r)
		}
	}
	m.Feed.Publish(s)
}

// Retry tries everything now, what was refused too.
func (m *Model) Retry(ctx context.Context) error {
	now := time.Now()
	err := m.room.Box.Wake(ctx, now, outbox.CauseUnreachable, outbox.CauseBusy, outbox.CauseFull, outbox.CauseServer,
		outbox.CauseChecksum, outbox.CauseToken, outbox.CauseCertificate)
	for _, r := range m.Feed.Newest().Rows {
		if r.State == outbox.Refused || r.State == outbox.Blocked {
			err = errors.Join(err, m.room.Box.Retry(ctx, r.ID, now))
		}
	}
	m.mu.Lock()
	courier := m.courier
	m.mu.Unlock()
	if courier != nil {
		courier.Wake()
	}
	return err
}

// Limit bounds what the courier takes of the line, in bytes a second; 0 for no bound.
func (m *Model) Limit(bytes int64) {
	m.mu.Lock()
	same := m.limit == bytes
	m.limit = bytes
	m.mu.Unlock()
	if same {
		return
	}
	select {
	case m.turn <- struct{}{}:
	default:
	}
}

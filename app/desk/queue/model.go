// Package queue is the screen of what waits for headquarters, and runs the courier that carries it.
package queue

import (
	"context"
	"errors"
	"sync"
	"time"

	"minglu/app/desk/feed"
	"minglu/app/room"
	"minglu/app/settings"
	"minglu/capture/catalog"
	"minglu/sync/outbox"
	"minglu/sync/upload"
)

// Snapshot is what the screen shows. Rows are newest first.
type Snapshot struct {
	Rows    []Row
	Waiting int   // recordings that headquarters does not hold yet: they are only here
	Here    int64 // bytes of them, as far as they are listed
	Left    int64 // bytes still to be sent
	Rate    float64
	Offline bool
	Strange bool // who answers does not show headquarters' certificate
	Closed  bool // outside of the hours for sending
	Fault   error

	Bounds      Bounds // as kept
	BoundsFault BoundsFault
	Free        *Free // when a person asked
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
	kept  *settings.Kept
	turn  chan struct{} // the bounds are others
	wake  chan struct{} // something is to be shown at once
	jobs  chan func(context.Context)

	mu      sync.Mutex
	courier *upload.Courier
	fault   error // of the courier
	failed  error // of what a person asked for last
	bounds  BoundsFault
	free    *Free
}

// NewModel makes the model of a room and its settings. stamp adds a late timestamp to a package.
func NewModel(r *room.Room, kept *settings.Kept, stamp func(ctx context.Context, id string) error) (*Model, error) {
	items, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	m := &Model{room: r, stamp: stamp, items: items, kept: kept, turn: make(chan struct{}, 1), wake: make(chan struct{}, 1),
		jobs: make(chan func(context.Context), 8)}
	carried := boundsOf(kept.Now())
	kept.Watch(func(now settings.Room) {
		if b := boundsOf(now); b != carried {
			carried = b
			poke(m.turn)
		}
		m.nudge()
	})
	return m, nil
}

// poke lets the one who waits on c go on.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// nudge shows what is new at once.
func (m *Model) nudge() { poke(m.wake) }

// do does something beside the screen, one after the other.
func (m *Model) do(job func(context.Context)) {
	select {
	case m.jobs <- job:
	default: // the same was asked for many times
	}
}

// work does what was asked for until ctx ends.
func (m *Model) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case job := <-m.jobs:
			job(ctx)
		}
	}
}

// Run carries until ctx ends; new bounds take effect at once.
func (m *Model) Run(ctx context.Context) {
	var watch sync.WaitGroup
	defer watch.Wait()
	watch.Go(func() { m.watch(ctx) })
	watch.Go(func() { m.work(ctx) })
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

// carry runs one courier until ctx ends or the bounds change.
func (m *Model) carry(ctx context.Context) error {
	now := m.kept.Now()
	line, err := m.room.Line(now.UploadMax)
	if err != nil {
		return err
	}
	defer line.Close()
	courier := m.room.Courier(line, m.stamp)
	courier.Hours.From, courier.Hours.To = now.Hours()
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
		case <-m.wake:
		}
	}
}

func (m *Model) look(ctx context.Context) {
	rows, err := m.room.Box.Newest(ctx, shown)
	waiting, errWaiting := m.room.Box.Waiting(ctx) // only what is not held yet is summed up: this is done each second
	if ctx.Err() != nil {
		return
	}
	m.mu.Lock()
	s := Snapshot{Fault: errors.Join(err, errWaiting, m.fault, m.failed), BoundsFault: m.bounds, Free: m.free}
	courier := m.courier
	m.mu.Unlock()
	kept := m.kept.Now()
	s.Bounds = boundsOf(kept)
	from, to := kept.Hours()
	s.Closed = !upload.Hours{From: from, To: to}.Open(m.room.Clock.Now())
	going := map[string]upload.Progress{}
	if courier != nil {
		if now := courier.Snapshot(); now != nil {
			s.Rate, s.Offline = now.Rate, now.Offline
			for _, p := range now.Packages {
				going[p.ID] = p
			}
		}
	}
	s.Waiting = len(waiting)
	for _, r := range waiting {
		s.Here += r.Bytes
		s.Left += r.Bytes - r.Acked
		s.Strange = s.Strange || r.Wait.Cause == outbox.CauseStranger
	}
	for _, row := range rows {
		r := m.rowOf(row)
		if p, ok := going[r.ID]; ok {
			r.Active, r.ETA = p.Active, p.ETA
		}
		s.Rows = append(s.Rows, r)
	}
	m.Feed.Publish(s)
}

func (m *Model) rowOf(r outbox.Row) Row {
	item, _ := m.items.Item(r.Item)
	return Row{Row: r, Item: item, ETA: -1}
}

// OnlyHere reports whether headquarters does not hold the recording: it is nowhere but on this disk.
func (r Row) OnlyHere() bool { return r.State != outbox.Received && r.State != outbox.Released }

// Retry tries everything now, what was refused too.
func (m *Model) Retry() {
	m.do(func(ctx context.Context) {
		err := m.retry(ctx)
		m.mu.Lock()
		m.failed = err
		m.mu.Unlock()
		m.nudge()
	})
}

func (m *Model) retry(ctx context.Context) error {
	now := time.Now()
	err := m.room.Box.Wake(ctx, now, outbox.CauseUnreachable, outbox.CauseStranger, outbox.CauseBusy, outbox.CauseFull,
		outbox.CauseServer, outbox.CauseChecksum, outbox.CauseToken, outbox.CauseCertificate)
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

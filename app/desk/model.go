package desk

import (
	"context"
	"time"

	"minglu/app/desk/feed"
	"minglu/app/desk/queue"
	"minglu/app/desk/record"
	"minglu/capture/clock"
)

// Strip is what the strip that is never hidden says.
type Strip struct {
	Live     record.Live // without its picture
	Free     int64       // bytes of the disk
	Waiting  int         // recordings that headquarters does not hold yet
	Offline  bool
	ClockOff time.Duration // how far the clock may be wrong
	Synced   bool          // the system keeps the clock
}

// stripModel gathers the strip once a second, and at once when the recorder turns.
type stripModel struct {
	link  *record.Link
	queue *queue.Model
	free  func() (int64, error)
	Feed  feed.Feed[Strip]
}

func (m *stripModel) run(ctx context.Context) {
	turned := make(chan struct{}, 1)
	phase := record.Phase("")
	leave := m.link.Feed.Watch(func() {
		select {
		case turned <- struct{}{}:
		default:
		}
	})
	defer leave()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		live := m.link.Feed.Newest()
		if live.Phase != phase {
			phase = live.Phase
			m.look(live)
		}
		select {
		case <-ctx.Done():
			return
		case <-turned:
		case <-second.C:
			m.look(m.link.Feed.Newest())
		}
	}
}

func (m *stripModel) look(live record.Live) {
	live.Picture = nil
	s := Strip{Live: live}
	if free, err := m.free(); err == nil {
		s.Free = free
	}
	s.Synced, s.ClockOff = clock.Kernel()
	q := m.queue.Feed.Newest()
	s.Waiting, s.Offline = q.Waiting, q.Offline
	m.Feed.Publish(s)
}

// transcribe turns the transcript to the recording that runs, until ctx ends.
func (d *Desk) transcribe(ctx context.Context) {
	link := d.services.Record.Link
	turned := make(chan struct{}, 1)
	leave := link.Feed.Watch(func() {
		select {
		case turned <- struct{}{}:
		default:
		}
	})
	defer leave()
	for {
		switch l := link.Feed.Newest(); {
		case l.Phase == record.Running:
			if err := d.services.Write.Begin(l.ID, l.Plan, d.services.Record.Room().Org); err != nil {
				link.Tell(err)
			}
		case l.Phase == record.Idle:
			d.services.Write.End()
		}
		select {
		case <-ctx.Done():
			return
		case <-turned:
		}
	}
}

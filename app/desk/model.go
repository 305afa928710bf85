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

// quiet is how long the strip may stand while the recorder says nothing.
const quiet = 1500 * time.Millisecond

// stripModel gathers the strip at once when the recorder turns, with each second it has recorded, and else now and then.
// A second is shown together with the picture that brings it: the window is not drawn once more for it.
type stripModel struct {
	link  *record.Link
	queue *queue.Model
	free  func() (int64, error)
	Feed  feed.Feed[Strip]
}

func (m *stripModel) run(ctx context.Context) {
	turned := make(chan struct{}, 1)
	var phase record.Phase
	var at int64 // the second that is shown
	leave := m.link.Feed.Watch(func() {
		select {
		case turned <- struct{}{}:
		default:
		}
	})
	defer leave()
	still := time.NewTicker(quiet)
	defer still.Stop()
	for {
		live := m.link.Feed.Newest()
		if s := live.Status.AtMS / 1000; live.Phase != phase || s != at {
			phase, at = live.Phase, s
			m.look(live)
			still.Reset(quiet)
		}
		select {
		case <-ctx.Done():
			return
		case <-turned:
		case <-still.C:
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

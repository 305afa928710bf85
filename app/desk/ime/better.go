package ime

import (
	"context"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// betterEvery is how often a second choice looks whether the first is there. While fcitx starts, its stand-in for
// ibus answers before itself does.
const betterEvery = 2 * time.Second

// second is a method that is lost as soon as a better one runs.
type second struct {
	Method
	lost chan struct{}
	stop context.CancelFunc
	work sync.WaitGroup
}

// untilBetter makes a method end when better is true.
func untilBetter(ctx context.Context, m Method, better func(context.Context) bool) Method {
	ctx, stop := context.WithCancel(ctx)
	s := &second{Method: m, lost: make(chan struct{}), stop: stop}
	s.work.Go(func() {
		defer close(s.lost)
		t := time.NewTicker(betterEvery)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-m.Lost():
				return
			case <-t.C:
				if better(ctx) {
					return
				}
			}
		}
	})
	return s
}

// Lost is closed when the method is gone, or a better one is there.
func (s *second) Lost() <-chan struct{} { return s.lost }

// Close ends the looking too.
func (s *second) Close() error {
	s.stop()
	s.work.Wait()
	return s.Method.Close()
}

// fcitxRuns reports whether a fcitx is on the bus.
func fcitxRuns(ctx context.Context, bus string) bool {
	ctx, cancel := context.WithTimeout(ctx, opening)
	defer cancel()
	if bus == "" {
		return false
	}
	conn, err := dbus.Connect(bus, dbus.WithContext(ctx))
	if err != nil {
		return false
	}
	defer conn.Close()
	name, _ := fcitxOwner(ctx, conn)
	return name != ""
}

package clock

import "time"

// Watch notices when somebody turns the wall clock: it moves against the boot clock, which nobody can turn.
type Watch struct {
	clock Clock
	apart time.Duration
}

// NewWatch begins to watch.
func NewWatch(c Clock) *Watch { return &Watch{c, apart(c)} }

// Moved is how far the wall clock has moved against the boot clock since the watch began or was last
// reset. Corrections by NTP move it too, by at most 500 microseconds a second.
func (w *Watch) Moved() time.Duration { return apart(w.clock) - w.apart }

// Reset takes the clocks as they are now for right and returns how far they had moved.
func (w *Watch) Reset() time.Duration {
	moved := w.Moved()
	w.apart += moved
	return moved
}

// apart is wall minus boot. The boot clock is read on both sides of the wall clock: when the scheduler
// steps in between, the two are read again.
func apart(c Clock) time.Duration {
	best, narrow := time.Duration(0), time.Duration(1<<63-1)
	for range 3 {
		before := c.Boot()
		wall := c.Now()
		after := c.Boot()
		if took := after - before; took < narrow {
			best, narrow = time.Duration(wall.UnixNano())-before-took/2, took
		}
		if narrow < 100*time.Microsecond {
			break
		}
	}
	return best
}

package capture

import "time"

// videoClock is the timescale of pictures, ticks a second (RFC 6184); soundClock that of sound.
const (
	videoClock = 90000
	soundClock = 48000
)

// grid places pictures in time. A picture nearer than half a frame to the next nominal moment is put there,
// so that a steady camera gives a steady file; any other keeps its own time. Positions only grow.
type grid struct {
	frame int64 // nominal ticks a picture
	last  int64 // position of the newest picture, -1 before the first
}

func newGrid(fps int) *grid { return &grid{frame: videoClock / int64(max(fps, 1)), last: -1} }

// place gives the position, in ticks, of a picture taken at a time after zero. A picture that comes with the
// one before, or with a time before it, is shown right after it: none is left out. ok is false for one that
// was taken before zero.
func (g *grid) place(at time.Duration) (pos int64, ok bool) {
	taken := ticks(at, videoClock)
	if taken < -g.frame/2 {
		return 0, false
	}
	slot := (taken + g.frame/2) / g.frame * g.frame
	switch {
	case slot > g.last:
		g.last = slot
	case taken > g.last: // two pictures nearest to one slot: the second keeps its own time
		g.last = taken
	default:
		g.last += g.frame / 8
	}
	return g.last, true
}

// ticks converts a time to ticks of a clock. Seconds go apart from their rest: as nanoseconds times ticks, a
// day and a night do not fit into 64 bits.
func ticks(d time.Duration, clock int64) int64 {
	whole, rest := int64(d/time.Second), int64(d%time.Second)
	return whole*clock + rest*clock/int64(time.Second)
}

// span converts ticks of a clock to a time, as ticks does.
func span(ticks, clock int64) time.Duration {
	whole, rest := ticks/clock, ticks%clock
	return time.Duration(whole)*time.Second + time.Duration(rest)*time.Second/time.Duration(clock)
}

// millis converts ticks of a clock to milliseconds.
func millis(ticks, clock int64) int64 { return ticks * 1000 / clock }

// soundGap is how much sound must be missing, and stay missing for soundWindow, to be called a gap: less is
// a late delivery that the next ones make good.
const (
	soundGap    = soundClock * 60 / 1000
	soundWindow = soundClock
)

// drift compares the sample count of a microphone with the boot clock. A delivery can only be late, never
// early, so over a window the smallest lag is the true one (min-filter, as NTP does).
type drift struct {
	seen    int64 // samples in the running window
	least   int64 // smallest lag in it
	correct int64 // ticks still to be added to (or taken from) packet durations
}

// delivery takes a stretch of n samples that was due lag samples ago (negative: ahead of its count). It
// answers how many samples of silence must come before it.
func (d *drift) delivery(lag int64, n int64) (silence int64) {
	if d.seen == 0 || lag < d.least {
		d.least = lag
	}
	d.seen += n
	if d.seen < soundWindow {
		return 0
	}
	least := d.least
	d.seen = 0
	if least > soundGap {
		d.correct = 0
		return least
	}
	d.correct = least
	return 0
}

// duration is how long the next packet of n samples is shown: up to most ticks longer or shorter while the
// microphone's clock runs slow or fast, so that no sample is touched. Half a millisecond is left alone.
func (d *drift) duration(n, most int64) int64 {
	const still = soundClock / 2000
	if d.correct > -still && d.correct < still {
		return n
	}
	step := max(-most, min(most, d.correct))
	d.correct -= step
	return n + step
}

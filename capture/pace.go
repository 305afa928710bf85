package capture

import "time"

// videoClock is the timescale of pictures, ticks a second (RFC 6184); soundClock that of sound.
const (
	videoClock = 90000
	soundClock = 48000
)

// grid places pictures in time. While a camera is steady its pictures stand a frame apart: one that was taken less
// than half a frame from where it is due is put there. By how much pictures were taken later than they are put, on
// the average, is put right when it grows; so the film follows the camera and not the recorder's zero, at which
// cameras do not begin their pictures. Positions only grow.
type grid struct {
	frame int64 // nominal ticks a picture
	last  int64 // position of the newest picture, -1 before the first
	begun bool
	lean  int64 // how much later pictures were taken than they are put: a running mean, in ticks
}

func newGrid(fps int) *grid { return &grid{frame: videoClock / int64(max(fps, 1)), last: -1} }

const (
	leanOver  = 16 // pictures that the mean is of
	leanMost  = 8  // it is put right when it is more than this part of a frame
	lookAnew  = 8  // frames without a picture after which the camera may have found another beat
	crowdPart = 8  // a picture that comes with the one before is shown this part of a frame after it
)

// place gives the position, in ticks, of a picture taken at a time after zero. A picture that comes with the
// one before, or with a time before it, is shown right after it: none is left out. ok is false for one that
// was taken before zero.
func (g *grid) place(at time.Duration) (pos int64, ok bool) {
	taken := ticks(at, videoClock)
	if taken < -g.frame/2 {
		return 0, false
	}
	due := g.last + g.frame
	missing := floor(taken-due+g.frame/2, g.frame)
	switch {
	case !g.begun || missing > lookAnew:
		g.last, g.lean = taken, 0
	case missing >= 0:
		g.follow(taken, due+missing*g.frame)
	case taken > g.last: // two pictures nearest to one place: the second keeps its own time
		g.last = taken
	default:
		g.last += g.frame / crowdPart
	}
	g.begun = true
	return max(g.last, 0), true // the first may have been taken a little before zero
}

// follow puts a picture where it is due, or nearer to when it was taken if pictures lean too far.
func (g *grid) follow(taken, due int64) {
	g.lean += (taken - due - g.lean) / leanOver
	if g.lean > g.frame/leanMost || g.lean < -g.frame/leanMost {
		due += g.lean
		g.lean = 0
	}
	g.last = due
}

// floor divides and rounds down, below zero too.
func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
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

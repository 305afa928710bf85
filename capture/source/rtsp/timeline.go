package rtsp

import "time"

const (
	// window is how long the fastest packet counts; a drifting crystal moves on from one to the next.
	window = 10 * time.Second
	// slew is the most a timeline is bent to follow: 5 ms a second, below what a gap or an ear would notice.
	slew = 200
	// leap is how far off a timeline must be to be set anew: the camera has changed its clock.
	leap = 2 * time.Second
	// trust is how far sender reports may differ from the arrivals; beyond, the camera's wall clock jumps.
	trust = 500 * time.Millisecond
)

// lead finds how far one clock is behind another from messages that take their time: the smallest lag of
// the last one to two windows is that of the message that travelled fastest.
type lead struct {
	began      time.Duration
	last, this time.Duration // smallest lag of the window before and of this one
	seen       bool
}

func (l *lead) add(now, lag time.Duration) {
	switch {
	case !l.seen:
		l.began, l.last, l.this, l.seen = now, lag, lag, true
	case now-l.began >= 2*window: // nothing came for long: what was seen is stale
		l.began, l.last, l.this = now, lag, lag
	case now-l.began >= window:
		l.began, l.last, l.this = now, l.this, lag
	default:
		l.this = min(l.this, lag)
	}
}

func (l *lead) lag() time.Duration { return min(l.last, l.this) }

// timeline lays a track's RTP time onto the boot clock. Media time counts ticks since the first packet.
type timeline struct {
	rate   int64 // ticks a second
	world  *lead // of the camera's wall clock, shared by its tracks
	own    lead  // of media time
	told   bool  // a sender report has come
	anchor int64 // the camera's wall clock at media time 0, by the last sender report

	began  bool
	last   uint32
	ticks  int64
	set    bool
	offset time.Duration // of media time 0 on the boot clock
	bent   int64         // ticks up to which offset has been bent
}

// unwrap makes 64 bits of the 32 of RTP. A camera that goes back by more than shuffled pictures do has
// begun a new count: all that is known of the old one is forgotten.
func (t *timeline) unwrap(stamp uint32) int64 {
	if !t.began {
		t.began, t.last = true, stamp
	}
	step := int64(int32(stamp - t.last))
	if step < -t.rate {
		t.own, t.told, t.set = lead{}, false, false
	}
	t.ticks += step
	t.last = stamp
	return t.ticks
}

// span is a time in ticks as a duration.
func (t *timeline) span(ticks int64) time.Duration {
	seconds, rest := ticks/t.rate, ticks%t.rate
	return time.Duration(seconds)*time.Second + time.Duration(rest*int64(time.Second)/t.rate)
}

// observe notes when a packet came.
func (t *timeline) observe(ticks int64, now time.Duration) {
	t.own.add(now, now-t.span(ticks))
}

// report notes when a packet came whose moment on the camera's wall clock is known.
func (t *timeline) report(ticks int64, wall int64, now time.Duration) {
	t.anchor, t.told = wall-int64(t.span(ticks)), true
	t.world.add(now, now-time.Duration(wall))
}

// target is where media time 0 should lie by all that is known.
func (t *timeline) target() time.Duration {
	own := t.own.lag()
	if !t.told {
		return own
	}
	if told := time.Duration(t.anchor) + t.world.lag(); (told - own).Abs() < trust {
		return told
	}
	return own
}

// stamp says when a moment of media time was on the boot clock. Asked in rising order it answers in rising
// order: corrections are spread thin.
func (t *timeline) stamp(ticks int64) time.Duration {
	target := t.target()
	if !t.set || (target-t.offset).Abs() > leap {
		t.offset, t.set, t.bent = target, true, ticks
	}
	if ticks > t.bent {
		most := t.span(ticks-t.bent) / slew
		t.offset += max(-most, min(most, target-t.offset))
		t.bent = ticks
	}
	return t.offset + t.span(ticks)
}

package rtsp

import "time"

// Timeline lets tests turn a timeline's clocks.
type Timeline struct{ t *timeline }

func NewTimeline(rate int64) Timeline { return Timeline{&timeline{rate: rate, world: &lead{}}} }

// Twin is another track of the same camera.
func (t Timeline) Twin(rate int64) Timeline { return Timeline{&timeline{rate: rate, world: t.t.world}} }

func (t Timeline) Arrive(stamp uint32, now time.Duration) int64 {
	ticks := t.t.unwrap(stamp)
	t.t.observe(ticks, now)
	return ticks
}

func (t Timeline) Report(stamp uint32, wall time.Time, now time.Duration) int64 {
	ticks := t.t.unwrap(stamp)
	t.t.report(ticks, wall.UnixNano(), now)
	t.t.observe(ticks, now)
	return ticks
}

func (t Timeline) Stamp(ticks int64) time.Duration { return t.t.stamp(ticks) }

// Decode runs times through an order.
func Decode(depth int, step int64, taken ...int64) []int64 {
	o := newOrder(taken[0], depth, step)
	var due []int64
	for _, at := range taken {
		due = append(due, o.next(at))
	}
	return due
}

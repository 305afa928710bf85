package capture_test

import (
	"testing"
	"time"

	"minglu/capture"
)

func TestTicksOfALongRecordingDoNotOverflow(t *testing.T) {
	for d, want := range map[time.Duration]int64{
		0: 0, 40 * time.Millisecond: 3600, -40 * time.Millisecond: -3600, time.Hour: 324_000_000,
		-1500 * time.Millisecond: -135_000, 1000 * time.Hour: 324_000_000_000,
	} {
		if got := capture.Ticks(d, 90_000); got != want {
			t.Errorf("%v is %d ticks; want %d", d, got, want)
		}
		if got := capture.Span(want, 90_000); got != d {
			t.Errorf("%d ticks are %v; want %v", want, got, d)
		}
	}
}

// film places pictures that a camera of 25 a second takes from a moment on, each some time off its beat.
func film(first time.Duration, off func(i int) time.Duration, n int) (pos []int64, taken []time.Duration) {
	place := capture.NewGrid(25)
	for i := range n {
		at := first + time.Duration(i)*40*time.Millisecond + off(i)
		if p, ok := place(at); ok {
			pos, taken = append(pos, p), append(taken, at)
		}
	}
	return pos, taken
}

func TestAFilmFollowsItsCameraAndNotTheRecordersZero(t *testing.T) {
	const frame = 3600 // ticks
	jitter := func(i int) time.Duration { return time.Duration(i*7%5-2) * time.Millisecond }
	for _, first := range []time.Duration{0, 13 * time.Millisecond, 19 * time.Millisecond, -19 * time.Millisecond} {
		pos, taken := film(first, jitter, 500)
		steps := map[int64]int{}
		var late time.Duration
		for i := range pos {
			late += capture.Span(pos[i], 90_000) - taken[i]
			if i > 1 {
				steps[pos[i]-pos[i-1]]++
			}
		}
		if mean := late / 500; mean.Abs() > 5*time.Millisecond {
			t.Errorf("first picture at %v: pictures are shown %v late on the average", first, mean)
		}
		if steps[frame] < 490 {
			t.Errorf("first picture at %v: the steps between pictures are %v; want nearly all %d", first, steps, frame)
		}
	}
}

func TestAFilmFollowsACrystalThatRunsFast(t *testing.T) {
	pos, taken := film(0, func(i int) time.Duration { return time.Duration(i) * -40 * time.Microsecond }, 5000) // 0.1 %
	for i := range pos {
		if late := capture.Span(pos[i], 90_000) - taken[i]; late.Abs() > 8*time.Millisecond {
			t.Fatalf("picture %d is shown %v late", i, late)
		}
	}
}

func TestLostPicturesLeaveTheirPlaceFree(t *testing.T) {
	place := capture.NewGrid(25)
	for _, c := range []struct{ at, want time.Duration }{
		{3 * time.Millisecond, 3 * time.Millisecond}, {45 * time.Millisecond, 43 * time.Millisecond},
		{161 * time.Millisecond, 163 * time.Millisecond}, // two lost
		{163 * time.Millisecond, 168 * time.Millisecond}, // with the one before
		{5 * time.Second, 5 * time.Second},               // the camera came back with another beat
	} {
		if pos, ok := place(c.at); !ok || (capture.Span(pos, 90_000)-c.want).Abs() > 100*time.Microsecond {
			t.Errorf("a picture taken at %v is shown at %v; want %v", c.at, capture.Span(pos, 90_000), c.want)
		}
	}
	if _, ok := capture.NewGrid(25)(-21 * time.Millisecond); ok {
		t.Error("a picture taken before zero is shown")
	}
}

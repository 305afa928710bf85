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

package capture

import "time"

// What only the tests outside need.

// Ticks converts a time to ticks of a clock.
func Ticks(d time.Duration, clock int64) int64 { return ticks(d, clock) }

// Span converts ticks of a clock to a time.
func Span(n, clock int64) time.Duration { return span(n, clock) }

// NewGrid gives the placing of pictures of a camera.
func NewGrid(fps int) func(time.Duration) (pos int64, ok bool) { return newGrid(fps).place }

package watch

import "math"

const (
	window     = 960 // samples of each channel a level is taken over: 20 ms at 48 kHz
	silentDB   = -50.0
	silentFor  = 500 // windows: 10 s
	deadFor    = 50  // windows: 1 s
	clipLevel  = 32700
	clipCount  = 4  // samples at full scale that make a window clipped
	clipRise   = 10 // a clipped window raises the count by so much, any other lowers it by 1
	clipEnter  = 50 // five clipped windows in short order
	clipMost   = 100
	quietestDB = -96.0 // what digital zero is told as
)

// Level is how loud 20 ms of sound are, in dB below full scale: 0 is the loudest, -96 digital zero.
type Level struct{ RMS, Peak float64 }

// Sound watches a microphone of 48 kHz.
type Sound struct {
	channels int
	state    State
	level    Level

	n       int // interleaved samples in the window so far
	squares float64
	peak    int
	full    int // samples at full scale

	quiet, dead, clip int // windows
}

// NewSound watches a microphone with so many channels.
func NewSound(channels int) *Sound {
	return &Sound{channels: max(channels, 1), state: Heard, level: Level{quietestDB, quietestDB}}
}

// Level is that of the last whole 20 ms.
func (s *Sound) Level() Level { return s.level }

// Hear listens to the next interleaved samples. It reports true when the microphone's state is another
// than before.
func (s *Sound) Hear(samples []int16) (State, bool) {
	before := s.state
	for _, v := range samples {
		a := int(v)
		s.squares += float64(a * a)
		if a < 0 {
			a = -a
		}
		s.peak = max(s.peak, a)
		if a >= clipLevel {
			s.full++
		}
		if s.n++; s.n == window*s.channels {
			s.close()
		}
	}
	return s.state, s.state != before
}

// close ends a window.
func (s *Sound) close() {
	s.level = Level{decibels(math.Sqrt(s.squares / float64(s.n))), decibels(float64(s.peak))}
	s.quiet++
	if s.level.RMS >= silentDB {
		s.quiet = 0
	}
	s.dead++
	if s.peak > 0 {
		s.dead = 0
	}
	s.clip = max(0, s.clip-1)
	if s.full >= clipCount {
		s.clip = min(clipMost, s.clip+clipRise+1)
	}
	switch {
	case s.dead >= deadFor:
		s.state = Dead
	case s.quiet >= silentFor:
		s.state = Silent
	case s.clip >= clipEnter || s.state == Clipped && s.clip > 0:
		s.state = Clipped
	default:
		s.state = Heard
	}
	s.n, s.squares, s.peak, s.full = 0, 0, 0, 0
}

func decibels(amplitude float64) float64 {
	return max(quietestDB, 20*math.Log10(amplitude/32768))
}

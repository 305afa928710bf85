package capture

import (
	"image"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// meters are the newest measurements, written by the media path and read by whoever looks.
type meters struct {
	free        atomic.Int64
	peak, level atomic.Uint64 // float64 bits, dBFS
	clipped     atomic.Bool
	troubles    troubles
	shots       shots
}

// troubles are the things wrong at this moment, by name.
type troubles struct {
	mu  sync.Mutex
	set map[string]bool
}

func (t *troubles) list() map[string]bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := map[string]bool{}
	for name := range t.set {
		list[name] = true
	}
	return list
}

// shots are the newest pictures for a screen, by track.
type shots struct{ m sync.Map }

func (s *shots) load(track string) image.Image {
	if img, ok := s.m.Load(track); ok {
		return img.(image.Image)
	}
	return nil
}

func (m *meters) look(*Session, *input, *image.YCbCr, time.Duration) {}
func (m *meters) hear(*Session, *input, []int16, time.Duration)      {}
func (s *Session) preview(string, *image.YCbCr)                      {}

// Decibel is an amplitude of 16-bit sound in dBFS, -96 for none.
func Decibel(amplitude float64) float64 {
	if amplitude < 1 {
		return -96
	}
	return 20 * math.Log10(amplitude/32768)
}

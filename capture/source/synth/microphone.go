package synth

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"minglu/capture/source"
	"minglu/capture/source/pace"
)

const (
	rate    = 48_000
	chunk   = rate / 100 // 10 ms, as sound servers give them
	keep    = 10 * time.Second
	humPeak = 0.03
	peak    = 0.4
	ramp    = 0.002 // seconds; a beep cut hard would click
)

// Microphone is a synthetic microphone. It hears the true second through a crystal that may run fast.
type Microphone struct {
	o       Options
	samples pace.Samples
	once    sync.Once
	done    chan struct{}
}

// OpenMicrophone starts a microphone.
func OpenMicrophone(o Options) *Microphone {
	return &Microphone{o: o, done: make(chan struct{}), samples: pace.Samples{
		Clock: o.Clock, Start: o.Clock.Boot(), Rate: rate * (1 + o.PPM/1e6), Chunk: chunk, Keep: keep,
	}}
}

// Info names the microphone.
func (m *Microphone) Info() source.Info {
	return source.Info{ID: "synth:", Title: "Synthetic microphone"}
}

// Format is raw mono.
func (m *Microphone) Format() source.Format { return source.Format{Channels: 1} }

// Read waits for the next 10 ms.
func (m *Microphone) Read(ctx context.Context) (source.Sound, error) {
	first, lost, err := m.samples.Next(ctx, m.done)
	if err != nil {
		return source.Sound{}, fmt.Errorf("read synthetic microphone: %w", err)
	}
	at := m.samples.Time(first)
	if m.o.Gone > 0 && at-m.samples.Start >= m.o.Gone {
		return source.Sound{}, fmt.Errorf("read synthetic microphone: %w", source.ErrLost)
	}
	sound := make([]int16, chunk)
	for i := range sound {
		sound[i] = hear(m.samples.Time(first + int64(i)))
	}
	return source.Sound{At: at, Samples: sound, Lost: int(lost)}, nil
}

// Close stops the microphone and ends a Read that waits.
func (m *Microphone) Close() error {
	m.once.Do(func() { close(m.done) })
	return nil
}

// hear is the sound on the stage at a moment of the boot clock.
func hear(at time.Duration) int16 {
	second, part := int64(at/time.Second), (at % time.Second).Seconds()
	level := humPeak * math.Sin(2*math.Pi*Hum*part)
	if rest := BeepLength.Seconds() - part; rest > 0 {
		edge := min(1, part/ramp, rest/ramp)
		level += peak * edge * math.Sin(2*math.Pi*float64(BeepHz(second))*part)
	}
	return int16(math.Round(level * math.MaxInt16))
}

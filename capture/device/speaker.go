package device

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/gen2brain/malgo"
)

// ErrNoSpeaker is in the error of a machine without a loudspeaker that works.
var ErrNoSpeaker = errors.New("no loudspeaker")

const (
	speakerChunks = 25                                                          // decoded ahead: half a second
	speakerHolds  = 20                                                          // periods that the sound server holds, so that a busy machine makes no holes
	speakerTail   = speakerHolds*period*time.Millisecond + 150*time.Millisecond // until the last sample taken was heard
	speakerHangs  = 3 * time.Second                                             // how long a loudspeaker may take nothing
)

// Speaker is the system's default loudspeaker. One goroutine uses it.
type Speaker struct {
	Title string

	library library
	device  *malgo.Device
	chunks  chan []int16
	rest    []int16      // of the chunk being played; of the library's thread
	taken   atomic.Int64 // samples the loudspeaker has taken
}

// OpenSpeaker opens the system's default loudspeaker for mono of 48 kHz, 16 bit. The library may hang on a device
// that is pulled out while it plays: whoever must not hang plays in a process of its own.
func OpenSpeaker() (*Speaker, error) {
	l, err := openLibrary()
	if err != nil {
		return nil, errors.Join(ErrNoSpeaker, err)
	}
	s := &Speaker{library: l, chunks: make(chan []int16, speakerChunks)}
	if s.Title, err = l.speaker(); err == nil {
		err = s.open()
	}
	if err != nil {
		s.Close()
		return nil, errors.Join(ErrNoSpeaker, err)
	}
	return s, nil
}

// speaker is the title of the default loudspeaker. ALSA names null devices where there is no card.
func (l library) speaker() (string, error) {
	all, err := l.Devices(malgo.Playback)
	if err != nil {
		return "", fmt.Errorf("list loudspeakers: %w", err)
	}
	if l.alsa {
		all = slices.DeleteFunc(all, func(d malgo.DeviceInfo) bool {
			_, hardware := cardName(name(d.ID[:]))
			return !hardware
		})
	}
	if len(all) == 0 {
		return "", errors.New("the sound system lists none")
	}
	slices.SortStableFunc(all, func(a, b malgo.DeviceInfo) int { return int(b.IsDefault) - int(a.IsDefault) })
	return all[0].Name(), nil
}

func (s *Speaker) open() (err error) {
	config := malgo.DefaultDeviceConfig(malgo.Playback)
	config.SampleRate = rate
	config.PeriodSizeInMilliseconds = period
	config.Periods = speakerHolds
	config.PerformanceProfile = malgo.Conservative
	config.Playback.Format = malgo.FormatS16
	config.Playback.Channels = 1
	config.Pulse.StreamNamePlayback = "minglu"
	s.device, err = malgo.InitDevice(s.library.Context, config, malgo.DeviceCallbacks{Data: s.give})
	return err
}

// give runs in the library's thread, which must never wait: where nothing is ready there is silence.
func (s *Speaker) give(sound, _ []byte, frames uint32) {
	if len(sound) < 2 {
		return
	}
	out := unsafe.Slice((*int16)(unsafe.Pointer(&sound[0])), len(sound)/2)
	for len(out) > 0 {
		if len(s.rest) == 0 {
			select {
			case s.rest = <-s.chunks:
			default:
				clear(out)
				return
			}
		}
		n := copy(out, s.rest)
		s.rest, out = s.rest[n:], out[n:]
		s.taken.Add(int64(n))
	}
}

// Play plays what next gives until io.EOF or until ctx ends, and returns when it was heard.
func (s *Speaker) Play(ctx context.Context, next func() ([]int16, error)) error {
	var sent int64
	started := false
	for {
		samples, err := next()
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return err
		}
		if !started && (last || len(s.chunks) == cap(s.chunks)) {
			if err := s.device.Start(); err != nil {
				return errors.Join(ErrNoSpeaker, err)
			}
			started = true
		}
		if last {
			return s.drain(ctx, sent)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case s.chunks <- slices.Clone(samples):
			sent += int64(len(samples))
		case <-time.After(speakerHangs):
			return fmt.Errorf("play sound: %w: it takes nothing", ErrNoSpeaker)
		}
	}
}

// drain waits until all samples were taken and the sound system has played them.
func (s *Speaker) drain(ctx context.Context, sent int64) error {
	wait := speakerHangs
	for before := int64(-1); s.taken.Load() < sent; {
		if now := s.taken.Load(); now != before {
			before, wait = now, speakerHangs
		} else if wait -= period * time.Millisecond; wait <= 0 {
			return fmt.Errorf("play sound: %w: it takes nothing", ErrNoSpeaker)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(period * time.Millisecond):
		}
	}
	select {
	case <-ctx.Done():
	case <-time.After(speakerTail):
	}
	return ctx.Err()
}

// Close gives the loudspeaker back.
func (s *Speaker) Close() {
	if s.device != nil {
		s.device.Uninit()
	}
	s.library.close()
}

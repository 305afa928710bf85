package device

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"
	"unsafe"

	"github.com/gen2brain/malgo"

	"minglu/capture/clock"
	"minglu/capture/source"
)

const (
	rate    = 48_000
	period  = 20  // milliseconds the sound library gathers; a second is 50 chunks
	periods = 50  // that the sound server or the kernel holds while the library is kept waiting
	chunks  = 256 // that wait for a slow reader: 5 s
	// silence is how long nothing may come before the system is asked whether the microphone is still there,
	// patience how long at all: a machine that is overloaded for a moment has lost none.
	silence  = 500 * time.Millisecond
	patience = 2 * time.Second
	// warmUp is how long a sound server may take to send the first chunk.
	warmUp = 3 * time.Second
	// settle is how many chunks the time of the first is taken from.
	settle = 20
	// farewell is how long a device may take to close. The library hangs on devices that were pulled out.
	farewell = 2 * time.Second
)

// microphone reads a sound device through malgo, mono.
type microphone struct {
	info    source.Info
	clock   clock.Clock
	library library
	device  *malgo.Device
	chunks  chan chunk
	stopped chan struct{} // closed when the library says so; it does not always
	stop    sync.Once
	first   []chunk // those that came while it was opened; of Read

	missed int // samples dropped since the last chunk that found room; of the library's thread

	once sync.Once
	done chan struct{}
}

// chunk is what one callback brought.
type chunk struct {
	at      time.Duration
	samples []int16
	lost    int
}

// OpenMicrophone opens the first microphone found, which is the system's default, or the one of this name
// (pick says what a name can be). Every opening looks for the devices anew.
func OpenMicrophone(name string, c clock.Clock) (source.Microphone, error) {
	l, err := openLibrary()
	if err != nil {
		return nil, fmt.Errorf("find microphone: %w", err)
	}
	m := &microphone{
		clock: c, library: l, chunks: make(chan chunk, chunks),
		stopped: make(chan struct{}), done: make(chan struct{}),
	}
	if err := m.open(name); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

func (m *microphone) open(name string) error {
	ears, err := m.library.microphones()
	if err != nil {
		return err
	}
	infos := make([]source.Info, len(ears))
	for i, e := range ears {
		infos[i] = e.info
	}
	i, err := pick("microphone", name, infos)
	if err != nil {
		return err
	}
	m.info = infos[i]
	if err := m.start(ears[i].id); err != nil {
		return fmt.Errorf("open microphone %s: %w", m.info.Title, err)
	}
	return nil
}

// start begins to record and waits for enough sound to know when the first of it was heard.
func (m *microphone) start(id malgo.DeviceID) error {
	var pin runtime.Pinner // the library copies the ID before InitDevice returns
	defer pin.Unpin()
	pin.Pin(&id)
	config := malgo.DefaultDeviceConfig(malgo.Capture)
	config.SampleRate = rate
	config.PeriodSizeInMilliseconds = period
	config.Periods = periods
	config.PerformanceProfile = malgo.Conservative
	config.Capture.DeviceID = unsafe.Pointer(&id)
	config.Capture.Format = malgo.FormatS16
	config.Capture.Channels = 1
	config.Pulse.StreamNameCapture = "minglu"
	callbacks := malgo.DeviceCallbacks{Data: m.hear, Stop: m.halt}
	if m.library.alsa { // shared with other programs, ALSA keeps a third of a second only
		config.Capture.ShareMode = malgo.Exclusive
	}
	device, err := malgo.InitDevice(m.library.Context, config, callbacks)
	if err != nil && m.library.alsa {
		config.Capture.ShareMode = malgo.Shared
		device, err = malgo.InitDevice(m.library.Context, config, callbacks)
	}
	if err != nil {
		return err
	}
	m.device = device
	if err := device.Start(); err != nil {
		return err
	}
	for began := m.clock.Boot(); len(m.chunks) < settle; time.Sleep(period * time.Millisecond) {
		if m.clock.Boot()-began > warmUp && len(m.chunks) == 0 {
			return errors.New("it sends no sound")
		} else if m.clock.Boot()-began > warmUp {
			break
		}
	}
	for range len(m.chunks) {
		m.first = append(m.first, <-m.chunks)
	}
	straighten(m.first)
	return nil
}

// straighten corrects the times of the first chunks. A chunk can be delivered late, as the first are while threads and
// sound servers start, but never early: the one that was least late tells the times of all.
func straighten(chunks []chunk) {
	began, count := time.Duration(math.MaxInt64), 0
	for _, c := range chunks {
		count += c.lost
		began = min(began, c.at-span(count))
		count += len(c.samples)
	}
	count = 0
	for i, c := range chunks {
		count += c.lost
		chunks[i].at = began + span(count)
		count += len(c.samples)
	}
}

func span(samples int) time.Duration { return time.Duration(samples) * time.Second / rate }

// hear runs in the library's thread, which must never wait: sound for which there is no room is counted.
// The library reuses its memory as soon as this returns.
func (m *microphone) hear(_, sound []byte, frames uint32) {
	if len(sound) < 2 {
		return
	}
	c := chunk{samples: make([]int16, len(sound)/2), lost: m.missed}
	copy(c.samples, unsafe.Slice((*int16)(unsafe.Pointer(&sound[0])), len(sound)/2))
	c.at = m.clock.Boot() - span(int(frames))
	select {
	case m.chunks <- c:
		m.missed = 0
	default:
		m.missed += int(frames)
	}
}

func (m *microphone) halt() { m.stop.Do(func() { close(m.stopped) }) }

// Info names the microphone.
func (m *microphone) Info() source.Info { return m.info }

// Format is raw mono.
func (m *microphone) Format() source.Format { return source.Format{Channels: 1} }

// Read waits for the next chunk. When none comes the system is asked for its microphones: the library does
// not notice when one is pulled out.
func (m *microphone) Read(ctx context.Context) (source.Sound, error) {
	if err := ctx.Err(); err != nil {
		return source.Sound{}, err
	}
	if len(m.first) > 0 {
		c := m.first[0]
		m.first = m.first[1:]
		return source.Sound{At: c.at, Samples: c.samples, Lost: c.lost}, nil
	}
	watchdog := time.NewTimer(silence)
	defer watchdog.Stop()
	var there <-chan bool
	for {
		var err error
		select {
		case <-m.done:
			err = os.ErrClosed
		case c := <-m.chunks:
			return source.Sound{At: c.at, Samples: c.samples, Lost: c.lost}, nil
		case <-m.stopped:
			err = source.ErrLost
		case <-watchdog.C:
			if there != nil {
				err = fmt.Errorf("%w: silent for %v", source.ErrLost, patience)
				break
			}
			there = m.look()
			watchdog.Reset(patience - silence)
		case ok := <-there:
			if !ok {
				err = source.ErrLost
			}
		case <-ctx.Done():
			return source.Sound{}, ctx.Err()
		}
		if err != nil {
			return source.Sound{}, fmt.Errorf("read microphone %s: %w", m.info.Title, err)
		}
	}
}

// look asks the system anew for this microphone. Where it does not answer, the asking goroutine stays
// behind, and patience decides.
func (m *microphone) look() <-chan bool {
	there := make(chan bool, 1)
	go func() {
		l, err := openLibrary()
		if err != nil {
			there <- false
			return
		}
		defer l.close()
		ears, err := l.microphones()
		there <- err == nil && slices.ContainsFunc(ears, func(e ear) bool { return e.info == m.info })
	}()
	return there
}

// Close ends a Read that waits. A device that cannot be closed in time, because it is no longer there, is
// left to a goroutine that may never end; it holds no more than its own memory.
func (m *microphone) Close() error {
	m.once.Do(func() {
		close(m.done)
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			if m.device != nil {
				m.device.Uninit()
			}
			m.library.close()
		}()
		select {
		case <-closed:
		case <-time.After(farewell):
		}
	})
	return nil
}

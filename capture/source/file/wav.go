package file

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"

	"minglu/capture/source"
	"minglu/capture/source/pace"
	"minglu/capture/source/pcm"
)

const (
	chunk    = pcm.Rate / 50 // 20 ms, as the driver of a microphone gives them
	keep     = 10 * time.Second
	plain    = 1      // WAVE_FORMAT_PCM
	extended = 0xfffe // WAVE_FORMAT_EXTENSIBLE, whose sub-format begins with the true one
)

// microphone plays a WAV file in real time.
type microphone struct {
	name      string
	closer    io.Closer
	data      io.Reader
	channels  int
	resampler *pcm.Resampler
	samples   pace.Samples
	ready     []int16 // converted, not yet handed out
	ended     bool
	once      sync.Once
	done      chan struct{}
}

func newMicrophone(name string, f io.ReadCloser, o Options) (*microphone, error) {
	m := &microphone{name: name, closer: f, done: make(chan struct{}), samples: pace.Samples{
		Clock: o.Clock, Start: o.Start, Rate: pcm.Rate, Chunk: chunk, Keep: keep,
	}}
	return m, m.open(bufio.NewReaderSize(f, 64<<10))
}

// open walks the RIFF chunks up to the sound itself.
func (m *microphone) open(in *bufio.Reader) error {
	var riff [12]byte
	if _, err := io.ReadFull(in, riff[:]); err != nil || string(riff[:4]) != "RIFF" || string(riff[8:]) != "WAVE" {
		return errors.New("not a WAVE file")
	}
	for {
		var head [8]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return errors.New("no sound in it")
		}
		id, size := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		switch {
		case id == "fmt ":
			if err := m.format(in, size); err != nil {
				return err
			}
		case id == "data" && m.resampler == nil:
			return errors.New("sound before its format")
		case id == "data" && (size == 0 || size >= 1<<32-1-36): // written to a pipe: the size was never filled in
			m.data = in
			return nil
		case id == "data":
			m.data = io.LimitReader(in, size)
			return nil
		default:
			if _, err := io.CopyN(io.Discard, in, size+size&1); err != nil {
				return fmt.Errorf("skip %q: %w", id, unexpected(err))
			}
		}
	}
}

// format reads a fmt chunk: format, channels, rate, bytes a second, bytes a frame, bits (WAVEFORMATEX).
func (m *microphone) format(in io.Reader, size int64) error {
	if size < 16 || size > 4096 {
		return fmt.Errorf("format chunk of %d bytes", size)
	}
	chunk, err := appendFull(nil, in, int(size+size&1))
	if err != nil {
		return err
	}
	kind, bits := binary.LittleEndian.Uint16(chunk), binary.LittleEndian.Uint16(chunk[14:])
	if kind == extended && size >= 26 {
		kind = binary.LittleEndian.Uint16(chunk[24:])
	}
	m.channels = int(binary.LittleEndian.Uint16(chunk[2:]))
	if kind != plain || bits != 16 || m.channels < 1 || m.channels > 2 {
		return fmt.Errorf("refuse format %d, %d bit, %d channels; only PCM, 16 bit, mono or stereo", kind, bits, m.channels)
	}
	m.resampler, err = pcm.NewResampler(int(min(binary.LittleEndian.Uint32(chunk[4:]), 1<<30)), m.channels)
	return err
}

func (m *microphone) Info() source.Info {
	return source.Info{ID: "file:" + m.name, Title: filepath.Base(m.name)}
}

func (m *microphone) Format() source.Format { return source.Format{Channels: m.channels} }

func (m *microphone) Read(ctx context.Context) (source.Sound, error) {
	if m.samples.Start == 0 {
		m.samples.Start = m.samples.Clock.Boot()
	}
	first, lost, err := m.samples.Next(ctx, m.done)
	if err != nil {
		return source.Sound{}, fmt.Errorf("read sound: %w", err)
	}
	if _, err := m.take(int(lost)); err != nil {
		return source.Sound{}, fmt.Errorf("read sound %s: %w", filepath.Base(m.name), err)
	}
	samples, err := m.take(chunk)
	if err != nil {
		return source.Sound{}, fmt.Errorf("read sound %s: %w", filepath.Base(m.name), err)
	}
	return source.Sound{At: m.samples.Time(first), Samples: samples, Lost: int(lost)}, nil
}

// take returns the next frames, fewer at the end of the file, and ErrEnd when there are none.
func (m *microphone) take(frames int) ([]int16, error) {
	want := frames * m.channels
	for len(m.ready) < want && !m.ended {
		if err := m.fetch(); err != nil {
			return nil, err
		}
	}
	if want > 0 && len(m.ready) == 0 {
		return nil, source.ErrEnd
	}
	n := min(want, len(m.ready))
	taken := append([]int16(nil), m.ready[:n]...)
	m.ready = append(m.ready[:0], m.ready[n:]...)
	return taken, nil
}

// fetch converts a little more of the file.
func (m *microphone) fetch() error {
	raw := make([]byte, 4096*2*m.channels)
	n, err := io.ReadFull(m.data, raw)
	raw = raw[:n-n%(2*m.channels)] // half a frame at a cut-off end is no sound
	samples := make([]int16, len(raw)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	m.ready = append(m.ready, m.resampler.Convert(samples)...)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		m.ended = true
		m.ready = append(m.ready, m.resampler.Flush()...)
		return nil
	}
	return err
}

func (m *microphone) Close() error {
	var err error
	m.once.Do(func() {
		close(m.done)
		err = m.closer.Close()
	})
	return err
}

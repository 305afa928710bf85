package rtsp

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/g711"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/opus"
	"github.com/pion/rtp"

	"minglu/capture/source"
	"minglu/capture/source/pcm"
)

// microphone is the sound stream of a session. packet runs in the client's goroutine.
type microphone struct {
	s        *session
	media    *description.Media
	form     format.Format
	unpack   func(*rtp.Packet) ([]packet, error) // lengths filled in, times relative to the packet's
	timeline *timeline
	format   source.Format
	packets  chan packet
	once     sync.Once
	done     chan struct{}

	// of the client's goroutine
	sequence uint16
	started  bool
	missed   bool

	// of the reader's
	telephone *telephone // nil for sound passed on as it came
	next      int64      // ticks at which the next packet should begin
	reading   bool
}

// packet is a stretch of compressed sound before it has its time.
type packet struct {
	data          []byte
	taken, length int64 // ticks
	missed        bool  // packets were lost before it
}

// newMicrophone finds a sound stream that can be taken; nil if there is none.
func (s *session) newMicrophone(about *description.Session) (*microphone, error) {
	m := &microphone{s: s, packets: make(chan packet, 1024), done: make(chan struct{})}
	var (
		aac       *format.MPEG4Audio
		sound     *format.Opus
		telephone *format.G711
		err       error
	)
	if m.media = about.FindFormat(&sound); m.media != nil && sound.ChannelCount <= 2 {
		err = m.useOpus(sound)
	} else if m.media = about.FindFormat(&aac); m.media != nil && aac.Config != nil {
		err = m.useAAC(aac)
	} else if m.media = about.FindFormat(&telephone); m.media != nil && telephone.ChannelCount <= 2 {
		err = m.useTelephone(telephone)
	} else {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("take %s: %w", m.form.Codec(), err)
	}
	m.timeline = s.newTimeline(m.form.ClockRate())
	return m, nil
}

func (m *microphone) useOpus(form *format.Opus) error {
	m.form = form
	m.format = source.Format{Channels: form.ChannelCount, Encoded: &source.Audio{Codec: "opus", Rate: pcm.Rate}}
	decoder, err := form.CreateDecoder()
	m.unpack = func(p *rtp.Packet) ([]packet, error) {
		data, err := decoder.Decode(p)
		return []packet{{data: data, length: opus.PacketDuration2(data)}}, err
	}
	return err
}

func (m *microphone) useAAC(form *format.MPEG4Audio) error {
	m.form = form
	config, err := form.Config.Marshal()
	if err != nil {
		return err
	}
	frame := int64(1024)
	if form.Config.FrameLengthFlag {
		frame = 960
	}
	m.format = source.Format{
		Channels: int(form.Config.ChannelConfig),
		Encoded:  &source.Audio{Codec: "mp4a", Rate: form.Config.SampleRate, Config: config},
	}
	decoder, err := form.CreateDecoder()
	m.unpack = func(p *rtp.Packet) ([]packet, error) {
		units, err := decoder.Decode(p)
		var packets []packet
		for i, unit := range units {
			packets = append(packets, packet{data: unit, taken: int64(i) * frame, length: frame})
		}
		return packets, err
	}
	return err
}

func (m *microphone) useTelephone(form *format.G711) error {
	m.form = form
	m.format = source.Format{Channels: form.ChannelCount}
	resampler, err := pcm.NewResampler(form.SampleRate, form.ChannelCount)
	if err != nil {
		return err
	}
	m.telephone = &telephone{resampler: resampler, muLaw: form.MULaw, channels: form.ChannelCount, rate: int64(form.SampleRate)}
	decoder, err := form.CreateDecoder()
	m.unpack = func(p *rtp.Packet) ([]packet, error) {
		data, err := decoder.Decode(p)
		return []packet{{data: data, length: int64(len(data) / form.ChannelCount)}}, err
	}
	return err
}

// packet takes one RTP packet.
func (m *microphone) packet(p *rtp.Packet) {
	packets, err := m.unpack(p)
	last := int64(0)
	if len(packets) > 0 {
		last = packets[len(packets)-1].taken
	}
	ticks := m.s.arrive(m.media, m.timeline, p, last)
	m.missed = m.missed || m.started && p.SequenceNumber != m.sequence+1
	m.started, m.sequence = true, p.SequenceNumber
	if err != nil {
		return // what is broken leaves a hole in time, which the next packet tells
	}
	for _, part := range packets {
		if part.length <= 0 {
			continue
		}
		part.data = append([]byte(nil), part.data...) // the client reads into the old again
		part.taken += ticks
		part.missed = m.missed
		m.missed = false
		select {
		case m.packets <- part:
		default:
			m.missed = true
		}
	}
}

// Info names the microphone by its camera's URL.
func (m *microphone) Info() source.Info { return source.Info{ID: m.s.name, Title: m.s.host} }

// Format is the sound's form.
func (m *microphone) Format() source.Format { return m.format }

// Read waits for the next packet. Lost counts in the sound's own rate.
func (m *microphone) Read(ctx context.Context) (source.Sound, error) {
	p, err := next(ctx, m.s, m.packets, m.done)
	if err != nil {
		return source.Sound{}, fmt.Errorf("read RTSP sound of %s: %w", m.s.host, err)
	}
	sound := source.Sound{At: m.s.stamp(m.timeline, p.taken), Lost: int(m.hole(p))}
	if m.telephone != nil {
		sound.At -= m.telephone.delay()
		sound.Samples = m.telephone.decode(p.data)
		sound.Lost = int(int64(sound.Lost) * pcm.Rate / m.telephone.rate)
		return sound, nil
	}
	sound.Packet, sound.Length = p.data, m.timeline.span(p.length)
	return sound, nil
}

// hole is how many ticks are missing before a packet. Cameras round their times, so without a lost packet
// only a fifth of a second and more is one.
func (m *microphone) hole(p packet) int64 {
	missing := p.taken - m.next
	if !m.reading || missing < 0 || !p.missed && missing < m.timeline.rate/5 {
		missing = 0
	}
	m.next, m.reading = p.taken+p.length, true
	return missing
}

// Close ends a Read that waits, and the connection if the camera is closed too.
func (m *microphone) Close() error {
	m.once.Do(func() {
		close(m.done)
		m.s.release()
	})
	return nil
}

// telephone turns G.711 into sound of 48 kHz.
type telephone struct {
	resampler *pcm.Resampler
	muLaw     bool
	channels  int
	rate      int64
	in, out   int64 // frames so far
}

// delay is how much older than the next packet the first sample out of it is: the filter holds some back.
func (t *telephone) delay() time.Duration {
	behind := t.in*pcm.Rate - t.out*t.rate // small, however long it has run
	return time.Duration(behind) * time.Second / time.Duration(t.rate*pcm.Rate)
}

func (t *telephone) decode(data []byte) []int16 {
	var wide []byte
	if t.muLaw {
		var law g711.Mulaw
		law.Unmarshal(data)
		wide = law
	} else {
		var law g711.Alaw
		law.Unmarshal(data)
		wide = law
	}
	samples := make([]int16, len(wide)/2)
	for i := range samples {
		samples[i] = int16(binary.BigEndian.Uint16(wide[2*i:]))
	}
	t.in += int64(len(samples) / t.channels)
	samples = t.resampler.Convert(samples)
	t.out += int64(len(samples) / t.channels)
	return samples
}

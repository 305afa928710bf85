// Package listen gives the sound of a stretch of a recording, finished or still growing, from what is durable of it.
package listen

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"minglu/capture/evidence"
	"minglu/capture/evidence/fmp4"
)

// Faults of a recording that cannot be listened to.
var (
	ErrNoSound = errors.New("the recording has no sound there")
	ErrForm    = errors.New("the sound is of a form this program cannot open")
)

// Decoder opens Opus packets: interleaved samples of 48 kHz, valid until the next call.
type Decoder interface {
	Decode(packet []byte) ([]int16, error)
	Close() error
}

const (
	rate = fmp4.OpusTimescale
	// warmUp is how much sound a decoder must have heard before its own is right (RFC 7845, 4.6: 80 ms).
	warmUp = rate * 80 / 1000
)

// Sound reads the packets of a stretch, in mono of 48 kHz, 16 bit.
type Sound struct {
	media    fs.File
	at       io.ReaderAt
	header   fmp4.Header
	track    uint32
	channels int
	skip     int64 // samples a decoder gives before the first that went in
	from, to int64 // ticks of the recording
	segments []evidence.SegmentBody
	decoder  Decoder

	layout fmp4.Layout
	queue  []packet
	next   int64 // tick up to which samples were given
	mono   []int16
}

// packet is one Opus packet and its place on the recording's time line, in ticks.
type packet struct {
	data   []byte
	at     int64
	length int64
}

// Open finds the sound between two moments of the recording whose package fsys is. Only what the journal names
// is read: it was on the disk before its line. The caller closes it.
func Open(fsys fs.FS, fromMS, toMS int64, open func(channels int) (Decoder, error)) (*Sound, error) {
	s := &Sound{from: fromMS * rate / 1000, to: toMS * rate / 1000}
	s.next = s.from
	file, err := s.readJournal(fsys, max(0, fromMS-warmUp*1000/rate), toMS)
	if err != nil {
		return nil, err
	}
	if s.media, err = fsys.Open(file); err != nil {
		return nil, fmt.Errorf("listen to recording: %w", err)
	}
	if err := s.begin(open); err != nil {
		return nil, errors.Join(fmt.Errorf("listen to %s: %w", file, err), s.Close())
	}
	return s, nil
}

// readJournal finds the track with sound and its segments between two moments; the first is its head.
func (s *Sound) readJournal(fsys fs.FS, fromMS, toMS int64) (file string, err error) {
	f, err := fsys.Open(evidence.FileJournal)
	if err != nil {
		return "", fmt.Errorf("listen to recording: %w", err)
	}
	track := ""
	_, err = evidence.ReadJournal(f, func(e evidence.Entry) error {
		switch e.Line.Kind {
		case evidence.KindOpen:
			var b evidence.OpenBody
			if err := json.Unmarshal(e.Line.Body, &b); err != nil {
				return err
			}
			for _, t := range b.Tracks {
				if t.Audio != "" && track == "" {
					track, file = t.Track, t.File
				}
			}
		case evidence.KindSegment:
			var b evidence.SegmentBody
			if err := json.Unmarshal(e.Line.Body, &b); err != nil {
				return err
			}
			if b.Track == track && (b.Seq == 0 || b.ToMS > fromMS && b.FromMS < toMS) {
				s.segments = append(s.segments, b)
			}
		}
		return nil
	})
	if err = errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("listen to recording: read journal: %w", err)
	}
	if len(s.segments) < 2 || path.Dir(file) != path.Dir(evidence.MediaPath(track)) {
		return "", fmt.Errorf("listen to recording: %w", ErrNoSound)
	}
	return file, nil
}

// begin reads the head and opens the decoder.
func (s *Sound) begin(open func(channels int) (Decoder, error)) error {
	at, ok := s.media.(io.ReaderAt)
	if !ok {
		return errors.New("the media file cannot be read at a place")
	}
	s.at = at
	head, err := s.read(s.segments[0])
	if err != nil {
		return err
	}
	s.segments = s.segments[1:]
	if s.header, err = fmp4.ParseHead(head); err != nil {
		return err
	}
	for _, t := range s.header.Tracks {
		switch {
		case t.Opus != nil:
			s.track, s.channels, s.skip = t.ID, t.Opus.Channels, int64(t.Opus.PreSkip)
		case t.AAC != nil:
			return ErrForm
		}
	}
	if s.track == 0 {
		return ErrNoSound
	}
	s.decoder, err = open(s.channels)
	return err
}

// read reads a segment's bytes.
func (s *Sound) read(b evidence.SegmentBody) ([]byte, error) {
	if b.Len < 0 || b.Len > fmp4.MaxFragment {
		return nil, fmt.Errorf("a segment of %d bytes", b.Len)
	}
	raw := make([]byte, b.Len)
	if n, err := s.at.ReadAt(raw, b.Off); n < len(raw) {
		return nil, fmt.Errorf("read segment %d: %w", b.Seq, err)
	}
	return raw, nil
}

// Next gives the next samples, valid until the next call, and io.EOF after the last of the stretch or of what is
// durable. Time that nothing was recorded in is silence.
func (s *Sound) Next() ([]int16, error) {
	for {
		p, err := s.packet()
		if err != nil {
			return nil, err
		}
		pcm, err := s.decoder.Decode(p.data)
		if err != nil {
			return nil, err
		}
		if out := s.place(s.mix(pcm), p.at-s.skip); len(out) > 0 {
			return out, nil
		}
		if s.next >= s.to {
			return nil, io.EOF
		}
	}
}

// packet gives the next packet that the stretch or the decoder's warming up needs.
func (s *Sound) packet() (packet, error) {
	for {
		for len(s.queue) > 0 {
			p := s.queue[0]
			s.queue = s.queue[1:]
			if p.at-s.skip >= s.to {
				return packet{}, io.EOF
			}
			if p.at+p.length > s.from-warmUp {
				return p, nil
			}
		}
		if len(s.segments) == 0 {
			return packet{}, io.EOF
		}
		raw, err := s.read(s.segments[0])
		if err == nil {
			err = s.unpack(raw)
		}
		if err != nil {
			return packet{}, fmt.Errorf("listen to segment %d: %w", s.segments[0].Seq, err)
		}
		s.segments = s.segments[1:]
	}
}

// unpack queues the packets of a fragment.
func (s *Sound) unpack(raw []byte) error {
	if err := s.header.ParseFragment(raw, int64(len(raw)), &s.layout); err != nil {
		return err
	}
	off := s.layout.Payload
	for i := range s.layout.Spans {
		span := &s.layout.Spans[i]
		at := int64(span.Base)
		for _, e := range span.Entries {
			if span.Track == s.track {
				s.queue = append(s.queue, packet{raw[off : off+int(e.Size)], at, int64(e.Duration)})
			}
			off += int(e.Size)
			at += int64(e.Duration)
		}
	}
	return nil
}

// mix makes mono of what the decoder gave.
func (s *Sound) mix(pcm []int16) []int16 {
	if s.channels == 1 {
		return pcm
	}
	s.mono = s.mono[:0]
	for i := 0; i+1 < len(pcm); i += 2 {
		s.mono = append(s.mono, int16((int(pcm[i])+int(pcm[i+1]))/2))
	}
	return s.mono
}

// maxHole bounds the silence that stands for time without sound, so that a break is not waited through.
const maxHole = rate

// place cuts samples that begin at a tick to what is still to be given, with the silence before them.
func (s *Sound) place(pcm []int16, at int64) []int16 {
	end := min(at+int64(len(pcm)), s.to)
	if end <= s.next {
		return nil
	}
	hole := min(max(0, at-s.next), maxHole)
	if hole < rate/100 { // sound follows the clock by a tick more or less, which nobody hears
		hole = 0
	}
	from := max(0, s.next-at)
	s.next = end
	if hole == 0 {
		return pcm[from : end-at]
	}
	return append(make([]int16, hole), pcm[from:end-at]...)
}

// Close gives file and decoder back.
func (s *Sound) Close() error {
	err := s.media.Close()
	if s.decoder != nil {
		err = errors.Join(err, s.decoder.Close())
	}
	return err
}

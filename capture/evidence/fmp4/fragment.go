package fmp4

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// MaxFragment is the most bytes a fragment may have, written or read.
const MaxFragment = 64 << 20

const (
	maxHeader  = 1 << 20 // prft, moof and the head of mdat
	prftLen    = 32
	prftUTC    = 24         // flags: the clock's own time of the moment of capture
	keySample  = 0x02000000 // depends on no other
	hungSample = 0x01010000 // depends on others, is no place to start
)

// Flags of tfhd and trun.
const (
	baseIsMoof   = 0x020000
	trunOffset   = 0x000001
	trunDuration = 0x000100
	trunSize     = 0x000200
	trunFlags    = 0x000400
	trunShift    = 0x000800
)

// Run is consecutive samples of one track. Base is the decode time of the first, in ticks of the track;
// for sound it is the time its first sample was taken.
type Run struct {
	Track   uint32
	Base    uint64
	Samples []Sample
}

// Sample is one access unit or sound packet. A picture lasts until the next; sound may be given a tick
// more or less than it has, to follow the clock.
type Sample struct {
	Data              []byte
	Duration          uint32
	Key               bool  // of pictures: can be decoded by itself
	CompositionOffset int32 // of pictures: shown so much later than decoded
}

// Layout is a fragment as a reader sees it, without the samples' data.
type Layout struct {
	Seq     uint32
	UTC     time.Time
	Payload int // offset of the first sample's data; the samples follow one another without holes
	Spans   []Span
	ntp     uint64
	room    [maxTracks]Span // where parsed spans lie; their entries are used again
	again   []byte          // the header as the recorder writes it
}

// Span is consecutive samples of one track.
type Span struct {
	Track   uint32
	Base    uint64
	Entries []Entry
	video   bool
}

// Entry is one sample of a Span. Sound is always Key.
type Entry struct {
	Size, Duration    uint32
	Key               bool
	CompositionOffset int32
}

// Fragment gives the bytes of fragment seq, counted from 1, whose first sample was taken at utc. There is
// at most one run for each track and none is empty.
func (h Header) Fragment(seq uint32, utc time.Time, runs []Run) ([]byte, error) {
	l := Layout{Seq: seq, ntp: ntp(utc)}
	size := 0
	for _, r := range runs {
		s := Span{Track: r.Track, Base: r.Base, Entries: make([]Entry, len(r.Samples))}
		for i, p := range r.Samples {
			if len(p.Data) > MaxFragment {
				return nil, fmt.Errorf("write fragment %d: a sample of %d bytes", seq, len(p.Data))
			}
			s.Entries[i] = Entry{uint32(len(p.Data)), p.Duration, p.Key, p.CompositionOffset}
			size += len(p.Data)
		}
		l.Spans = append(l.Spans, s)
	}
	if err := l.check(h); err != nil {
		return nil, fmt.Errorf("write fragment %d: %w", seq, err)
	}
	if size > MaxFragment-maxHeader {
		return nil, fmt.Errorf("write fragment %d: %d bytes of media", seq, size)
	}
	b := l.append(make([]byte, 0, size+l.header()))
	for _, r := range runs {
		for _, p := range r.Samples {
			b = append(b, p.Data...)
		}
	}
	return b, nil
}

// check refuses what the format has no words for, and marks the spans of pictures.
func (l *Layout) check(h Header) error {
	if l.Seq == 0 || len(l.Spans) == 0 {
		return errors.New("no number or no samples")
	}
	next := 0
	for i := range l.Spans {
		s := &l.Spans[i]
		for next < len(h.Tracks) && h.Tracks[next].ID != s.Track {
			next++
		}
		if next == len(h.Tracks) {
			return fmt.Errorf("track %d is unknown, twice there or out of order", s.Track)
		}
		s.video = h.Tracks[next].H264 != nil
		next++
		if err := s.check(); err != nil {
			return fmt.Errorf("track %d: %w", s.Track, err)
		}
	}
	if l.header() > maxHeader {
		return fmt.Errorf("header of %d bytes", l.header())
	}
	return nil
}

func (s *Span) check() error {
	if len(s.Entries) == 0 {
		return errors.New("no samples")
	}
	if s.Base > maxTime {
		return errors.New("decode time out of bounds")
	}
	for i := range s.Entries {
		e := &s.Entries[i]
		if e.Size == 0 || e.Duration == 0 || e.Duration > maxDuration {
			return fmt.Errorf("sample %d has %d bytes and lasts %d", i, e.Size, e.Duration)
		}
		if !s.video {
			e.Key, e.CompositionOffset = true, 0
		}
	}
	return nil
}

// Decode times stay below what 64-bit sums can hold; a sample lasts less than 5 hours.
const (
	maxTime     = 1 << 52
	maxDuration = 1 << 30
)

// header is the length of prft, moof and the head of mdat.
func (l *Layout) header() int {
	n := prftLen + 8 + 16 + 8
	for i := range l.Spans {
		s := &l.Spans[i]
		n += 8 + 16 + 20 + 20 + len(s.Entries)*s.entryLen()
	}
	return n
}

func (s *Span) entryLen() int {
	switch s.trun() {
	case trunOffset | trunDuration | trunSize:
		return 8
	case trunOffset | trunDuration | trunSize | trunFlags:
		return 12
	}
	return 16
}

// trun gives the flags of the span's trun: sound tells less, and only shifted pictures tell their shift.
func (s *Span) trun() uint32 {
	flags := uint32(trunOffset | trunDuration | trunSize)
	if !s.video {
		return flags
	}
	flags |= trunFlags
	for i := range s.Entries {
		if s.Entries[i].CompositionOffset != 0 {
			return flags | trunShift
		}
	}
	return flags
}

// append writes everything before the samples' data.
func (l *Layout) append(dst []byte) []byte {
	w := writer{dst}
	w.full("prft", 1, prftUTC, func() {
		w.u32(l.Spans[0].Track)
		w.u64(l.ntp)
		w.u64(l.Spans[0].Base)
	})
	data := uint32(l.header() - prftLen) // from the start of moof
	w.box("moof", func() {
		w.full("mfhd", 0, 0, func() { w.u32(l.Seq) })
		for i := range l.Spans {
			data = w.traf(&l.Spans[i], data)
		}
	})
	w.u32(data - uint32(l.header()-prftLen) + 8)
	w.b = append(w.b, "mdat"...)
	return w.b
}

// traf writes one span whose data begins at data and returns where it ends.
func (w *writer) traf(s *Span, data uint32) (end uint32) {
	end = data
	w.box("traf", func() {
		w.full("tfhd", 0, baseIsMoof, func() { w.u32(s.Track) })
		w.full("tfdt", 1, 0, func() { w.u64(s.Base) })
		flags := s.trun()
		w.full("trun", 1, flags, func() {
			w.u32(uint32(len(s.Entries)))
			w.u32(data)
			for i := range s.Entries {
				e := &s.Entries[i]
				end += e.Size
				w.u32(e.Duration)
				w.u32(e.Size)
				if flags&trunFlags != 0 {
					w.u32(e.flags())
				}
				if flags&trunShift != 0 {
					w.u32(uint32(e.CompositionOffset))
				}
			}
		})
	})
	return end
}

func (e *Entry) flags() uint32 {
	if e.Key {
		return keySample
	}
	return hungSample
}

// ParseFragment reads the fragment of length bytes that begins with b. Of the samples' data nothing needs
// to be in b. The layout's memory is used again, so a reader of many fragments keeps one Layout.
func (h Header) ParseFragment(b []byte, length int64, l *Layout) error {
	b = b[:min(len(b), maxHeader)]
	if err := l.parse(b); err != nil {
		return fmt.Errorf("read fragment: %w", err)
	}
	if err := l.check(h); err != nil {
		return fmt.Errorf("read fragment %d: %w", l.Seq, err)
	}
	l.Payload = l.header()
	total := int64(l.Payload)
	for _, s := range l.Spans {
		for _, e := range s.Entries {
			total += int64(e.Size)
		}
	}
	if total != length || total > MaxFragment {
		return fmt.Errorf("read fragment %d: its samples fill %d bytes of %d", l.Seq, total, length)
	}
	l.again = l.append(l.again[:0])
	if len(b) < l.Payload || !bytes.Equal(l.again, b[:l.Payload]) {
		return fmt.Errorf("read fragment %d: it holds something the recorder does not write", l.Seq)
	}
	return nil
}

func (l *Layout) parse(b []byte) error {
	r := reader{b: b}
	prft, _ := r.full("prft")
	prft.take(4)
	l.ntp = prft.u64()
	l.UTC = fromNTP(l.ntp)
	moof := r.box("moof")
	mfhd, _ := moof.full("mfhd")
	l.Seq = mfhd.u32()
	l.Spans = l.room[:0]
	for moof.at() == "traf" && len(l.Spans) < maxTracks {
		l.Spans = l.Spans[:len(l.Spans)+1]
		moof.traf(&l.Spans[len(l.Spans)-1])
	}
	for _, inner := range []reader{prft, mfhd, moof} {
		r.within(inner)
	}
	return r.err
}

func (r *reader) traf(s *Span) {
	traf := r.box("traf")
	tfhd, _ := traf.full("tfhd")
	s.Track = tfhd.u32()
	tfdt, _ := traf.full("tfdt")
	s.Base = tfdt.u64()
	trun, flags := traf.full("trun")
	n := trun.u32()
	trun.u32()
	s.Entries = s.Entries[:0]
	for ; n > 0 && trun.err == nil; n-- {
		e := Entry{Duration: trun.u32(), Size: trun.u32(), Key: true}
		if flags&trunFlags != 0 {
			e.Key = trun.u32() == keySample
		}
		if flags&trunShift != 0 {
			e.CompositionOffset = int32(trun.u32())
		}
		s.Entries = append(s.Entries, e)
	}
	for _, inner := range []reader{tfhd, tfdt, trun, traf} {
		r.within(inner)
	}
}

// fragmentLen reads from a fragment's first bytes how long it is, or 0 when they do not tell: prft, moof
// and the head of mdat must be there.
func fragmentLen(b []byte) (header, length int64) {
	if len(b) < prftLen+8 {
		return 0, 0
	}
	header = prftLen + int64(binary.BigEndian.Uint32(b[prftLen:])) + 8
	if header > int64(len(b)) || header > maxHeader {
		return header, 0
	}
	return header, header - 8 + int64(binary.BigEndian.Uint32(b[header-8:]))
}

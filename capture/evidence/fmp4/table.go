package fmp4

import (
	"encoding/binary"
	"errors"
)

// table grows the sample table of one track. The large lists are kept as the bytes they will be.
type table struct {
	track   Track
	samples uint32
	start   uint64 // decode time of the first sample
	next    uint64 // decode time after the last sample
	last    uint32 // duration of the last sample, which a hole may still stretch
	shift   uint64 // how much later than decoded the first sample is shown
	shifted bool
	times   pairs  // stts: samples, duration
	shifts  pairs  // ctts: samples, composition offset
	chunks  []byte // stsc
	chunk   uint32 // chunks so far
	perLast uint32 // samples in the last chunk
	sizes   []byte // stsz
	offsets []byte // co64
	keys    []byte // stss
}

// pairs is a run-length coded list.
type pairs struct {
	b            []byte
	count, value uint32
}

func (p *pairs) add(v uint32) {
	if p.count > 0 && v != p.value {
		p.flush()
	}
	p.value = v
	p.count++
}

func (p *pairs) flush() {
	if p.count > 0 {
		p.b = binary.BigEndian.AppendUint32(p.b, p.count)
		p.b = binary.BigEndian.AppendUint32(p.b, p.value)
	}
	p.count = 0
}

// with gives the list's bytes with one more value, without changing it.
func (p pairs) with(v uint32) []byte {
	p.add(v)
	p.flush()
	return p.b
}

// add takes in the samples of s, whose data begins at off of the file: one chunk.
func (t *table) add(s *Span, off int64) (hole Hole, err error) {
	if t.samples == 0 {
		t.start, t.next = s.Base, s.Base
	}
	if s.Base < t.next {
		return hole, errors.New("decode times go back")
	}
	hole = Hole{s.Track, t.next, s.Base}
	stretched := uint64(t.last) + (s.Base - t.next)
	if stretched > maxDuration {
		return hole, errors.New("decode times leap")
	}
	t.last = uint32(stretched)
	t.next = s.Base
	for i := range s.Entries {
		t.sample(&s.Entries[i])
	}
	if t.next > maxTime {
		return hole, errors.New("decode time out of bounds")
	}
	t.offsets = binary.BigEndian.AppendUint64(t.offsets, uint64(off))
	t.chunk++
	if n := uint32(len(s.Entries)); n != t.perLast {
		t.perLast = n
		for _, v := range [...]uint32{t.chunk, n, 1} {
			t.chunks = binary.BigEndian.AppendUint32(t.chunks, v)
		}
	}
	return hole, nil
}

func (t *table) sample(e *Entry) {
	if t.samples > 0 {
		t.times.add(t.last)
	} else {
		t.shift = uint64(max(0, e.CompositionOffset))
	}
	t.samples++
	t.last = e.Duration
	t.next += uint64(e.Duration)
	t.shifts.add(uint32(e.CompositionOffset))
	t.shifted = t.shifted || e.CompositionOffset != 0
	t.sizes = binary.BigEndian.AppendUint32(t.sizes, e.Size)
	if t.track.H264 != nil && e.Key {
		t.keys = binary.BigEndian.AppendUint32(t.keys, t.samples)
	}
}

// length is the sum of all durations, in ticks of the track.
func (t *table) length() uint64 { return t.next - t.start }

// presented is how long the track lasts in the movie, from the movie's start, in ticks of the movie.
func (t *table) presented() uint64 {
	return movieTime(t.start+t.shift, t.track) + movieTime(t.length()-min(t.length(), t.track.preSkip()), t.track)
}

// size is about how many bytes the table will take.
func (t *table) size() int {
	return 1<<10 + len(t.times.b) + len(t.shifts.b) + len(t.chunks) + len(t.sizes) + len(t.offsets) + len(t.keys)
}

func (w *writer) stbl(t *table) {
	w.box("stbl", func() {
		w.stsd(t.track)
		times := []byte(nil)
		if t.samples > 0 {
			times = t.times.with(t.last)
		}
		w.list("stts", 0, len(times)/8, times)
		if t.shifted {
			p := t.shifts
			p.flush()
			w.list("ctts", 1, len(p.b)/8, p.b)
		}
		if t.track.H264 != nil && t.samples > 0 {
			w.list("stss", 0, len(t.keys)/4, t.keys)
		}
		w.list("stsc", 0, len(t.chunks)/12, t.chunks)
		w.full("stsz", 0, 0, func() {
			w.u32(0) // each sample has its own size
			w.u32(t.samples)
			w.b = append(w.b, t.sizes...)
		})
		if t.samples == 0 {
			w.list("stco", 0, 0, nil)
			return
		}
		w.list("co64", 0, len(t.offsets)/8, t.offsets)
	})
}

// list writes a full box that is a count and that many entries.
func (w *writer) list(kind string, version byte, n int, entries []byte) {
	w.full(kind, version, 0, func() {
		w.u32(uint32(n))
		w.b = append(w.b, entries...)
	})
}

package fmp4

import (
	"errors"
	"fmt"
	"io"
)

// Range is a stretch of a file.
type Range struct{ Off, Len int64 }

// Hole is time between two samples of a track that no sample covers. In the finished file the sample
// before it lasts through it.
type Hole struct {
	Track    uint32
	From, To uint64 // ticks of the track
}

// Indexer builds the full moov from fragments as they pass by.
type Indexer struct {
	header Header
	tables []*table
	seq    uint32
	end    int64
	holes  []Hole
	layout Layout
}

// NewIndexer starts with a file's head, patched or not.
func NewIndexer(head []byte) (*Indexer, error) {
	h, err := ParseHead(head)
	if err != nil {
		return nil, err
	}
	x := &Indexer{header: h, end: int64(len(head))}
	for _, t := range h.Tracks {
		x.tables = append(x.tables, &table{track: t})
	}
	return x, nil
}

// Header is what the file's head says.
func (x *Indexer) Header() Header { return x.header }

// End is the offset after the last fragment added.
func (x *Indexer) End() int64 { return x.end }

// Holes lists the times no sample covers; each should have its gap line in the journal.
func (x *Indexer) Holes() []Hole { return x.holes }

// Duration is the decode time after the last sample of track i of the header, in ticks of the track.
func (x *Indexer) Duration(i int) uint64 { return x.tables[i].next }

// Add takes in the next fragment: length bytes at off, of which b holds at least all that come before the
// samples' data. After an error the indexer is of no more use.
func (x *Indexer) Add(off int64, b []byte, length int64) error {
	if off != x.end {
		return fmt.Errorf("index fragment %d: it begins at %d, not at %d", x.seq+1, off, x.end)
	}
	if err := x.header.ParseFragment(b, length, &x.layout); err != nil {
		return err
	}
	if x.layout.Seq != x.seq+1 {
		return fmt.Errorf("index fragment %d: it is numbered %d", x.seq+1, x.layout.Seq)
	}
	at := off + int64(x.layout.Payload)
	for i := range x.layout.Spans {
		s := &x.layout.Spans[i]
		hole, err := x.table(s.Track).add(s, at)
		if err != nil {
			return fmt.Errorf("index fragment %d: track %d: %w", x.layout.Seq, s.Track, err)
		}
		if hole.To > hole.From {
			x.holes = append(x.holes, hole)
		}
		for j := range s.Entries {
			at += int64(s.Entries[j].Size)
		}
	}
	x.seq++
	x.end = at
	return nil
}

func (x *Indexer) table(track uint32) *table {
	for _, t := range x.tables {
		if t.track.ID == track {
			return t
		}
	}
	return nil // ParseFragment lets no unknown track pass
}

// Moov gives the full moov over everything added so far.
func (x *Indexer) Moov() []byte {
	size := 1 << 10
	for _, t := range x.tables {
		size += t.size()
	}
	w := writer{make([]byte, 0, size)}
	w.moov(x.header, x.tables)
	return w.b
}

// Index gives the full moov of the file in r, reading only the head and what comes before the samples'
// data in each fragment.
func Index(r io.ReaderAt, head Range, frags []Range) ([]byte, error) {
	if head.Off != 0 || head.Len < 0 || head.Len > maxHead {
		return nil, errors.New("index file: the head is not at its start")
	}
	b := make([]byte, head.Len)
	if _, err := r.ReadAt(b, 0); err != nil {
		return nil, fmt.Errorf("index file: read head: %w", err)
	}
	x, err := NewIndexer(b)
	if err != nil {
		return nil, err
	}
	var front front
	for _, f := range frags {
		b, err := front.read(r, f.Off, f.Len)
		if err != nil {
			return nil, fmt.Errorf("index fragment at %d: %w", f.Off, err)
		}
		if err := x.Add(f.Off, b, f.Len); err != nil {
			return nil, err
		}
	}
	return x.Moov(), nil
}

// front reads the beginnings of fragments into memory it uses again.
type front struct{ buf []byte }

// read gives at least prft, moof and the head of mdat of the fragment at off, of which no more than
// limit bytes exist.
func (f *front) read(r io.ReaderAt, off, limit int64) ([]byte, error) {
	want := min(max(int64(len(f.buf)), 1<<10), limit)
	for {
		if int64(cap(f.buf)) < want {
			f.buf = make([]byte, want, 2*want)
		}
		b := f.buf[:max(want, 0)]
		if n, err := r.ReadAt(b, off); n < len(b) {
			return nil, err
		}
		header, length := fragmentLen(b)
		if length > 0 || header <= want || header > limit || header > maxHeader {
			return b, nil
		}
		want = header
	}
}

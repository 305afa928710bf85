package fmp4_test

import (
	"bytes"
	"io"
	"runtime"
	"testing"
	"time"

	"minglu/capture/evidence/fmp4"
)

// twoHours is a recorder's file of two hours of which only the fragments' headers exist; the media in
// between reads as zeros.
type twoHours struct {
	head    []byte
	headers [][]byte
	frags   []fmp4.Range
}

func newTwoHours(t testing.TB) *twoHours {
	t.Helper()
	f := newFilm(t, video, sound)
	h := &twoHours{head: f.b}
	off := int64(len(f.b))
	pictures, packets := make([]fmp4.Sample, 13), make([]fmp4.Sample, 25)
	for i := range pictures {
		pictures[i] = fmp4.Sample{Data: make([]byte, 9000+i), Duration: 3600, Key: i == 0}
	}
	for i := range packets {
		packets[i] = fmp4.Sample{Data: make([]byte, 150+i), Duration: 960}
	}
	var l fmp4.Layout
	for i := range 14400 {
		n := 12 + i%2
		b, err := f.header.Fragment(uint32(i+1), created, []fmp4.Run{
			{Track: 1, Base: uint64(i/2*25+i%2*12) * 3600, Samples: pictures[:n]},
			{Track: 2, Base: uint64(i) * 24000, Samples: packets}})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.header.ParseFragment(b, int64(len(b)), &l); err != nil {
			t.Fatal(err)
		}
		h.headers = append(h.headers, bytes.Clone(b[:l.Payload]))
		h.frags = append(h.frags, fmp4.Range{Off: off, Len: int64(len(b))})
		off += int64(len(b))
	}
	return h
}

func (h *twoHours) ReadAt(b []byte, off int64) (int, error) {
	clear(b)
	if off == 0 {
		return copy(b, h.head), nil
	}
	lo, hi := 0, len(h.frags)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; h.frags[mid].Off <= off {
			lo = mid
		} else {
			hi = mid
		}
	}
	if h.frags[lo].Off != off {
		return 0, io.ErrUnexpectedEOF
	}
	copy(b, h.headers[lo])
	return len(b), nil
}

func TestTwoHoursAreIndexedAtOnceAndInLittleMemory(t *testing.T) {
	h := newTwoHours(t)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	moov, err := fmp4.Index(h, fmp4.Range{Len: int64(len(h.head))}, h.frags)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
	t.Logf("%d fragments in %v, %d bytes of index, %d MiB allocated", len(h.frags), took, len(moov), allocated)
	if took > 2*time.Second || allocated > 64 || len(moov) > 4<<20 {
		t.Errorf("%v, %d MiB, %d bytes", took, allocated, len(moov))
	}
}

func BenchmarkIndexTwoHours(b *testing.B) {
	h := newTwoHours(b)
	b.ResetTimer()
	b.ReportAllocs()
	for range b.N {
		if _, err := fmp4.Index(h, fmp4.Range{Len: int64(len(h.head))}, h.frags); err != nil {
			b.Fatal(err)
		}
	}
}

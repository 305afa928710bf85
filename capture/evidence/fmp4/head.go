package fmp4

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"
)

// PlaceholderOff is where the placeholder lies in every file: right after ftyp.
const PlaceholderOff = 32

const (
	placeholderLen = 16
	maxHead        = 256 << 10
	maxTracks      = 8
	ftyp           = "\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso6avc1mp41"
	free           = "\x00\x00\x00\x10free\x00\x00\x00\x00\x00\x00\x00\x00"
)

// Header is what the head of a file says.
type Header struct {
	Tracks  []Track
	Created time.Time // UTC, whole seconds
}

// Head gives the first bytes of a file of these tracks: ftyp, placeholder and a moov that announces
// fragments. Players read a file as it grows, or as a crash left it, by these.
func Head(tracks []Track, created time.Time) ([]byte, error) {
	h := Header{tracks, created}
	if err := h.check(); err != nil {
		return nil, fmt.Errorf("write file head: %w", err)
	}
	return h.append(nil), nil
}

func (h Header) check() error {
	if len(h.Tracks) == 0 || len(h.Tracks) > maxTracks {
		return fmt.Errorf("%d tracks", len(h.Tracks))
	}
	if h.Created.Unix() < -epoch1904 {
		return errors.New("created before 1904")
	}
	for i, t := range h.Tracks {
		if err := t.check(); err != nil {
			return err
		}
		same := func(o Track) bool { return o.ID == t.ID }
		if slices.ContainsFunc(h.Tracks[:i], same) {
			return fmt.Errorf("two tracks have number %d", t.ID)
		}
	}
	return nil
}

func (h Header) append(dst []byte) []byte {
	w := writer{append(dst, ftyp+free...)}
	w.moov(h, nil)
	return w.b
}

// ParseHead reads a head, of a growing file or of a finished one.
func ParseHead(b []byte) (Header, error) {
	var h Header
	if len(b) > maxHead {
		return h, fmt.Errorf("read file head: %d bytes, over the bound of %d", len(b), maxHead)
	}
	r := reader{b: b}
	r.take(PlaceholderOff + placeholderLen)
	moov := r.box("moov")
	created := moov.mvhd()
	for moov.at() == "trak" && len(h.Tracks) < maxTracks {
		h.Tracks = append(h.Tracks, moov.trak())
	}
	r.within(moov)
	if r.err != nil {
		return Header{}, fmt.Errorf("read file head: %w", r.err)
	}
	h.Created = created
	if err := h.check(); err != nil {
		return Header{}, fmt.Errorf("read file head: %w", err)
	}
	if !bytes.Equal(h.append(nil), AsWritten(b)) {
		return Header{}, errors.New("read file head: it holds something the recorder does not write")
	}
	return h, nil
}

// AsWritten gives a head's bytes as they were before the file was finished, which is what the journal's
// segment 0 digests. A head that was never patched comes back as it is; other bytes are not judged.
func AsWritten(head []byte) []byte {
	if len(head) < PlaceholderOff+placeholderLen || string(head[PlaceholderOff:PlaceholderOff+8]) != mdat64 {
		return head
	}
	b := bytes.Clone(head)
	copy(b[PlaceholderOff:], free)
	return b
}

// mvhd reads the time of creation.
func (r *reader) mvhd() time.Time {
	b, _ := r.full("mvhd")
	t := b.u64()
	r.within(b)
	return time.Unix(int64(min(t, 1<<40))-epoch1904, 0).UTC()
}

// trak reads what the writer of a trak needs to know; that it knows all is seen by writing it again.
func (r *reader) trak() Track {
	var t Track
	trak := r.box("trak")
	tkhd, _ := trak.full("tkhd")
	tkhd.take(16)
	t.ID = tkhd.u32()
	trak.box("edts")
	mdia := trak.box("mdia")
	mdia.box("mdhd")
	mdia.box("hdlr")
	minf := mdia.box("minf")
	minf.box(minf.at()) // vmhd or smhd
	minf.box("dinf")
	stbl := minf.box("stbl")
	stsd, _ := stbl.full("stsd")
	stsd.u32()
	stsd.entry(&t)
	for _, inner := range []reader{stsd, stbl, minf, mdia, tkhd, trak} {
		r.within(inner)
	}
	return t
}

func (r *reader) entry(t *Track) {
	kind := r.at()
	e := r.box(kind)
	switch kind {
	case "avc1", "avc3":
		e.take(24)
		h := H264{Width: int(e.u16()), Height: int(e.u16()), InBand: kind == "avc3"}
		e.take(50)
		c := e.box("avcC")
		c.take(6)
		h.SPS = c.take(int(c.u16()))
		c.take(1)
		h.PPS = c.take(int(c.u16()))
		e.within(c)
		t.H264 = &h
	case "Opus":
		e.take(28)
		c := e.box("dOps")
		o := Opus{Channels: int(c.u16())} // version 0, then the channels
		o.PreSkip = int(c.u16())
		e.within(c)
		t.Opus = &o
	case "mp4a":
		e.take(16)
		a := AAC{Channels: int(e.u16())}
		e.take(6)
		a.Rate = int(e.u32() >> 16)
		c, _ := e.full("esds")
		c.take(21)
		a.Config = c.take(int(c.u8()))
		e.within(c)
		t.AAC = &a
	default:
		e.err = fmt.Errorf("unknown sample entry %q", kind)
	}
	r.within(e)
}

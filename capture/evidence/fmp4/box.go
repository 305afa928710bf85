package fmp4

import (
	"encoding/binary"
	"fmt"
)

// writer grows a run of boxes. All numbers of the format are big-endian.
type writer struct{ b []byte }

func (w *writer) u8(v ...byte) { w.b = append(w.b, v...) }
func (w *writer) u16(v uint16) { w.b = binary.BigEndian.AppendUint16(w.b, v) }
func (w *writer) u32(v uint32) { w.b = binary.BigEndian.AppendUint32(w.b, v) }
func (w *writer) u64(v uint64) { w.b = binary.BigEndian.AppendUint64(w.b, v) }
func (w *writer) zero(n int)   { w.b = append(w.b, make([]byte, n)...) }

// box writes a box of the given kind around what body writes.
func (w *writer) box(kind string, body func()) {
	at := len(w.b)
	w.u32(0)
	w.b = append(w.b, kind...)
	body()
	binary.BigEndian.PutUint32(w.b[at:], uint32(len(w.b)-at))
}

// full writes a box that begins with a version and flags.
func (w *writer) full(kind string, version byte, flags uint32, body func()) {
	w.box(kind, func() {
		w.u32(uint32(version)<<24 | flags)
		body()
	})
}

// reader takes values off the front of b. The first fault sticks; after it every value is zero.
type reader struct {
	b   []byte
	err error
}

func (r *reader) take(n int) []byte {
	if r.err == nil && (n < 0 || n > len(r.b)) {
		r.err = fmt.Errorf("want %d bytes, have %d", n, len(r.b))
	}
	if r.err != nil {
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) u8() byte {
	if v := r.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (r *reader) u16() uint16 {
	if v := r.take(2); v != nil {
		return binary.BigEndian.Uint16(v)
	}
	return 0
}

func (r *reader) u32() uint32 {
	if v := r.take(4); v != nil {
		return binary.BigEndian.Uint32(v)
	}
	return 0
}

func (r *reader) u64() uint64 {
	if v := r.take(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

// at gives the kind of the box r stands before, or "".
func (r *reader) at() string {
	if r.err != nil || len(r.b) < 8 {
		return ""
	}
	return string(r.b[4:8])
}

// box takes one box of the given kind and returns a reader of its body.
func (r *reader) box(kind string) reader {
	if r.err == nil && r.at() != kind {
		r.err = fmt.Errorf("want box %s, found %q", kind, r.at())
	}
	size := int64(r.u32())
	r.take(4)
	if r.err == nil && (size < 8 || size-8 > int64(len(r.b))) {
		r.err = fmt.Errorf("box %s says %d bytes, have %d", kind, size, len(r.b)+8)
	}
	body := r.take(int(size - 8))
	return reader{body, r.err}
}

// full takes one box of the given kind that begins with a version and flags, which the caller's
// rewriting proves, and returns a reader of what follows them.
func (r *reader) full(kind string) (body reader, flags uint32) {
	body = r.box(kind)
	flags = body.u32() & 0xffffff
	return body, flags
}

// within joins the fault of an inner reader to r.
func (r *reader) within(inner reader) {
	if r.err == nil {
		r.err = inner.err
	}
}

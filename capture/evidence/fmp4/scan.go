package fmp4

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Found is what Scan found in a file.
type Found struct {
	Head  Range
	Frags []Range
	End   int64 // offset after the last complete fragment; what follows is torn, or the full moov
}

// Scan finds the head and the complete fragments of the first size bytes of r, growing, torn or finished.
// It stops without error at the first byte that does not continue the file; an error means that not even
// the head is there or that reading failed.
func Scan(r io.ReaderAt, size int64) (Found, error) {
	var found Found
	start := make([]byte, PlaceholderOff+placeholderLen+8)
	if size < int64(len(start)) {
		return found, errors.New("scan media file: shorter than its head")
	}
	if _, err := r.ReadAt(start, 0); err != nil {
		return found, fmt.Errorf("scan media file: %w", err)
	}
	n := PlaceholderOff + placeholderLen + int64(binary.BigEndian.Uint32(start[len(start)-8:]))
	if n > size || n > maxHead {
		return found, errors.New("scan media file: no whole head at its start")
	}
	head := make([]byte, n)
	if _, err := r.ReadAt(head, 0); err != nil {
		return found, fmt.Errorf("scan media file: %w", err)
	}
	x, err := NewIndexer(head)
	if err != nil {
		return found, err
	}
	found.Head = Range{0, n}
	var front front
	for {
		b, err := front.read(r, x.End(), size-x.End())
		if err != nil && !errors.Is(err, io.EOF) {
			return found, fmt.Errorf("scan media file at %d: %w", x.End(), err)
		}
		off := x.End()
		_, length := fragmentLen(b)
		if length == 0 || off+length > size || x.Add(off, b, length) != nil {
			found.End = off
			return found, nil
		}
		found.Frags = append(found.Frags, Range{off, length})
	}
}

package fmp4

import (
	"encoding/binary"
	"fmt"
	"io"
)

// mdat64 begins an mdat whose length follows as 64 bits.
const mdat64 = "\x00\x00\x00\x01mdat"

// Placeholder gives the 16 bytes at PlaceholderOff of a finished file whose last fragment ends at end:
// the header of an mdat that reaches from there to end.
func Placeholder(end int64) [16]byte {
	var b [16]byte
	copy(b[:], mdat64)
	binary.BigEndian.PutUint64(b[8:], uint64(end-PlaceholderOff))
	return b
}

// File is what Finalise needs of an *os.File.
type File interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	Sync() error
}

// Finalise makes an ordinary MP4 file of the head and the fragments in f, in place. What lies after the
// last fragment is cut off first. It may be done again after a crash at any point: the index is durable
// before the placeholder leads players to it, and comes to the same bytes each time.
func Finalise(f File, head Range, frags []Range) (size int64, err error) {
	moov, err := Index(f, head, frags)
	if err != nil {
		return 0, err
	}
	end := head.Off + head.Len
	for _, r := range frags {
		end += r.Len
	}
	if err := f.Truncate(end); err != nil {
		return 0, fmt.Errorf("finish media file: cut after the last fragment: %w", err)
	}
	if _, err := f.WriteAt(moov, end); err != nil {
		return 0, fmt.Errorf("finish media file: append index: %w", err)
	}
	if err := f.Sync(); err != nil {
		return 0, fmt.Errorf("finish media file: make index durable: %w", err)
	}
	mdat := Placeholder(end)
	if _, err := f.WriteAt(mdat[:], PlaceholderOff); err != nil {
		return 0, fmt.Errorf("finish media file: patch placeholder: %w", err)
	}
	if err := f.Sync(); err != nil {
		return 0, fmt.Errorf("finish media file: make placeholder durable: %w", err)
	}
	return end + int64(len(moov)), nil
}

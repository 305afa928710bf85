package file

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"minglu/capture/source/pace"
)

// JPEG markers (ITU-T T.81, table B.1).
const (
	markTEM  = 0x01
	markRST0 = 0xd0
	markRST7 = 0xd7
	markSOI  = 0xd8
	markEOI  = 0xd9
	markSOS  = 0xda
)

// errBroken is told by a picture that breaks the rules of JPEG.
var errBroken = errors.New("broken JPEG")

// stream is JPEG pictures written one after the other. It knows no rate: 25 a second are assumed.
type stream struct {
	in  *bufio.Reader
	buf []byte
}

func newStream(r io.Reader) *stream { return &stream{in: bufio.NewReaderSize(r, 64<<10)} }

func (s *stream) rate() pace.Rate { return pace.Rate{Num: 25, Den: 1} }

// next finds a picture's start and copies it segment by segment, since thumbnails inside a segment have
// ends of their own. A broken picture is no picture; the search goes on behind it.
func (s *stream) next() ([]byte, error) {
	if err := s.findStart(); err != nil {
		return nil, err
	}
	s.buf = append(s.buf[:0], 0xff, markSOI)
	mark, err := s.marker()
	for err == nil {
		s.buf = append(s.buf, 0xff, mark)
		switch {
		case mark == markEOI:
			return s.buf, nil
		case mark == markTEM || mark >= markRST0 && mark <= markRST7:
			mark, err = s.marker()
		default:
			mark, err = s.segment(mark == markSOS)
		}
	}
	if errors.Is(err, errBroken) {
		return nil, nil
	}
	return nil, unexpected(err)
}

func (s *stream) findStart() error {
	var last byte
	for passed := 0; ; passed++ {
		b, err := s.in.ReadByte()
		if err != nil {
			return err // also after padding: nothing more came
		}
		if last == 0xff && b == markSOI {
			return nil
		}
		if passed == maxJPEG {
			return errors.New("no JPEG picture found")
		}
		last = b
	}
}

// marker reads 0xff, fill bytes and the marker itself.
func (s *stream) marker() (byte, error) {
	b, err := s.in.ReadByte()
	if err == nil && b != 0xff {
		return 0, fmt.Errorf("%w: byte %#x where a marker must be", errBroken, b)
	}
	for err == nil && b == 0xff {
		b, err = s.in.ReadByte()
	}
	return b, err
}

// segment copies a segment, behind a start of scan also the compressed data, and reads the next marker.
func (s *stream) segment(scan bool) (byte, error) {
	length, err := s.in.Peek(2)
	if err != nil {
		return 0, err
	}
	size := int(length[0])<<8 | int(length[1])
	if size < 2 {
		return 0, fmt.Errorf("%w: segment of %d bytes", errBroken, size)
	}
	if s.buf, err = appendFull(s.buf, s.in, size); err != nil {
		return 0, err
	}
	if scan {
		return s.scan()
	}
	return s.marker()
}

// scan copies compressed data up to a marker that is not part of it, and returns that.
func (s *stream) scan() (byte, error) {
	for len(s.buf) < maxJPEG {
		part, err := s.in.ReadSlice(0xff)
		s.buf = append(s.buf, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		b := byte(0xff)
		for err == nil && b == 0xff {
			b, err = s.in.ReadByte()
		}
		if err != nil {
			return 0, err
		}
		if b != 0 && (b < markRST0 || b > markRST7) {
			s.buf = s.buf[:len(s.buf)-1] // the marker's 0xff
			return b, nil
		}
		s.buf = append(s.buf, b)
	}
	return 0, fmt.Errorf("%w: more than %d bytes", errBroken, maxJPEG)
}

package file

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"minglu/capture/source/pace"
)

// avi is the first video stream of an AVI file. The chunks of RIFF and LIST containers follow each other
// in the file, so they are walked flat; an index, and a size that was never filled in, do not matter.
type avi struct {
	in      *bufio.Reader
	streams int    // stream headers seen
	tag     string // of the video stream's chunks: its number in two digits
	pace    pace.Rate
	buf     []byte
}

func newAVI(r io.Reader) *avi { return &avi{in: bufio.NewReaderSize(r, 64<<10)} }

func (a *avi) rate() pace.Rate { return a.pace }

func (a *avi) next() ([]byte, error) {
	for {
		var head [8]byte
		if _, err := io.ReadFull(a.in, head[:]); err != nil {
			return nil, err
		}
		id, size := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		if id == "RIFF" || id == "LIST" {
			if _, err := a.in.Discard(4); err != nil {
				return nil, unexpected(err)
			}
			continue
		}
		if id == "strh" {
			if err := a.header(size); err != nil {
				return nil, err
			}
			continue
		}
		if a.tag != "" && (id == a.tag+"dc" || id == a.tag+"db") {
			return a.picture(size)
		}
		if _, err := io.CopyN(io.Discard, a.in, size+size&1); err != nil {
			return nil, unexpected(err)
		}
	}
}

// header reads a stream header (AVISTREAMHEADER: type, handler … scale at 20, rate at 24).
func (a *avi) header(size int64) (err error) {
	if size < 28 || size > 4096 {
		return fmt.Errorf("stream header of %d bytes", size)
	}
	if a.buf, err = appendFull(a.buf[:0], a.in, int(size+size&1)); err != nil {
		return err
	}
	number := a.streams
	a.streams++
	if a.tag != "" || string(a.buf[:4]) != "vids" {
		return nil
	}
	if number > 99 {
		return errors.New("more than 100 streams")
	}
	scale, rate := binary.LittleEndian.Uint32(a.buf[20:]), binary.LittleEndian.Uint32(a.buf[24:])
	var ok bool
	if a.pace, ok = pace.NewRate(int64(rate), int64(scale)); !ok {
		return fmt.Errorf("refuse rate of %d/%d pictures a second", rate, scale)
	}
	a.tag = fmt.Sprintf("%02d", number)
	return nil
}

func (a *avi) picture(size int64) (_ []byte, err error) {
	if size > maxJPEG {
		return nil, fmt.Errorf("picture of %d bytes", size)
	}
	if a.buf, err = appendFull(a.buf[:0], a.in, int(size)); err != nil {
		return nil, err
	}
	if size&1 == 1 {
		if _, err := a.in.Discard(1); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	return a.buf, nil
}

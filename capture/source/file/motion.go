package file

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"

	"minglu/capture/source/pace"
)

// reel hands out compressed pictures. The bytes are valid until the next call; none (and no error) stands
// for a picture its maker left out.
type reel interface {
	next() ([]byte, error)
	rate() pace.Rate // known after the first next
}

// motion is a film of JPEG pictures of one size.
type motion struct {
	reel          reel
	decode        func([]byte, *image.YCbCr) error
	width, height int
	first         []byte // looked at for the size, shown as the first picture
}

func newMotion(r reel, decode func([]byte, *image.YCbCr) error) (*motion, error) {
	if decode == nil {
		return nil, errors.New("no JPEG decoder given")
	}
	first, err := r.next()
	if err != nil {
		return nil, fmt.Errorf("find first picture: %w", unexpected(err))
	}
	config, err := jpeg.DecodeConfig(bytes.NewReader(first))
	if err != nil {
		return nil, fmt.Errorf("look at first picture: %w", err)
	}
	m := &motion{reel: r, decode: decode, width: config.Width, height: config.Height, first: bytes.Clone(first)}
	return m, checkSize(m.width, m.height)
}

func (m *motion) size() (int, int) { return m.width, m.height }
func (m *motion) rate() pace.Rate  { return m.reel.rate() }
func (m *motion) fullRange() bool  { return true }

func (m *motion) next() ([]byte, error) {
	if first := m.first; first != nil {
		m.first = nil
		return first, nil
	}
	return m.reel.next()
}

func (m *motion) skip() error {
	_, err := m.next()
	return err
}

// read shows the next picture. One that is broken or of another size is passed over like one the camera
// lost: its neighbours are still good.
func (m *motion) read(into *image.YCbCr) error {
	data, err := m.next()
	if err != nil {
		return err
	}
	config, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil || config.Width != m.width || config.Height != m.height || m.decode(data, into) != nil {
		return errNoPicture
	}
	return nil
}

// appendFull reads exactly size bytes more, growing as they come: a false size costs no memory.
func appendFull(into []byte, r io.Reader, size int) ([]byte, error) {
	const step = 64 << 10
	for size > 0 {
		n := min(size, step)
		at := len(into)
		into = append(into, make([]byte, n)...)
		if _, err := io.ReadFull(r, into[at:]); err != nil {
			return into, unexpected(err)
		}
		size -= n
	}
	return into, nil
}

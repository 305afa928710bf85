package file

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"strconv"
	"strings"

	"minglu/capture/source/pace"
)

// maxLine bounds the header lines of a y4m file, which may carry comments.
const maxLine = 4096

// y4m is a YUV4MPEG2 stream (the format of mjpegtools, man yuv4mpeg): a header line, then each picture as a
// line beginning FRAME and its three planes.
type y4m struct {
	in            *bufio.Reader
	width, height int
	pace          pace.Rate
}

func newY4M(r io.Reader) (*y4m, error) {
	y := &y4m{in: bufio.NewReaderSize(r, maxLine), pace: pace.Rate{Num: 25, Den: 1}}
	line, err := y.line()
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(string(line))
	if len(fields) == 0 || fields[0] != "YUV4MPEG2" {
		return nil, errors.New("not a YUV4MPEG2 file")
	}
	for _, field := range fields[1:] {
		if err := y.set(field[0], field[1:]); err != nil {
			return nil, err
		}
	}
	return y, checkSize(y.width, y.height)
}

func (y *y4m) set(key byte, value string) (err error) {
	switch key {
	case 'W':
		y.width, err = strconv.Atoi(value)
	case 'H':
		y.height, err = strconv.Atoi(value)
	case 'F':
		num, den, _ := strings.Cut(value, ":")
		n, err1 := strconv.ParseInt(num, 10, 32)
		d, err2 := strconv.ParseInt(den, 10, 32)
		var ok bool
		if y.pace, ok = pace.NewRate(n, d); !ok || err1 != nil || err2 != nil {
			err = fmt.Errorf("rate %q", value)
		}
	case 'I':
		if value != "p" && value != "?" {
			err = fmt.Errorf("interlaced pictures (I%s)", value)
		}
	case 'C':
		switch value {
		case "420", "420jpeg", "420mpeg2", "420paldv":
		default:
			err = fmt.Errorf("colour space %q; only 8-bit 4:2:0", value)
		}
	}
	if err != nil {
		return fmt.Errorf("refuse y4m header: %w", err)
	}
	return nil
}

func (y *y4m) size() (int, int) { return y.width, y.height }
func (y *y4m) rate() pace.Rate  { return y.pace }
func (y *y4m) fullRange() bool  { return false }

// line reads up to a line feed; io.EOF only before the first byte.
func (y *y4m) line() ([]byte, error) {
	line, err := y.in.ReadSlice('\n')
	switch {
	case err == nil:
		return line[:len(line)-1], nil
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, fmt.Errorf("header line of more than %d bytes", maxLine)
	case errors.Is(err, io.EOF) && len(line) > 0:
		return nil, io.ErrUnexpectedEOF
	}
	return nil, err
}

func (y *y4m) head() error {
	line, err := y.line()
	if err != nil {
		return err
	}
	if !bytes.Equal(line, []byte("FRAME")) && !bytes.HasPrefix(line, []byte("FRAME ")) {
		return errors.New("no FRAME line where one must be")
	}
	return nil
}

func (y *y4m) skip() error {
	if err := y.head(); err != nil {
		return err
	}
	if _, err := y.in.Discard(y.width * y.height * 3 / 2); err != nil {
		return unexpected(err)
	}
	return nil
}

func (y *y4m) read(into *image.YCbCr) error {
	if err := y.head(); err != nil {
		return err
	}
	for _, plane := range [][]byte{into.Y, into.Cb, into.Cr} { // the pool's pictures have no padding
		if _, err := io.ReadFull(y.in, plane); err != nil {
			return unexpected(err)
		}
	}
	return nil
}

// unexpected is the error of a file that ends where it must not.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

//go:build cgo && linux

package codec

// #cgo LDFLAGS: -l:libturbojpeg.a
// #include <stdlib.h>
// #include "mjpeg.h"
import "C"

import (
	"errors"
	"fmt"
	"image"
	"strings"
	"unsafe"
)

// TurboJPEG's names of subsampling.
const (
	samples444  = 0
	samples422  = 1
	samples420  = 2
	samplesGrey = 3
)

// MJPEG opens the pictures of cameras that send JPEG. Huffman tables that such cameras leave out are the
// standard's (ITU-T T.81, K.3).
type MJPEG struct {
	d      unsafe.Pointer
	header *C.mjpeg_header
	chroma [2][]byte // planes of 4:2:2 and 4:4:4 before they are reduced
}

// NewMJPEG opens a decoder. The caller closes it.
func NewMJPEG() (*MJPEG, error) {
	d := C.mjpeg_open()
	if d == nil {
		return nil, errors.New("open MJPEG decoder: no memory")
	}
	return &MJPEG{d: d, header: (*C.mjpeg_header)(C.malloc(C.sizeof_mjpeg_header))}, nil
}

// Decode opens one picture into a 4:2:0 picture of the same size. A damaged or cut JPEG is an error; what
// is in the picture then is not to be used.
func (m *MJPEG) Decode(jpeg []byte, into *image.YCbCr) error {
	if len(jpeg) == 0 {
		return errors.New("decode JPEG: it is empty")
	}
	data, size := (*C.uchar)(&jpeg[0]), C.ulong(len(jpeg))
	if C.mjpeg_read_header(m.d, data, size, m.header) != 0 {
		return fmt.Errorf("decode JPEG: read header: %w", m.restart())
	}
	width, height := int(m.header.width), int(m.header.height)
	if err := fits(into, width, height); err != nil {
		return fmt.Errorf("decode JPEG of %dx%d: %w", width, height, err)
	}
	wide, tall, err := m.shape()
	if err != nil {
		return err
	}
	r := into.Rect.Min
	y, c := into.YOffset(r.X, r.Y), into.COffset(r.X, r.Y)
	cb, cr, stride := into.Cb[c:], into.Cr[c:], into.CStride
	if wide || tall {
		stride = width
		if !wide {
			stride = (width + 1) / 2
		}
		for i := range m.chroma {
			m.chroma[i] = grown(m.chroma[i], stride*height)
		}
		cb, cr = m.chroma[0], m.chroma[1]
	}
	if C.mjpeg_decode(m.d, data, size, C.int(width), C.int(height), (*C.uchar)(&into.Y[y]),
		(*C.uchar)(&cb[0]), (*C.uchar)(&cr[0]), C.int(into.YStride), C.int(stride)) != 0 {
		// Stray bytes between segments harm nothing, and some cameras write them.
		if fault := m.fault(); !strings.Contains(fault, "extraneous bytes") {
			return fmt.Errorf("decode JPEG: %s", fault)
		}
	}
	switch {
	case m.header.subsampling == samplesGrey:
		uncolour(into)
	case wide || tall:
		reduceChroma(into.Cb[c:], into.CStride, cb, stride, width, height, wide)
		reduceChroma(into.Cr[c:], into.CStride, cr, stride, width, height, wide)
	}
	return nil
}

// shape says in which directions the colour planes of the JPEG have more samples than 4:2:0.
func (m *MJPEG) shape() (wide, tall bool, err error) {
	switch m.header.subsampling {
	case samples420, samplesGrey:
		return false, false, nil
	case samples422:
		return false, true, nil
	case samples444:
		return true, true, nil
	}
	return false, false, fmt.Errorf("decode JPEG: colour subsampling %d of TurboJPEG is unknown", m.header.subsampling)
}

// restart gives the library's fault and opens it anew: after a cut header TurboJPEG 2.1 goes on with that
// header when the next picture comes.
func (m *MJPEG) restart() error {
	fault := errors.New(m.fault())
	if d := C.mjpeg_open(); d != nil {
		C.mjpeg_close(m.d)
		m.d = d
	}
	return fault
}

func (m *MJPEG) fault() string { return C.GoString(C.mjpeg_fault(m.d)) }

// Close frees the decoder.
func (m *MJPEG) Close() error {
	if m.d != nil {
		C.mjpeg_close(m.d)
		C.free(unsafe.Pointer(m.header))
		m.d = nil
	}
	return nil
}

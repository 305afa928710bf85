//go:build cgo && ((linux && (amd64 || arm64)) || (windows && amd64) || darwin)

package codec

// #include "h264.h"
import "C"

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"time"
	"unsafe"

	_ "github.com/pion/mediadevices/pkg/codec/openh264" // brings the static library
)

// H264 compresses pictures: High profile, CAVLC, one reference, no reordering, no picture ever left out.
type H264 struct {
	config   H264Config
	c        *C.h264
	engine   h264Engine
	sps, pps []byte
	unit     []byte
}

// NewH264 opens an encoder. The caller closes it.
func NewH264(config H264Config) (*H264, error) {
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("open H.264 encoder: %w", err)
	}
	e := &H264{config: config}
	rv := C.h264_open(&e.c, C.int(config.Width), C.int(config.Height), C.float(config.FPS),
		C.int(config.Bitrate), C.int(config.GOP), C.bool(config.FullRange))
	if rv != 0 {
		return nil, fmt.Errorf("open H.264 encoder: OpenH264 code %d", rv)
	}
	err := e.readParameterSets()
	if err == nil {
		e.engine, err = newH264Engine(e.c)
	}
	if err != nil {
		C.h264_close(e.c)
		return nil, fmt.Errorf("open H.264 encoder: %w", err)
	}
	return e, nil
}

func (e *H264) readParameterSets() error {
	if rv := C.h264_parameter_sets(e.c); rv != 0 {
		return fmt.Errorf("read parameter sets: OpenH264 code %d", rv)
	}
	for i := range int(e.c.nal_count) {
		switch n := e.nal(i); {
		case len(n) > 0 && n[0]&0x1f == nalSPS:
			e.sps = bytes.Clone(n)
		case len(n) > 0 && n[0]&0x1f == nalPPS:
			e.pps = bytes.Clone(n)
		}
	}
	if e.sps == nil || e.pps == nil {
		return errors.New("read parameter sets: OpenH264 gave none")
	}
	return nil
}

// ParameterSets gives the sequence and picture parameter sets, NAL units without start code. They hold
// for all pictures and are not repeated in the units.
func (e *H264) ParameterSets() (sps, pps []byte) { return e.sps, e.pps }

// Encode compresses the next picture, 4:2:0 of the configured size, and gives its access unit in AVCC form
// (4-byte lengths). The unit is valid until the next call. Pts only steers the bit rate. A picture is a
// key picture when forced, when it is the first, or when GOP pictures have passed.
func (e *H264) Encode(img *image.YCbCr, pts time.Duration, forceKey bool) (unit []byte, key bool, err error) {
	if err := fits(img, e.config.Width, e.config.Height); err != nil {
		return nil, false, fmt.Errorf("encode picture: %w", err)
	}
	rv, err := e.engine.encode(img, e.config.Width, e.config.Height, pts, forceKey)
	if err != nil {
		return nil, false, fmt.Errorf("encode picture: %w", err)
	}
	if rv != 0 {
		return nil, false, fmt.Errorf("encode picture: OpenH264 code %d", rv)
	}
	e.unit = e.unit[:0]
	for i := range int(e.c.nal_count) {
		if err := e.append(e.nal(i)); err != nil {
			return nil, false, fmt.Errorf("encode picture: %w", err)
		}
	}
	if len(e.unit) == 0 {
		return nil, false, fmt.Errorf("encode picture: OpenH264 left it out (frame type %d)", e.c.frame_type)
	}
	return e.unit, e.c.frame_type == C.H264_IDR, nil
}

// append adds a NAL unit to the access unit; repeated parameter sets are left out, as they stand in avcC.
func (e *H264) append(nal []byte) error {
	if len(nal) == 0 {
		return errors.New("OpenH264 gave an empty NAL unit")
	}
	if kind := nal[0] & 0x1f; kind == nalSPS || kind == nalPPS {
		if !bytes.Equal(nal, e.sps) && !bytes.Equal(nal, e.pps) {
			return errors.New("OpenH264 changed its parameter sets")
		}
		return nil
	}
	e.unit = binary.BigEndian.AppendUint32(e.unit, uint32(len(nal)))
	e.unit = append(e.unit, nal...)
	return nil
}

// nal gives NAL unit i of the last call without its start code, in the library's memory.
func (e *H264) nal(i int) []byte {
	n := &e.c.nal[i]
	b := unsafe.Slice((*byte)(n.data), int(n.len))
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	return b[min(1, len(b)):]
}

// Close frees the encoder. Units it gave stay valid.
func (e *H264) Close() error {
	if e.c != nil {
		e.engine.close()
		e.c = nil
	}
	return nil
}

// planes are the first samples of luma and chroma.
func planes(img *image.YCbCr) (y, cb, cr *byte) {
	luma, chroma := img.YOffset(img.Rect.Min.X, img.Rect.Min.Y), img.COffset(img.Rect.Min.X, img.Rect.Min.Y)
	return &img.Y[luma], &img.Cb[chroma], &img.Cr[chroma]
}

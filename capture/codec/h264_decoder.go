//go:build cgo && ((linux && (amd64 || arm64)) || (windows && amd64) || darwin)

package codec

// #cgo linux windows LDFLAGS: -Wl,-undefined=WelsCreateDecoder -Wl,-undefined=WelsDestroyDecoder
// #include "h264_decoder.h"
import "C"

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"time"
	"unsafe"
)

// H264Decoder opens pictures that H.264 compressed, of the profiles up to High with 8 bits and 4:2:0. The
// library has known holes: only units whose digest a signed journal states may be given to it.
type H264Decoder struct {
	c      *C.h264_decoder
	stream []byte // the unit with start codes
	shown  image.YCbCr
}

// NewH264Decoder opens a decoder. The caller closes it.
func NewH264Decoder() (*H264Decoder, error) {
	d := &H264Decoder{}
	if rv := C.h264_decoder_open(&d.c); rv != 0 {
		if rv == -1 {
			return nil, fmt.Errorf("open H.264 decoder: %w", ErrAbsent)
		}
		return nil, fmt.Errorf("open H.264 decoder: OpenH264 code %d", rv)
	}
	return d, nil
}

// Decode takes the next access unit in AVCC form (4-byte lengths), to be shown at a moment, after the given NAL
// units, usually parameter sets. It answers with the next picture in the order of showing and its moment, or
// nil when there is none yet: pictures that look ahead come later. The picture is the library's own memory and
// holds until the next call.
func (d *H264Decoder) Decode(unit []byte, at time.Duration, before ...[]byte) (*image.YCbCr, time.Duration, error) {
	d.stream = d.stream[:0]
	for _, nal := range before {
		d.add(nal)
	}
	for rest := unit; len(rest) > 0; {
		if len(rest) < 4 || uint64(binary.BigEndian.Uint32(rest)) > uint64(len(rest)-4) {
			return nil, 0, errors.New("decode picture: its units do not fill it")
		}
		n := int(binary.BigEndian.Uint32(rest))
		d.add(rest[4 : 4+n])
		rest = rest[4+n:]
	}
	if len(d.stream) == 0 {
		return nil, 0, errors.New("decode picture: it is empty")
	}
	rv := C.h264_decoder_decode(d.c, (*C.uchar)(&d.stream[0]), C.int(len(d.stream)), C.uint64_t(at.Microseconds()))
	return d.picture(rv)
}

func (d *H264Decoder) add(nal []byte) {
	d.stream = append(append(d.stream, 0, 0, 0, 1), nal...)
}

// Flush gives the next picture that waited for one that never came, nil when none is left.
func (d *H264Decoder) Flush() (*image.YCbCr, time.Duration, error) {
	if C.h264_decoder_remaining(d.c) == 0 {
		return nil, 0, nil
	}
	return d.picture(C.h264_decoder_flush(d.c))
}

// picture gives what the last call brought.
func (d *H264Decoder) picture(rv C.int) (*image.YCbCr, time.Duration, error) {
	const pending = 1
	if rv&^pending != 0 {
		return nil, 0, fmt.Errorf("decode picture: OpenH264 state %#x", int(rv))
	}
	s := &d.c.shown
	if s.status != 1 {
		return nil, 0, nil
	}
	w, h := int(s.memory.width), int(s.memory.height)
	wide, narrow := int(s.memory.stride[0]), int(s.memory.stride[1])
	if w < 2 || h < 2 || w > 8192 || h > 8192 || wide < w || narrow < (w+1)/2 || s.plane[0] == nil || s.plane[1] == nil || s.plane[2] == nil {
		return nil, 0, fmt.Errorf("decode picture: OpenH264 gave %dx%d in lines of %d and %d", w, h, wide, narrow)
	}
	plane := func(i, stride, width, height int) []byte {
		return unsafe.Slice((*byte)(s.plane[i]), stride*(height-1)+width)
	}
	d.shown = image.YCbCr{
		Y:  plane(0, wide, w, h),
		Cb: plane(1, narrow, (w+1)/2, (h+1)/2), Cr: plane(2, narrow, (w+1)/2, (h+1)/2),
		YStride: wide, CStride: narrow, SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, w, h),
	}
	return &d.shown, time.Duration(s.out_time) * time.Microsecond, nil
}

// Close frees the decoder and the last picture.
func (d *H264Decoder) Close() error {
	if d.c != nil {
		C.h264_decoder_close(d.c)
		d.c = nil
	}
	return nil
}

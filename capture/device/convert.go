package device

import (
	"encoding/binary"
	"fmt"
	"image"
)

// fourCC is a pixel format as V4L2 and FourCC name it.
type fourCC uint32

// Pixel formats this package turns into 4:2:0 (videodev2.h).
const (
	yu12 fourCC = 'Y' | 'U'<<8 | '1'<<16 | '2'<<24 // planes Y, Cb, Cr
	yv12 fourCC = 'Y' | 'V'<<8 | '1'<<16 | '2'<<24 // planes Y, Cr, Cb
	nv12 fourCC = 'N' | 'V'<<8 | '1'<<16 | '2'<<24 // planes Y, CbCr
	nv21 fourCC = 'N' | 'V'<<8 | '2'<<16 | '1'<<24 // planes Y, CrCb
	yuyv fourCC = 'Y' | 'U'<<8 | 'Y'<<16 | 'V'<<24 // 4:2:2, one plane
	uyvy fourCC = 'U' | 'Y'<<8 | 'V'<<16 | 'Y'<<24
	mjpg fourCC = 'M' | 'J'<<8 | 'P'<<16 | 'G'<<24
	jpg  fourCC = 'J' | 'P'<<8 | 'E'<<16 | 'G'<<24
)

func (f fourCC) String() string {
	return string([]byte{byte(f), byte(f >> 8), byte(f >> 16), byte(f >> 24)})
}

// compressed reports whether pictures come as JPEG.
func (f fourCC) compressed() bool { return f == mjpg || f == jpg }

// convert copies a raw picture of the camera, stride bytes a line, into a 4:2:0 one.
func convert(f fourCC, raw []byte, stride int, into *image.YCbCr) error {
	width, height := into.Rect.Dx(), into.Rect.Dy()
	least := width
	if f == yuyv || f == uyvy {
		least = 2 * width
	}
	stride = max(stride, least)
	luma := stride * height
	size := luma
	if f != yuyv && f != uyvy {
		size += luma / 2
	}
	if len(raw) < size {
		return fmt.Errorf("convert %v picture: %d bytes; want %d", f, len(raw), size)
	}
	switch f {
	case yu12, yv12:
		copyPlane(into.Y, into.YStride, raw, stride, width, height)
		first, second := into.Cb, into.Cr
		if f == yv12 {
			first, second = second, first
		}
		copyPlane(first, into.CStride, raw[luma:], stride/2, width/2, height/2)
		copyPlane(second, into.CStride, raw[luma+luma/4:], stride/2, width/2, height/2)
	case nv12, nv21:
		copyPlane(into.Y, into.YStride, raw, stride, width, height)
		first, second := into.Cb, into.Cr
		if f == nv21 {
			first, second = second, first
		}
		for y := range height / 2 {
			split(first[y*into.CStride:][:width/2], second[y*into.CStride:][:width/2], raw[luma+y*stride:][:width])
		}
	case yuyv, uyvy:
		unpack(raw, stride, into, f == uyvy)
	default:
		return fmt.Errorf("convert picture: unknown format %v", f)
	}
	return nil
}

func copyPlane(to []byte, toStride int, from []byte, fromStride, width, height int) {
	for y := range height {
		copy(to[y*toStride:][:width], from[y*fromStride:])
	}
}

// even keeps every other byte of eight, beginning with the lowest.
func even(v uint64) uint64 {
	v &= 0x00ff00ff00ff00ff
	v = (v | v>>8) & 0x0000ffff0000ffff
	return (v | v>>16) & 0xffffffff
}

// split takes interleaved bytes apart, sixteen at a time.
func split(first, second, pairs []byte) {
	for len(first) >= 8 && len(second) >= 8 && len(pairs) >= 16 {
		v, w := binary.LittleEndian.Uint64(pairs), binary.LittleEndian.Uint64(pairs[8:])
		binary.LittleEndian.PutUint64(first, even(v)|even(w)<<32)
		binary.LittleEndian.PutUint64(second, even(v>>8)|even(w>>8)<<32)
		first, second, pairs = first[8:], second[8:], pairs[16:]
	}
	for i := range first {
		first[i], second[i] = pairs[2*i], pairs[2*i+1]
	}
}

// unpack takes 4:2:2 apart; the colour of each two lines is averaged.
func unpack(raw []byte, stride int, into *image.YCbCr, colourFirst bool) {
	width, height := into.Rect.Dx(), into.Rect.Dy()
	colour := make([]byte, width)
	above := make([]byte, width)
	for y := range height {
		line := raw[y*stride:][:2*width]
		luma := into.Y[y*into.YStride:][:width]
		if colourFirst {
			split(colour, luma, line)
		} else {
			split(luma, colour, line)
		}
		if y%2 == 0 {
			above, colour = colour, above
			continue
		}
		average(colour, above)
		at := y / 2 * into.CStride
		split(into.Cb[at:][:width/2], into.Cr[at:][:width/2], colour)
	}
}

// average puts the mean of a and b into a: in each byte a|b - (a^b)/2 is (a+b+1)/2.
func average(a, b []byte) {
	n := len(a) / 8 * 8
	for i := 0; i < n; i += 8 {
		p, q := binary.LittleEndian.Uint64(a[i:]), binary.LittleEndian.Uint64(b[i:])
		binary.LittleEndian.PutUint64(a[i:], (p|q)-(p^q)>>1&0x7f7f7f7f7f7f7f7f)
	}
	for i := n; i < len(a); i++ {
		a[i] = byte((int(a[i]) + int(b[i]) + 1) / 2)
	}
}

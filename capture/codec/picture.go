package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
)

// Kinds of NAL unit (ITU-T H.264, table 7-1).
const (
	nalSPS = 7
	nalPPS = 8
)

// fits says why img is not a whole 4:2:0 picture of the given size.
func fits(img *image.YCbCr, width, height int) error {
	r := img.Rect
	switch {
	case img.SubsampleRatio != image.YCbCrSubsampleRatio420:
		return errors.New("picture is not 4:2:0")
	case r.Dx() != width || r.Dy() != height:
		return fmt.Errorf("picture of %dx%d; want %dx%d", r.Dx(), r.Dy(), width, height)
	case r.Min.X%2 != 0 || r.Min.Y%2 != 0 || img.YStride < width || img.CStride < (width+1)/2:
		return errors.New("picture's planes are not aligned")
	}
	y := img.YOffset(r.Max.X-1, r.Max.Y-1)
	c := img.COffset(r.Max.X-1, r.Max.Y-1)
	if y < 0 || c < 0 || y >= len(img.Y) || c >= len(img.Cb) || c >= len(img.Cr) {
		return errors.New("picture's planes are too short")
	}
	return nil
}

// reduceChroma averages a colour plane of a picture of width x height, which has all lines and with wide
// all columns too, down to that of 4:2:0.
func reduceChroma(dst []byte, dstStride int, src []byte, srcStride, width, height int, wide bool) {
	half := (width + 1) / 2
	for y := 0; y < height; y += 2 {
		a := src[y*srcStride:]
		b := src[min(y+1, height-1)*srcStride:]
		to := dst[y/2*dstStride:][:half]
		if wide {
			averageSquares(to, a[:width], b[:width])
		} else {
			averageLines(to, a[:half], b[:half])
		}
	}
}

// averageLines averages eight samples at once: in each byte a|b - (a^b)/2 is (a+b+1)/2.
func averageLines(dst, a, b []byte) {
	i := 0
	for ; i+8 <= len(dst); i += 8 {
		p, q := binary.LittleEndian.Uint64(a[i:]), binary.LittleEndian.Uint64(b[i:])
		binary.LittleEndian.PutUint64(dst[i:], (p|q)-(p^q)>>1&0x7f7f7f7f7f7f7f7f)
	}
	for ; i < len(dst); i++ {
		dst[i] = byte((int(a[i]) + int(b[i]) + 1) / 2)
	}
}

func averageSquares(dst, a, b []byte) {
	for i := range dst {
		j, k := 2*i, min(2*i+1, len(a)-1)
		dst[i] = byte((int(a[j]) + int(a[k]) + int(b[j]) + int(b[k]) + 2) / 4)
	}
}

// uncolour takes the colour out of a picture.
func uncolour(img *image.YCbCr) {
	for i := range img.Cb {
		img.Cb[i] = 128
	}
	for i := range img.Cr {
		img.Cr[i] = 128
	}
}

// grown gives b with n bytes, anew when it is too short.
func grown(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

//go:build !(cgo && linux)

package codec

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
)

// MJPEG opens the pictures of cameras that send JPEG, with the standard library: right, but several times
// slower than libjpeg-turbo.
type MJPEG struct {
	tables []byte // the standard's Huffman tables as a DHT segment
}

// NewMJPEG opens a decoder. The caller closes it.
func NewMJPEG() (*MJPEG, error) {
	// The standard library compresses with the standard's tables, so its own output has the segment.
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 1, 1)), nil); err != nil {
		return nil, fmt.Errorf("open MJPEG decoder: %w", err)
	}
	tables, _ := segment(b.Bytes(), markerDHT)
	return &MJPEG{tables}, nil
}

// Decode opens one picture into a 4:2:0 picture of the same size. A damaged or cut JPEG is an error; what
// is in the picture then is not to be used.
func (m *MJPEG) Decode(b []byte, into *image.YCbCr) error {
	if tables, scan := segment(b, markerDHT); tables == nil && scan > 0 {
		b = bytes.Join([][]byte{b[:scan], m.tables, b[scan:]}, nil)
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("decode JPEG: read header: %w", err)
	}
	if err := fits(into, c.Width, c.Height); err != nil {
		return fmt.Errorf("decode JPEG of %dx%d: %w", c.Width, c.Height, err)
	}
	img, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("decode JPEG: %w", err)
	}
	switch img := img.(type) {
	case *image.Gray:
		copyPlane(into.Y[into.YOffset(into.Rect.Min.X, into.Rect.Min.Y):], into.YStride, img.Pix, img.Stride, c.Width, c.Height)
		uncolour(into)
		return nil
	case *image.YCbCr:
		return reduce(into, img)
	}
	return errors.New("decode JPEG: it is neither grey nor YCbCr")
}

// reduce copies a picture of the same size with any of the known colour subsamplings.
func reduce(into, img *image.YCbCr) error {
	width, height := into.Rect.Dx(), into.Rect.Dy()
	r := into.Rect.Min
	copyPlane(into.Y[into.YOffset(r.X, r.Y):], into.YStride, img.Y, img.YStride, width, height)
	c := into.COffset(r.X, r.Y)
	wide := img.SubsampleRatio == image.YCbCrSubsampleRatio444
	for _, p := range [][2][]byte{{into.Cb[c:], img.Cb}, {into.Cr[c:], img.Cr}} {
		switch img.SubsampleRatio {
		case image.YCbCrSubsampleRatio420:
			copyPlane(p[0], into.CStride, p[1], img.CStride, (width+1)/2, (height+1)/2)
		case image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio444:
			reduceChroma(p[0], into.CStride, p[1], img.CStride, width, height, wide)
		default:
			return fmt.Errorf("decode JPEG: colour subsampling %v is unknown", img.SubsampleRatio)
		}
	}
	return nil
}

func copyPlane(dst []byte, dstStride int, src []byte, srcStride, width, height int) {
	for y := range height {
		copy(dst[y*dstStride:][:width], src[y*srcStride:])
	}
}

// Markers of ITU-T T.81, table B.1.
const (
	markerDHT = 0xc4
	markerSOS = 0xda
)

// segment finds the segment with the marker before the compressed data, which begins at scan.
func segment(b []byte, marker byte) (whole []byte, scan int) {
	for i := 2; i+4 <= len(b) && b[i] == 0xff; {
		n := 2 + int(b[i+2])<<8 + int(b[i+3])
		if b[i+1] == markerSOS {
			return whole, i
		}
		if i+n > len(b) {
			return nil, 0
		}
		if b[i+1] == marker {
			whole = b[i : i+n]
		}
		i += n
	}
	return nil, 0
}

// Close does nothing.
func (m *MJPEG) Close() error { return nil }

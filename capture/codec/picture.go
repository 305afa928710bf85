package codec

import (
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

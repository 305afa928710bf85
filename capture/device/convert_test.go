package device_test

import (
	"image"
	"math/rand/v2"
	"testing"

	"minglu/capture/device"
)

// packed writes a picture of separate planes in a camera's format, stride bytes a line. The colour of 4:2:2
// is the same in both lines of a pair.
func packed(format string, img *image.YCbCr, stride int) []byte {
	width, height := img.Rect.Dx(), img.Rect.Dy()
	raw := make([]byte, stride*height*2)
	chroma := func(x, y int) (byte, byte) {
		i := y/2*img.CStride + x/2
		return img.Cb[i], img.Cr[i]
	}
	luma := stride * height
	for y := range height {
		for x := range width {
			cb, cr := chroma(x, y)
			v := img.Y[y*img.YStride+x]
			c := cb
			if x%2 == 1 {
				c = cr
			}
			switch format {
			case "YUYV":
				raw[y*stride+2*x], raw[y*stride+2*x+1] = v, c
			case "UYVY":
				raw[y*stride+2*x], raw[y*stride+2*x+1] = c, v
			default:
				raw[y*stride+x] = v
			}
			i, j := y/2*stride/2+x/2, y/2*stride+x/2*2
			switch format {
			case "YU12":
				raw[luma+i], raw[luma+luma/4+i] = cb, cr
			case "YV12":
				raw[luma+i], raw[luma+luma/4+i] = cr, cb
			case "NV12":
				raw[luma+j], raw[luma+j+1] = cb, cr
			case "NV21":
				raw[luma+j], raw[luma+j+1] = cr, cb
			}
		}
	}
	return raw
}

func noise(width, height int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	chance := rand.New(rand.NewPCG(1, 2))
	for _, plane := range [][]byte{img.Y, img.Cb, img.Cr} {
		for i := range plane {
			plane[i] = byte(chance.Uint32())
		}
	}
	return img
}

func TestEveryFormatBecomesTheSamePicture(t *testing.T) {
	for _, size := range [][2]int{{640, 360}, {322, 6}, {16, 16}} {
		want := noise(size[0], size[1])
		for _, format := range []string{"YU12", "YV12", "NV12", "NV21", "YUYV", "UYVY"} {
			for _, padding := range []int{0, 64} {
				stride := size[0] + padding
				if format == "YUYV" || format == "UYVY" {
					stride = 2*size[0] + padding
				}
				got := image.NewYCbCr(want.Rect, image.YCbCrSubsampleRatio420)
				if err := device.Convert(format, packed(format, want, stride), stride, got); err != nil {
					t.Errorf("%s %v: %v", format, size, err)
				}
				if string(got.Y) != string(want.Y) || string(got.Cb) != string(want.Cb) || string(got.Cr) != string(want.Cr) {
					t.Errorf("%s %v, stride %d: another picture", format, size, stride)
				}
			}
		}
	}
}

func TestAPictureTooShortIsRefused(t *testing.T) {
	into := noise(64, 36)
	for _, format := range []string{"YU12", "NV12", "YUYV", "RGB3"} {
		if err := device.Convert(format, make([]byte, 64*36), 64, into); err == nil {
			t.Errorf("%s of 64x36 in %d bytes was taken", format, 64*36)
		}
	}
}

func BenchmarkConvert720p(b *testing.B) {
	img := noise(1280, 720)
	for _, format := range []string{"YUYV", "NV12", "YU12"} {
		raw := packed(format, img, 2560)
		b.Run(format, func(b *testing.B) {
			stride := 1280
			if format == "YUYV" {
				stride = 2560
			}
			for b.Loop() {
				if err := device.Convert(format, raw, stride, img); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

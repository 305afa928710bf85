package picture_test

import (
	"image"
	"testing"

	"minglu/capture/picture"
)

// ramp is a picture whose luma rises from left to right and whose colours are its own.
func ramp(width, height int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for y := range height {
		for x := range width {
			img.Y[img.YOffset(x, y)] = byte(x * 255 / width)
		}
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 90, 160
	}
	return img
}

func plain(width, height int, luma byte) *image.YCbCr {
	img := ramp(width, height)
	for i := range img.Y {
		img.Y[i] = luma
	}
	return img
}

func TestAShrunkPictureLooksLikeTheLargeOne(t *testing.T) {
	for _, from := range []image.Point{{1280, 720}, {640, 480}, {641, 363}, {320, 180}, {100, 50}} {
		dst := plain(320, 180, 0)
		picture.Shrink(dst, ramp(from.X, from.Y))
		for _, x := range []int{0, 80, 160, 319} {
			got, want := int(dst.Y[dst.YOffset(x, 90)]), x*255/320
			if got < want-4 || got > want+4 {
				t.Errorf("from %v: luma %d at %d; want %d", from, got, x, want)
			}
		}
		if dst.Cb[0] != 90 || dst.Cr[len(dst.Cr)-1] != 160 {
			t.Errorf("from %v: the colours changed", from)
		}
	}
}

func TestAPictureIsLaidOverAnotherInItsPlaceAlone(t *testing.T) {
	for _, at := range []image.Point{{20, 10}, {21, 11}, {-8, -8}, {90, 50}, {500, 500}} {
		dst := plain(100, 60, 50)
		picture.Lay(dst, plain(32, 18, 200), at.X, at.Y)
		box := image.Rect(0, 0, 32, 18).Add(image.Pt(at.X&^1, at.Y&^1))
		for y := range 60 {
			for x := range 100 {
				want := byte(50)
				if image.Pt(x, y).In(box) {
					want = 200
				}
				if got := dst.Y[dst.YOffset(x, y)]; got != want {
					t.Fatalf("laid at %v: luma %d at %d,%d; want %d", at, got, x, y, want)
				}
			}
		}
	}
}

func TestAPreviewHasTheColoursOfThePicture(t *testing.T) {
	src := ramp(1280, 720)
	for _, size := range []image.Point{{640, 360}, {333, 111}} {
		dst := image.NewRGBA(image.Rect(0, 0, size.X, size.Y))
		picture.Preview(dst, src)
		for _, x := range []int{1, size.X / 2, size.X - 2} {
			r, g, b, a := src.At(x*1280/size.X, 360).RGBA()
			p := dst.RGBAAt(x, size.Y/2)
			for i, d := range []int{int(p.R) - int(r>>8), int(p.G) - int(g>>8), int(p.B) - int(b>>8), int(p.A) - int(a>>8)} {
				if d < -2 || d > 2 {
					t.Errorf("component %d at %d is off by %d", i, x, d)
				}
			}
		}
	}
}

func BenchmarkPictureInPicture720p(b *testing.B) {
	src, small, dst := ramp(1280, 720), plain(320, 180, 0), ramp(1280, 720)
	for range b.N {
		picture.Shrink(small, src)
		picture.Lay(dst, small, 940, 20)
	}
}

func BenchmarkPreview(b *testing.B) {
	src, dst := ramp(1280, 720), image.NewRGBA(image.Rect(0, 0, 640, 360))
	for range b.N {
		picture.Preview(dst, src)
	}
}

package overlay_test

import (
	"bytes"
	"fmt"
	"image"
	"testing"
	"time"

	"minglu/assets"
	"minglu/capture/overlay"
)

func grey(width, height int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = 100
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 90, 160
	}
	return img
}

func newPen(t testing.TB, height int) *overlay.Pen {
	t.Helper()
	p, err := overlay.New(assets.Font, height)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTextIsWhiteOnADarkBoxAndNothingElseChanges(t *testing.T) {
	p := newPen(t, 24)
	img := grey(640, 120)
	const text = "2026-03-04 05:06:07 约谈室 ROOM1-000042"
	w, h := p.Size(text)
	if h < 24 || h > 40 || w < 300 || w > 600 {
		t.Fatalf("the box is %dx%d", w, h)
	}
	p.Draw(img, 9, 17, text)
	box := image.Rect(8, 16, 8+w, 16+h)
	ink := 0
	for y := range 120 {
		for x := range 640 {
			v := img.Y[img.YOffset(x, y)]
			in := image.Pt(x, y).In(box)
			if !in && v != 100 || in && v < 25 {
				t.Fatalf("luma %d at %d,%d", v, x, y)
			}
			if in && v > 200 {
				ink++
			}
		}
	}
	if share := float64(ink) / float64(w*h); share < 0.04 || share > 0.4 {
		t.Errorf("%.2f of the box is ink", share)
	}
	if img.Cb[0] != 90 || img.Cb[img.COffset(20, 20)] == 90 {
		t.Error("the box's colour is not faded, or more than the box")
	}
}

func TestChineseCharactersDiffer(t *testing.T) {
	p := newPen(t, 32)
	a, b := grey(64, 64), grey(64, 64)
	p.Draw(a, 0, 0, "税")
	p.Draw(b, 0, 0, "录")
	if bytes.Equal(a.Y, b.Y) {
		t.Error("two characters look the same")
	}
	c := grey(64, 64)
	p.Draw(c, 0, 0, "税")
	if !bytes.Equal(a.Y, c.Y) {
		t.Error("a character looks different when drawn from memory")
	}
}

func TestTextBeyondTheEdgesIsCut(t *testing.T) {
	p := newPen(t, 20)
	for _, at := range []image.Point{{-50, -9}, {90, 55}, {1000, 1000}, {-1000, 0}, {31, 33}} {
		img := grey(101, 61)
		p.Draw(img, at.X, at.Y, "audio and video")
		sub := grey(200, 200).SubImage(image.Rect(20, 20, 90, 70)).(*image.YCbCr)
		p.Draw(sub, at.X, at.Y, "audio and video")
	}
	p.Draw(grey(100, 60), 0, 0, "")
}

func TestFontsThatAreNoneAreRefused(t *testing.T) {
	for _, b := range [][]byte{nil, []byte("no font"), assets.Font[:1000]} {
		if _, err := overlay.New(b, 24); err == nil {
			t.Errorf("%d bytes were taken for a font", len(b))
		}
	}
	if _, err := overlay.New(assets.Font, 4000); err == nil {
		t.Error("text 4000 pixels high was accepted")
	}
}

func TestDrawingALineAgainAllocatesNothing(t *testing.T) {
	p := newPen(t, 24)
	img := grey(1280, 720)
	p.Draw(img, 16, 16, "2026-03-04 05:06:07")
	if n := testing.AllocsPerRun(20, func() { p.Draw(img, 16, 16, "2026-03-04 05:06:07") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkSecond draws 45 characters into 25 pictures; the clock changes once.
func BenchmarkSecond(b *testing.B) {
	p := newPen(b, 24)
	img := grey(1280, 720)
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for i := range b.N {
		text := fmt.Sprintf("%s 约谈室一 ROOM1-000042 audio and video", at.Add(time.Duration(i)*time.Second).Format(time.DateTime))
		for range 25 {
			p.Draw(img, 16, 16, text)
		}
	}
}

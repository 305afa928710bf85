package main

import (
	"image"
	"testing"

	"minglu/capture/catalog"
)

// written is the box around everything bright in a picture that was dark.
func written(img *image.YCbCr) (box image.Rectangle) {
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if img.Y[y*img.YStride+x] > 128 {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return box
}

func TestAPlacardFitsThePictureForEachReason(t *testing.T) {
	words, err := catalog.LoadWords()
	if err != nil {
		t.Fatal(err)
	}
	pens := newPens()
	for _, size := range []image.Point{{320, 180}, {640, 480}, {1280, 720}, {1920, 1080}} {
		for _, reason := range words.Interruptions {
			img := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
			pens.placard(words)(img, reason.Code)
			box := written(img)
			left, right := box.Min.X, size.X-box.Max.X
			if left < 4 || right < 4 || left-right > 8 || right-left > 8 {
				t.Errorf("%v, %s: written within %v; want it in the middle", size, reason.Code, box)
			}
			if box.Min.Y < size.Y/4 || box.Max.Y > size.Y*3/4 {
				t.Errorf("%v, %s: written within %v; want it half-way up", size, reason.Code, box)
			}
		}
	}
}

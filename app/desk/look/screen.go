package look

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
)

// Screen turns the recorder's pictures into those the window draws. Three are used in turn: one is drawn, one
// waits to be, one is made.
type Screen struct {
	turn     int
	pictures [3]*image.RGBA
}

// Decode reads a JPEG picture; nil when it is none.
func (s *Screen) Decode(data []byte) *image.RGBA {
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	s.turn = (s.turn + 1) % len(s.pictures)
	to := s.pictures[s.turn]
	if to == nil || to.Rect != img.Bounds() {
		to = image.NewRGBA(img.Bounds())
		s.pictures[s.turn] = to
	}
	draw.Draw(to, to.Rect, img, img.Bounds().Min, draw.Src)
	return to
}

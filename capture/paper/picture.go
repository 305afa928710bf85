package paper

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/draw"
	"image/png"

	"github.com/go-pdf/fpdf"
)

// picture is a PNG without transparency, and where it lies.
type picture struct {
	x, y, width, height float64
	png                 []byte
}

// Picture puts a PNG into the middle with a thin frame and a caption below, on one page. It becomes at most width by
// height, in millimetres, and keeps its proportions.
func (s *Sheet) Picture(from []byte, width, height float64, caption string) error {
	decoded, err := png.Decode(bytes.NewReader(from))
	if err != nil {
		return fmt.Errorf("read the picture: %w", err)
	}
	size := decoded.Bounds()
	if size.Empty() {
		return fmt.Errorf("read the picture: it is empty")
	}
	flat := image.NewRGBA(image.Rect(0, 0, s.widen(size.Dx()), size.Dy()))
	draw.Draw(flat, flat.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), decoded, size.Min, draw.Over)
	var opaque bytes.Buffer
	if err := png.Encode(&opaque, flat); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	scale := min(width/float64(size.Dx()), height/float64(size.Dy()))
	w, h := scale*float64(size.Dx()), scale*float64(size.Dy())
	s.Need(h + Line(SizeSmall) + 2)
	x := (Left + Right - w) / 2
	s.now().pictures = append(s.now().pictures, picture{x, s.Y, w, h, opaque.Bytes()})
	s.Box(x, w, 0)
	s.Box(x, 0, h)
	s.Box(x+w, 0, h)
	s.Y += h
	s.Box(x, w, 0)
	s.Y++
	s.Centre(SizeSmall, caption)
	s.Y++
	return nil
}

// widen is a width in pixels that no other picture of the sheet has, at least width; the rest stays white. fpdf
// writes pictures in the order of their widths and those of one width in any order, and the same sheet must give the
// same bytes.
func (s *Sheet) widen(width int) int {
	for s.widths[width] {
		width++
	}
	if s.widths == nil {
		s.widths = map[int]bool{}
	}
	s.widths[width] = true
	return width
}

// paint draws a page's pictures.
func (p page) paint(pdf *fpdf.Fpdf) {
	options := fpdf.ImageOptions{ImageType: "PNG"}
	for _, i := range p.pictures {
		name := fmt.Sprintf("%x", sha256.Sum256(i.png))
		pdf.RegisterImageOptionsReader(name, options, bytes.NewReader(i.png))
		pdf.ImageOptions(name, i.x, i.y, i.width, i.height, false, options, 0, "")
	}
}

// Package overlay writes text into pictures: time, number and place, white on a darkened box.
package overlay

import (
	"fmt"
	"image"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

const (
	white     = 235 // luma of text: the brightest of video range
	maxGlyphs = 4096
	maxLines  = 16
	maxHeight = 400
)

// Pen writes text of one size. Glyphs and whole lines are kept, so that a line that changes once a second
// costs next to nothing in between. A Pen may be used by several goroutines.
type Pen struct {
	mu     sync.Mutex
	face   font.Face
	height int // of a line with its margins, even
	base   int // base line below the line's top
	margin int
	glyphs map[rune]glyph
	lines  map[string]line
}

// glyph is a rendered character; mask has one byte of coverage for each pixel.
type glyph struct {
	mask          []byte
	width, height int
	left, top     int // of the mask, from the pen's place on the base line
	advance       fixed.Int26_6
}

// line is rendered text with its margins; width is even, mask has width x height bytes.
type line struct {
	mask  []byte
	width int
}

// New makes a pen from an OpenType or TrueType font whose characters are pixelHeight high from ascent to
// descent. The font's bytes are kept.
func New(ttf []byte, pixelHeight int) (*Pen, error) {
	if pixelHeight < 6 || pixelHeight > maxHeight {
		return nil, fmt.Errorf("make pen: text %d pixels high", pixelHeight)
	}
	f, err := opentype.Parse(ttf)
	if err != nil {
		return nil, fmt.Errorf("make pen: read font: %w", err)
	}
	// A face's size is that of its em square; text is measured once to find the size that fits.
	face, err := open(f, float64(pixelHeight))
	if err != nil {
		return nil, err
	}
	m := face.Metrics()
	face, err = open(f, float64(pixelHeight*pixelHeight*64)/float64(max(m.Ascent+m.Descent, 64)))
	if err != nil {
		return nil, err
	}
	return newPen(face, pixelHeight), nil
}

func open(f *opentype.Font, size float64) (font.Face, error) {
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("make pen: %w", err)
	}
	return face, nil
}

func newPen(face font.Face, pixelHeight int) *Pen {
	margin := pixelHeight/6 + 1
	return &Pen{
		face:   face,
		height: even(pixelHeight + 2*margin),
		base:   margin + face.Metrics().Ascent.Round(),
		margin: margin,
		glyphs: map[rune]glyph{},
		lines:  map[string]line{},
	}
}

func even(n int) int { return (n + 1) &^ 1 }

// Size gives the box text will take, in pixels.
func (p *Pen) Size(text string) (width, height int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.line(text).width, p.height
}

// Draw writes text into a 4:2:0 picture with the box's upper left corner at x, y, rounded down to even
// numbers. What lies outside the picture is not drawn.
func (p *Pen) Draw(img *image.YCbCr, x, y int, text string) {
	if text == "" || img.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		return
	}
	p.mu.Lock()
	l := p.line(text)
	p.mu.Unlock()
	x, y = x&^1, y&^1
	box := image.Rect(x, y, x+l.width, y+p.height).Intersect(img.Rect)
	if box.Empty() {
		return
	}
	for row := box.Min.Y; row < box.Max.Y; row++ {
		dst := img.Y[img.YOffset(box.Min.X, row):][:box.Dx()]
		ink(dst, l.mask[(row-y)*l.width+box.Min.X-x:])
	}
	for row := box.Min.Y; row < box.Max.Y; row += 2 {
		c := img.COffset(box.Min.X, row)
		n := (box.Dx() + 1) / 2
		fade(img.Cb[c:][:n])
		fade(img.Cr[c:][:n])
	}
}

// ink darkens the picture to a quarter and lays white over it where the mask covers.
func ink(dst, mask []byte) {
	mask = mask[:len(dst)]
	for i, a := range mask {
		switch shade := uint32(dst[i]) >> 2; a {
		case 0:
			dst[i] = byte(shade)
		case 255:
			dst[i] = white
		default:
			dst[i] = byte((shade*uint32(255-a) + white*uint32(a)) / 255)
		}
	}
}

// fade takes three quarters of the colour away.
func fade(dst []byte) {
	for i, c := range dst {
		dst[i] = byte(96 + uint32(c)>>2)
	}
}

// line renders text, or finds it rendered.
func (p *Pen) line(text string) line {
	if l, ok := p.lines[text]; ok {
		return l
	}
	var advance fixed.Int26_6
	for _, r := range text {
		advance += p.glyph(r).advance
	}
	l := line{width: even(advance.Ceil() + 2*p.margin)}
	l.mask = make([]byte, l.width*p.height)
	dot := fixed.I(p.margin)
	for _, r := range text {
		g := p.glyph(r)
		p.stamp(l, g, dot.Round()+g.left, p.base+g.top)
		dot += g.advance
	}
	if len(p.lines) >= maxLines {
		clear(p.lines)
	}
	p.lines[text] = l
	return l
}

// stamp lays a glyph into a line; the brighter wins where two touch.
func (p *Pen) stamp(l line, g glyph, x, y int) {
	for row := range g.height {
		if y+row < 0 || y+row >= p.height {
			continue
		}
		for col := range g.width {
			if at := x + col; at >= 0 && at < l.width {
				d := &l.mask[(y+row)*l.width+at]
				*d = max(*d, g.mask[row*g.width+col])
			}
		}
	}
}

// glyph renders a character, or finds it rendered. A character the font lacks is the font's empty box.
func (p *Pen) glyph(r rune) glyph {
	if g, ok := p.glyphs[r]; ok {
		return g
	}
	var g glyph
	rect, mask, at, advance, ok := p.face.Glyph(fixed.Point26_6{}, r)
	if ok || !rect.Empty() {
		g = glyph{width: rect.Dx(), height: rect.Dy(), left: rect.Min.X, top: rect.Min.Y, advance: advance}
		g.mask = make([]byte, g.width*g.height)
		for i := range g.mask {
			_, _, _, a := mask.At(at.X+i%g.width, at.Y+i/g.width).RGBA()
			g.mask[i] = byte(a >> 8)
		}
	}
	if len(p.glyphs) >= maxGlyphs {
		clear(p.glyphs)
	}
	p.glyphs[r] = g
	return g
}

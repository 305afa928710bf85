package control

import (
	"unicode"

	"fyne.io/fyne/v2"
)

// ruler knows how wide characters are in one size and style.
type ruler struct {
	size   float32
	style  fyne.TextStyle
	han    float32 // all Chinese characters are as wide as one
	height float32 // of a line
	known  map[rune]float32
}

// set makes the ruler one for a size and style.
func (r *ruler) set(size float32, style fyne.TextStyle) {
	if r.known != nil && r.size == size && r.style == style {
		return
	}
	r.size, r.style, r.known = size, style, map[rune]float32{}
	line := fyne.MeasureText("中", size, style)
	r.han, r.height = line.Width, line.Height
}

func (r *ruler) advance(c rune) float32 {
	if c >= 0x4e00 && c <= 0x9fff || unicode.Is(unicode.Han, c) {
		return r.han
	}
	w, ok := r.known[c]
	if !ok {
		w = fyne.MeasureText(string(c), r.size, r.style).Width
		r.known[c] = w
	}
	return w
}

// width is that of a stretch of one line, as it is drawn.
func (r *ruler) width(text []rune) float32 {
	if len(text) == 0 {
		return 0
	}
	return fyne.MeasureText(string(text), r.size, r.style).Width
}

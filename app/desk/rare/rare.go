// Package rare keeps rare characters out of the window's font until one is to be shown.
//
// Fyne decodes every outline of a font before it draws a letter: of the 30,000 in ours that takes 90 ms and 45 MB, once for
// each style of text. A third of them are enough for nearly every window.
package rare

import (
	"unicode"

	"fyne.io/fyne/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// first is the first character that may be rare.
const first = 0x3400

// Common are the characters of a window's font, as bits.
type Common [0x10000 / 64]uint64

// NewCommon knows all characters but the Chinese ones that GB 2312 lacks, those beyond U+FFFF, and those that choose
// between forms of another.
func NewCommon() *Common {
	var c Common
	for r := rune(0); r < 0x10000; r++ {
		if r < first || !unicode.In(r, unicode.Han, unicode.Variation_Selector) {
			c.add(r)
		}
	}
	var codes []byte
	for row := byte(0xb0); row <= 0xf7; row++ {
		for cell := byte(0xa1); cell <= 0xfe; cell++ {
			codes = append(codes, row, cell)
		}
	}
	chinese, err := simplifiedchinese.GBK.NewDecoder().Bytes(codes)
	if err != nil {
		return &c // the decoder puts U+FFFD for what it does not know
	}
	for _, r := range string(chinese) {
		c.add(r)
	}
	return &c
}

func (c *Common) add(r rune) { c[r/64] |= 1 << (r % 64) }

// Has reports whether a character is in the window's font from the beginning.
func (c *Common) Has(r rune) bool {
	return r >= 0 && r < 0x10000 && c[r/64]&(1<<(r%64)) != 0
}

// Theme is a theme whose font may lack rare characters.
type Theme interface {
	fyne.Theme
	Lacks(rune) bool
	Whole() fyne.Theme // the same with all characters
}

// See turns the window to the whole font if a text, which is about to be shown, needs it. Whatever shows a text calls it,
// on the window's goroutine.
func See(text string) {
	for _, r := range text {
		if r < first {
			continue
		}
		settings := fyne.CurrentApp().Settings()
		if t, ok := settings.Theme().(Theme); !ok {
			return
		} else if t.Lacks(r) {
			fyne.Do(func() { // after what is being drawn now
				if t, ok := settings.Theme().(Theme); ok && t.Lacks(r) {
					settings.SetTheme(t.Whole())
				}
			})
			return
		}
	}
}

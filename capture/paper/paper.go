// Package paper lays text out on printed sheets and makes a PDF of them.
//
// Text is laid out first, by this package; the PDF library then only draws it, with a font cut down to the
// characters in use. Characters beyond U+FFFF, which the library does not know, are drawn under private codes,
// and the file's own table from codes to characters says what they truly are.
package paper

import (
	"bytes"
	"fmt"
	"time"

	"github.com/go-pdf/fpdf"
)

// PDF gives the laid out pages. The same text, title and moment give the same bytes.
func (s *Sheet) PDF(title string, made time.Time) ([]byte, error) {
	raw, err := s.draw(title, made)
	if err != nil {
		return nil, fmt.Errorf("draw the paper: %w", err)
	}
	return nameCodes(raw, s.script.runes)
}

// draw puts the pages into a PDF.
func (s *Sheet) draw(title string, made time.Time) ([]byte, error) {
	p := fpdf.New("P", "mm", "A4", "")
	p.SetAutoPageBreak(false, 0)
	p.SetCatalogSort(true)
	p.SetCreationDate(made)
	p.SetModificationDate(made)
	p.SetProducer("Minglu", false)
	p.SetTitle(plain(title), true)
	p.AddUTF8FontFromBytes("minglu", "", s.script.face.cut(s.script.glyphs))
	p.SetFont("minglu", "", SizeBody)
	for _, page := range s.pages {
		p.AddPage()
		page.paint(p)
		for _, r := range page.rules {
			p.SetLineWidth(r.width)
			p.Line(r.x1, r.y1, r.x2, r.y2)
		}
		for _, w := range page.words {
			p.SetFontSize(w.size)
			p.Text(w.x, w.y, w.text)
		}
	}
	var b bytes.Buffer
	err := p.Output(&b)
	return b.Bytes(), err
}

// plain leaves only characters that the library can put into a document's title.
func plain(s string) string {
	var b bytes.Buffer
	for _, r := range s {
		if r > 0xffff {
			r = '〓'
		}
		b.WriteRune(r)
	}
	return b.String()
}

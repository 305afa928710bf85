// Package pdf prints the written record on the prescribed form.
//
// The paper is a function of transcript.json alone: the same record gives the same bytes on every machine.
// Text is laid out first, by this package; the PDF library then only draws it, with a font cut down to the
// characters in use. Characters beyond U+FFFF, which the library does not know, are drawn under private codes,
// and the file's own table from codes to characters says what they truly are.
package pdf

import (
	"bytes"
	"fmt"
	"time"

	"github.com/go-pdf/fpdf"

	"minglu/assets"
	"minglu/capture/evidence"
	"minglu/capture/transcript"
)

// Render gives data/transcript.pdf.
func Render(t transcript.Transcript) ([]byte, error) {
	return render(t, func(transcript.Labels) string { return "" })
}

// Draft gives the paper of a record that is not sealed. Each page says that it is unsigned: while it is written it is
// a draft, and once the person reads it, reading, it is the paper to be read and signed.
func Draft(t transcript.Transcript, reading bool) ([]byte, error) {
	return render(t, func(l transcript.Labels) string {
		if reading {
			return l.Unsigned
		}
		return l.Draft
	})
}

// render prints the record; what stamp says stands on every page.
func render(t transcript.Transcript, stamp func(transcript.Labels) string) ([]byte, error) {
	labels, err := transcript.Prescribed(t.Language)
	if err != nil {
		return nil, err
	}
	face, err := openFace(assets.Font)
	if err != nil {
		return nil, err
	}
	script := newScript(face)
	f := form{t: t, l: labels, sheet: newSheet(script), stamp: stamp(labels)}
	f.write()
	raw, err := draw(f.sheet, labels.Title+" "+t.Recording.ID, f.made())
	if err != nil {
		return nil, fmt.Errorf("print transcript %s: %w", t.Recording.ID, err)
	}
	if raw, err = nameCodes(raw, script.runes); err != nil {
		return nil, fmt.Errorf("print transcript %s: %w", t.Recording.ID, err)
	}
	return raw, nil
}

// draw puts the laid out pages into a PDF.
func draw(s *sheet, title string, made time.Time) ([]byte, error) {
	p := fpdf.New("P", "mm", "A4", "")
	p.SetAutoPageBreak(false, 0)
	p.SetCatalogSort(true)
	p.SetCreationDate(made)
	p.SetModificationDate(made)
	p.SetProducer("Minglu", false)
	p.SetTitle(plain(title), true)
	p.AddUTF8FontFromBytes("minglu", "", s.script.face.cut(s.script.glyphs))
	p.SetFont("minglu", "", sizeBody)
	for _, page := range s.pages {
		p.AddPage()
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

// made is the moment the paper carries: the end of the questioning, or its beginning.
func (f form) made() time.Time {
	for _, written := range []string{f.t.Form.End, f.t.Recording.Start, f.t.Form.Start} {
		if t, err := evidence.ParseTime(written); err == nil {
			return t
		}
	}
	return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
}

package pdf

import (
	"fmt"
	"time"

	"minglu/assets"
)

// List is a paper with a heading, facts under it and a table: for what is printed beside transcripts.
type List struct {
	Title  string
	Facts  [][2]string // label, text
	Head   []string    // of the columns
	Widths []float64   // of the columns, millimetres; their sum is the paper's width between its margins
	Rows   [][]string
	Note   string
	Made   time.Time
}

// ListWidth is what the columns of a List share, in millimetres.
const ListWidth = right - left

// RenderList prints a list. The same list gives the same bytes.
func RenderList(l List) ([]byte, error) {
	face, err := openFace(assets.Font)
	if err != nil {
		return nil, err
	}
	s := newSheet(newScript(face))
	s.centre(sizeTitle, l.Title)
	s.y += 3
	for _, f := range l.Facts {
		s.paragraph(sizeBody, f[0], f[1])
	}
	s.y += 3
	cells := func(texts []string, label bool) []cell {
		var row []cell
		for i, t := range texts {
			row = append(row, cell{width: l.Widths[i], text: t, label: label || i == 0})
		}
		return row
	}
	s.row(cells(l.Head, true)...)
	for _, r := range l.Rows {
		s.row(cells(r, false)...)
	}
	s.y += 3
	s.paragraph(sizeSmall, "", l.Note)
	raw, err := draw(s, l.Title, l.Made)
	if err == nil {
		raw, err = nameCodes(raw, s.script.runes)
	}
	if err != nil {
		return nil, fmt.Errorf("print %s: %w", l.Title, err)
	}
	return raw, nil
}

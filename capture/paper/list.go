package paper

import (
	"fmt"
	"time"
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
const ListWidth = Right - Left

// RenderList prints a list. The same list gives the same bytes.
func RenderList(l List) ([]byte, error) {
	s, err := New()
	if err != nil {
		return nil, err
	}
	s.Centre(SizeTitle, l.Title)
	s.Y += 3
	for _, f := range l.Facts {
		s.Paragraph(SizeBody, f[0], f[1])
	}
	s.Y += 3
	cells := func(texts []string, label bool) []Cell {
		var row []Cell
		for i, t := range texts {
			row = append(row, Cell{Width: l.Widths[i], Text: t, Label: label || i == 0})
		}
		return row
	}
	s.Row(cells(l.Head, true)...)
	for _, r := range l.Rows {
		s.Row(cells(r, false)...)
	}
	s.Y += 3
	s.Paragraph(SizeSmall, "", l.Note)
	raw, err := s.PDF(l.Title, l.Made)
	if err != nil {
		return nil, fmt.Errorf("print %s: %w", l.Title, err)
	}
	return raw, nil
}

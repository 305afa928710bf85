package paper

import (
	"slices"

	"minglu/assets"
)

// The sheet: A4 upright, millimetres from the top left corner. The left margin is the wider, for binding.
const (
	paperWidth, paperHeight = 210.0, 297.0
	Left, Right             = 26.0, 188.0
	Top, Bottom             = 22.0, 252.0 // of what is written; below lie the signature lines
	Point                   = 25.4 / 72
)

// Sizes of text in points.
const (
	SizeTitle = 19.0
	SizeHead  = 13.0
	SizeBody  = 12.0
	SizeTable = 10.5
	SizeSmall = 9.0
	SizeTiny  = 7.0
)

// word is encoded text with its left end on a baseline.
type word struct {
	x, y, size float64
	text       string
}

// rule is a straight line.
type rule struct{ x1, y1, x2, y2, width float64 }

type page struct {
	words    []word
	rules    []rule
	pictures []picture
}

// Sheet lays text out on pages from top to bottom; Y, in millimetres, is where the next thing goes.
type Sheet struct {
	Y      float64
	script *script
	pages  []page
	widths map[int]bool // of pictures, in pixels; see widen
}

// New is an empty sheet that writes with the font of package assets.
func New() (*Sheet, error) {
	face, err := openFace(assets.Font)
	if err != nil {
		return nil, err
	}
	return &Sheet{script: newScript(face), pages: []page{{}}, Y: Top}, nil
}

func (s *Sheet) now() *page { return &s.pages[len(s.pages)-1] }

// Turn begins a new page.
func (s *Sheet) Turn() {
	s.pages = append(s.pages, page{})
	s.Y = Top
}

// Need turns the page if less than height is left on it.
func (s *Sheet) Need(height float64) {
	if s.Y+height > Bottom {
		s.Turn()
	}
}

// Line is the height, in millimetres, of a line of text of a size.
func Line(size float64) float64 { return size * Point * 1.62 }

// Write puts text into a line whose upper edge is y.
func (s *Sheet) Write(x, y, size float64, text string) { s.put(x, y, size, s.script.encode(text)) }

// Middle writes a short line in the middle between Left and Right.
func (s *Sheet) Middle(y, size float64, text string) {
	encoded := s.script.encode(text)
	s.put((Left+Right-s.script.width(encoded)*size*Point)/2, y, size, encoded)
}

// put writes text that is encoded already.
func (s *Sheet) put(x, y, size float64, encoded string) {
	if encoded != "" {
		s.now().words = append(s.now().words, word{x, y + Line(size)*0.5 + size*Point*0.36, size, encoded})
	}
}

// Centre writes a line in the middle between left and right, broken if it is too long.
func (s *Sheet) Centre(size float64, text string) {
	for _, l := range s.script.wrap(text, (Right-Left)/(size*Point)) {
		s.Need(Line(size))
		s.put((Left+Right-s.script.width(l)*size*Point)/2, s.Y, size, l)
		s.Y += Line(size)
	}
}

// Flush writes a line that ends at Right.
func (s *Sheet) Flush(y, size float64, text string) {
	encoded := s.script.encode(text)
	s.put(Right-s.script.width(encoded)*size*Point, y, size, encoded)
}

// Paragraph writes text over the width behind a label on its first line; the other lines hang under the text.
func (s *Sheet) Paragraph(size float64, label, text string) {
	label = s.script.encode(label)
	indent := s.script.width(label) * size * Point
	for i, l := range s.script.wrap(text, (Right-Left-indent)/(size*Point)) {
		s.Need(Line(size))
		if i == 0 {
			s.put(Left, s.Y, size, label)
		}
		s.put(Left+indent, s.Y, size, l)
		s.Y += Line(size)
	}
}

// Heading writes a short title that stays with what follows it.
func (s *Sheet) Heading(text string) {
	s.Y += 2
	s.Need(Line(SizeHead) + 2*Line(SizeBody))
	s.Paragraph(SizeHead, "", text)
	s.Y++
}

// Cell is one field of a row: width in millimetres, text; a label is set in the middle.
type Cell struct {
	Width float64
	Text  string
	Label bool
}

const cellPad = 1.6

// Row draws a row of a table over the whole width. A row too tall for what is left goes on upon the next page.
func (s *Sheet) Row(cells ...Cell) {
	lines := make([][]string, len(cells))
	rest := 0
	for i, c := range cells {
		lines[i] = s.script.wrap(c.Text, (c.Width-2*cellPad)/(SizeTable*Point))
		rest = max(rest, len(lines[i]))
	}
	height := Line(SizeTable)
	s.Need(float64(min(rest, 2))*height + 2*cellPad)
	for from := 0; from < rest; {
		n := min(rest-from, int((Bottom-s.Y-2*cellPad)/height))
		if n < 1 {
			s.Turn()
			continue
		}
		s.rowPart(cells, lines, from, n)
		if from += n; from < rest {
			s.Turn()
		}
	}
}

// rowPart draws the lines from … from+n of a row's cells and the rules around them.
func (s *Sheet) rowPart(cells []Cell, lines [][]string, from, n int) {
	height := float64(n)*Line(SizeTable) + 2*cellPad
	x := Left
	s.Box(x, 0, height)
	for i, c := range cells {
		shown := lines[i][min(from, len(lines[i])):min(from+n, len(lines[i]))]
		y := s.Y + (height-float64(len(shown))*Line(SizeTable))/2
		for _, l := range shown {
			at := x + cellPad
			if c.Label {
				at = x + (c.Width-s.script.width(l)*SizeTable*Point)/2
			}
			s.put(at, y, SizeTable, l)
			y += Line(SizeTable)
		}
		x += c.Width
		s.Box(x, 0, height)
	}
	s.Box(Left, Right-Left, 0)
	s.Y += height
	s.Box(Left, Right-Left, 0)
}

// Box draws one edge from (x, y) by a width or a height.
func (s *Sheet) Box(x, width, height float64) {
	edge := rule{x, s.Y, x + width, s.Y + height, 0.2}
	if !slices.Contains(s.now().rules, edge) {
		s.now().rules = append(s.now().rules, edge)
	}
}

// Edges writes on each page what f puts there; number counts from 1.
func (s *Sheet) Edges(f func(number, pages int)) {
	all := s.pages
	for i := range all {
		s.pages = all[:i+1] // now() is the page being edged
		f(i+1, len(all))
	}
	s.pages = all
}

package pdf

import "slices"

// The sheet: A4 upright, millimetres from the top left corner. The left margin is the wider, for binding.
const (
	paperWidth, paperHeight = 210.0, 297.0
	left, right             = 26.0, 188.0
	top, bottom             = 22.0, 252.0 // of what is written; below lie the signature lines
	point                   = 25.4 / 72
)

// Sizes of text in points.
const (
	sizeTitle = 19.0
	sizeHead  = 13.0
	sizeBody  = 12.0
	sizeTable = 10.5
	sizeSmall = 9.0
	sizeTiny  = 7.0
)

// word is encoded text with its left end on a baseline.
type word struct {
	x, y, size float64
	text       string
}

// rule is a straight line.
type rule struct{ x1, y1, x2, y2, width float64 }

type page struct {
	words []word
	rules []rule
}

// sheet lays text out on pages from top to bottom; y is where the next thing goes.
type sheet struct {
	script *script
	pages  []page
	y      float64
}

func newSheet(s *script) *sheet {
	return &sheet{script: s, pages: []page{{}}, y: top}
}

func (s *sheet) now() *page { return &s.pages[len(s.pages)-1] }

func (s *sheet) turn() {
	s.pages = append(s.pages, page{})
	s.y = top
}

// need turns the page if less than height is left on it.
func (s *sheet) need(height float64) {
	if s.y+height > bottom {
		s.turn()
	}
}

// line is the height of a line of text of a size.
func line(size float64) float64 { return size * point * 1.62 }

// write puts encoded text into a line whose upper edge is y.
func (s *sheet) write(x, y, size float64, encoded string) {
	if encoded != "" {
		s.now().words = append(s.now().words, word{x, y + line(size)*0.5 + size*point*0.36, size, encoded})
	}
}

// centre writes a line in the middle between left and right, broken if it is too long.
func (s *sheet) centre(size float64, text string) {
	for _, l := range s.script.wrap(text, (right-left)/(size*point)) {
		s.need(line(size))
		s.write((left+right-s.script.width(l)*size*point)/2, s.y, size, l)
		s.y += line(size)
	}
}

// flush writes a line that ends at right.
func (s *sheet) flush(y, size float64, text string) {
	encoded := s.script.encode(text)
	s.write(right-s.script.width(encoded)*size*point, y, size, encoded)
}

// paragraph writes text over the width behind a label on its first line; the other lines hang under the text.
func (s *sheet) paragraph(size float64, label, text string) {
	label = s.script.encode(label)
	indent := s.script.width(label) * size * point
	for i, l := range s.script.wrap(text, (right-left-indent)/(size*point)) {
		s.need(line(size))
		if i == 0 {
			s.write(left, s.y, size, label)
		}
		s.write(left+indent, s.y, size, l)
		s.y += line(size)
	}
}

// heading writes a short title that stays with what follows it.
func (s *sheet) heading(text string) {
	s.y += 2
	s.need(line(sizeHead) + 2*line(sizeBody))
	s.paragraph(sizeHead, "", text)
	s.y++
}

// cell is one field of a row: width in millimetres, text; a label is set in the middle.
type cell struct {
	width float64
	text  string
	label bool
}

const cellPad = 1.6

// row draws a row of a table over the whole width. A row too tall for what is left goes on upon the next page.
func (s *sheet) row(cells ...cell) {
	lines := make([][]string, len(cells))
	rest := 0
	for i, c := range cells {
		lines[i] = s.script.wrap(c.text, (c.width-2*cellPad)/(sizeTable*point))
		rest = max(rest, len(lines[i]))
	}
	height := line(sizeTable)
	s.need(float64(min(rest, 2))*height + 2*cellPad)
	for from := 0; from < rest; {
		n := min(rest-from, int((bottom-s.y-2*cellPad)/height))
		if n < 1 {
			s.turn()
			continue
		}
		s.rowPart(cells, lines, from, n)
		if from += n; from < rest {
			s.turn()
		}
	}
}

// rowPart draws the lines from … from+n of a row's cells and the rules around them.
func (s *sheet) rowPart(cells []cell, lines [][]string, from, n int) {
	height := float64(n)*line(sizeTable) + 2*cellPad
	x := left
	s.box(x, 0, height)
	for i, c := range cells {
		shown := lines[i][min(from, len(lines[i])):min(from+n, len(lines[i]))]
		y := s.y + (height-float64(len(shown))*line(sizeTable))/2
		for _, l := range shown {
			at := x + cellPad
			if c.label {
				at = x + (c.width-s.script.width(l)*sizeTable*point)/2
			}
			s.write(at, y, sizeTable, l)
			y += line(sizeTable)
		}
		x += c.width
		s.box(x, 0, height)
	}
	s.box(left, right-left, 0)
	s.y += height
	s.box(left, right-left, 0)
}

// box draws one edge from (x, y) by a width or a height.
func (s *sheet) box(x, width, height float64) {
	edge := rule{x, s.y, x + width, s.y + height, 0.2}
	if !slices.Contains(s.now().rules, edge) {
		s.now().rules = append(s.now().rules, edge)
	}
}

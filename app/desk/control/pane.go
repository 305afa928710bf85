package control

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"minglu/app/desk/edit"
)

// pane is the part of a field's text that is seen. Its rows are whole, so that nothing need be cut off.
type pane struct {
	f      *Field
	own    ruler
	size   fyne.Size // of the field
	shown  []rune    // the text with what is being composed in it
	lines  []edit.Line
	top    int  // first row seen; in one line the first character
	follow bool // the caret is to be brought into sight
}

func (p *pane) ruler() *ruler {
	r := &p.own
	if p.f.in != nil && p.f.Style == (fyne.TextStyle{}) {
		r = &p.f.in.ruler
	}
	r.set(p.f.Theme().Size(theme.SizeNameText), p.f.Style)
	return r
}

func (p *pane) padding() float32 { return p.f.Theme().Size(theme.SizeNameInnerPadding) }

// resize notes a new size and reports whether it is one.
func (p *pane) resize(size fyne.Size) bool {
	if p.size == size {
		return false
	}
	p.follow = p.follow || p.f.focused
	p.size = size
	return true
}

// arrange breaks the text into rows and chooses those that are seen.
func (p *pane) arrange() {
	p.shown = p.f.text.Runes()
	if len(p.f.composed) > 0 {
		p.shown = slices.Insert(slices.Clone(p.shown), p.f.text.Caret(), p.f.composed...)
	}
	if p.f.Conceal {
		p.shown = []rune(strings.Repeat("●", len(p.shown)))
	}
	r := p.ruler()
	width := max(p.size.Width-2*p.padding(), r.han)
	if p.f.most == 1 {
		p.slide(r, width)
		return
	}
	p.lines = edit.Wrap(p.shown, width, r.advance)
	if p.follow {
		row := edit.Row(p.lines, p.caretAt())
		p.top = min(max(p.top, row-p.room()+1), row)
		p.follow = false
	}
	p.top = max(0, min(p.top, len(p.lines)-p.room()))
}

// slide chooses the stretch of a single line that is seen.
func (p *pane) slide(r *ruler, width float32) {
	caret := p.caretAt()
	p.top = min(p.top, caret)
	for p.top < caret && r.width(p.shown[p.top:caret]) > width {
		p.top++
	}
	left := width
	for p.top > 0 { // no empty end while there is more at the beginning
		if left -= r.advance(p.shown[p.top-1]); r.width(p.shown[p.top:]) > left {
			break
		}
		p.top--
	}
	to, at := p.top, float32(0)
	for to < len(p.shown) && at+r.advance(p.shown[to]) <= width {
		at += r.advance(p.shown[to])
		to++
	}
	p.lines, p.follow = []edit.Line{{From: p.top, To: to}}, false
}

// room is how many rows can be seen.
func (p *pane) room() int {
	if p.f.most == 1 {
		return 1
	}
	fit := int((p.size.Height - 2*p.padding() + 1) / p.ruler().height)
	return max(1, p.f.rows, min(fit, max(p.f.most, p.f.rows)), min(len(p.lines), p.f.most))
}

// seen are the rows that are drawn.
func (p *pane) seen() []edit.Line {
	if p.f.most == 1 {
		return p.lines
	}
	return p.lines[p.top:min(len(p.lines), p.top+p.room())]
}

func (p *pane) scroll(rows int) {
	p.top = max(0, min(p.top+rows, len(p.lines)-p.room()))
}

func (p *pane) minSize() fyne.Size {
	r := p.ruler()
	rows := p.f.rows
	if p.f.most > p.f.rows {
		rows = min(max(len(p.lines), p.f.rows), p.f.most)
	}
	return fyne.NewSize(2*p.padding()+4*r.han, 2*p.padding()+float32(rows)*r.height)
}

// caretAt is the caret's place in what is shown.
func (p *pane) caretAt() int {
	at := p.f.text.Caret()
	if n := len(p.f.composed); n > 0 {
		at += min(p.f.inside, n)
	}
	return at
}

// textAt turns a place in what is shown into one in the text.
func (p *pane) textAt(at int) int {
	caret := p.f.text.Caret()
	if at <= caret {
		return at
	}
	return max(caret, at-len(p.f.composed))
}

func (p *pane) rowOf(at int) int {
	if p.f.most == 1 || len(p.lines) == 0 {
		return 0
	}
	return edit.Row(p.lines, at)
}

// spot is where a place in what is shown lies in the field.
func (p *pane) spot(at int) fyne.Position {
	if len(p.lines) == 0 {
		return fyne.NewSquareOffsetPos(p.padding())
	}
	r, row := p.ruler(), p.rowOf(at)
	line := p.lines[row]
	at = min(max(at, line.From), line.To)
	y := float32(row)
	if p.f.most > 1 {
		y -= float32(p.top)
	}
	return fyne.NewPos(p.padding()+r.width(p.shown[line.From:at]), p.padding()+y*r.height)
}

func (p *pane) caret() (fyne.Position, fyne.Size) {
	return p.spot(p.caretAt()), fyne.NewSize(2, p.ruler().height)
}

// hit finds the place in the text under a point of the field.
func (p *pane) hit(at fyne.Position) int {
	if len(p.lines) == 0 {
		return 0
	}
	row := 0
	if p.f.most > 1 {
		row = p.top + int((at.Y-p.padding())/p.ruler().height)
	}
	return p.textAt(p.nearest(min(max(row, 0), len(p.lines)-1), at.X-p.padding()))
}

// nearest finds the place in a row that lies nearest to x.
func (p *pane) nearest(row int, x float32) int {
	r, line := p.ruler(), p.lines[row]
	at := float32(0)
	for i := line.From; i < line.To; i++ {
		w := r.advance(p.shown[i])
		if at+w/2 >= x {
			return i
		}
		at += w
	}
	if line.To > line.From && line.To < len(p.shown) && p.shown[line.To] != '\n' && p.f.most > 1 {
		return line.To - 1 // the place behind the last character is in the next row
	}
	return line.To
}

// rowStart and rowEnd are the ends of the row a place of the text is in.
func (p *pane) rowStart(at int) int {
	if p.f.most == 1 || len(p.lines) == 0 {
		return 0
	}
	return p.lines[p.rowOf(at)].From
}

func (p *pane) rowEnd(at int) int {
	if p.f.most == 1 || len(p.lines) == 0 {
		return p.f.text.Len()
	}
	row := p.rowOf(at)
	end := p.lines[row].To
	if row+1 < len(p.lines) && p.lines[row+1].From == end {
		end-- // a break without a newline
	}
	return end
}

// vertical goes rows up or down, towards the column the walk began in.
func (p *pane) vertical(name fyne.KeyName, at int, goal float32) (int, float32) {
	if goal < 0 {
		goal = p.spot(at).X - p.padding()
	}
	by := map[fyne.KeyName]int{
		fyne.KeyUp: -1, fyne.KeyDown: 1, fyne.KeyPageUp: -p.room(), fyne.KeyPageDown: p.room(),
	}[name]
	row := p.rowOf(at) + by
	switch {
	case row < 0:
		return 0, goal
	case row >= len(p.lines):
		return p.f.text.Len(), goal
	}
	return p.nearest(row, goal), goal
}

// AtTop and AtBottom report whether the caret is in the first or the last row.
func (f *Field) AtTop() bool { return f.pane.rowOf(f.text.Caret()) == 0 }

// AtBottom reports whether the caret is in the last row.
func (f *Field) AtBottom() bool { return f.pane.rowOf(f.text.Caret()) >= len(f.pane.lines)-1 }

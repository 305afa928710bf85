package look

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Bar is one bar of a plot: its name, how many, and the colour of the filled part.
type Bar struct {
	Name   string
	N      int
	Colour Colour
}

// Bars is a plot of numbers: lying bars with their names before and their numbers behind, or standing columns with
// the numbers on top.
type Bars struct {
	widget.BaseWidget
	upright bool
	bars    []Bar
}

// NewBars makes a plot of lying bars, NewColumns one of standing columns.
func NewBars() *Bars { return newBars(false) }

// NewColumns makes a plot of standing columns.
func NewColumns() *Bars { return newBars(true) }

func newBars(upright bool) *Bars {
	b := &Bars{upright: upright}
	b.ExtendBaseWidget(b)
	return b
}

// Set shows other numbers.
func (b *Bars) Set(bars []Bar) {
	b.bars = bars
	b.Refresh()
}

// Sizes of a plot.
const (
	barHeight = 24
	barNumber = 52
	column    = 26
)

// MinSize is room for every bar.
func (b *Bars) MinSize() fyne.Size {
	if b.upright {
		return fyne.NewSize(column*float32(max(1, len(b.bars))), 130)
	}
	return fyne.NewSize(3*barNumber, barHeight*float32(max(1, len(b.bars))))
}

// CreateRenderer draws the plot.
func (b *Bars) CreateRenderer() fyne.WidgetRenderer { return &barsDraw{b: b} }

type barsDraw struct {
	b       *Bars
	objects []fyne.CanvasObject
	size    fyne.Size
	names   float32 // width of the names before lying bars
}

// longest is how wide the names are, at most half of the plot.
func (d *barsDraw) longest() (w float32) {
	for _, bar := range d.b.bars {
		w = max(w, fyne.MeasureText(bar.Name, Small, fyne.TextStyle{}).Width)
	}
	return min(w+8, d.size.Width/2)
}

func (d *barsDraw) most() int {
	most := 1
	for _, bar := range d.b.bars {
		most = max(most, bar.N)
	}
	return most
}

func (d *barsDraw) Layout(size fyne.Size) {
	d.size, d.objects = size, nil
	d.names = d.longest()
	most := float32(d.most())
	for i, bar := range d.b.bars {
		if d.b.upright {
			d.column(i, bar, float32(bar.N)/most)
		} else {
			d.lying(i, bar, float32(bar.N)/most)
		}
	}
}

func (d *barsDraw) add(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
	d.objects = append(d.objects, o)
}

func (d *barsDraw) words(text string, size float32, c Colour, align fyne.TextAlign, x, y, w float32) {
	t := Text(Fit(text, w, size), size, c)
	t.Alignment = align
	d.add(t, x, y, w, t.MinSize().Height)
}

func (d *barsDraw) lying(i int, bar Bar, share float32) {
	y := barHeight * float32(i)
	room := d.size.Width - d.names - barNumber
	d.words(bar.Name, Small, Ink, fyne.TextAlignTrailing, 0, y, d.names-8)
	if bar.N > 0 {
		d.add(canvas.NewRectangle(bar.Colour), d.names, y+5, max(2, room*share), barHeight-9)
	}
	d.words(strconv.Itoa(bar.N), Small, Ink, fyne.TextAlignLeading, d.names+room*share+6, y, barNumber)
}

func (d *barsDraw) column(i int, bar Bar, share float32) {
	w := d.size.Width / float32(len(d.b.bars))
	x, foot, head := w*float32(i), float32(22), float32(20)
	room := d.size.Height - foot - head
	h := room * share
	if bar.N > 0 {
		d.add(canvas.NewRectangle(bar.Colour), x+2, head+room-h, w-4, max(2, h))
		d.words(strconv.Itoa(bar.N), Small, Ink, fyne.TextAlignCenter, x, head+room-h-19, w)
	}
	d.add(canvas.NewRectangle(Line), x, head+room, w, 1)
	d.words(bar.Name, Small, Faint, fyne.TextAlignCenter, x, head+room+2, w)
}

func (d *barsDraw) MinSize() fyne.Size { return d.b.MinSize() }

func (d *barsDraw) Refresh() {
	d.Layout(d.b.Size())
	canvas.Refresh(d.b)
}

func (d *barsDraw) Objects() []fyne.CanvasObject { return d.objects }

func (*barsDraw) Destroy() {}

// Fit cuts a text with an ellipsis so that it takes no more than a width.
func Fit(text string, width, size float32) string {
	if fyne.MeasureText(text, size, fyne.TextStyle{}).Width <= width {
		return text // signs beside each other may take less than each alone
	}
	runes := []rune(text)
	at := float32(0)
	for i, r := range runes {
		at += fyne.MeasureText(string(r), size, fyne.TextStyle{}).Width
		if at <= width {
			continue
		}
		for room := width - size; i > 0 && at > room; {
			i--
			at = fyne.MeasureText(string(runes[:i]), size, fyne.TextStyle{}).Width
		}
		return string(runes[:i]) + "…"
	}
	return text
}

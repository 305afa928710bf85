package look

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/edit"
)

// Wrap shows words over as many lines as its width asks for, no more: a label of its own keeps the height of the
// narrowest width it ever had, and begins lines with closing marks.
func Wrap(text string) *fyne.Container { return NewNote(text).Body }

// Note is a few words that come and go, wrapped.
type Note struct {
	Body *fyne.Container
	flow *flow
}

// NewNote makes a note; an empty one is hidden.
func NewNote(text string) *Note {
	n := &Note{flow: newFlow(text)}
	n.Body = container.NewStack(n.flow)
	n.Body.Hidden = text == ""
	return n
}

// Say changes the words; bad ones are red, and say so themselves. None hide the note.
func (n *Note) Say(text string, bad bool) {
	ink := Ink
	if bad {
		ink = Red
	}
	if n.flow.text != text || n.flow.ink != ink {
		n.flow.text, n.flow.ink = text, ink
		n.flow.arrange()
		n.Body.Refresh()
	}
	switch {
	case text == "" && n.Body.Visible():
		n.Body.Hide()
	case text != "" && !n.Body.Visible():
		n.Body.Show()
	}
}

// flow is a text whose lines follow its width.
type flow struct {
	widget.BaseWidget
	text  string
	ink   Colour
	width float32
	lines []fyne.CanvasObject // of *canvas.Text
}

// flowGap lies between two lines, flowEdge above and below all; flowLeast is how narrow a text may be.
const flowGap, flowEdge, flowLeast = 1, 4.5, 120

func newFlow(text string) *flow {
	f := &flow{text: text, ink: Ink}
	f.ExtendBaseWidget(f)
	f.arrange()
	return f
}

// arrange breaks the text anew.
func (f *flow) arrange() {
	runes := []rune(f.text)
	f.lines = nil
	for _, l := range edit.Wrap(runes, f.width, advances(Normal)) {
		f.lines = append(f.lines, Text(strings.TrimLeft(string(runes[l.From:l.To]), " "), Normal, f.ink))
	}
	f.Refresh()
}

// advances measures characters, each once.
func advances(size float32) func(rune) float32 {
	known := map[rune]float32{}
	return func(r rune) float32 {
		w, ok := known[r]
		if !ok {
			w = fyne.MeasureText(string(r), size, fyne.TextStyle{}).Width
			known[r] = w
		}
		return w
	}
}

// Resize breaks the text anew where the width is another.
func (f *flow) Resize(size fyne.Size) {
	if size.Width != f.width {
		f.width = size.Width
		f.arrange()
	}
	f.BaseWidget.Resize(size)
}

// height is that of all lines.
func (f *flow) height() (h float32) {
	for _, l := range f.lines {
		h += l.MinSize().Height + flowGap
	}
	return h
}

// MinSize is narrow, and as high as the text is at the width it had last.
func (f *flow) MinSize() fyne.Size { return fyne.NewSize(flowLeast, f.height()+2*flowEdge) }

// CreateRenderer belongs to fyne.Widget.
func (f *flow) CreateRenderer() fyne.WidgetRenderer { return flowDraw{f} }

type flowDraw struct{ f *flow }

// Layout puts the lines below each other, in the middle of the height.
func (d flowDraw) Layout(size fyne.Size) {
	y := (size.Height - d.f.height()) / 2
	for _, l := range d.f.lines {
		high := l.MinSize().Height
		l.Move(fyne.NewPos(0, y))
		l.Resize(fyne.NewSize(size.Width, high))
		y += high + flowGap
	}
}

func (d flowDraw) MinSize() fyne.Size           { return d.f.MinSize() }
func (d flowDraw) Objects() []fyne.CanvasObject { return d.f.lines }
func (flowDraw) Destroy()                       {}

func (d flowDraw) Refresh() {
	d.Layout(d.f.Size())
	canvas.Refresh(d.f)
}

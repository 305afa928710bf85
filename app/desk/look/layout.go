package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// Columns puts objects side by side, each as wide as its share; Gap lies between them.
type Columns struct {
	Shares []float32
	Gap    float32
}

// Layout places the objects over the full height.
func (c Columns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var whole, x float32
	for _, s := range c.Shares {
		whole += s
	}
	space := size.Width - c.Gap*float32(len(c.Shares)-1)
	for i, o := range objects {
		w := space * c.Shares[i] / whole
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(w, size.Height))
		x += w + c.Gap
	}
}

// MinSize is what the neediest object asks for.
func (c Columns) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var min fyne.Size
	for _, o := range objects {
		m := o.MinSize()
		min.Width += m.Width
		min.Height = max(min.Height, m.Height)
	}
	min.Width += c.Gap * float32(len(objects)-1)
	return min
}

// Aspect gives its object the full width and the height that suits a picture of 16:9.
type Aspect struct{ Least float32 }

// Layout fills the space.
func (Aspect) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	w, h := size.Width, size.Width*9/16
	if h > size.Height {
		w, h = size.Height*16/9, size.Height
	}
	for _, o := range objects {
		o.Move(fyne.NewPos((size.Width-w)/2, (size.Height-h)/2))
		o.Resize(fyne.NewSize(w, h))
	}
}

// MinSize is the least picture.
func (a Aspect) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(a.Least, a.Least*9/16) }

// Least makes an object at least so large.
func Least(w, h float32, o fyne.CanvasObject) fyne.CanvasObject {
	room := canvas.NewRectangle(color.Transparent)
	room.SetMinSize(fyne.NewSize(w, h))
	return container.NewStack(room, o)
}

// Card is a white sheet with a margin.
func Card(o fyne.CanvasObject) fyne.CanvasObject {
	sheet := canvas.NewRectangle(Sheet)
	sheet.StrokeColor, sheet.StrokeWidth, sheet.CornerRadius = Line, 1, 6
	return container.NewStack(sheet, container.New(layout.NewCustomPaddedLayout(8, 8, 12, 12), o))
}

// Section is a card under a heading.
func Section(title string, o fyne.CanvasObject) fyne.CanvasObject {
	return Card(container.NewBorder(Text(title, Large, Ink), nil, nil, nil, o))
}

// Text is one line that is never wrapped.
func Text(s string, size float32, c color.Color) *canvas.Text {
	t := canvas.NewText(s, c)
	t.TextSize = size
	return t
}

// Say changes a line's words and colour, and draws it only if something is new.
func Say(t *canvas.Text, s string, c color.Color) {
	if t.Text == s && t.Color == c {
		return
	}
	t.Text, t.Color = s, c
	t.Refresh()
}

// OneLine is one line of words that is cut with an ellipsis where it does not fit.
func OneLine(s string) *widget.Label {
	l := widget.NewLabel(s)
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

// Tight takes away the margin that a label has, so that words stand closer than fields and buttons.
func Tight(o fyne.CanvasObject) fyne.CanvasObject {
	const margin = -8
	return container.New(layout.NewCustomPaddedLayout(margin, margin, margin, margin), o)
}

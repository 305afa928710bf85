package look

import (
	"fmt"
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/rare"
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

// Column puts objects below one another, each as high as it wants to be at the full width: a text has its
// width before it is asked for its height.
type Column struct{ Gap float32 }

// Layout places the objects.
func (c Column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		if o.Size().Width != size.Width {
			o.Resize(fyne.NewSize(size.Width, o.Size().Height))
		}
		h := o.MinSize().Height
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, h))
		y += h + c.Gap
	}
}

// MinSize is the sum of the heights.
func (c Column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var min fyne.Size
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		min = fyne.NewSize(max(min.Width, m.Width), min.Height+m.Height+c.Gap)
	}
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

// Tower sets a picture of 16:9 on top over the full width, the last object at the bottom, and gives what is
// between them to the second. The picture gives way where the height is short.
type Tower struct{}

// towerLeast is the least height of the middle.
const towerLeast = 140

// Layout places the three objects.
func (Tower) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	const gap = 8
	foot := objects[2].MinSize().Height
	picture := min(size.Width*9/16, size.Height-foot-towerLeast-2*gap)
	y := float32(0)
	for i, h := range []float32{picture, size.Height - picture - foot - 2*gap, foot} {
		objects[i].Move(fyne.NewPos(0, y))
		objects[i].Resize(fyne.NewSize(size.Width, h))
		y += h + gap
	}
}

// MinSize is a small picture and the rest.
func (Tower) MinSize(objects []fyne.CanvasObject) fyne.Size {
	foot := objects[2].MinSize()
	return fyne.NewSize(max(foot.Width, 320), foot.Height+towerLeast+160)
}

// Least makes an object at least so large.
func Least(w, h float32, o fyne.CanvasObject) fyne.CanvasObject {
	room := canvas.NewRectangle(color.Transparent)
	room.SetMinSize(fyne.NewSize(w, h))
	return container.NewStack(room, o)
}

// Card is a margin within a thin frame. It has no ground of its own: software OpenGL paints every large
// rectangle again for each picture of the camera, and two of them cost more than the picture.
func Card(o fyne.CanvasObject) fyne.CanvasObject {
	inside := container.New(layout.NewCustomPaddedLayout(8, 8, 12, 12), o)
	line := func() fyne.CanvasObject { return canvas.NewRectangle(Line) }
	frame := container.New(edges{}, line(), line(), line(), line())
	return container.NewStack(inside, frame)
}

// edges puts four thin lines around.
type edges struct{}

func (edges) Layout(lines []fyne.CanvasObject, size fyne.Size) {
	for i, at := range []struct{ x, y, w, h float32 }{
		{0, 0, size.Width, 1}, {0, size.Height - 1, size.Width, 1}, {0, 0, 1, size.Height}, {size.Width - 1, 0, 1, size.Height},
	} {
		lines[i].Move(fyne.NewPos(at.x, at.y))
		lines[i].Resize(fyne.NewSize(at.w, at.h))
	}
}

func (edges) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// Section is a card under a heading.
func Section(title string, o fyne.CanvasObject) fyne.CanvasObject {
	return Card(container.NewBorder(Text(title, Large, Ink), nil, nil, nil, o))
}

// Length writes a length of time as 1:02:03.
func Length(d time.Duration) string {
	s := int64(d / time.Second)
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// Shorten cuts a text to n characters.
func Shorten(text string, n int) string {
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	return string(r[:n-1]) + "…"
}

// Text is one line that is never wrapped.
func Text(s string, size float32, c color.Color) *canvas.Text {
	rare.See(s)
	t := canvas.NewText(s, c)
	t.TextSize = size
	return t
}

// Say changes a line's words and colour, and draws it only if something is new.
func Say(t *canvas.Text, s string, c color.Color) {
	if t.Text == s && t.Color == c {
		return
	}
	rare.See(s)
	t.Text, t.Color = s, c
	t.Refresh()
}

// OneLine is one line of words that is cut with an ellipsis where it does not fit.
func OneLine(s string) *widget.Label {
	l := Label(s)
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

// Label is a label of which all characters are shown.
func Label(s string) *widget.Label {
	rare.See(s)
	return widget.NewLabel(s)
}

// Set changes a label's words if they are new.
func Set(l *widget.Label, text string) {
	if l.Text != text {
		rare.See(text)
		l.SetText(text)
	}
}

// Tight takes away the margin that a label has, so that words stand closer than fields and buttons.
func Tight(o fyne.CanvasObject) fyne.CanvasObject {
	const margin = -8
	return container.New(layout.NewCustomPaddedLayout(margin, margin, margin, margin), o)
}

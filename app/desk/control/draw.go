package control

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"

	"minglu/app/desk/rare"
)

// drawing is the renderer of a field.
type drawing struct {
	f         *Field
	box       *canvas.Rectangle
	caret     *canvas.Rectangle
	hint      *canvas.Text
	texts     []*canvas.Text
	selection []*canvas.Rectangle
	underline []*canvas.Rectangle
	objects   []fyne.CanvasObject
}

// CreateRenderer belongs to fyne.Widget.
func (f *Field) CreateRenderer() fyne.WidgetRenderer {
	d := &drawing{
		f: f, box: canvas.NewRectangle(color.Transparent), caret: canvas.NewRectangle(color.Transparent),
		hint: canvas.NewText("", color.Transparent),
	}
	d.Refresh()
	return d
}

func (d *drawing) Destroy() {}

func (d *drawing) MinSize() fyne.Size { return d.f.pane.minSize() }

func (d *drawing) Objects() []fyne.CanvasObject { return d.objects }

func (d *drawing) Layout(size fyne.Size) {
	if d.f.pane.resize(size) {
		d.Refresh()
	}
}

// Refresh draws what is seen, and nothing else.
func (d *drawing) Refresh() {
	d.f.pane.arrange()
	rows := d.f.pane.seen()
	d.texts = fitted(d.texts, len(rows), func() *canvas.Text { return canvas.NewText("", color.Transparent) })
	d.selection = fitted(d.selection, len(rows), bar)
	d.underline = fitted(d.underline, len(rows), bar)
	d.colour()
	p := &d.f.pane
	from, to := d.f.text.Selection()
	start := d.f.text.Caret()
	for i, line := range rows {
		text := d.texts[i]
		text.Text = string(p.shown[line.From:line.To])
		rare.See(text.Text)
		text.Move(fyne.NewPos(p.padding(), p.padding()+float32(i)*p.ruler().height))
		text.Resize(text.MinSize())
		d.stretch(d.selection[i], i, from, to, 1, len(d.f.composed) == 0)
		d.stretch(d.underline[i], i, start, start+len(d.f.composed), 0, true)
	}
	at, size := p.caret()
	d.caret.Move(at)
	d.caret.Resize(size)
	row := int((at.Y - p.padding()) / size.Height)
	d.caret.Hidden = !d.f.focused || d.f.Disabled() || at.Y < 0 || row >= len(rows)
	d.collect()
	canvas.Refresh(d.f.self)
}

func bar() *canvas.Rectangle { return canvas.NewRectangle(color.Transparent) }

// fitted makes a list n long, keeping what is there.
func fitted[T any](list []T, n int, more func() T) []T {
	for len(list) < n {
		list = append(list, more())
	}
	return list[:n]
}

// stretch lays a bar over part of a row: the whole height, or the last two points of it.
func (d *drawing) stretch(o *canvas.Rectangle, i, from, to int, whole float32, shown bool) {
	p := &d.f.pane
	line := p.seen()[i]
	from, to = max(from, line.From), min(to, line.To)
	if o.Hidden = !shown || from >= to; o.Hidden {
		return
	}
	r := p.ruler()
	height := max(whole*r.height, 2)
	left, right := r.width(p.shown[line.From:from]), r.width(p.shown[line.From:to])
	o.Move(fyne.NewPos(p.padding()+left, p.padding()+float32(i+1)*r.height-height))
	o.Resize(fyne.NewSize(right-left, height))
}

func (d *drawing) colour() {
	f, th := d.f, d.f.Theme()
	paint := func(name fyne.ThemeColorName) color.Color {
		return th.Color(name, fyne.CurrentApp().Settings().ThemeVariant())
	}
	ink := paint(theme.ColorNameForeground)
	if f.Disabled() && !f.Plain { // what is plain is to be read
		ink = paint(theme.ColorNameDisabled)
	}
	for i, t := range d.texts {
		t.Color, t.TextSize, t.TextStyle = ink, th.Size(theme.SizeNameText), f.Style
		d.selection[i].FillColor = paint(theme.ColorNameSelection)
		d.underline[i].FillColor = paint(theme.ColorNamePrimary)
	}
	d.caret.FillColor = paint(theme.ColorNamePrimary)
	d.hint.Text, d.hint.Color, d.hint.TextSize = f.PlaceHolder, paint(theme.ColorNamePlaceHolder), th.Size(theme.SizeNameText)
	d.hint.Hidden = len(f.pane.shown) > 0
	d.hint.Move(fyne.NewSquareOffsetPos(f.pane.padding()))
	d.box.FillColor, d.box.CornerRadius = paint(theme.ColorNameInputBackground), th.Size(theme.SizeNameInputRadius)
	d.box.StrokeWidth, d.box.StrokeColor = th.Size(theme.SizeNameInputBorder), paint(theme.ColorNameInputBorder)
	if f.focused && !f.Disabled() {
		d.box.StrokeColor = paint(theme.ColorNamePrimary)
	}
	if f.Plain && !f.focused {
		d.box.FillColor, d.box.StrokeColor = color.Transparent, color.Transparent
	}
	inset := float32(0)
	if _, clipped := f.self.(fyne.Scrollable); clipped {
		inset = d.box.StrokeWidth + 2 // Fyne clips what scrolls; its painter takes that much room around a stroke
	}
	d.box.Move(fyne.NewSquareOffsetPos(inset))
	d.box.Resize(f.pane.size.SubtractWidthHeight(2*inset, 2*inset))
}

func (d *drawing) collect() {
	d.objects = append(d.objects[:0:0], d.box)
	for _, o := range d.selection {
		d.objects = append(d.objects, o)
	}
	d.objects = append(d.objects, d.hint)
	for i, o := range d.texts {
		d.objects = append(d.objects, o, d.underline[i])
	}
	d.objects = append(d.objects, d.caret)
}

var _ fyne.WidgetRenderer = (*drawing)(nil)
var _ fyne.Widget = (*Field)(nil)

package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Meter is a bar of a sound level in dB below full scale: -60 is empty, 0 is full. The thin line is the peak.
// Red is only its last tenth; the words beside it say the same.
type Meter struct {
	widget.BaseWidget
	level, peak   float64
	back, bar     *canvas.Rectangle
	loud, topmost *canvas.Rectangle
}

// NewMeter makes an empty meter.
func NewMeter() *Meter {
	m := &Meter{level: -96, peak: -96}
	m.back, m.bar = canvas.NewRectangle(Line), canvas.NewRectangle(Green)
	m.loud, m.topmost = canvas.NewRectangle(color.Transparent), canvas.NewRectangle(Ink)
	m.back.CornerRadius, m.bar.CornerRadius = 4, 4
	m.ExtendBaseWidget(m)
	return m
}

// Set shows a level and a peak, and draws only what changed visibly.
func (m *Meter) Set(level, peak float64) {
	if share(m.level) == share(level) && share(m.peak) == share(peak) {
		return
	}
	m.level, m.peak = level, peak
	m.Refresh()
}

// share is how much of the bar a level fills, in steps that can be seen.
func share(db float64) float32 {
	s := float32((db + 60) / 60)
	return float32(int(min(max(s, 0), 1)*200)) / 200
}

// MinSize is a bar that can be seen across a table.
func (m *Meter) MinSize() fyne.Size { return fyne.NewSize(80, 22) }

// CreateRenderer draws the bar.
func (m *Meter) CreateRenderer() fyne.WidgetRenderer { return meterDraw{m} }

type meterDraw struct{ m *Meter }

func (d meterDraw) Layout(size fyne.Size) {
	m := d.m
	m.back.Resize(size)
	level, peak := share(m.level)*size.Width, share(m.peak)*size.Width
	m.bar.Resize(fyne.NewSize(level, size.Height))
	m.loud.Move(fyne.NewPos(size.Width*0.95, 0))
	m.loud.Resize(fyne.NewSize(size.Width*0.05, size.Height))
	m.topmost.Move(fyne.NewPos(min(peak, size.Width-3), 0))
	m.topmost.Resize(fyne.NewSize(3, size.Height))
}

func (d meterDraw) MinSize() fyne.Size { return d.m.MinSize() }

func (d meterDraw) Refresh() {
	d.m.loud.FillColor = color.Transparent
	if d.m.peak > -1 {
		d.m.loud.FillColor = Red
	}
	d.Layout(d.m.Size())
	canvas.Refresh(d.m)
}

func (d meterDraw) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{d.m.back, d.m.bar, d.m.loud, d.m.topmost}
}

func (meterDraw) Destroy() {}

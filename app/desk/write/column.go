package write

import (
	"fyne.io/fyne/v2"

	"minglu/app/desk/look"
)

// column puts objects below one another, each as high as it wants to be at the full width: a text has its
// width before it is asked for its height.
type column struct{ gap float32 }

// Layout places the objects.
func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
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
		y += h + c.gap
	}
}

// MinSize is the sum of the heights.
func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var min fyne.Size
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		min = fyne.NewSize(max(min.Width, m.Width), min.Height+m.Height+c.gap)
	}
	return min
}

// margin is a row: the badge at the left, the words beside it.
type margin struct{}

const badgeWidth = 92

// Layout places both.
func (margin) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Resize(fyne.NewSize(badgeWidth, look.Target))
	o[1].Move(fyne.NewPos(badgeWidth, 0))
	o[1].Resize(fyne.NewSize(size.Width-badgeWidth, size.Height))
}

// MinSize is that of the words beside the badge.
func (margin) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[1].MinSize()
	return fyne.NewSize(badgeWidth+m.Width, max(m.Height, look.Target))
}

package write

import (
	"fyne.io/fyne/v2"

	"minglu/app/desk/look"
)

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

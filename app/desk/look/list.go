package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// List is a list of which a row is picked by a press, by Return or by Space. Keys of the window go through it.
type List struct {
	widget.List
	picked func(int)
}

// NewList makes a list of rows; empty makes one without words, fill writes row i into it. picked may be nil.
func NewList(length func() int, empty func() fyne.CanvasObject, fill func(int, fyne.CanvasObject), picked func(int)) *List {
	l := &List{picked: picked}
	l.Length, l.CreateItem, l.UpdateItem = length, empty, fill
	l.OnSelected = func(i widget.ListItemID) {
		l.Unselect(i) // a row picked twice is opened twice
		if l.picked != nil && i < l.Length() {
			l.picked(i)
		}
	}
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey walks by the arrows and picks by Return and Space.
func (l *List) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
		e = &fyne.KeyEvent{Name: fyne.KeySpace}
	}
	l.List.TypedKey(e)
	Pass(l, e)
}

package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// Cursor shows that text can be chosen here.
func (f *Field) Cursor() desktop.Cursor { return desktop.TextCursor }

// MouseDown puts the caret under the pointer; with Shift it selects up to there.
func (f *Field) MouseDown(e *desktop.MouseEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(f.self); c != nil && !f.focused && !f.Disabled() {
		c.Focus(f.self.(fyne.Focusable))
	}
	if e.Button == desktop.MouseButtonPrimary {
		f.point(e.Position, e.Modifier&fyne.KeyModifierShift != 0)
	}
}

// MouseUp belongs to desktop.Mouseable.
func (f *Field) MouseUp(*desktop.MouseEvent) {}

// Dragged selects up to the pointer.
func (f *Field) Dragged(e *fyne.DragEvent) { f.point(e.Position, true) }

// DragEnd belongs to fyne.Draggable.
func (f *Field) DragEnd() {}

// DoubleTapped selects the word under the pointer.
func (f *Field) DoubleTapped(e *fyne.PointEvent) {
	from, to := f.text.Word(f.pane.hit(e.Position))
	f.Select(from, to)
}

// point puts the caret under a point. What is being composed is written where it stands first.
func (f *Field) point(at fyne.Position, extend bool) {
	to := f.pane.hit(at)
	if len(f.composed) > 0 {
		f.in.keyboard().Blur(f)
		f.in.keyboard().Focus(f)
	}
	f.text.Move(to, extend)
	f.goal = -1
	f.show(true)
}

package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/rare"
)

// Wrap shows words over as many lines as its width asks for, no more: a label of its own keeps the height of the
// narrowest width it ever had.
func Wrap(text string) *fyne.Container { return NewNote(text).Body }

// Note is a few words that come and go, wrapped.
type Note struct {
	Body  *fyne.Container
	label *widget.Label
}

// NewNote makes a note; an empty one is hidden.
func NewNote(text string) *Note {
	n := &Note{label: Words(text)}
	n.Body = container.New(&wrap{}, n.label)
	n.Body.Hidden = text == ""
	return n
}

// Say changes the words; bad ones are red, and say so themselves. None hide the note.
func (n *Note) Say(text string, bad bool) {
	importance := widget.MediumImportance
	if bad {
		importance = widget.DangerImportance
	}
	if n.label.Text != text || n.label.Importance != importance {
		n.label.Importance, n.label.Wrapping = importance, wrapping(text)
		rare.See(text)
		n.label.SetText(text)
		n.Body.Refresh()
	}
	switch {
	case text == "" && n.Body.Visible():
		n.Body.Hide()
	case text != "" && !n.Body.Visible():
		n.Body.Show()
	}
}

// wrap takes from its words the margin that a label has, so that they stand in line with other text.
type wrap struct{ width float32 }

const wrapMargin, wrapSide = 6, 11

// Layout gives the words the width, and the height they then need.
func (w *wrap) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	w.width = size.Width
	for _, o := range objects {
		width := size.Width + 2*wrapSide
		o.Resize(fyne.NewSize(width, o.Size().Height))
		height := o.MinSize().Height
		o.Move(fyne.NewPos(-wrapSide, (size.Height-height)/2))
		o.Resize(fyne.NewSize(width, height))
	}
}

// MinSize is narrow, and as high as the words are at the width they had last.
func (w *wrap) MinSize(objects []fyne.CanvasObject) fyne.Size {
	need := fyne.NewSize(120, 0)
	for _, o := range objects {
		if width := w.width + 2*wrapSide; w.width > 0 && o.Size().Width != width {
			o.Resize(fyne.NewSize(width, o.Size().Height))
		}
		need.Height = max(need.Height, o.MinSize().Height-2*wrapMargin)
	}
	return need
}

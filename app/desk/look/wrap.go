package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Wrap shows words over as many lines as its width asks for, no more: a label of its own keeps the height of the
// narrowest width it ever had.
func Wrap(text string) *fyne.Container {
	return container.New(&wrap{}, Words(text))
}

type wrap struct{ width, height float32 }

// Layout gives the words the width, and takes the height they then need.
func (w *wrap) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(fyne.NewSize(size.Width, max(size.Height, o.MinSize().Height)))
		w.width, w.height = size.Width, o.MinSize().Height
	}
}

// MinSize is narrow, and as high as the words were at the width they had last.
func (w *wrap) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var need fyne.Size
	for _, o := range objects {
		if w.width > 0 && o.Size().Width != w.width {
			o.Resize(fyne.NewSize(w.width, o.Size().Height))
		}
		need.Height = max(need.Height, o.MinSize().Height)
	}
	need.Width = 120
	return need
}

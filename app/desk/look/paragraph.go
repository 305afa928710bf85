package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"minglu/app/desk/edit"
)

// Paragraph is a text broken into lines of a width known beforehand: a label that wraps asks for the height of its
// narrowest pass.
func Paragraph(text string, width, size float32, c color.Color) *fyne.Container {
	box := container.New(layout.NewCustomPaddedVBoxLayout(1))
	SetParagraph(box, text, width, size, c)
	return box
}

// SetParagraph replaces the text of a Paragraph.
func SetParagraph(box *fyne.Container, text string, width, size float32, c color.Color) {
	runes := []rune(text)
	box.Objects = nil
	for _, l := range edit.Wrap(runes, width, advances(size)) {
		box.Objects = append(box.Objects, Text(string(runes[l.From:l.To]), size, c))
	}
	box.Refresh()
}

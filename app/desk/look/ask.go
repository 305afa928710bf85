package look

import (
	"slices"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/rare"
)

// Answer is one button of a question.
type Answer struct {
	Text   string
	Strong bool
	Do     func()
}

// Ask shows a question over the window. The first answer has the focus: Return takes it. The buttons are those of
// the answers, in their order.
func Ask(w fyne.Window, title string, body fyne.CanvasObject, answers ...Answer) (buttons []*Button) {
	var d *dialog.CustomDialog
	row := container.NewHBox(layout.NewSpacer())
	for _, a := range answers {
		b := NewButton(a.Text, func() {
			d.Hide()
			if a.Do != nil {
				a.Do()
			}
		})
		if a.Strong {
			b.Strong()
		}
		buttons = append(buttons, b)
		row.Add(Least(130, Target, b))
	}
	rare.See(title)
	d = dialog.NewCustomWithoutButtons(title, container.NewVBox(body, row), w)
	d.Resize(fyne.NewSize(560, 0))
	d.Show()
	if len(buttons) > 0 {
		w.Canvas().Focus(buttons[0])
	}
	return buttons
}

// Asker asks one question at a time: a key or a button that is pressed twice must not put the same question over itself.
type Asker struct{ over fyne.CanvasObject }

// Asking reports whether the last question still stands over the window.
func (a *Asker) Asking(w fyne.Window) bool {
	return a.over != nil && slices.Contains(w.Canvas().Overlays().List(), a.over)
}

// Ask is as the function Ask. Whoever calls it has seen that nothing is being asked.
func (a *Asker) Ask(w fyne.Window, title string, body fyne.CanvasObject, answers ...Answer) []*Button {
	buttons := Ask(w, title, body, answers...)
	a.over = w.Canvas().Overlays().Top()
	return buttons
}

// Words is a text over several lines: Chinese is broken anywhere, other words are kept whole.
func Words(text string) *widget.Label {
	l := Label(text)
	l.Wrapping = wrapping(text)
	return l
}

func wrapping(text string) fyne.TextWrap {
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return fyne.TextWrapBreak
	}
	return fyne.TextWrapWord
}

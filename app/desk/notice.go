package desk

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/look"
	"minglu/app/desk/record"
	"minglu/app/i18n"
)

// notices shows the oldest thing that was not read yet, on every page.
type notices struct {
	body *fyne.Container
	lang i18n.Lang
	back *canvas.Rectangle
	long *fyne.Container
	said string
}

func newNotices(lang i18n.Lang, putAway func()) *notices {
	n := &notices{lang: lang, back: canvas.NewRectangle(look.Green), long: container.NewStack()}
	read := look.NewButton(i18n.Say(lang, "desk.notice.read"), putAway)
	n.body = container.NewStack(n.back, container.NewPadded(container.NewBorder(nil, nil, nil, read, n.long)))
	n.body.Hide()
	return n
}

func (n *notices) draw(l record.Live) {
	if len(l.Notices) == 0 {
		if n.said != "" {
			n.said = ""
			n.body.Hide()
		}
		return
	}
	first := l.Notices[0]
	text := first.Say(n.lang)
	if text == n.said {
		return
	}
	n.said = text
	n.back.FillColor = look.Green
	sign := "✓ "
	if first.Alarm() {
		n.back.FillColor, sign = look.Red, "⚠ "
	}
	n.back.Refresh()
	words := look.Text(sign+text, look.Normal, look.White)
	n.long.Objects = []fyne.CanvasObject{container.NewHScroll(words)}
	n.long.Refresh()
	n.body.Show()
}

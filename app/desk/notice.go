package desk

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"minglu/app/desk/look"
	"minglu/app/desk/record"
	"minglu/app/i18n"
)

// notices shows the next thing to be read or answered, on every page.
type notices struct {
	body   *fyne.Container
	lang   i18n.Lang
	bar    *canvas.Rectangle
	long   *fyne.Container
	answer *look.Button
	told   record.Notice
	said   string

	putAway func()
	ask     func(record.Notice)
}

// noticeGround lies under a notice: pale, so that its words stand out as on paper.
const noticeGround look.Colour = 0xfff3d6

func newNotices(lang i18n.Lang, putAway func(), ask func(record.Notice)) *notices {
	n := &notices{lang: lang, bar: canvas.NewRectangle(look.Green), long: container.NewStack(), putAway: putAway, ask: ask}
	n.answer = look.NewButton("", n.press)
	button := container.NewVBox(layout.NewSpacer(), look.Least(110, look.Target, n.answer), layout.NewSpacer())
	inside := container.NewPadded(container.NewBorder(nil, nil, look.Least(8, look.Target, n.bar), button, n.long))
	n.body = container.NewStack(canvas.NewRectangle(noticeGround), inside)
	n.body.Hide()
	return n
}

// press reads a notice, or answers its question.
func (n *notices) press() {
	if n.told.Kind == record.NoticeCutOff {
		n.ask(n.told)
	} else {
		n.putAway()
	}
}

func (n *notices) draw(l record.Live) {
	next, any := l.Shown()
	if !any {
		if n.said != "" {
			n.said = ""
			n.body.Hide()
		}
		return
	}
	text := next.Say(n.lang)
	if text == n.said {
		return
	}
	n.said, n.told = text, next
	n.bar.FillColor = look.Green
	sign, button := "✓ ", "desk.notice.read"
	if next.Alarm() {
		n.bar.FillColor, sign = look.Red, "⚠ "
	}
	if next.Kind == record.NoticeCutOff {
		button = "desk.cause.ask"
	}
	n.answer.SetText(i18n.Say(n.lang, button))
	n.bar.Refresh()
	n.long.Objects = []fyne.CanvasObject{look.Wrap(sign + text)}
	n.long.Refresh()
	n.body.Show()
}

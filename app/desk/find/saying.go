package find

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/look"
	"minglu/app/desk/rare"
	"minglu/app/i18n"
)

// saying is what the page says about what was done: a line, and below it one that says what to do. A line that
// does not fit is cut, never the page.
type saying struct {
	body     *fyne.Container
	what, do *widget.Label
}

func newSaying() *saying {
	s := &saying{what: look.OneLine(""), do: look.OneLine("")}
	s.body = container.NewVBox(look.Tight(s.what), look.Tight(s.do))
	s.say(widget.MediumImportance, "", "")
	return s
}

func (s *saying) say(kind widget.Importance, what, do string) {
	for l, text := range map[*widget.Label]string{s.what: what, s.do: do} {
		if l.Text != text || l.Importance != kind {
			rare.See(text)
			l.Importance = kind
			l.SetText(text)
		}
	}
	if hidden := do == ""; hidden == s.do.Visible() {
		if hidden {
			s.do.Hide()
		} else {
			s.do.Show()
		}
		s.body.Refresh()
	}
}

// fault says what went wrong, and what to do.
func (s *saying) fault(err error, lang i18n.Lang) {
	e := i18n.Explain(err, lang)
	s.say(widget.DangerImportance, "× "+e.What, e.Do)
}

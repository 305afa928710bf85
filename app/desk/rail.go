package desk

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/look"
	"minglu/app/i18n"
)

// rail is the way between the pages, always there.
type rail struct {
	body    fyne.CanvasObject
	buttons map[string]*look.Button
}

const railWidth = 138

func newRail(lang i18n.Lang, pages []page, show func(string), help func()) *rail {
	r := &rail{buttons: map[string]*look.Button{}}
	column := container.NewVBox()
	for _, p := range pages {
		b := look.NewButton(string(p.key)+"  "+i18n.Say(lang, "desk.rail."+p.name), func() { show(p.name) })
		b.Alignment = widget.ButtonAlignLeading
		b.Importance = widget.LowImportance
		r.buttons[p.name] = b
		column.Add(look.Least(railWidth, 52, b))
	}
	manual := look.NewButton("Shift+F1 "+i18n.Say(lang, "desk.rail.help"), help)
	manual.Alignment = widget.ButtonAlignLeading
	manual.Importance = widget.LowImportance
	r.body = container.NewPadded(container.NewBorder(nil, look.Least(railWidth, look.Target, manual), nil, nil, column))
	return r
}

// choose shows which page is open: its button alone has a dark ground.
func (r *rail) choose(name string) {
	for n, b := range r.buttons {
		b.Importance = widget.LowImportance
		if n == name {
			b.Importance = widget.HighImportance
		}
		b.Refresh()
	}
}

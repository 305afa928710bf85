package write

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
)

// chooser is the list of what is ready to be put in: typed words narrow it, Return takes from it.
type chooser struct {
	v     *View
	all   []Phrase
	shown []Phrase
	at    int
	words *control.Field
	list  *widget.List
	top   *widget.PopUp
}

// choose shows the phrases of the act that is recorded.
func (v *View) choose() {
	all, err := Phrases(v.sheet.Plan.Item)
	if err != nil || v.sheet.ID == "" || v.sheet.Signed() {
		return
	}
	c := &chooser{v: v, all: all, shown: all, words: control.NewField(v.in)}
	c.list = widget.NewList(func() int { return len(c.shown) }, func() fyne.CanvasObject { return look.OneLine("") },
		func(i widget.ListItemID, o fyne.CanvasObject) {
			p := c.shown[i]
			look.Set(o.(*widget.Label), v.say("write.role."+p.Role)+"　"+p.Text.In(string(v.lang)))
		})
	c.list.OnSelected = func(i widget.ListItemID) { c.at = i }
	c.words.OnChanged = func(s string) {
		c.shown, c.at = narrow(c.all, s, string(v.lang)), 0
		c.list.Refresh()
		c.list.Select(0)
	}
	c.words.OnKey = c.key
	head := container.NewVBox(c.words, look.Words(v.say("write.phrases.how")))
	c.top = widget.NewModalPopUp(look.Least(640, 420, container.NewBorder(head, nil, nil, nil, c.list)), v.win.Canvas())
	c.top.Show()
	c.list.Select(0)
	v.win.Canvas().Focus(c.words)
}

func (c *chooser) key(s control.Stroke) bool {
	switch s.Name {
	case fyne.KeyDown:
		c.list.Select(min(c.at+1, len(c.shown)-1))
	case fyne.KeyUp:
		c.list.Select(max(c.at-1, 0))
	case fyne.KeyReturn, fyne.KeyEnter:
		if c.at < len(c.shown) {
			c.top.Hide()
			c.v.put(c.shown[c.at])
		}
	case fyne.KeyEscape:
		c.top.Hide()
		c.v.Focus(c.v.at)
	default:
		return false
	}
	return true
}

func narrow(all []Phrase, words, lang string) []Phrase {
	var some []Phrase
	for _, p := range all {
		if strings.Contains(strings.ToLower(p.Text.In(lang)), strings.ToLower(strings.TrimSpace(words))) {
			some = append(some, p)
		}
	}
	return some
}

// put opens a row with a phrase behind the caret's; an empty row there takes it itself.
func (v *View) put(p Phrase) {
	text := p.Text.In(string(v.lang))
	if row := v.rows[v.at]; row != nil && row.field.Edit().Len() == 0 {
		row.field.Insert(text)
		for range 2 {
			if v.model.row(v.at).role != p.Role {
				v.model.Turn(v.at)
			}
		}
		v.Focus(v.at)
		return
	}
	v.Focus(v.model.Add(v.at, p.Role, text))
}

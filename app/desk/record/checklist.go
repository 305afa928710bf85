package record

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/look"
	"minglu/app/doctor"
	"minglu/app/i18n"
)

// checkList draws the lines before a recording, each with what to do.
type checkList struct {
	box   *fyne.Container
	shown []Check
}

func newCheckList() *checkList { return &checkList{box: container.NewVBox()} }

func (c *checkList) draw(lang i18n.Lang, p Prepare) {
	all := append([]Check{people(lang, p)}, p.Checks...)
	for _, name := range lines() {
		if p.Checking && !slices.ContainsFunc(p.Checks, func(c Check) bool { return c.Name == name }) {
			all = append(all, Check{Name: name, Title: i18n.Say(lang, "desk.check."+name), Found: i18n.Say(lang, "desk.check.looking")})
		}
	}
	if slices.Equal(all, c.shown) {
		return
	}
	c.shown = all
	c.box.RemoveAll()
	for _, line := range all {
		c.box.Add(checkLine(line))
	}
	c.box.Refresh()
}

func checkLine(c Check) fyne.CanvasObject {
	mark, colour := look.Sign(c.State)
	found := look.OneLine(c.Found)
	if c.State != doctor.OK {
		found = look.Words(c.Found)
	}
	head := container.NewBorder(nil, nil,
		container.NewHBox(look.Least(22, 28, look.Text(mark, look.Large, colour)), look.Least(96, 28, look.Text(c.Title, look.Normal, look.Ink))), nil,
		look.Tight(found))
	if c.State == doctor.OK || c.Do == "" {
		return head
	}
	return container.NewVBox(head, look.Tight(look.Words("→ "+c.Do)))
}

// people is the line of those who must be there.
func people(lang i18n.Lang, p Prepare) Check {
	c := Check{Name: "people", State: doctor.OK, Title: i18n.Say(lang, "desk.check.people"), Found: i18n.Say(lang, "desk.check.people_ok")}
	var words []string
	for _, lack := range p.Lacks {
		words = append(words, i18n.Say(lang, "desk.lack."+string(lack)))
	}
	if len(words) > 0 {
		c.State, c.Found, c.Do = doctor.Fail, strings.Join(words, i18n.Say(lang, "desk.comma")), i18n.Say(lang, "desk.check.people_do")
	}
	return c
}

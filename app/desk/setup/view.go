package setup

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/settings"
)

// View draws the settings.
type View struct {
	Body fyne.CanvasObject

	*Parts
	fault *look.Note
	keep  *look.Button
	hq    way
}

// NewView builds the screen in a language. turn changes the language; more is shown below the settings.
func NewView(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input, turn func(i18n.Lang), more fyne.CanvasObject) *View {
	v := &View{Parts: NewParts(m, lang, w, in), fault: look.NewNote("")}
	v.keep = look.NewButton(v.say("desk.setup.keep"), m.Keep).Strong()
	columns, clock := v.Devices(), v.Clock()
	buttons := container.NewBorder(nil, nil, look.Least(140, 48, v.keep), nil, v.Trial())
	room := container.New(look.Columns{Shares: []float32{1, 1}, Gap: 16}, v.about(turn), v.way(clock))
	const bar = 14 // of the scroll, which lies over what it scrolls
	v.Body = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, bar), container.NewVBox(
		look.Section(v.say("desk.setup.devices"), container.NewVBox(columns, buttons, v.fault.Body)),
		look.Section(v.say("desk.setup.room"), room),
		more,
	)))
	return v
}

// fact is a row that cannot be changed.
func (v *View) fact(label, text string) fyne.CanvasObject {
	return container.NewBorder(nil, nil, look.Least(104, 30, look.Text(label, look.Normal, look.Faint)), nil, look.Tight(look.OneLine(text)))
}

// about is what the room is, fixed when it was enrolled, and what may be changed of it.
func (v *View) about(turn func(i18n.Lang)) fyne.CanvasObject {
	room := v.model.Feed.Newest().Room
	box := container.NewVBox()
	for _, fact := range [][2]string{{"desk.setup.code", room.Room}, {"desk.setup.title", room.Title}, {"desk.setup.org", room.Org}} {
		box.Add(v.fact(v.say(fact[0]), fact[1]))
	}
	box.Add(v.row(v.say("desk.setup.place"), v.field(Place, room.Place, func(r *settings.Room, text string) { r.Place = text })))
	box.Add(v.notes[Place].Body)
	box.Add(v.row(v.say("desk.setup.language"), v.language(turn)))
	return box
}

// language is the choice of the window's language.
func (v *View) language(turn func(i18n.Lang)) fyne.CanvasObject {
	names := map[string]i18n.Lang{"中文": i18n.ZH, "English": i18n.EN}
	choice := widget.NewRadioGroup([]string{"中文", "English"}, nil)
	choice.Horizontal, choice.Required = true, true
	for name, lang := range names {
		if lang == v.lang {
			choice.SetSelected(name)
		}
	}
	choice.OnChanged = func(name string) {
		if names[name] != v.lang {
			turn(names[name])
		}
	}
	return choice
}

// Draw draws the newest snapshot.
func (v *View) Draw(s Snapshot) {
	look.Enable(v.keep, !s.Kept && len(s.Faults) == 0)
	v.Parts.Draw(s)
	v.fault.Say(v.words(s.Fault), true)
	v.hq.draw(s)
}

// line shows a text with its mark.
func line(mark string, colour look.Colour, text string) fyne.CanvasObject {
	return container.NewBorder(nil, nil, look.Least(24, 24, look.Text(mark, look.Large, colour)), nil, look.Wrap(text))
}

package guide

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/check"
	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/desk/setup"
	"minglu/app/i18n"
)

// View draws the steps of a machine that has a room.
type View struct {
	Body *fyne.Container

	model *Model
	lang  i18n.Lang
	win   fyne.Window
	in    *control.Input
	other func()

	step  Step // drawn
	parts *setup.Parts
	found *fyne.Container
	shown int // results drawn
	seen  *widget.Check
	again *look.Button
	next  *look.Button
	state *canvas.Text
	fault *look.Note
	told  string // by fault
}

// NewView builds the screen in a language; other turns it to the other one.
func NewView(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input, other func()) *View {
	v := &View{Body: container.NewStack(), model: m, lang: lang, win: w, in: in, other: other}
	v.turn(m.Feed.Newest())
	return v
}

func (v *View) say(key string, pairs ...string) string {
	return i18n.Say(v.lang, "desk.guide."+key, pairs...)
}

// turn shows another step.
func (v *View) turn(s Snapshot) {
	v.step, v.shown = s.Step, -1
	v.parts = setup.NewParts(v.model.Setup, v.lang, v.win, v.in)
	v.found, v.seen, v.again = nil, nil, nil
	v.told, v.state, v.fault = "", look.Text("", look.Normal, look.Faint), look.NewNote("")
	v.Body.Objects = []fyne.CanvasObject{Frame(v.lang, s.Progress, v.middle(s), v.fault, v.buttons(), v.other)}
	v.Body.Refresh()
}

// middle is what the step asks.
func (v *View) middle(s Snapshot) fyne.CanvasObject {
	switch s.Step {
	case Devices:
		return v.parts.Devices()
	case Trial:
		v.seen = widget.NewCheck(v.say("trial.seen"), v.model.Saw)
		return container.NewVBox(v.parts.Trial(), look.Least(0, look.Target, v.seen))
	case Clock:
		return container.NewVBox(v.parts.Clock(), v.examined())
	case Disk:
		return v.examined()
	}
	return v.summary(s)
}

// examined is what the doctor finds, and the button by which it looks again.
func (v *View) examined() fyne.CanvasObject {
	v.found = container.NewVBox()
	v.again = look.NewButton(v.say("again"), v.model.Again)
	return container.NewVBox(container.NewHBox(look.Least(140, look.Target, v.again)), v.found)
}

// summary lists what was passed by, each with the way back to it.
func (v *View) summary(s Snapshot) fyne.CanvasObject {
	box := container.NewVBox()
	for _, step := range Steps() {
		mark, colour, words := "✓", look.Green, v.say("ready.done")
		var way fyne.CanvasObject
		if slices.Contains(s.Left, step) {
			mark, colour, words = "!", look.Amber, v.say(string(step)+".open")
			way = look.Least(140, look.Target, look.NewButton(v.say("ready.go"), func() { v.model.Go(step) }))
		}
		if step != Ready {
			name := container.NewHBox(look.Least(24, 0, look.Text(mark, look.Large, colour)), look.Least(130, 34, look.Text(v.say(string(step)), look.Normal, look.Ink)))
			box.Add(container.NewBorder(nil, nil, name, way, look.Text(words, look.Normal, look.Ink)))
		}
	}
	return box
}

// buttons lead on, back, and out of the set-up.
func (v *View) buttons() fyne.CanvasObject {
	v.next = look.NewButton("", v.model.Next)
	row := container.NewHBox(layout.NewSpacer(), container.NewCenter(v.state))
	if v.step != Devices {
		row.Add(look.Least(120, 48, look.NewButton(v.say("back"), v.model.Back)))
	}
	row.Add(look.Least(160, 48, v.next))
	if v.step == Ready {
		return row
	}
	later := look.NewButton(v.say("later"), v.model.Later)
	return container.NewBorder(nil, nil, look.Least(160, 48, later), nil, row)
}

// Draw draws the newest snapshot.
func (v *View) Draw(s Snapshot) {
	if s.Step != v.step {
		v.turn(s)
		v.parts.Draw(v.model.Setup.Feed.Newest())
	}
	v.drawFound(s)
	if v.seen != nil {
		v.drawSeen(s)
	}
	if words := i18n.Advise(s.Fault, v.lang); words != v.told {
		v.told = words
		v.fault.Say(words, true)
		v.Body.Refresh() // the foot grows and shrinks by it
	}
	v.drawNext(s)
}

// drawNext says whether the step is done, and what the button does then.
func (v *View) drawNext(s Snapshot) {
	button, state, importance := "next", "", widget.HighImportance
	switch {
	case s.Step == Ready:
		button = "start"
	case s.Looking:
		state = v.say("looking")
	case !s.Well:
		button, state, importance = "without", v.say(string(s.Step)+".open"), widget.MediumImportance
	}
	v.next.Importance = importance
	v.next.SetText(v.say(button))
	look.Enable(v.next, !s.Looking && !v.model.Setup.Feed.Newest().Trying)
	look.Say(v.state, state, look.Faint)
}

// drawSeen asks a person about the test recording once there is one.
func (v *View) drawSeen(s Snapshot) {
	t := v.model.Setup.Feed.Newest().Trial
	if t == nil && !v.seen.Disabled() {
		v.seen.Disable()
	} else if t != nil && v.seen.Disabled() {
		v.seen.Enable()
	}
	if v.seen.Checked != s.Seen {
		v.seen.SetChecked(s.Seen)
	}
}

func (v *View) drawFound(s Snapshot) {
	if v.found == nil {
		return
	}
	look.Enable(v.again, !s.Looking)
	if v.shown == len(s.Found) {
		return
	}
	v.shown = len(s.Found)
	v.found.RemoveAll()
	for _, r := range s.Found {
		v.found.Add(check.Line(r, v.lang))
	}
	v.found.Refresh()
}

// DrawSetup draws what the settings of the step are.
func (v *View) DrawSetup(s setup.Snapshot) {
	v.parts.Draw(s)
	now := v.model.Feed.Newest()
	if v.seen != nil {
		v.drawSeen(now)
	}
	v.drawNext(now)
}

// DrawSight draws what the devices deliver now.
func (v *View) DrawSight(all []setup.Sight) { v.parts.DrawSight(all) }

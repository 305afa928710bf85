package setup

import (
	"fmt"
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/settings"
	"minglu/capture/agent"
)

// View draws the settings.
type View struct {
	Body fyne.CanvasObject

	model *Model
	lang  i18n.Lang
	win   fyne.Window
	in    *control.Input

	camera, camera2, microphone *control.Field
	found                       *fyne.Container
	said                        string
	try, keep                   *look.Button
	fault                       *canvas.Text
}

// NewView builds the screen in a language.
func NewView(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input) *View {
	v := &View{in: in, model: m, lang: lang, win: w, found: container.NewVBox(), fault: look.Text("", look.Normal, look.Red)}
	v.try = look.NewButton(v.say("desk.setup.try"), m.Try)
	v.keep = look.NewButton(v.say("desk.setup.keep"), m.Keep).Strong()
	buttons := container.NewHBox(look.Least(140, 56, v.try), look.Least(140, 56, v.keep))
	devices := look.Section(v.say("desk.setup.devices"), container.NewVBox(v.devices(), buttons, v.fault, v.found))
	about := look.Section(v.say("desk.setup.room"), v.about(m.Feed.Newest().Room))
	const bar = 14 // of the scroll, which lies over what it scrolls
	v.Body = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, bar), container.NewVBox(devices, about)))
	return v
}

func (v *View) say(key string, pairs ...string) string { return i18n.Say(v.lang, key, pairs...) }

func (v *View) row(label string, o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewBorder(nil, nil, look.Least(150, look.Target, look.Text(label, look.Normal, look.Faint)), nil, o)
}

func (v *View) devices() fyne.CanvasObject {
	room := v.model.Feed.Newest().Room
	cameras := func(s Snapshot) []Device { return s.Cameras }
	v.camera = v.source("desk.setup.first_found", at(room.Cameras, 0), func(r *settings.Room, text string) { r.Cameras = put(r.Cameras, 0, text) })
	v.camera2 = v.source("desk.setup.no_second", at(room.Cameras, 1), func(r *settings.Room, text string) { r.Cameras = put(r.Cameras, 1, text) })
	v.microphone = v.source("desk.setup.first_found", room.Microphone, func(r *settings.Room, text string) { r.Microphone = text })
	return container.NewVBox(
		v.row(v.say("desk.setup.camera"), v.choice(v.camera, cameras)),
		v.row(v.say("desk.setup.camera2"), v.choice(v.camera2, cameras)),
		v.row(v.say("desk.setup.microphone"), v.choice(v.microphone, func(s Snapshot) []Device { return s.Microphones })),
	)
}

func (v *View) source(hint, text string, set func(*settings.Room, string)) *control.Field {
	f := look.NewField(v.in, v.say(hint), func(text string) {
		v.model.Edit(func(r *settings.Room) { set(r, text) })
	})
	look.Fill(f, text)
	return f
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// put sets camera i; an empty one is none.
func put(list []string, i int, text string) []string {
	for len(list) <= i {
		list = append(list, "")
	}
	list[i] = text
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// choice offers the devices of this machine by name beside the field, which takes network cameras and files.
func (v *View) choice(f *control.Field, of func(Snapshot) []Device) fyne.CanvasObject {
	var b *look.Button
	b = look.NewButton(v.say("desk.setup.choose"), func() {
		v.model.List()
		var items []*fyne.MenuItem
		for _, d := range of(v.model.Feed.Newest()) {
			items = append(items, fyne.NewMenuItem(d.Title, func() { f.SetText(d.Source) }))
		}
		if len(items) == 0 {
			items = append(items, fyne.NewMenuItem(v.say("desk.setup.no_device"), nil))
		}
		menu := widget.NewPopUpMenu(fyne.NewMenu("", items...), v.win.Canvas())
		menu.ShowAtRelativePosition(fyne.NewPos(b.Size().Width-menu.MinSize().Width, b.Size().Height), b)
	})
	return container.NewBorder(nil, nil, nil, b, f)
}

// about is what the room is and where it sends; it was fixed when the room was enrolled.
func (v *View) about(room settings.Room) fyne.CanvasObject {
	box := container.NewVBox()
	for _, fact := range [][2]string{
		{v.say("desk.setup.code"), room.Room}, {v.say("desk.setup.title"), room.Title}, {v.say("desk.setup.org"), room.Org},
		{v.say("desk.setup.hq"), room.HQ},
	} {
		box.Add(v.row(fact[0], look.Text(fact[1], look.Normal, look.Ink)))
	}
	place := look.NewField(v.in, "", func(text string) { v.model.Edit(func(r *settings.Room) { r.Place = text }) })
	look.Fill(place, room.Place)
	clock := look.NewField(v.in, "", func(text string) { v.model.Edit(func(r *settings.Room) { r.NTP = text }) })
	look.Fill(clock, room.NTP)
	box.Add(v.row(v.say("desk.setup.place"), place))
	box.Add(v.row(v.say("desk.setup.ntp"), clock))
	return box
}

// Draw draws the newest snapshot.
func (v *View) Draw(s Snapshot) {
	look.Enable(v.try, !s.Trying)
	look.Enable(v.keep, !s.Kept)
	v.fault.Hide()
	if s.Fault != nil {
		e := i18n.Explain(s.Fault, v.lang)
		look.Say(v.fault, e.What+" "+e.Do, look.Red)
		v.fault.Show()
	}
	said := fmt.Sprint(s.Trying, s.Found)
	if said == v.said {
		return
	}
	v.said = said
	v.found.RemoveAll()
	if s.Trying {
		v.found.Add(look.Text(v.say("desk.setup.trying"), look.Normal, look.Faint))
	}
	for _, p := range s.Found {
		v.found.Add(v.probe(p))
	}
	v.found.Refresh()
}

// probe is what one device delivered.
func (v *View) probe(p agent.Probe) fyne.CanvasObject {
	switch {
	case p.Fault != "":
		line := look.Words("✗ " + v.say("desk.setup.bad", "source", p.Source) + "  " + p.Fault)
		line.Importance = widget.DangerImportance
		return line
	case p.Pictures > 0:
		return look.Words("✓ " + v.say("desk.setup.camera_ok", "title", p.Title, "width", strconv.Itoa(p.Width),
			"height", strconv.Itoa(p.Height), "fps", strconv.FormatFloat(p.FPS, 'f', 1, 64)))
	}
	meter := look.NewMeter()
	meter.Set(p.PeakDB, p.PeakDB)
	words := look.Text("✓ "+v.say("desk.setup.microphone_ok", "title", p.Title, "db", strconv.Itoa(int(p.PeakDB))), look.Normal, look.Ink)
	return container.NewBorder(nil, nil, words, nil, meter)
}

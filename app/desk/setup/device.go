package setup

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/look"
	"minglu/app/desk/rare"
	"minglu/app/settings"
)

// device is one column: what is chosen, and what it shows or hears.
type device struct {
	choice  *look.Button
	fault   *look.Note
	picture *canvas.Image
	meter   *look.Meter
	facts   *look.Note
}

// device makes the column of a camera or of the microphone.
func (v *Parts) device(name Field) fyne.CanvasObject {
	d := &device{fault: look.NewNote(""), facts: look.NewNote("")}
	v.devices[name] = d
	d.choice = look.NewButton("", func() { v.offer(name, d.choice) })
	d.choice.Alignment = widget.ButtonAlignLeading
	var seen fyne.CanvasObject
	if name == Microphone {
		d.meter = look.NewMeter()
		seen = look.Least(0, 44, d.meter)
	} else {
		d.picture = &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleFastest}
		seen = container.New(look.Aspect{Least: 256}, container.NewStack(canvas.NewRectangle(look.Ink), d.picture))
	}
	title := look.Text(v.say("desk.setup."+string(name)), look.Normal, look.Faint)
	const lines = 57 // two of what is told: what is below stands still when they come
	told := container.New(look.Column{}, d.facts.Body, d.fault.Body)
	return container.NewVBox(title, d.choice, seen, look.Least(0, lines, told))
}

// offer lists the devices of this machine by name, and beside them what can be written.
func (v *Parts) offer(name Field, under fyne.CanvasObject) {
	v.model.List()
	var items []*fyne.MenuItem
	put := func(title, source string) {
		rare.See(title)
		items = append(items, fyne.NewMenuItem(title, func() { v.choose(name, source) }))
	}
	put(v.nothing(name), "")
	for _, d := range v.found(name, v.model.Feed.Newest()) {
		put(d.Title, d.Source)
	}
	items = append(items, fyne.NewMenuItem(v.say("desk.setup.other"), func() { v.write(name) }))
	menu := widget.NewPopUpMenu(fyne.NewMenu("", items...), v.win.Canvas())
	menu.ShowAtRelativePosition(fyne.NewPos(0, under.Size().Height), under)
}

func (v *Parts) found(name Field, s Snapshot) []Device {
	if name == Microphone {
		return s.Microphones
	}
	return s.Cameras
}

// write takes the address of a network camera, or a file.
func (v *Parts) write(name Field) {
	address := look.NewField(v.in, "rtsp://…", nil)
	look.Fill(address, sourceOf(name, v.model.Feed.Newest().Room))
	take := func() { v.choose(name, address.Text()) }
	look.Ask(v.win, v.say("desk.setup."+string(name)), container.NewVBox(look.Words(v.say("desk.setup.other_how")), address),
		look.Answer{Text: v.say("desk.ok"), Strong: true, Do: take}, look.Answer{Text: v.say("desk.cancel")})
	v.win.Canvas().Focus(address)
}

// choose puts a source into the settings on the screen.
func (v *Parts) choose(name Field, source string) {
	v.model.Edit(func(r *settings.Room) {
		switch name {
		case Camera:
			r.Cameras = put(r.Cameras, 0, source)
		case Camera2:
			r.Cameras = put(r.Cameras, 1, source)
		default:
			r.Microphone = source
		}
	})
}

// put sets camera i; an empty one is none. A second camera without a first needs the first to be named.
func put(list []string, i int, text string) []string {
	list = slices.Clone(list)
	for len(list) <= i {
		list = append(list, "")
	}
	list[i] = text
	if len(list) > 1 && list[0] == "" && list[1] != "" {
		list[0] = settings.FirstFound
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// sourceOf is what the settings hold for a field, "" for nothing.
func sourceOf(name Field, r settings.Room) string {
	switch name {
	case Camera:
		return at(r.Cameras, 0)
	case Camera2:
		return at(r.Cameras, 1)
	}
	return r.Microphone
}

// titleOf names what is chosen as people know it.
func (v *Parts) titleOf(name Field, s Snapshot) string {
	source := sourceOf(name, s.Room)
	for _, d := range v.found(name, s) {
		if d.Source == source {
			return d.Title
		}
	}
	if source == "" || source == settings.FirstFound {
		return v.nothing(name)
	}
	return source
}

// nothing is what it means that a field says nothing.
func (v *Parts) nothing(name Field) string {
	if name == Camera2 {
		return v.say("desk.setup.no_second")
	}
	return v.say("desk.setup.first_found")
}

// draw shows the newest of a device; source is what the recorder was asked for.
func (d *device) draw(v *Parts, source string, all []Sight) {
	i := slices.IndexFunc(all, func(s Sight) bool { return s.Camera == (d.picture != nil) && s.Source == source })
	if i < 0 || source == "" || all[i].Fault != "" {
		d.dark()
		words := ""
		if i >= 0 && all[i].Fault != "" && !d.fault.Body.Visible() {
			words = v.words(all[i].fault())
		}
		d.facts.Say(words, true)
		return
	}
	s := all[i]
	if d.meter != nil {
		d.meter.Set(s.LevelDB, s.PeakDB)
		d.facts.Say(v.say("desk.setup.microphone_ok", "title", s.Title, "db", strconv.Itoa(int(s.PeakDB))), false)
		return
	}
	if s.Image != nil && d.picture.Image != s.Image {
		d.picture.Image = s.Image
		d.picture.Show()
		d.picture.Refresh()
	}
	d.facts.Say(v.say("desk.setup.camera_ok", "title", s.Title, "width", strconv.Itoa(s.Width), "height", strconv.Itoa(s.Height),
		"fps", strconv.Itoa(int(s.FPS))), false)
}

// dark shows that nothing comes.
func (d *device) dark() {
	if d.meter != nil {
		d.meter.Set(-96, -96)
		return
	}
	if d.picture.Visible() {
		d.picture.Image = nil
		d.picture.Hide()
	}
}

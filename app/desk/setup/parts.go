package setup

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/settings"
)

// Parts are the pieces of the settings that also stand elsewhere. Each is made at most once; Draw and DrawSight draw
// those that were made.
type Parts struct {
	model *Model
	lang  i18n.Lang
	win   fyne.Window
	in    *control.Input

	devices map[Field]*device
	notes   map[Field]*look.Note // faults of the other fields
	trial   *trial
}

// NewParts makes none yet.
func NewParts(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input) *Parts {
	return &Parts{model: m, lang: lang, win: w, in: in, devices: map[Field]*device{}, notes: map[Field]*look.Note{}}
}

// Devices are the cameras and the microphone side by side, chosen, seen and heard.
func (v *Parts) Devices() fyne.CanvasObject {
	return container.New(look.Columns{Shares: []float32{1, 1, 1}, Gap: 12}, v.device(Camera), v.device(Camera2), v.device(Microphone))
}

// Clock is the field of the time server.
func (v *Parts) Clock() fyne.CanvasObject {
	f := v.field(NTP, v.model.Feed.Newest().Room.NTP, func(r *settings.Room, text string) { r.NTP = text })
	return container.NewVBox(v.row(v.say("desk.setup.ntp"), f), v.notes[NTP].Body)
}

// Trial is the test recording: its button, what it came to, and its being played.
func (v *Parts) Trial() fyne.CanvasObject {
	v.trial = v.newTrial()
	return v.trial.body
}

func (v *Parts) say(key string, pairs ...string) string { return i18n.Say(v.lang, key, pairs...) }

func (v *Parts) row(label string, o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewBorder(nil, nil, look.Least(104, look.Target, look.Text(label, look.Normal, look.Faint)), nil, o)
}

// field is a text of the settings; its note is made with it.
func (v *Parts) field(name Field, text string, set func(*settings.Room, string)) fyne.CanvasObject {
	f := look.NewField(v.in, "", func(text string) { v.model.Edit(func(r *settings.Room) { set(r, text) }) })
	look.Fill(f, text)
	v.notes[name] = look.NewNote("")
	return f
}

// Draw draws the newest snapshot.
func (v *Parts) Draw(s Snapshot) {
	found := map[Field]error{}
	for _, f := range s.Faults {
		if found[f.Field] == nil {
			found[f.Field] = f.Err
		}
	}
	for name, n := range v.notes {
		n.Say(v.words(found[name]), true)
	}
	for name, d := range v.devices {
		d.choice.SetText(v.titleOf(name, s))
		d.fault.Say(v.words(found[name]), found[name] != wrong{"setting.trying"})
	}
	if v.trial != nil {
		v.trial.draw(v, s)
	}
}

// words explain a fault; there are none for none.
func (v *Parts) words(err error) string {
	return i18n.Advise(err, v.lang)
}

// DrawSight draws what the devices deliver now.
func (v *Parts) DrawSight(all []Sight) {
	order := v.model.chosen()
	for name, d := range v.devices {
		d.draw(v, order[name], all)
	}
}

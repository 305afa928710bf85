package setup

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/look"
	"minglu/app/doctor"
	"minglu/app/settings"
)

// way is the connection to headquarters and its test.
type way struct {
	ask   *look.Button
	found *fyne.Container
	shown int
}

// way shows where headquarters is, and how far one comes.
func (v *View) way() fyne.CanvasObject {
	room := v.model.Feed.Newest().Room
	v.hq = way{found: container.NewVBox(), shown: -1}
	v.hq.ask = look.NewButton(v.say("desk.setup.hq_test"), func() { v.model.Ask(v.lang) })
	clock := v.field(NTP, room.NTP, func(r *settings.Room, text string) { r.NTP = text })
	return container.NewVBox(
		v.fact(v.say("desk.setup.hq"), room.HQ),
		v.row(v.say("desk.setup.ntp"), clock), v.notes[NTP].Body,
		v.row("", v.hq.ask), v.hq.found,
	)
}

func (h *way) draw(v *View, s Snapshot) {
	look.Enable(h.ask, !s.Asking)
	if h.shown == len(s.HQ) {
		return
	}
	h.shown = len(s.HQ)
	h.found.RemoveAll()
	for _, r := range s.HQ {
		mark, colour := "✓", look.Green
		text := r.Title + "  " + r.Found
		switch r.State {
		case doctor.Fail:
			mark, colour = "✗", look.Red
			text += " " + r.Do
		case doctor.Warn:
			mark, colour = "!", look.Amber
			text += " " + r.Do
		case doctor.Skipped:
			mark, colour = "…", look.Faint
		}
		h.found.Add(line(mark, colour, text))
	}
	h.found.Refresh()
}

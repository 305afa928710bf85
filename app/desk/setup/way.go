package setup

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/look"
	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/capture/catalog"
)

// way is the connection to headquarters and its test.
type way struct {
	ask   *look.Button
	found *fyne.Container
	shown int
}

// way shows where headquarters is, and how far one comes; the time server stands between them.
func (v *View) way(clock fyne.CanvasObject) fyne.CanvasObject {
	v.hq = way{found: container.NewVBox(), shown: -1}
	v.hq.ask = look.NewButton(v.say("desk.setup.hq_test"), func() { v.model.Ask(v.lang) })
	return container.NewVBox(
		v.fact(v.say("desk.setup.hq"), v.model.Feed.Newest().Room.HQ),
		clock,
		v.row("", v.hq.ask), v.hq.found,
	)
}

func (h *way) draw(s Snapshot) {
	look.Enable(h.ask, !s.Asking)
	if h.shown == len(s.HQ) {
		return
	}
	h.shown = len(s.HQ)
	h.found.RemoveAll()
	for _, r := range s.HQ {
		mark, colour := look.Sign(r.State)
		text := r.Title + "  " + r.Found
		if r.State == doctor.Fail || r.State == doctor.Warn {
			text += " " + r.Do
		}
		h.found.Add(line(mark, colour, text))
	}
	h.found.Refresh()
}

// trial is the button of the test recording, and what it came to.
type trial struct {
	body  fyne.CanvasObject
	start *look.Button
	play  *look.Button
	words *look.Note
}

func (v *Parts) newTrial() *trial {
	t := &trial{words: look.NewNote("")}
	t.start = look.NewButton(v.say("desk.setup.trial"), v.model.Test)
	t.play = look.NewButton(v.say("desk.setup.trial_play"), v.model.Play)
	t.play.Hide()
	t.body = container.NewBorder(nil, nil, look.Least(140, 48, t.start), t.play, t.words.Body)
	return t
}

func (t *trial) draw(v *Parts, s Snapshot) {
	look.Enable(t.start, !s.Trying)
	switch {
	case s.Trying:
		t.words.Say(v.say("desk.setup.trial_runs"), false)
	case s.TrialFault != nil:
		t.words.Say(v.words(s.TrialFault), true)
	case s.Trial != nil:
		r := *s.Trial
		t.words.Say(v.say("desk.setup.trial_done", "verdict", verdict(string(r.Verdict), v.lang), "frames", strconv.FormatInt(r.Frames, 10),
			"dropped", strconv.FormatInt(r.Dropped, 10), "db", strconv.Itoa(int(r.PeakDB))), !r.Verdict.Accepted())
	}
	if s.Trial != nil && !t.play.Visible() {
		t.play.Show()
	}
	if s.Trial == nil && t.play.Visible() {
		t.play.Hide()
	}
}

// verdict is the catalogue's word for a verdict.
func verdict(code string, lang i18n.Lang) string {
	words, err := catalog.LoadWords()
	if err != nil {
		return code
	}
	return catalog.Name(words.Verdicts, code, string(lang))
}

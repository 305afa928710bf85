package setup

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/capture/attach"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
)

// trial is the button of the test recording, and what it came to.
type trial struct {
	body  fyne.CanvasObject
	start *look.Button
	play  *look.Button
	words *look.Note
}

func (v *View) newTrial() trial {
	t := trial{words: look.NewNote("")}
	t.start = look.NewButton(v.say("desk.setup.trial"), v.model.Test)
	t.play = look.NewButton(v.say("desk.setup.trial_play"), v.model.Play)
	t.play.Hide()
	t.body = container.NewBorder(nil, nil, look.Least(140, 48, t.start), t.play, container.NewPadded(t.words.Body))
	return t
}

func (t trial) draw(v *View, s Snapshot) {
	look.Enable(t.start, !s.Trying)
	switch {
	case s.Trying:
		t.words.Say(v.say("desk.setup.trial_runs"), false)
	case s.TrialFault != nil:
		t.words.Say(v.words(s.TrialFault), true)
	case s.Trial != nil:
		t.words.Say(v.outcome(*s.Trial))
	}
	if shown := s.Trial != nil && v.model.Plays(); shown != t.play.Visible() {
		t.play.Hidden = !shown
		t.body.Refresh()
	}
}

// outcome tells what a test recording came to, and what a recording would have warned of.
func (v *View) outcome(t attach.Trial) (text string, bad bool) {
	text = v.say("desk.setup.trial_done", "verdict", verdict(t.Verdict, v.lang), "frames", strconv.FormatInt(t.Frames, 10),
		"dropped", strconv.FormatInt(t.Dropped, 10), "db", strconv.Itoa(int(t.PeakDB)))
	for _, trouble := range t.Troubles { // "cam0 camera black"
		parts := strings.Fields(trouble)
		if len(parts) == 3 {
			text += " " + v.say("desk.warn."+parts[1]+"."+parts[2])
		}
	}
	good := t.Verdict == evidence.Authentic || t.Verdict == evidence.AuthenticGaps
	return text, !good || len(t.Troubles) > 0
}

// verdict is the catalogue's word for a verdict.
func verdict(v evidence.Verdict, lang i18n.Lang) string {
	words, err := catalog.LoadWords()
	if err != nil {
		return string(v)
	}
	return catalog.Name(words.Verdicts, string(v), string(lang))
}

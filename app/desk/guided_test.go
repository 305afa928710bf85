package desk_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"minglu/app/desk"
	"minglu/app/desk/guide"
	"minglu/app/desk/look"
	"minglu/app/doctor"
	"minglu/app/i18n"
)

// guided is a window in whose home a set-up is under way.
func guided(t *testing.T) (*desk.Desk, desk.Services) {
	t.Helper()
	home := t.TempDir()
	s := newServices(t, home, i18n.ZH)
	s.Guide = guide.NewModel(home, guide.Progress{Step: guide.Trial}, nil, i18n.ZH, s.Setup, func() []doctor.Check { return nil })
	d := desk.New(test.NewTempApp(t), s, i18n.ZH, screens[0].size, func(i18n.Lang) {})
	d.Build()
	return d, s
}

// shows reports whether a button of the window says so.
func shows(d *desk.Desk, words string) bool {
	for _, o := range test.LaidOutObjects(d.Window().Content()) {
		if b, ok := o.(*look.Button); ok && b.Visible() && b.Text == words {
			return true
		}
	}
	return false
}

func TestTheSetUpStandsWhereThePagesWillBeUntilItIsPutOff(t *testing.T) {
	d, s := guided(t)
	trial := i18n.Say(i18n.ZH, "desk.setup.trial")
	if !shows(d, trial) || len(d.Pages()) > 0 {
		t.Fatalf("the window shows the pages %v and not the set-up", d.Pages())
	}
	d.Press(fyne.KeyF2) // there are no pages yet
	s.Guide.Later()
	if len(d.Pages()) == 0 || d.Shown() != "record" || shows(d, trial) {
		t.Errorf("after it was put off the window shows %q of %v", d.Shown(), d.Pages())
	}
}

func TestARunningRecordingIsShownBeforeAnySetUp(t *testing.T) {
	d, s := guided(t)
	s.Record.Link.Feed.Publish(recording())
	if len(d.Pages()) == 0 {
		t.Error("a recording runs and nobody sees it")
	}
}

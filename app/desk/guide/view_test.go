package guide_test

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"minglu/app/desk/guide"
	"minglu/app/desk/look"
	"minglu/app/desk/setup"
	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/capture/attach"
)

// found are the doctor's words for a step, with one that asks for something.
func found(lang i18n.Lang, step guide.Step) []doctor.Result {
	say := func(key string, pairs ...string) string { return i18n.Say(lang, "doctor."+key, pairs...) }
	if step == guide.Clock {
		return []doctor.Result{
			{Check: "clock", State: doctor.Warn, Title: say("clock.title"), Found: say("clock.unsynchronised"), Do: say("clock.unsynchronised.do"), Ask: say("ask.technician")},
			{Check: "ntp", State: doctor.OK, Title: say("ntp.title"), Found: say("ntp.none")},
			{Check: "hq_offset", State: doctor.OK, Title: say("hq_offset.title"), Found: say("hq_offset.ok", "seconds", "0")},
		}
	}
	return []doctor.Result{{Check: "disk", State: doctor.OK, Title: say("disk.title"), Found: say("disk.ok", "hours", "412.0", "free", "389.3", "sync", "6")}}
}

func TestTheStepsInBothLanguagesAndSizes(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		for _, size := range []fyne.Size{{Width: 1024, Height: 740}, {Width: 1280, Height: 772}} {
			b := newBench(t)
			look.Dress(test.NewTempApp(t))
			w := test.NewTempWindow(t, nil)
			m := b.model(t)
			v := guide.NewView(m, lang, w, nil, func() {})
			w.SetContent(v.Body)
			for _, step := range []guide.Step{guide.Devices, guide.Trial, guide.Clock, guide.Disk, guide.Ready} {
				s := guide.Snapshot{Progress: guide.Progress{Step: step}}
				w.Resize(size)
				switch step {
				case guide.Devices:
					s.Well = true
				case guide.Trial:
					b.setup.Feed.Publish(setup.Snapshot{Trial: &attach.Trial{Package: "x", Verdict: "AUTHENTIC", Frames: 250, PeakDB: -12}})
				case guide.Clock, guide.Disk:
					s.Left, s.Found, s.Well = []guide.Step{guide.Trial}, found(lang, step), step == guide.Disk
				case guide.Ready:
					s.Left = []guide.Step{guide.Trial, guide.Clock}
				}
				v.Draw(s)
				v.DrawSetup(b.setup.Feed.Newest())
				v.Draw(s)
				sight := sights()
				var screen look.Screen
				sight[0].Image = screen.Decode(sight[0].Picture)
				v.DrawSight(sight)
				v.Body.Refresh() // wrapped words take their height at the second look
				v.Body.Refresh()
				test.AssertImageMatches(t, fmt.Sprintf("%s-%s-%d.png", step, lang, int(size.Width)), w.Canvas().Capture())
			}
		}
	}
}

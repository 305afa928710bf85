package check_test

import (
	"io/fs"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"minglu/app/desk/check"
	"minglu/app/desk/look"
	"minglu/app/doctor"
	"minglu/app/i18n"
)

// found is an examination with something of each kind, in a language.
func found(lang i18n.Lang) doctor.Examination {
	e := doctor.Examination{At: time.Date(2026, 10, 8, 8, 30, 0, 0, time.Local), Version: "0.1.139", Room: "R101", Title: "一号约谈室"}
	say := func(key string, pairs ...string) string { return i18n.Say(lang, "doctor."+key, pairs...) }
	add := func(name, key string, state doctor.State, ask string, pairs ...string) {
		r := doctor.Result{Check: name, State: state, Title: say(name + ".title"), Found: say(key, pairs...)}
		if state == doctor.Warn || state == doctor.Fail {
			r.Do, r.Ask = say(key+".do", pairs...), say("ask."+ask)
		}
		e.Results = append(e.Results, r)
	}
	add("programs", "programs.ok", doctor.OK, "", "dir", "/usr/lib/minglu")
	add("release", "release.ok", doctor.OK, "", "version", "0.1.139", "files", "17", "signer", "示例市税务局 releases")
	add("disk", "disk.low", doctor.Warn, "technician", "hours", "5.2", "free", "5.1")
	add("microphone", "microphone.dead", doctor.Fail, "technician", "title", "USB Audio")
	add("camera", "camera.ok", doctor.OK, "", "title", "HD Webcam", "width", "1280", "height", "720", "fps", "25.0")
	add("hq_tcp", "hq_tcp.ok", doctor.OK, "", "host", "10.3.2.1:8443", "ms", "12")
	add("hq_rate", "hq_rate.slow", doctor.Warn, "network", "rate", "0.2", "waiting", "950", "minutes", "633", "hour", "630")
	e.Results = append(e.Results, doctor.Result{Check: "keys", State: doctor.Skipped, Title: say("keys.title"), Found: say("skipped", "because", say("settings.title"))})
	return e
}

func newView(t *testing.T, lang i18n.Lang) (*check.View, fyne.Window) {
	t.Helper()
	look.Dress(test.NewTempApp(t))
	m := check.NewModel(t.TempDir(), lang, func() doctor.Room { return doctor.Room{} }, func() bool { return false })
	w := test.NewTempWindow(t, nil)
	v := check.NewView(m, lang)
	w.SetContent(v.Body)
	w.Resize(fyne.NewSize(872, 690)) // what a screen of 1024x768 leaves
	return v, w
}

func TestTheDoctorsScreen(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		v, w := newView(t, lang)
		v.Draw(check.Snapshot{Newest: found(lang), Told: check.Heard})
		test.AssertImageMatches(t, "found-"+string(lang)+".png", w.Canvas().Capture())
		w.Resize(fyne.NewSize(1128, 722)) // what one of 1280x800 leaves
		test.AssertImageMatches(t, "found-"+string(lang)+"-1128.png", w.Canvas().Capture())
	}
}

func TestAFaultAndAPaperAreTold(t *testing.T) {
	fault := &fs.PathError{Op: "open", Path: "/home/officer/doctor.pdf", Err: fs.ErrPermission}
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		v, w := newView(t, lang)
		v.Draw(check.Snapshot{Newest: found(lang), Told: check.Missed, Paper: "/home/officer/doctor-20261008.pdf", Fault: fault})
		test.AssertImageMatches(t, "fault-"+string(lang)+".png", w.Canvas().Capture())
	}
}

func TestBeforeTheFirstLook(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		v, w := newView(t, lang)
		v.Draw(check.Snapshot{Looking: true})
		v.Draw(check.Snapshot{Waits: true})
		test.AssertImageMatches(t, "waits-"+string(lang)+".png", w.Canvas().Capture())
	}
}

package setup_test

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"minglu/app/desk/look"
	"minglu/app/desk/setup"
	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/app/settings"
	"minglu/capture/agent"
	"minglu/capture/attach"
)

// sizes are what the shell leaves to a page on screens of 1024x768 and 1280x800.
var sizes = []fyne.Size{{Width: 872, Height: 690}, {Width: 1128, Height: 722}}

func newView(t *testing.T, lang i18n.Lang) (*setup.View, fyne.Window) {
	t.Helper()
	a := test.NewTempApp(t)
	look.Dress(a)
	m, _, _ := newModel(t)
	m.Edit(func(r *settings.Room) { r.Cameras = []string{"device:usb-1", "device:gone"} })
	w := test.NewTempWindow(t, nil)
	v := setup.NewView(m, lang, w, nil, func(i18n.Lang) {}, look.Words(""))
	w.SetContent(v.Body)
	return v, w
}

func drawn(v *setup.View, lang i18n.Lang) {
	say := func(key string, pairs ...string) string { return i18n.Say(lang, key, pairs...) }
	v.Draw(setup.Snapshot{
		Room:        settings.Room{Cameras: []string{"device:usb-1", "device:gone"}, NTP: "a b"},
		Cameras:     []setup.Device{{Source: "device:usb-1", Title: "HD Webcam C270"}},
		Microphones: []setup.Device{{Source: "device:mic-1", Title: "USB Audio"}},
		Faults: []setup.Fault{
			{Field: setup.Camera2, Err: &attach.Refused{Code: "device.camera", Detail: "gone"}}, {Field: setup.NTP, Err: coded("setting.host")},
		},
		HQ: []doctor.Result{
			{Check: "hq_name", State: doctor.OK, Title: say("doctor.hq_name.title"), Found: say("doctor.hq_name.ok", "host", "hq.example", "address", "10.0.0.1")},
			{Check: "hq_tls", State: doctor.Fail, Title: say("doctor.hq_tls.title"), Found: say("error.tls.authority"), Do: say("error.tls.authority.do")},
		},
		Trial: &attach.Trial{Package: "x", Verdict: "AUTHENTIC", Frames: 250, Dropped: 0, PeakDB: -12},
	})
	var screen look.Screen
	v.DrawSight([]setup.Sight{
		{Look: agent.Look{Source: "device:usb-1", Camera: true, Title: "HD Webcam C270", Width: 1280, Height: 720, FPS: 25}, Image: screen.Decode(grey())},
		{Look: agent.Look{Source: "device:gone", Camera: true, Code: "device.camera", Fault: "gone"}},
		{Look: agent.Look{Source: "device:", Title: "USB Audio", PeakDB: -12, LevelDB: -24}},
	})
}

type coded string

func (c coded) Error() string     { return string(c) }
func (c coded) FaultCode() string { return string(c) }

func TestTheDevicesShowWhatTheyDeliverAndFaultsStandAtTheirFields(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		for _, size := range sizes {
			v, w := newView(t, lang)
			w.Resize(size)
			drawn(v, lang)
			w.Resize(size.AddWidthHeight(1, 0)) // wrapped words take their height at the second look
			w.Resize(size)
			test.AssertImageMatches(t, fmt.Sprintf("setup-%s-%d.png", lang, int(size.Width)), w.Canvas().Capture())
		}
	}
}

package device_test

import (
	"errors"
	"strings"
	"testing"

	"minglu/capture/device"
	"minglu/capture/source"
)

func TestTheOfferNearestToWhatIsAskedIsTaken(t *testing.T) {
	type offer = device.Offer
	hd := device.CameraOptions{}
	full := device.CameraOptions{Width: 1920, Height: 1080, FPS: 25}
	for name, c := range map[string]struct {
		options device.CameraOptions
		narrow  bool
		offers  []offer
		want    offer
	}{
		"a usual webcam: raw is slow above VGA": {hd, true,
			[]offer{{"YUYV", 640, 480, 30}, {"YUYV", 1280, 720, 10}, {"MJPG", 1280, 720, 30}, {"MJPG", 1920, 1080, 30}},
			offer{"MJPG", 1280, 720, 30}},
		"25 rather than 30": {hd, true,
			[]offer{{"MJPG", 1280, 720, 30}, {"MJPG", 1280, 720, 25}, {"MJPG", 1280, 720, 20}},
			offer{"MJPG", 1280, 720, 25}},
		"raw where the wire carries it": {hd, false,
			[]offer{{"MJPG", 1280, 720, 30}, {"NV12", 1280, 720, 30}, {"YUYV", 1280, 720, 30}},
			offer{"NV12", 1280, 720, 30}},
		"what USB 2 cannot carry is not believed": {hd, true,
			[]offer{{"YUYV", 1280, 720, 30}, {"MJPG", 640, 480, 30}},
			offer{"MJPG", 640, 480, 30}},
		"raw at VGA": {hd, true,
			[]offer{{"YUYV", 640, 480, 30}, {"MJPG", 640, 480, 30}, {"YUYV", 320, 240, 30}},
			offer{"YUYV", 640, 480, 30}},
		"full HD when asked": {full, true,
			[]offer{{"MJPG", 1280, 720, 30}, {"MJPG", 1920, 1080, 30}, {"YUYV", 1920, 1080, 5}},
			offer{"MJPG", 1920, 1080, 30}},
		"larger rather than slow": {hd, true,
			[]offer{{"YUYV", 1280, 720, 8}, {"MJPG", 1920, 1080, 25}},
			offer{"MJPG", 1920, 1080, 25}},
	} {
		if got, ok := device.Choose(c.options, c.narrow, c.offers...); !ok || got != c.want {
			t.Errorf("%s: %+v; want %+v", name, got, c.want)
		}
	}
	if got, ok := device.Choose(hd, false, offer{"YUYV", 641, 480, 30}); ok {
		t.Errorf("an odd size was taken: %+v", got)
	}
}

func TestADeviceIsFoundByWhatAPersonKnowsOfIt(t *testing.T) {
	found := []source.Info{
		{ID: "usb-046d_C920_1-index0", Title: "HD Pro Webcam C920"},
		{ID: "usb-046d_C920_2-index0", Title: "HD Pro Webcam C920"},
		{ID: "pci-0000-index0", Title: "Integrated"},
	}
	for name, want := range map[string]int{
		"": 0, "usb-046d_C920_2-index0": 1, "Integrated": 2, "integ": 2, "hd pro": 0, "usb-046d_C920_2": 1,
	} {
		if got, err := device.Pick(name, found...); got != want || err != nil {
			t.Errorf("%q: %d, %v; want %d", name, got, err, want)
		}
	}
	if _, err := device.Pick("Logitech", found...); err == nil || !strings.Contains(err.Error(), "Integrated") {
		t.Errorf("not there: %v; want an error that lists what is", err)
	}
	if _, err := device.Pick("any"); !errors.Is(err, device.ErrNone) {
		t.Errorf("none: %v; want %v", err, device.ErrNone)
	}
}

func TestWhatHearsNothingIsNoMicrophone(t *testing.T) {
	for _, d := range [][2]string{
		{"null", "Discard all samples (playback) or generate zero samples (capture)"},
		{"", "NULL Capture Device"}, {"x", "NULL Capture Device"}, {"alsa_output.pci.monitor", "Monitor of Speakers"},
	} {
		if !device.Deaf(d[0], d[1]) {
			t.Errorf("%q (%s) is taken for a microphone", d[1], d[0])
		}
	}
	if device.Deaf("alsa_input.usb-Blue_Yeti", "Yeti Stereo Microphone") {
		t.Error("a microphone is taken for none")
	}
}

func TestDeviceIDsAreReadable(t *testing.T) {
	wide := []byte("{\x000\x00.\x000\x00}\x00\x00\x00\x00")
	for want, id := range map[string][]byte{
		"alsa_input.usb": []byte("alsa_input.usb\x00\x00\x00"), "{0.0}": wide, "01ff": {1, 0xff, 0, 0}, "": make([]byte, 8),
	} {
		if got := device.Name(id); got != want {
			t.Errorf("Name(%q) = %q; want %q", id, got, want)
		}
	}
}

func TestAModeMayFollowTheCamerasName(t *testing.T) {
	type wish struct {
		name               string
		width, height, fps int
	}
	for text, want := range map[string]wish{
		"":                        {"", 1280, 720, 25},
		"@640x360@15":             {"", 640, 360, 15},
		"Webcam C270@1920x1080@5": {"Webcam C270", 1920, 1080, 5},
		"cam@home":                {"cam@home", 1280, 720, 25},
		"cam@640x360":             {"cam@640x360", 1280, 720, 25},
		"a@10x10@1@320x180@25":    {"a@10x10@1", 320, 180, 25},
		"cam@640x360@99999":       {"cam@640x360@99999", 1280, 720, 25},
		"cam@0640000x360@15":      {"cam@0640000x360@15", 1280, 720, 25},
		"cam@00x00@0":             {"cam", 1280, 720, 25}, // nothing asked is the usual
	} {
		var got wish
		if got.name, got.width, got.height, got.fps = device.Wished(text); got != want {
			t.Errorf("%q: got %v; want %v", text, got, want)
		}
	}
}

package source_test

import (
	"strings"
	"testing"

	"minglu/capture/source"
)

func TestEverySourceAPersonMayWriteIsRead(t *testing.T) {
	for text, want := range map[string]source.Spec{
		"device:":                     {source.Device, ""},
		"device:HD Webcam: front":     {source.Device, "HD Webcam: front"},
		"synth:":                      {source.Synth, ""},
		"synth:1920x1080@25,seed=7":   {source.Synth, "1920x1080@25,seed=7"},
		"file:/tmp/a b.Y4M":           {source.File, "/tmp/a b.Y4M"},
		"file:talk.wav":               {source.File, "talk.wav"},
		"rtsp://u:p@10.0.0.7:554/s?1": {source.RTSP, "rtsp://u:p@10.0.0.7:554/s?1"},
		"rtsps://camera/live":         {source.RTSP, "rtsps://camera/live"},
	} {
		got, err := source.ParseSpec(text)
		if err != nil || got != want {
			t.Errorf("ParseSpec(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestARefusedSourceIsToldWhatIsAllowed(t *testing.T) {
	for _, text := range []string{"", "camera", "webcam:0", "file:", "rtsp://", "rtsp:///live"} {
		_, err := source.ParseSpec(text)
		if err == nil || !strings.Contains(err.Error(), source.Forms) {
			t.Errorf("ParseSpec(%q): %v; want an error that lists %q", text, err, source.Forms)
		}
	}
	if _, err := source.ParseSpec("file:notes.txt"); err == nil || !strings.Contains(err.Error(), ".y4m") {
		t.Errorf("ParseSpec of a .txt: %v; want the endings that are allowed", err)
	}
}

func TestAPasswordIsNeverPrinted(t *testing.T) {
	spec, err := source.ParseSpec("rtsp://admin:geheim@camera/1")
	if err != nil {
		t.Fatal(err)
	}
	if got := spec.String(); strings.Contains(got, "geheim") || !strings.Contains(got, "camera/1") {
		t.Errorf("String() = %q; want the URL without its password", got)
	}
	_, err = source.ParseSpec("rtsp://admin:geheim@[camera/1")
	if err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("error = %v; want one without the password", err)
	}
}

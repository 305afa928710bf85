package welcome_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"minglu/app/i18n"
	"minglu/app/room"
	"minglu/app/settings"
	"minglu/app/welcome"
	"minglu/capture/attach"
	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/strict"
)

const good = `{"v":1,"language":"zh","use":"hall","hq":"https://hq:8443","code":"ABCD","ca_fingerprint":"sha256:` +
	`0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","cameras":["synth:"],"microphone":"synth:","trial":true}`

// desk stands for headquarters and the recorder; it counts enrolments.
type desk struct {
	home     string
	enrolled int
	fault    error
	black    bool
	altered  bool
}

func (d *desk) tools() welcome.Tools {
	return welcome.Tools{
		Enrol: func(_ context.Context, t room.Ticket) (room.Enrolled, error) {
			if d.fault != nil {
				return room.Enrolled{}, d.fault
			}
			d.enrolled++
			s := settings.Room{V: 1, Room: "R7", Title: "七号室", HQ: t.URL}
			return room.Enrolled{}, s.Save(durable.OS{}, d.home)
		},
		Trial: func(_ context.Context, o attach.Order) (attach.Trial, error) {
			made := attach.Trial{Verdict: evidence.Authentic, DurationMS: 10_000,
				Tracks: []attach.TrialTrack{{Track: "cam0", Source: o.Cameras[0], Width: 1280, Height: 720, FPS: 25}}}
			if d.black {
				made.Troubles = []string{"cam0 camera black"}
			}
			if d.altered {
				made.Verdict = evidence.NotAuthentic
			}
			return made, nil
		},
	}
}

func (d *desk) prepare(t *testing.T, text string) (string, error) {
	t.Helper()
	a, err := welcome.ParseAnswers("answers.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	err = welcome.Prepare(context.Background(), d.home, a, d.tools(), func(s welcome.Step) error {
		said = append(said, s.Step+" "+string(s.State))
		return nil
	})
	return strings.Join(said, ", "), err
}

func TestARoomIsPreparedOnceHoweverOftenOneCalls(t *testing.T) {
	d := &desk{home: t.TempDir(), fault: errors.New("the line is cut")}
	if said, err := d.prepare(t, good); err == nil || said != "" {
		t.Errorf("without a line: %q, %v", said, err)
	}
	d.fault = nil
	for _, want := range []string{"enrol done, settings done, devices done", "enrol already, settings already, devices done"} {
		if said, err := d.prepare(t, good); err != nil || said != want {
			t.Errorf("got %q, %v; want %q", said, err, want)
		}
	}
	s, err := settings.LoadRoom(d.home)
	if err != nil || d.enrolled != 1 || s.Room != "R7" || s.Cameras[0] != "synth:" || s.Language != "zh" || s.Use != settings.UseHall {
		t.Errorf("enrolled %d times: %+v, %v", d.enrolled, s, err)
	}
	d.black = true
	if said, err := d.prepare(t, good); err != nil || !strings.HasSuffix(said, "devices wrong") {
		t.Errorf("a covered camera: %q, %v", said, err)
	}
	d.black, d.altered = false, true
	if said, err := d.prepare(t, good); err != nil || !strings.HasSuffix(said, "devices wrong") {
		t.Errorf("a test recording that does not verify: %q, %v", said, err)
	}
}

func TestAHomeOfAnotherHeadquartersIsLeftAlone(t *testing.T) {
	d := &desk{home: t.TempDir()}
	if _, err := d.prepare(t, good); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(d.home, settings.RoomFile))
	_, err := d.prepare(t, strings.Replace(good, "//hq:", "//other:", 1))
	after, _ := os.ReadFile(filepath.Join(d.home, settings.RoomFile))
	if !errors.Is(err, welcome.ErrOther) || string(before) != string(after) || i18n.Explain(err, i18n.ZH).Code != "setup.other" {
		t.Errorf("got %v", err)
	}
}

func TestEveryFaultOfTheAnswersIsListed(t *testing.T) {
	text := `{"v":2,"language":"fr","use":"car","hq":"http://hq","code":" ","ca_fingerprint":"md5:1","key":"usb","cameras":["webcam"],"ntp":"a b"}`
	_, err := welcome.ParseAnswers("answers.json", []byte(text))
	var faults strict.Faults
	if !errors.As(err, &faults) || len(faults) < 9 {
		t.Errorf("got %d faults: %v", len(faults), err)
	}
}

func FuzzParseAnswers(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"v":1,"code":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if a, err := welcome.ParseAnswers("answers.json", text); err == nil && (a.Code == "" || a.HQ == "") {
			t.Errorf("%q was let through", text)
		}
	})
}

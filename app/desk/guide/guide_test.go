package guide_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"minglu/app/desk/guide"
	"minglu/app/desk/setup"
	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/app/settings"
	"minglu/capture/agent"
	"minglu/capture/attach"
	"minglu/capture/durable"
)

// bench is a room without a recorder: the test says what the devices deliver.
type bench struct {
	home  string
	kept  *settings.Kept
	setup *setup.Model
	eyes  chan struct{} // told each time the devices are to be shown

	mu     sync.Mutex
	state  doctor.State // of every check
	looked []string     // names of checks
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{home: t.TempDir(), state: doctor.OK, eyes: make(chan struct{}, 9)}
	b.kept = settings.Keep(durable.OS{}, b.home, settings.Room{V: 1, Room: "R101", Title: "第一约谈室", HQ: "https://hq.example:8443", Org: "示例市税务局"})
	b.setup = setup.NewModel(b.kept, setup.Recorder{
		Ask: func(_ context.Context, q attach.Request) (attach.Event, error) {
			if q.Op == attach.OpTrial {
				return attach.Event{Data: []byte(`{"package":"/trial/1","verdict":"AUTHENTIC","frames":250,"peak_db":-12}`)}, nil
			}
			return attach.Event{Data: []byte(`{}`)}, nil
		},
		Open: func(ctx context.Context, _ attach.Request) (*attach.Stream, error) {
			b.eyes <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		},
		Play: func(string, string) error { return nil },
	}, func() []doctor.Check { return nil })
	return b
}

// model begins, or goes on, as the program does.
func (b *bench) model(t *testing.T) *guide.Model {
	t.Helper()
	p, _, err := guide.Load(b.home)
	m := guide.NewModel(b.home, p, err, i18n.ZH, b.setup, func() (all []doctor.Check) {
		for _, name := range []string{"programs", "clock", "ntp", "disk", "health", "camera", "settings", "hq_offset"} {
			all = append(all, doctor.Check{Name: name, Run: func(context.Context) doctor.Finding {
				b.mu.Lock()
				defer b.mu.Unlock()
				b.looked = append(b.looked, name)
				return doctor.Finding{State: b.state, Key: name + ".ok"}
			}})
		}
		return all
	})
	return m
}

func run(t *testing.T, run func(context.Context)) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); run(ctx) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

func until(t *testing.T, m *guide.Model, what string, is func(guide.Snapshot) bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(m.Feed.Newest()); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: %+v", what, m.Feed.Newest())
		}
	}
}

func at(step guide.Step) func(guide.Snapshot) bool {
	return func(s guide.Snapshot) bool { return s.Step == step && !s.Looking }
}

func sights() []setup.Sight {
	return []setup.Sight{
		{Look: agent.Look{Source: settings.FirstFound, Camera: true, Title: "HD Webcam C270", Width: 1280, Height: 720, FPS: 25, Picture: grey()}},
		{Look: agent.Look{Source: settings.FirstFound, Title: "USB Audio", PeakDB: -12, LevelDB: -24}},
	}
}

func grey() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 64, 36))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{90, 120, 140, 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil)
	return b.Bytes()
}

func TestEveryStepIsAnsweredAndThenTheSetUpIsOver(t *testing.T) {
	b := newBench(t)
	begun := guide.Progress{Step: guide.Invitation, Language: "zh", Use: settings.UseRoom}
	if err := begun.Save(b.home); err != nil {
		t.Fatal(err)
	}
	m := b.model(t)
	run(t, b.setup.Run)
	run(t, m.Run)
	if s := m.Feed.Newest(); s.Step != guide.Devices || s.Well {
		t.Fatalf("an enrolled room begins with %+v", s)
	}
	<-b.eyes
	b.setup.Sight.Publish(sights())
	until(t, m, "both devices deliver", func(s guide.Snapshot) bool { return s.Well })
	m.Next()
	until(t, m, "the test recording", at(guide.Trial))
	b.setup.Test()
	for b.setup.Feed.Newest().Trial == nil {
		time.Sleep(time.Millisecond)
	}
	if m.Feed.Newest().Well {
		t.Error("a test recording that nobody saw is enough")
	}
	m.Saw(true)
	until(t, m, "it was seen", func(s guide.Snapshot) bool { return s.Well })
	m.Next()
	until(t, m, "the clock", func(s guide.Snapshot) bool { return s.Step == guide.Clock && s.Well })
	b.setup.Edit(func(r *settings.Room) { r.NTP = "time.example" })
	m.Next()
	until(t, m, "the disk", func(s guide.Snapshot) bool { return s.Step == guide.Disk && s.Well })
	if b.kept.Now().NTP != "time.example" {
		t.Errorf("the time server was not kept: %+v", b.kept.Now())
	}
	m.Next()
	until(t, m, "the end", at(guide.Ready))
	if s := m.Feed.Newest(); len(s.Left) > 0 {
		t.Errorf("left %v", s.Left)
	}
	m.Next()
	until(t, m, "it is closed", func(s guide.Snapshot) bool { return s.Closed })
	if _, under, err := guide.Load(b.home); under || err != nil {
		t.Errorf("a set-up is still under way: %v", err)
	}
	for _, name := range []string{"programs", "camera"} {
		if slices.Contains(b.looked, name) {
			t.Errorf("the doctor looked at %s, which no step asks for", name)
		}
	}
}

func TestACutSetUpGoesOnAtItsStepAndTellsWhatWasPassedBy(t *testing.T) {
	b := newBench(t)
	b.state = doctor.Warn
	m := b.model(t)
	stop := run(t, m.Run)
	for _, next := range []guide.Step{guide.Trial, guide.Clock, guide.Disk} {
		m.Next()
		until(t, m, string(next), at(next))
	}
	stop() // what a kill leaves is what the file holds
	again := b.model(t)
	s := again.Feed.Newest()
	if s.Step != guide.Disk || !slices.Equal(s.Left, []guide.Step{guide.Devices, guide.Trial, guide.Clock}) {
		t.Fatalf("goes on with %+v", s)
	}
	run(t, again.Run)
	again.Go(guide.Clock)
	until(t, again, "back at the clock", at(guide.Clock))
	b.mu.Lock()
	b.state = doctor.OK
	b.mu.Unlock()
	again.Again()
	until(t, again, "it is well now", func(s guide.Snapshot) bool { return s.Well })
	again.Next()
	until(t, again, "the clock is done", func(s guide.Snapshot) bool { return !slices.Contains(s.Left, guide.Clock) })
	again.Later()
	if s := again.Feed.Newest(); !s.Closed {
		t.Error("the window has to wait")
	}
	if p, under, err := guide.Load(b.home); !under || err != nil || p.Step != guide.Disk {
		t.Errorf("the next start: %+v, %v", p, err)
	}
}

func TestADamagedRecordIsSaidAndTheSetUpBeginsAnew(t *testing.T) {
	for _, text := range []string{"{", `{"v":1,"step":"elsewhere"}`, `{"v":2,"step":"disk"}`} {
		b := newBench(t)
		if err := os.WriteFile(filepath.Join(b.home, "guide.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if s := b.model(t).Feed.Newest(); s.Step != guide.Devices || s.Fault == nil || i18n.Explain(s.Fault, i18n.ZH).What == "" {
			t.Errorf("%s: %+v", text, s)
		}
	}
}

func TestADiskThatCannotWriteKeepsTheStep(t *testing.T) {
	b := newBench(t)
	m := b.model(t)
	run(t, m.Run)
	if err := os.Mkdir(filepath.Join(b.home, "guide.json"), 0o700); err != nil { // cannot be replaced by a file
		t.Fatal(err)
	}
	m.Next()
	until(t, m, "the fault", func(s guide.Snapshot) bool { return s.Fault != nil })
	if s := m.Feed.Newest(); s.Step != guide.Devices {
		t.Errorf("it went on to %s", s.Step)
	}
}

func FuzzLoad(f *testing.F) {
	good, err := json.Marshal(guide.Progress{V: 1, Step: guide.Disk, Left: []guide.Step{guide.Trial}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(good))
	f.Add(`{"v":1,"step":"` + strings.Repeat("x", 99) + `"}`)
	f.Fuzz(func(t *testing.T, text string) {
		home := t.TempDir()
		if err := os.WriteFile(filepath.Join(home, "guide.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if p, under, _ := guide.Load(home); !under || !slices.Contains(guide.Steps(), p.Step) {
			t.Errorf("%q gives %+v", text, p)
		}
	})
}

package setup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"minglu/app/desk/setup"
	"minglu/app/doctor"
	"minglu/app/settings"
	"minglu/capture/agent"
	"minglu/capture/attach"
	"minglu/capture/durable"
)

// recorder answers what the screen asks, over the socket where it streams.
type recorder struct {
	home string

	mu     sync.Mutex
	broken map[string]bool // sources that do not open
	looked [][]string
}

func (r *recorder) ask(_ context.Context, q attach.Request) (attach.Event, error) {
	switch q.Op {
	case attach.OpTrial:
		if len(q.Order.Cameras) == 0 {
			return attach.Event{}, errors.New("a test recording without devices")
		}
		return attach.Event{Event: attach.EventDone, Data: []byte(`{"package":"/trial/1","verdict":"AUTHENTIC","frames":250,"peak_db":-12}`)}, nil
	case attach.OpDevices:
	default:
		return attach.Event{}, errors.New("asked for " + q.Op)
	}
	return attach.Event{Event: attach.EventDone, Data: []byte(`{"cameras":[{"ID":"usb-1","Title":"会议室摄像机"}],"microphones":[{"ID":"mic-1","Title":"桌面麦克风"}]}`)}, nil
}

func (r *recorder) listen(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(attach.RunDir(r.home), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := attach.Listen(r.home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go r.stream(conn)
		}
	}()
}

// stream shows a grey picture and a steady tone of whatever is asked for.
func (r *recorder) stream(conn net.Conn) {
	defer conn.Close()
	var q attach.Request
	if json.NewDecoder(conn).Decode(&q) != nil {
		return
	}
	r.mu.Lock()
	r.looked = append(r.looked, append(q.Order.Cameras, q.Order.Microphone))
	r.mu.Unlock()
	for range 1000 {
		var looks []agent.Look
		for _, c := range q.Order.Cameras {
			looks = append(looks, r.see(agent.Look{Source: c, Camera: true, Title: "摄像机 " + c, Width: 1280, Height: 720, FPS: 25, Picture: grey()}))
		}
		looks = append(looks, r.see(agent.Look{Source: q.Order.Microphone, Title: "麦克风", PeakDB: -12, LevelDB: -30}))
		raw, _ := json.Marshal(looks)
		if json.NewEncoder(conn).Encode(attach.Event{Event: attach.EventLook, Data: raw}) != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (r *recorder) see(l agent.Look) agent.Look {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken[l.Source] {
		return agent.Look{Source: l.Source, Camera: l.Camera, Code: "device.camera", Fault: "open: no such device"}
	}
	return l
}

func grey() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 64, 36))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{90, 120, 140, 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil)
	return b.Bytes()
}

func newModel(t *testing.T) (*setup.Model, *recorder, *settings.Kept) {
	t.Helper()
	home := t.TempDir()
	r := &recorder{home: home, broken: map[string]bool{"device:gone": true}}
	r.listen(t)
	kept := settings.Keep(durable.OS{}, home, settings.Room{V: 1, Room: "R101", Title: "第一约谈室", Org: "示例市税务局", HQ: "https://hq.example:8443"})
	m := setup.NewModel(kept, setup.Recorder{
		Ask:  r.ask,
		Open: func(ctx context.Context, q attach.Request) (*attach.Stream, error) { return attach.Ask(ctx, home, q) },
		Play: func(string, string) error { return nil },
	}, func() []doctor.Check {
		return []doctor.Check{
			{Name: "camera", Run: func(context.Context) doctor.Finding { panic("nobody asked for the camera") }},
			{Name: "hq_name", Run: func(context.Context) doctor.Finding {
				return doctor.Finding{State: doctor.OK, Key: "hq_name.ok", Pairs: []string{"host", "hq.example", "address", "10.0.0.1"}}
			}},
		}
	})
	return m, r, kept
}

func run(t *testing.T, m *setup.Model) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { m.Run(ctx) })
	t.Cleanup(func() { stop(); work.Wait() })
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("not within ten seconds: %s", what)
}

func TestAChosenDeviceIsKeptOnlyOnceItWasSeenToWork(t *testing.T) {
	m, _, kept := newModel(t)
	run(t, m)
	m.Show(true)
	choose := func(source string) { m.Edit(func(r *settings.Room) { r.Cameras = []string{source} }) }
	choose("device:gone")
	until(t, "the fault stands at the camera", func() bool {
		f := m.Feed.Newest().Faults
		var refused *attach.Refused
		return len(f) == 1 && f[0].Field == setup.Camera && errors.As(f[0].Err, &refused)
	})
	m.Keep()
	choose("device:usb-1")
	until(t, "it is seen", func() bool { return len(m.Feed.Newest().Faults) == 0 })
	if got := kept.Now().Cameras; len(got) != 0 {
		t.Errorf("what does not open was kept: %v", got)
	}
	m.Keep()
	until(t, "it is kept", func() bool { return m.Feed.Newest().Kept })
	if got := kept.Now().Cameras; len(got) != 1 || got[0] != "device:usb-1" {
		t.Errorf("kept %v", got)
	}
}

func TestEachWrongSettingIsToldAtItsFieldAndNothingIsKept(t *testing.T) {
	m, _, kept := newModel(t)
	run(t, m)
	for field, spoil := range map[setup.Field]func(*settings.Room){
		setup.Camera:     func(r *settings.Room) { r.Cameras = []string{"webcam"} },
		setup.Camera2:    func(r *settings.Room) { r.Cameras = []string{"synth:", "synth:"} },
		setup.Microphone: func(r *settings.Room) { r.Microphone = "file:" },
		setup.NTP:        func(r *settings.Room) { r.NTP = "a b" },
		setup.Place:      func(r *settings.Room) { r.Place = "一\a楼" },
	} {
		m.Edit(func(r *settings.Room) { *r = kept.Now() })
		m.Edit(spoil)
		found := false
		for _, f := range m.Feed.Newest().Faults {
			found = found || f.Field == field
		}
		if !found {
			t.Errorf("%s: faults %+v", field, m.Feed.Newest().Faults)
		}
		m.Keep()
		m.Language("en") // done after it: the jobs go one after the other
		until(t, "both are done", func() bool { return kept.Now().Language == "en" })
		if now := kept.Now(); len(now.Cameras) > 0 || now.Microphone+now.NTP+now.Place != "" {
			t.Errorf("%s: kept %+v", field, now)
		}
		if err := kept.Change(func(r *settings.Room) { r.Language = "" }); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheDevicesAreLookedAtOnlyWhileTheScreenIsShown(t *testing.T) {
	m, r, _ := newModel(t)
	run(t, m)
	time.Sleep(100 * time.Millisecond)
	r.mu.Lock()
	looked := len(r.looked)
	r.mu.Unlock()
	if looked > 0 {
		t.Error("the camera is on and nobody looks")
	}
	m.Show(true)
	until(t, "picture and level are there", func() bool {
		s := m.Sight.Newest()
		return len(s) == 2 && s[0].Image != nil && s[1].PeakDB == -12
	})
	m.Show(false)
	until(t, "nothing is looked at", func() bool { return len(m.Sight.Newest()) == 0 })
}

func TestTheWayToHeadquartersIsWalkedAlone(t *testing.T) {
	m, _, _ := newModel(t)
	run(t, m)
	m.Ask("zh")
	until(t, "it is walked", func() bool { s := m.Feed.Newest(); return !s.Asking && len(s.HQ) == 1 })
	if hq := m.Feed.Newest().HQ[0]; hq.State != doctor.OK || hq.Title == "" || hq.Found == "" {
		t.Errorf("found %+v", hq)
	}
}

func TestATestRecordingIsMadeWithTheDevicesOnTheScreen(t *testing.T) {
	m, _, _ := newModel(t)
	run(t, m)
	m.Test()
	until(t, "it is made", func() bool {
		s := m.Feed.Newest()
		return !s.Trying && s.Trial != nil && s.Trial.Verdict == "AUTHENTIC"
	})
}

package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image/jpeg"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"minglu/capture"
	"minglu/capture/agent"
	"minglu/capture/attach"
	"minglu/capture/durable"
	"minglu/capture/source"
	"minglu/capture/source/synth"
	"minglu/capture/vault"
)

// devices are cameras of which one may be open at a time, as with real ones.
type devices struct {
	mu    sync.Mutex
	open  int
	most  int
	fault error
}

type onlyOne struct {
	source.Camera
	d *devices
}

func (o onlyOne) Close() error {
	o.d.mu.Lock()
	o.d.open--
	o.d.mu.Unlock()
	return o.Camera.Close()
}

func (d *devices) camera(context.Context, string) (source.Camera, error) {
	o, err := synth.ParseOptions("320x180@25")
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fault != nil {
		return nil, d.fault
	}
	d.open++
	d.most = max(d.most, d.open)
	return onlyOne{synth.OpenCamera(o), d}, nil
}

func microphone(context.Context, string) (source.Microphone, error) {
	o, err := synth.ParseOptions("")
	return synth.OpenMicrophone(o), err
}

// serve runs a recorder whose recordings go nowhere: it is asked to look and to probe alone.
func serve(t *testing.T, d *devices) (home string) {
	t.Helper()
	home = t.TempDir()
	if err := os.MkdirAll(attach.RunDir(home), 0o700); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(durable.OS{}, filepath.Join(home, "vault"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := attach.Listen(home)
	if err != nil {
		t.Fatal(err)
	}
	a := agent.New(agent.Room{Code: "R01", Vault: v, OpenCamera: d.camera, OpenMicrophone: microphone, Paired: func() {},
		Gear: capture.Gear{}, FaultCode: func(error) string { return "device.camera" }}, t.Output())
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { _ = a.Serve(ctx, l) })
	t.Cleanup(func() { stop(); work.Wait() })
	return home
}

func order() *attach.Order { return &attach.Order{Cameras: []string{"synth:"}, Microphone: "synth:"} }

// next waits for the next look.
func next(t *testing.T, s *attach.Stream) (looks []agent.Look, over bool) {
	t.Helper()
	e, err := s.Next()
	if err != nil || e.Event == attach.EventDone {
		return nil, true
	}
	if err := json.Unmarshal(e.Data, &looks); err != nil || e.Event != attach.EventLook {
		t.Fatalf("%s: %v", e.Event, err)
	}
	return looks, false
}

func TestALookShowsPictureAndSoundOfTheChosenDevices(t *testing.T) {
	home := serve(t, &devices{})
	s, err := attach.Ask(t.Context(), home, attach.Request{Op: attach.OpLook, Order: order()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for end := time.Now().Add(5 * time.Second); ; {
		looks, over := next(t, s)
		if over || time.Now().After(end) {
			t.Fatalf("no picture and sound within five seconds: %+v", looks)
		}
		if len(looks) == 2 && looks[0].Picture != nil && looks[0].FPS > 20 && looks[1].PeakDB > -40 {
			img, err := jpeg.Decode(bytes.NewReader(looks[0].Picture))
			if err != nil || img.Bounds().Dx() != 320 || looks[0].Width != 320 || looks[0].Title == "" || looks[1].Title == "" {
				t.Errorf("%v, %v, %+v", img.Bounds(), err, looks[0])
			}
			return
		}
	}
}

func TestDevicesAreUsedByOneAtATimeAndAProbeIsNotDisturbed(t *testing.T) {
	d := &devices{}
	home := serve(t, d)
	looking, err := attach.Ask(t.Context(), home, attach.Request{Op: attach.OpLook, Order: order()})
	if err != nil {
		t.Fatal(err)
	}
	defer looking.Close()
	next(t, looking)
	var probes sync.WaitGroup
	for range 2 { // as the checks before a recording do
		probes.Go(func() {
			e, err := attach.Once(t.Context(), home, attach.Request{Op: attach.OpProbe, Order: order()})
			var found []agent.Probe
			if err == nil {
				err = json.Unmarshal(e.Data, &found)
			}
			if err != nil || len(found) != 2 || found[0].Fault != "" || found[0].Pictures < 25 {
				t.Errorf("probed %+v, %v", found, err)
			}
		})
	}
	probes.Wait()
	for over := false; !over; {
		_, over = next(t, looking)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.most != 1 || d.open != 0 {
		t.Errorf("%d cameras were open at once, %d still are", d.most, d.open)
	}
}

func TestADeviceThatFailsIsToldAndTriedAgain(t *testing.T) {
	d := &devices{fault: os.ErrNotExist}
	home := serve(t, d)
	s, err := attach.Ask(t.Context(), home, attach.Request{Op: attach.OpLook, Order: order()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	failed, end := false, time.Now().Add(10*time.Second)
	for time.Now().Before(end) {
		looks, over := next(t, s)
		if over {
			t.Fatal("the look ended")
		}
		if looks[0].Code == "device.camera" && !failed {
			failed = true
			d.mu.Lock()
			d.fault = nil
			d.mu.Unlock()
		}
		if failed && looks[0].Picture != nil && looks[0].Fault == "" {
			return
		}
	}
	t.Errorf("failed: %v, and never came back", failed)
}

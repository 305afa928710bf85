package capture_test

import (
	"context"
	"image"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"minglu/capture"
	"minglu/capture/evidence"
	"minglu/capture/source"
	"minglu/capture/source/synth"
)

// spoilt is a camera whose pictures something happens to once it is told.
type spoilt struct {
	source.Camera
	on    *atomic.Bool
	spoil func(*image.YCbCr)
}

func (s spoilt) Read(ctx context.Context) (source.Picture, error) {
	p, err := s.Camera.Read(ctx)
	if err == nil && s.on.Load() {
		s.spoil(p.Image)
	}
	return p, err
}

func fill(img *image.YCbCr, luma byte) {
	for i := range img.Y {
		img.Y[i] = luma + byte(i%97)*byte(luma/100) // a bright picture has something in it
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 128, 128
	}
}

// whisper is a microphone that hears next to nothing: no digital zero, which is another fault.
type whisper struct{ source.Microphone }

func (w whisper) Read(ctx context.Context) (source.Sound, error) {
	s, err := w.Microphone.Read(ctx)
	for i := range s.Samples {
		s.Samples[i] = int16(i%21 - 10)
	}
	return s, err
}

// warned records while something is wrong, until the screen's status says so, and gives how long that took and the
// journal.
func (s *studio) warned(spoil func(*image.YCbCr), mic func(source.Microphone) source.Microphone, wait time.Duration,
	told func(*capture.Status) bool) (took time.Duration, journal string) {
	s.t.Helper()
	setup := s.setup("320x180@25", "", 0)
	var on atomic.Bool
	in := &setup.Inputs[0]
	camera, microphone := in.Camera, in.Microphone
	in.Camera = func(ctx context.Context) (source.Camera, error) {
		c, err := camera(ctx)
		return spoilt{c, &on, spoil}, err
	}
	in.Microphone = func(ctx context.Context) (source.Microphone, error) {
		m, err := microphone(ctx)
		return mic(m), err
	}
	var id string
	s.record(setup, func(session *capture.Session) {
		id = session.ID()
		time.Sleep(1500 * time.Millisecond)
		on.Store(true)
		began := time.Now()
		for time.Since(began) < wait {
			if st := session.Status(); st != nil && told(st) {
				took = time.Since(began)
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if took == 0 {
			s.t.Errorf("nothing was told within %v: %+v", wait, session.Status())
		}
		session.Stop()
		<-session.Done()
	})
	raw, err := os.ReadFile(filepath.Join(s.vault.Dir(id), filepath.FromSlash(evidence.FileJournal)))
	if err != nil {
		s.t.Fatal(err)
	}
	return took, string(raw)
}

func plainMicrophone(m source.Microphone) source.Microphone { return m }

func TestABlackOrFrozenPictureIsToldWithinFiveSecondsAndInTheJournal(t *testing.T) {
	for what, luma := range map[string]byte{"black": 3, "frozen": 120} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := newStudio(t)
			took, journal := s.warned(func(img *image.YCbCr) { fill(img, luma) }, plainMicrophone, 8*time.Second,
				func(st *capture.Status) bool { return st.Troubles["cam0 camera"] == what })
			if took > 5*time.Second || !strings.Contains(journal, `"what":"`+what+`"`) {
				t.Errorf("told after %v; in the journal: %v", took, strings.Contains(journal, what))
			}
			t.Logf("told after %v", took)
		})
	}
}

func TestTenSecondsOfSilenceAreToldWithinFiveMoreAndInTheJournal(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	took, journal := s.warned(func(*image.YCbCr) {}, func(m source.Microphone) source.Microphone { return whisper{m} }, 18*time.Second,
		func(st *capture.Status) bool { return st.Troubles["cam0 microphone"] == "silent" })
	if took > 15*time.Second || !strings.Contains(journal, `"what":"silent"`) {
		t.Errorf("told after %v", took)
	}
	t.Logf("told %v after a silence that began 1.5 s before", took)
}

func TestADiskForLessThanHalfAnHourIsToldWithinFiveSecondsAndInTheJournal(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	var short atomic.Bool
	s.gear.Free = func() (int64, error) {
		if short.Load() {
			return capture.LowDisk - 1, nil
		}
		return 1 << 40, nil
	}
	time.AfterFunc(1500*time.Millisecond, func() { short.Store(true) })
	took, journal := s.warned(func(*image.YCbCr) {}, plainMicrophone, 8*time.Second,
		func(st *capture.Status) bool { return st.FreeBytes > 0 && st.FreeBytes < capture.LowDisk })
	if took > 5*time.Second || !strings.Contains(journal, `"role":"disk"`) || !strings.Contains(journal, `"what":"low"`) {
		t.Errorf("told after %v", took)
	}
	t.Logf("told after %v", took)
}

func TestTheFirstHalfSecondIsDurableWithinASecondOfTheStart(t *testing.T) {
	s := newStudio(t)
	var began time.Time
	var first atomic.Int64
	s.gear.Tell = func(e capture.Event) {
		if e.Name == "segment" && e.MS > 0 {
			first.CompareAndSwap(0, int64(time.Since(began)))
		}
	}
	o, err := synth.ParseOptions("1280x720@25")
	if err != nil {
		t.Fatal(err)
	}
	setup := s.setup("320x180@25", "", 2*time.Second)
	setup.Inputs[0].Camera = func(context.Context) (source.Camera, error) { return synth.OpenCamera(o), nil }
	began = time.Now()
	s.record(setup, func(session *capture.Session) { <-session.Done() })
	took := time.Duration(first.Load())
	t.Logf("durable after %v", took)
	if took == 0 || took > 1500*time.Millisecond { // half as much again for a machine that does other things too
		t.Errorf("the first media was durable after %v", took)
	}
}

package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/jpeg"
	"net"
	"sync"
	"time"

	"minglu/capture"
	"minglu/capture/attach"
	"minglu/capture/picture"
	"minglu/capture/source"
	"minglu/capture/watch"
)

// Look is what a device delivers at this moment, for a screen.
type Look struct {
	Source  string  `json:"source"` // as asked for
	Title   string  `json:"title"`
	Camera  bool    `json:"camera"`
	Width   int     `json:"width"`
	Height  int     `json:"height"`
	FPS     float64 `json:"fps"`               // of the last second
	Picture []byte  `json:"picture,omitempty"` // JPEG, 320x180; none of cameras that compress themselves
	PeakDB  float64 `json:"peak_db"`           // loudest since the look before
	LevelDB float64 `json:"level_db"`
	Code    string  `json:"code,omitempty"` // of the fault, for i18n
	Fault   string  `json:"fault,omitempty"`
}

// Rates of looking: small and seldom, it is for choosing a device, not for watching it.
const (
	lookEvery             = 125 * time.Millisecond
	lookWidth, lookHeight = 320, 180
	quiet                 = -96.0
)

// eye looks at one device; its newest sight is read from another goroutine.
type eye struct {
	mu    sync.Mutex // guards what follows
	sight Look
	shown bool // the sight was sent: the next peak begins anew
	seen  []time.Time
}

// look sends what the order's devices deliver until the client goes, ctx ends or a recording wants the devices.
func (a *Agent) look(ctx context.Context, conn net.Conn, order *attach.Order) {
	if order == nil {
		a.say(conn, a.fault(errors.New("look without devices")))
		return
	}
	ctx, leave, err := a.takeDevices(ctx, false)
	if err != nil {
		a.say(conn, a.fault(err))
		return
	}
	defer leave()
	ctx, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer stop()
	var eyes []*eye
	for _, spec := range order.Cameras {
		e := &eye{sight: Look{Source: spec, Camera: true}}
		eyes = append(eyes, e)
		work.Go(func() { e.keep(ctx, a, "camera", e.watch) })
	}
	if order.Microphone != "" {
		e := &eye{sight: Look{Source: order.Microphone, PeakDB: quiet, LevelDB: quiet}}
		eyes = append(eyes, e)
		work.Go(func() { e.keep(ctx, a, "microphone", e.listen) })
	}
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			a.say(conn, attach.Event{Event: attach.EventDone})
			return
		case <-t.C:
		}
		if !a.show(conn, eyes) {
			return
		}
	}
}

// show sends one round of sights; false means that the client is gone.
func (a *Agent) show(conn net.Conn, eyes []*eye) bool {
	var sights []Look
	for _, e := range eyes {
		sights = append(sights, e.take())
	}
	raw, err := json.Marshal(sights)
	return err == nil && a.say(conn, attach.Event{Event: attach.EventLook, Data: raw})
}

// again is how long a device that failed is left alone.
const again = 2 * time.Second

// keep watches a device, and opens it again after each fault.
func (e *eye) keep(ctx context.Context, a *Agent, role string, watch func(context.Context, *Agent) error) {
	for ctx.Err() == nil {
		err := watch(ctx, a)
		if ctx.Err() != nil {
			return
		}
		fault := a.fault(&capture.DeviceError{Role: role, Err: err})
		e.change(func(l *Look) {
			l.Code, l.Fault, l.Picture, l.FPS, l.PeakDB, l.LevelDB = fault.Code, fault.Detail, nil, 0, quiet, quiet
		})
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
}

func (e *eye) change(f func(*Look)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f(&e.sight)
}

// take gives the newest sight.
func (e *eye) take() Look {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shown = true
	return e.sight
}

func (e *eye) watch(ctx context.Context, a *Agent) error {
	camera, err := a.room.OpenCamera(ctx, e.sight.Source)
	if err != nil {
		return err
	}
	defer camera.Close()
	mode := camera.Mode()
	e.change(func(l *Look) {
		l.Title, l.Width, l.Height, l.Code, l.Fault = camera.Info().Title, mode.Width, mode.Height, "", ""
	})
	small, made := image.NewRGBA(image.Rect(0, 0, lookWidth, lookHeight)), time.Time{}
	for {
		pic, err := camera.Read(ctx)
		if err != nil {
			return err
		}
		now := time.Now()
		var shot []byte
		if pic.Image != nil && now.Sub(made) >= lookEvery {
			made = now
			shot = develop(small, pic)
		}
		pic.Release()
		e.change(func(l *Look) {
			e.seen = recent(append(e.seen, now), now)
			l.FPS = float64(len(e.seen))
			if shot != nil {
				l.Picture = shot
			}
		})
	}
}

// recent leaves the moments of the last second.
func recent(seen []time.Time, now time.Time) []time.Time {
	for len(seen) > 0 && now.Sub(seen[0]) > time.Second {
		seen = seen[1:]
	}
	return seen
}

// develop makes the small picture; one that cannot be written is left out.
func develop(small *image.RGBA, pic source.Picture) []byte {
	picture.Preview(small, pic.Image)
	var b bytes.Buffer
	if jpeg.Encode(&b, small, &jpeg.Options{Quality: 75}) != nil {
		return nil
	}
	return b.Bytes()
}

func (e *eye) listen(ctx context.Context, a *Agent) error {
	mic, err := a.room.OpenMicrophone(ctx, e.sight.Source)
	if err != nil {
		return err
	}
	defer mic.Close()
	e.change(func(l *Look) { l.Title, l.Code, l.Fault = mic.Info().Title, "", "" })
	ear := watch.NewSound(mic.Format().Channels)
	for {
		sound, err := mic.Read(ctx)
		if err != nil {
			return err
		}
		ear.Hear(sound.Samples)
		e.change(func(l *Look) {
			level := ear.Level()
			if e.shown {
				e.shown, l.PeakDB = false, quiet
			}
			l.PeakDB, l.LevelDB = max(l.PeakDB, level.Peak), level.RMS
		})
	}
}

package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/jpeg"
	"time"

	"minglu/capture"
	"minglu/capture/attach"
	"minglu/capture/watch"
)

// Probe is what a device delivered when it was tried.
type Probe struct {
	Source   string  `json:"source"`
	Title    string  `json:"title"`
	Width    int     `json:"width"`
	Height   int     `json:"height"`
	FPS      float64 `json:"fps"` // really delivered
	PeakDB   float64 `json:"peak_db"`
	Code     string  `json:"code"` // of the fault, for i18n; empty when it delivers
	Fault    string  `json:"fault"`
	Pictures int     `json:"pictures"`
	Samples  int     `json:"samples"`
	// State is what was seen or heard at the end: a word of capture/watch.
	State   string  `json:"state"`
	FloorDB float64 `json:"floor_db"` // the quietest 20 ms: what the room and the microphone make by themselves
}

// How long a device is tried. A camera is called frozen only after three seconds of the very same picture.
const (
	listening = 2 * time.Second
	looking   = 3200 * time.Millisecond
)

// probe opens the order's devices for a moment. Each fault is told with its device.
func (a *Agent) probe(ctx context.Context, order *attach.Order) ([]byte, error) {
	if order == nil {
		return nil, errors.New("probe without devices")
	}
	ctx, leave, err := a.takeDevices(ctx, true)
	if err != nil {
		return nil, err
	}
	defer leave()
	var found []Probe
	for _, spec := range order.Cameras {
		found = append(found, a.probeCamera(ctx, spec))
	}
	if order.Microphone != "" {
		found = append(found, a.probeMicrophone(ctx, order.Microphone))
	}
	return json.Marshal(found)
}

func (a *Agent) probeCamera(ctx context.Context, spec string) (p Probe) {
	p.Source = spec
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	camera, err := a.room.OpenCamera(ctx, spec)
	if err != nil {
		p.Code, p.Fault = a.why(err)
		return p
	}
	defer camera.Close()
	mode := camera.Mode()
	p.Title, p.Width, p.Height = camera.Info().Title, mode.Width, mode.Height
	var first, last time.Duration
	var seen watch.Picture
	for p.Pictures == 0 || last-first < looking {
		pic, err := camera.Read(ctx)
		if err != nil {
			p.Code, p.Fault = a.why(err)
			return p
		}
		if p.Pictures == 0 {
			first = pic.At
		}
		last = pic.At
		p.Pictures++
		if pic.Image != nil { // an IP camera's pictures come compressed
			state, _ := seen.See(pic.Image, pic.At)
			p.State = string(state)
		}
		pic.Release()
	}
	p.FPS = float64(p.Pictures-1) / (last - first).Seconds()
	return p
}

func (a *Agent) probeMicrophone(ctx context.Context, spec string) (p Probe) {
	p.Source = spec
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	mic, err := a.room.OpenMicrophone(ctx, spec)
	if err != nil {
		p.Code, p.Fault = a.why(err)
		return p
	}
	defer mic.Close()
	p.Title, p.PeakDB = mic.Info().Title, -96
	listen := watch.NewSound(mic.Format().Channels)
	for began := time.Now(); time.Since(began) < listening; {
		sound, err := mic.Read(ctx)
		if err != nil {
			p.Code, p.Fault = a.why(err)
			return p
		}
		p.Samples += len(sound.Samples)
		state, _ := listen.Hear(sound.Samples)
		level := listen.Level()
		p.State, p.PeakDB, p.FloorDB = string(state), max(p.PeakDB, level.Peak), min(p.FloorDB, level.RMS)
	}
	return p
}

// why is a fault for a program and for its technician.
func (a *Agent) why(err error) (code, fault string) {
	e := a.fault(err)
	return e.Code, e.Detail
}

func preview(s *capture.Session, track string) ([]byte, error) {
	img := s.Preview(track)
	if img == nil {
		return nil, nil
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 75}); err != nil {
		return nil, fmt.Errorf("write preview: %w", err)
	}
	return b.Bytes(), nil
}

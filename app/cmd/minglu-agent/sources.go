package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"sync"
	"time"

	"minglu/capture/clock"
	"minglu/capture/codec"
	"minglu/capture/device"
	"minglu/capture/source"
	"minglu/capture/source/file"
	"minglu/capture/source/rtsp"
	"minglu/capture/source/synth"
)

// lead is how long before its first picture a file is opened: time for the package to be made.
const lead = 700 * time.Millisecond

// stage opens the sources of a recording. Camera and sound of one file recording start together, and those
// of one IP camera share a connection.
type stage struct {
	clock clock.Clock

	mu    sync.Mutex
	start time.Duration    // of files; 0 until the first is opened
	spare map[string]spare // by URL: what an open connection still offers
}

// spare is the half of an IP camera's connection that nobody has asked for yet.
type spare struct {
	camera source.Camera
	mic    source.Microphone
}

func newStage(c clock.Clock) *stage { return &stage{clock: c, spare: map[string]spare{}} }

// clear forgets what an earlier recording left.
func (s *stage) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.start = 0
	for url, half := range s.spare {
		half.close()
		delete(s.spare, url)
	}
}

func (h spare) close() {
	if h.camera != nil {
		_ = h.camera.Close() // it was never read; there is nothing to lose
	}
	if h.mic != nil {
		_ = h.mic.Close()
	}
}

func (s *stage) fileOptions() (o file.Options, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.start == 0 {
		s.start = s.clock.Boot() + lead
	}
	jpeg, err := codec.NewMJPEG()
	if err != nil {
		return o, err
	}
	return file.Options{Clock: s.clock, Start: s.start, Decode: func(b []byte, into *image.YCbCr) error { return jpeg.Decode(b, into) }}, nil
}

func (s *stage) openCamera(ctx context.Context, text string) (source.Camera, error) {
	spec, err := source.ParseSpec(text)
	if err != nil {
		return nil, err
	}
	switch spec.Kind {
	case source.Synth:
		o, err := synth.ParseOptions(spec.Rest)
		if err != nil {
			return nil, err
		}
		return synth.OpenCamera(o), nil
	case source.File:
		o, err := s.fileOptions()
		if err != nil {
			return nil, err
		}
		return file.OpenCamera(spec.Rest, o)
	case source.RTSP:
		half, err := s.connect(ctx, spec.Rest, func(h spare) bool { return h.camera != nil })
		return half.camera, err
	}
	return device.OpenCamera(spec.Rest, device.CameraOptions{Clock: s.clock})
}

func (s *stage) openMicrophone(ctx context.Context, text string) (source.Microphone, error) {
	spec, err := source.ParseSpec(text)
	if err != nil {
		return nil, err
	}
	switch spec.Kind {
	case source.Synth:
		o, err := synth.ParseOptions(spec.Rest)
		if err != nil {
			return nil, err
		}
		return synth.OpenMicrophone(o), nil
	case source.File:
		o, err := s.fileOptions()
		if err != nil {
			return nil, err
		}
		return file.OpenMicrophone(spec.Rest, o)
	case source.RTSP:
		half, err := s.connect(ctx, spec.Rest, func(h spare) bool { return h.mic != nil })
		if err == nil && half.mic == nil {
			err = fmt.Errorf("the camera at this address sends no sound: %w", errNoSound)
		}
		return half.mic, err
	}
	return device.OpenMicrophone(spec.Rest, s.clock)
}

var errNoSound = errors.New("choose another microphone")

// connect gives the wanted half of an IP camera's connection: the one that waits, or of a new connection,
// whose other half then waits.
func (s *stage) connect(ctx context.Context, url string, wanted func(spare) bool) (spare, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	half, waits := s.spare[url]
	delete(s.spare, url)
	if waits && wanted(half) {
		return half, nil
	}
	half.close()
	camera, mic, err := rtsp.Open(ctx, url, s.clock)
	if err != nil {
		return spare{}, err
	}
	if wanted(spare{camera: camera}) {
		if mic != nil {
			s.spare[url] = spare{mic: mic}
		}
		return spare{camera: camera}, nil
	}
	s.spare[url] = spare{camera: camera}
	return spare{mic: mic}, nil
}

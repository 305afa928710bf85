package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
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

// makers open a camera, or a microphone, of each kind of source.
type makers[D any] struct {
	synth  func(synth.Options) D
	file   func(path string) (D, error)
	rtsp   func(ctx context.Context, url string) (D, error)
	device func(name string) (D, error)
}

// open opens the source that text names.
func (m makers[D]) open(ctx context.Context, text string) (none D, err error) {
	spec, err := source.ParseSpec(text)
	if err != nil {
		return none, err
	}
	switch spec.Kind {
	case source.Synth:
		o, err := synth.ParseOptions(spec.Rest)
		if err != nil {
			return none, err
		}
		return m.synth(o), nil
	case source.File:
		return m.file(spec.Rest)
	case source.RTSP:
		return m.rtsp(ctx, spec.Rest)
	}
	return m.device(spec.Rest)
}

func (s *stage) openCamera(ctx context.Context, text string) (source.Camera, error) {
	return makers[source.Camera]{
		synth: func(o synth.Options) source.Camera { return synth.OpenCamera(o) },
		file:  s.openFilm,
		rtsp: func(ctx context.Context, url string) (source.Camera, error) {
			half, err := s.connect(ctx, url, func(h spare) bool { return h.camera != nil })
			return half.camera, err
		},
		device: func(name string) (source.Camera, error) {
			return device.OpenCamera(name, device.CameraOptions{Clock: s.clock})
		},
	}.open(ctx, text)
}

func (s *stage) openMicrophone(ctx context.Context, text string) (source.Microphone, error) {
	return makers[source.Microphone]{
		synth: func(o synth.Options) source.Microphone { return synth.OpenMicrophone(o) },
		file: func(path string) (source.Microphone, error) {
			return file.OpenMicrophone(path, file.Options{Clock: s.clock, Start: s.curtain()})
		},
		rtsp: func(ctx context.Context, url string) (source.Microphone, error) {
			half, err := s.connect(ctx, url, func(h spare) bool { return h.mic != nil })
			if err == nil && half.mic == nil {
				err = fmt.Errorf("the camera at this address sends no sound: %w", errNoSound)
			}
			return half.mic, err
		},
		device: func(name string) (source.Microphone, error) { return device.OpenMicrophone(name, s.clock) },
	}.open(ctx, text)
}

// curtain is when the files of this recording begin, all together.
func (s *stage) curtain() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.start == 0 {
		s.start = s.clock.Boot() + lead
	}
	return s.start
}

func (s *stage) openFilm(path string) (source.Camera, error) {
	d := &projector{}
	camera, err := file.OpenCamera(path, file.Options{Clock: s.clock, Start: s.curtain(), Decode: d.decode})
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return film{camera, d}, nil
}

// film is a file that plays as a camera, with the decoder of its pictures.
type film struct {
	source.Camera
	projector *projector
}

// Close closes the file, then its decoder.
func (f film) Close() error { return errors.Join(f.Camera.Close(), f.projector.close()) }

// projector decodes a film's JPEG pictures. The first one opens the decoder: other films need none.
type projector struct {
	mu     sync.Mutex // a film may be closed while it is read
	jpeg   *codec.MJPEG
	closed bool
}

func (p *projector) decode(data []byte, into *image.YCbCr) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return os.ErrClosed
	}
	if p.jpeg == nil {
		if p.jpeg, err = codec.NewMJPEG(); err != nil {
			return err
		}
	}
	return p.jpeg.Decode(data, into)
}

func (p *projector) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.jpeg == nil {
		return nil
	}
	return p.jpeg.Close()
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

package capture

import (
	"context"
	"errors"
	"fmt"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/fmp4"
	"minglu/capture/source"
)

// openFor is how long a device may take to open.
const openFor = 12 * time.Second

// input is an Input whose devices are open.
type input struct {
	Input
	reel    *reel
	camera  source.Camera
	mode    source.Mode
	picture VideoEncoder // nil when the camera compresses itself
	mic     source.Microphone
	format  source.Format
	sound   SoundEncoder // nil when the sound comes compressed
	title   source.Info  // of the camera as it was first opened
}

// info names the camera in lines that the encoder writes, while the reader may be opening it again.
func (in *input) info() source.Info { return in.title }

// openAll opens every device, or none; all faults are told.
func openAll(ctx context.Context, wanted []Input, gear Gear) (inputs []*input, err error) {
	ctx, cancel := context.WithTimeout(ctx, openFor)
	defer cancel()
	var faults []error
	for _, w := range wanted {
		in := &input{Input: w}
		inputs = append(inputs, in)
		if err := in.open(ctx, gear); err != nil {
			faults = append(faults, err)
		}
	}
	if len(faults) == 0 {
		return inputs, nil
	}
	return nil, errors.Join(errors.Join(faults...), closeAll(inputs))
}

func closeAll(inputs []*input) (err error) {
	for _, in := range inputs {
		err = errors.Join(err, in.close())
	}
	return err
}

func (in *input) open(ctx context.Context, gear Gear) error {
	var faults []error
	if in.Camera != nil {
		if err := in.openCamera(ctx, gear); err != nil {
			faults = append(faults, &DeviceError{Role: "camera", Track: in.Track, Err: err})
		}
	}
	if in.Microphone != nil {
		if err := in.openMicrophone(ctx, gear); err != nil {
			faults = append(faults, &DeviceError{Role: "microphone", Track: in.Track, Err: err})
		}
	}
	return errors.Join(faults...)
}

// DeviceError says which device a fault belongs to.
type DeviceError struct {
	Role  string // camera or microphone
	Track string
	Err   error
}

func (e *DeviceError) Error() string { return fmt.Sprintf("open %s of %s: %v", e.Role, e.Track, e.Err) }

// Unwrap gives the cause.
func (e *DeviceError) Unwrap() error { return e.Err }

func (in *input) openCamera(ctx context.Context, gear Gear) (err error) {
	if in.camera, err = in.Camera(ctx); err != nil {
		return err
	}
	in.mode, in.title = in.camera.Mode(), in.camera.Info()
	if in.mode.Encoded == nil {
		in.picture, err = gear.NewVideo(in.mode)
	}
	return err
}

func (in *input) openMicrophone(ctx context.Context, gear Gear) (err error) {
	if in.mic, err = in.Microphone(ctx); err != nil {
		return err
	}
	in.format = in.mic.Format()
	if in.format.Encoded == nil {
		in.sound, err = gear.NewSound(in.format.Channels)
	}
	return err
}

func (in *input) close() error {
	var err error
	if in.camera != nil {
		err = errors.Join(err, in.camera.Close())
	}
	if in.mic != nil {
		err = errors.Join(err, in.mic.Close())
	}
	if in.picture != nil {
		err = errors.Join(err, in.picture.Close())
	}
	if in.sound != nil {
		err = errors.Join(err, in.sound.Close())
	}
	return err
}

// tracks is how many tracks its file has.
func (in *input) tracks() (n int) {
	if in.camera != nil {
		n++
	}
	if in.mic != nil {
		n++
	}
	return n
}

// plan says in the open line what the file is meant to hold.
func (in *input) plan() evidence.TrackPlan {
	p := evidence.TrackPlan{Track: in.Track, File: in.File()}
	if in.camera != nil {
		p.Camera, p.Video = in.camera.Info().Title, "avc1"
		p.Width, p.Height, p.FPS = in.mode.Width, in.mode.Height, in.mode.FPS
	}
	if in.mic != nil {
		p.Microphone, p.Audio = in.mic.Info().Title, "opus"
		if in.format.Encoded != nil {
			p.Audio = in.format.Encoded.Codec
		}
	}
	return p
}

// lanes gives the file its tracks, pictures first.
func (in *input) lanes() []fmp4.Track {
	var tracks []fmp4.Track
	if in.camera != nil {
		t := fmp4.Track{ID: 1, H264: in.h264()}
		in.reel.video = &lane{id: t.ID, clock: int64(t.Timescale())}
		tracks = append(tracks, t)
	}
	if in.mic != nil {
		t := in.soundTrack(uint32(len(tracks) + 1))
		in.reel.sound = &lane{id: t.ID, clock: int64(t.Timescale())}
		tracks = append(tracks, t)
	}
	return tracks
}

func (in *input) h264() *fmp4.H264 {
	h := &fmp4.H264{Width: in.mode.Width, Height: in.mode.Height}
	if e := in.mode.Encoded; e != nil {
		h.SPS, h.PPS, h.InBand = e.SPS, e.PPS, true
	} else {
		h.SPS, h.PPS = in.picture.ParameterSets()
	}
	return h
}

func (in *input) soundTrack(id uint32) fmp4.Track {
	e := in.format.Encoded
	switch {
	case e == nil:
		return fmp4.Track{ID: id, Opus: &fmp4.Opus{Channels: in.format.Channels, PreSkip: in.sound.PreSkip()}}
	case e.Codec == "mp4a":
		return fmp4.Track{ID: id, AAC: &fmp4.AAC{Config: e.Config, Rate: e.Rate, Channels: in.format.Channels}}
	}
	return fmp4.Track{ID: id, Opus: &fmp4.Opus{Channels: in.format.Channels}}
}

// How many pictures may wait for the encoder: half a second of raw ones, which are large; ten of compressed
// ones, which a camera sends in bursts and none of which can be spared.
const rawWaiting, unitsWaiting = 12, 250

// start sets the input's goroutines to work; s.inputs waits for them. The devices are closed by them.
func (in *input) start(ctx context.Context, s *Session) {
	if in.camera != nil {
		s.live.Add(1)
		waiting := rawWaiting
		if in.mode.Encoded != nil {
			waiting = unitsWaiting
		}
		v := &film{in: in, s: s, grid: newGrid(in.mode.FPS), queue: make(chan queued, waiting)}
		s.inputs.Go(func() { v.read(ctx) })
		s.inputs.Go(v.encode)
	}
	if in.mic != nil {
		s.live.Add(1)
		s.inputs.Go(func() { newTape(in, s).record(ctx) })
	}
}

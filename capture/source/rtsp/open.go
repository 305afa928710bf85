// Package rtsp takes pictures and sound from a camera in the network, over TCP, as the camera compressed them.
//
// H.264, AAC and Opus are passed on untouched; telephone sound (G.711) is decoded. Moments come from the
// camera's own RTP time, laid onto the boot clock where the packets that travelled fastest put it, so that a
// network that stutters makes no gaps; sender reports, where the camera sends them, hold picture and sound
// together.
package rtsp

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"

	"minglu/capture/clock"
	"minglu/capture/source"
)

const (
	// patience is how long a camera may take to answer, and to send its first key picture.
	patience = 10 * time.Second
	// silence is how long a playing camera may send nothing before it is lost.
	silence = 2500 * time.Millisecond
	// settle is how long arrivals are watched before the first picture is given a time: cameras begin with a
	// burst of what they had in store.
	settle = 500 * time.Millisecond
)

// Open connects to a camera and waits for its first key picture. Camera and microphone share one
// connection, which ends when both are closed. The microphone is nil if the camera sends no sound of a kind
// this package takes. URL may carry user and password; no error repeats them.
func Open(ctx context.Context, address string, c clock.Clock) (source.Camera, source.Microphone, error) {
	u, err := base.ParseURL(address)
	if err != nil {
		return nil, nil, errors.New("open RTSP camera: not an RTSP URL")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, protocol := range []gortsplib.Protocol{gortsplib.ProtocolTCP, gortsplib.ProtocolUDP} {
		var camera *camera
		var microphone *microphone
		if camera, microphone, err = open(ctx, u, protocol, c); err == nil && microphone == nil {
			return camera, nil, nil // not a nil microphone in an interface
		}
		if err == nil {
			return camera, microphone, nil
		}
		var status liberrors.ErrClientBadStatusCode
		if !errors.As(err, &status) || status.Code != base.StatusUnsupportedTransport {
			break
		}
	}
	return nil, nil, fmt.Errorf("open RTSP camera %s: %w", (*url.URL)(u).Redacted(), err)
}

func open(ctx context.Context, u *base.URL, protocol gortsplib.Protocol, c clock.Clock) (*camera, *microphone, error) {
	s := newSession(u, protocol, c)
	if err := s.client.Start(); err != nil {
		return nil, nil, err
	}
	s.watch()
	stop := context.AfterFunc(ctx, s.close) // the client's calls know no context
	camera, microphone, err := s.play(ctx, u)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		s.close()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, nil, err
	}
	return camera, microphone, nil
}

// play asks for the streams that can be used and waits until the camera's mode is known.
func (s *session) play(ctx context.Context, u *base.URL) (*camera, *microphone, error) {
	about, _, err := s.client.Describe(u)
	if err != nil {
		return nil, nil, err
	}
	camera, err := s.newCamera(about)
	if err != nil {
		return nil, nil, err
	}
	microphone, err := s.newMicrophone(about)
	if err != nil {
		return nil, nil, err
	}
	if _, err := s.client.Setup(about.BaseURL, camera.media, 0, 0); err != nil {
		return nil, nil, err
	}
	s.client.OnPacketRTP(camera.media, camera.form, camera.packet)
	s.users.Store(1)
	if microphone != nil {
		if _, err := s.client.Setup(about.BaseURL, microphone.media, 0, 0); err != nil {
			return nil, nil, err
		}
		s.client.OnPacketRTP(microphone.media, microphone.form, microphone.packet)
		s.users.Store(2)
	}
	if _, err := s.client.Play(nil); err != nil {
		return nil, nil, err
	}
	return camera, microphone, camera.await(ctx)
}

// newCamera finds the H.264 stream.
func (s *session) newCamera(about *description.Session) (*camera, error) {
	var form *format.H264
	media := about.FindFormat(&form)
	if media == nil {
		return nil, fmt.Errorf("the camera sends no H.264 but %s; set it to H.264", codecs(about))
	}
	decoder, err := form.CreateDecoder()
	if err != nil {
		return nil, fmt.Errorf("take H.264: %w", err)
	}
	c := &camera{
		s: s, media: media, form: form, decoder: decoder, timeline: s.newTimeline(form.ClockRate()),
		units: make(chan unit, 512), known: make(chan struct{}), done: make(chan struct{}),
	}
	sps, pps := form.SafeParams()
	c.keep(sps)
	c.keep(pps)
	return c, nil
}

func codecs(about *description.Session) string {
	text := ""
	for _, media := range about.Medias {
		for _, form := range media.Formats {
			text += ", " + form.Codec()
		}
	}
	if text == "" {
		return "nothing"
	}
	return text[2:]
}

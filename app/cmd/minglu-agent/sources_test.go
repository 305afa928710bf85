package main

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"minglu/capture/clock"
)

// motionJPEG writes a film of n grey JPEG pictures.
func motionJPEG(t *testing.T, n int) string {
	t.Helper()
	var one, whole bytes.Buffer
	if err := jpeg.Encode(&one, image.NewGray(image.Rect(0, 0, 64, 48)), nil); err != nil {
		t.Fatal(err)
	}
	for range n {
		whole.Write(one.Bytes())
	}
	path := filepath.Join(t.TempDir(), "film.mjpeg")
	if err := os.WriteFile(path, whole.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAFilmsDecoderIsClosedWithTheFilm(t *testing.T) {
	s := newStage(clock.System())
	camera, err := s.openCamera(t.Context(), "file:"+motionJPEG(t, 5))
	if err != nil {
		t.Fatal(err)
	}
	picture, err := camera.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	picture.Release()
	p := camera.(film).projector
	if p.jpeg == nil {
		t.Error("a picture came without a decoder")
	}
	if err := camera.Close(); err != nil {
		t.Error(err)
	}
	into := image.NewYCbCr(image.Rect(0, 0, 64, 48), image.YCbCrSubsampleRatio420)
	if err := p.decode([]byte{0xff}, into); !errors.Is(err, os.ErrClosed) {
		t.Errorf("decodes after it was closed: %v", err)
	}
}

func TestASourceOfNoKindIsRefusedForCameraAndMicrophone(t *testing.T) {
	s := newStage(clock.System())
	for _, spec := range []string{"", "tape:", "synth:9x9", "file:missing.y4m", "file:missing.wav"} {
		if _, err := s.openCamera(t.Context(), spec); err == nil {
			t.Errorf("%q opens as a camera", spec)
		}
		if _, err := s.openMicrophone(t.Context(), spec); err == nil {
			t.Errorf("%q opens as a microphone", spec)
		}
	}
}

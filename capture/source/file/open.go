// Package file plays files as if a camera or a microphone sent them: at their own pace, and lost when not
// read in time.
package file

import (
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"time"

	"minglu/capture/clock"
	"minglu/capture/source"
	"minglu/capture/source/pace"
)

// Options are a file's stage directions.
type Options struct {
	Clock clock.Clock
	// Start is when, on the boot clock, the file's first picture or sample is taken. A camera and a
	// microphone given the same Start are in step. Zero: when the file is first read.
	Start time.Duration
	// Decode fills a 4:2:0 picture of the JPEG's size; only MJPEG files need it.
	Decode func(jpeg []byte, into *image.YCbCr) error
}

// bounds of what is taken for a picture.
const (
	minSide = 16
	maxSide = 8192
	maxJPEG = 32 << 20
)

// film is a file's pictures, one after the other; io.EOF after the last.
type film interface {
	size() (width, height int)
	rate() pace.Rate
	fullRange() bool
	// skip passes over a picture without decoding it.
	skip() error
	// read decodes a picture; errNoPicture if the file has none at this place.
	read(into *image.YCbCr) error
}

// errNoPicture stands for a place in the film that holds nothing that could be shown.
var errNoPicture = errors.New("no picture")

// OpenCamera opens a .y4m (4:2:0, 8 bit), .mjpeg (25 pictures a second) or .avi (MJPEG) file.
func OpenCamera(name string, o Options) (source.Camera, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open film: %w", err)
	}
	pictures, err := newFilm(name, f, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open film %s: %w", name, err), f.Close())
	}
	return newCamera(name, f, pictures, o), nil
}

func newFilm(name string, f *os.File, o Options) (film, error) {
	ending := strings.ToLower(filepath.Ext(name))
	switch ending {
	case ".y4m":
		return newY4M(f)
	case ".mjpeg", ".mjpg":
		return newMotion(newStream(f), o.Decode)
	case ".avi":
		return newMotion(newAVI(f), o.Decode)
	}
	return nil, fmt.Errorf("a film must end in .y4m, .mjpeg or .avi, not %q", ending)
}

// OpenMicrophone opens a .wav file (PCM, 16 bit, mono or stereo, any rate).
func OpenMicrophone(name string, o Options) (source.Microphone, error) {
	if ending := filepath.Ext(name); !strings.EqualFold(ending, ".wav") {
		return nil, fmt.Errorf("open sound %s: a sound must end in .wav, not %q", name, ending)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open sound: %w", err)
	}
	m, err := newMicrophone(name, f, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open sound %s: %w", name, err), f.Close())
	}
	return m, nil
}

func checkSize(width, height int) error {
	if width < minSide || height < minSide || width > maxSide || height > maxSide {
		return fmt.Errorf("size %dx%d is outside %d … %d", width, height, minSide, maxSide)
	}
	if width%2 != 0 || height%2 != 0 {
		return fmt.Errorf("size %dx%d is odd", width, height)
	}
	return nil
}

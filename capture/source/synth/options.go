package synth

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"minglu/capture/clock"
)

// Options say what is on the stage and what goes wrong there.
type Options struct {
	Width, Height int
	FPS           int
	Seed          uint64        // of the background's texture
	Grain         int           // of the sensor: how far a point's luma may be off; it costs the encoder what real footage costs
	PPM           float64       // how much too fast the microphone's crystal runs
	Drop          int           // every Drop-th picture is lost before us; 0: none
	Gone          time.Duration // the device is lost this long after it was opened; 0: never
	Clock         clock.Clock
}

// mostGrain leaves the count readable.
const mostGrain = 32

// ParseOptions reads what follows "synth:": comma-separated WIDTHxHEIGHT[@FPS], seed=N, grain=N, ppm=N, drop=N and
// gone=DURATION; nothing at all is 1280x720@25.
func ParseOptions(text string) (Options, error) {
	o := Options{Width: 1280, Height: 720, FPS: 25, Clock: clock.System()}
	if text == "" {
		return o, nil
	}
	for _, field := range strings.Split(text, ",") {
		if err := o.set(field); err != nil {
			return Options{}, fmt.Errorf("parse synth option %q: %w", field, err)
		}
	}
	return o, nil
}

func (o *Options) set(field string) (err error) {
	key, value, found := strings.Cut(field, "=")
	switch {
	case !found:
		return o.setMode(field)
	case key == "seed":
		o.Seed, err = strconv.ParseUint(value, 10, 64)
	case key == "grain":
		o.Grain, err = strconv.Atoi(value)
		if err == nil && (o.Grain < 0 || o.Grain > mostGrain) {
			err = fmt.Errorf("outside 0 … %d", mostGrain)
		}
	case key == "ppm":
		o.PPM, err = strconv.ParseFloat(value, 64)
		if err == nil && !(o.PPM >= -10_000 && o.PPM <= 10_000) {
			err = fmt.Errorf("outside -10000 … 10000")
		}
	case key == "drop":
		o.Drop, err = strconv.Atoi(value)
		if err == nil && o.Drop < 2 {
			err = fmt.Errorf("below 2")
		}
	case key == "gone":
		o.Gone, err = time.ParseDuration(value)
		if err == nil && o.Gone <= 0 {
			err = fmt.Errorf("not a time to come")
		}
	default:
		err = fmt.Errorf("unknown; allowed are WIDTHxHEIGHT[@FPS], seed=, grain=, ppm=, drop=, gone=")
	}
	return err
}

func (o *Options) setMode(field string) error {
	size, fps, found := strings.Cut(field, "@")
	w, h, crossed := strings.Cut(size, "x")
	var err error
	if o.Width, err = strconv.Atoi(w); err != nil || !crossed {
		return fmt.Errorf("want WIDTHxHEIGHT[@FPS], as 1280x720@25")
	}
	if o.Height, err = strconv.Atoi(h); err != nil {
		return fmt.Errorf("want WIDTHxHEIGHT[@FPS], as 1280x720@25")
	}
	if found {
		if o.FPS, err = strconv.Atoi(fps); err != nil {
			return fmt.Errorf("pictures a second %q is no number", fps)
		}
	}
	if o.Width < 320 || o.Width > 3840 || o.Height < 180 || o.Height > 2160 || o.Width%2+o.Height%2 != 0 {
		return fmt.Errorf("size must be even and within 320x180 … 3840x2160")
	}
	if o.FPS < 1 || o.FPS > 60 {
		return fmt.Errorf("pictures a second must be within 1 … 60")
	}
	return nil
}

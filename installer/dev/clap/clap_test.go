package clap_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"minglu/installer/dev/clap"
)

// film plays the claps from a moment of the boot clock on to a camera of 25 pictures a second, whose pictures are
// late, and to a microphone.
func film(claps int, zero, late time.Duration) (notes []clap.Note, pictures []clap.Picture, sound []int16) {
	length := time.Duration(claps+1) * clap.Every * time.Second / clap.Rate
	chance := rand.New(rand.NewPCG(1, 2))
	lit := func(at time.Duration) bool {
		for _, n := range notes {
			if at >= n.Light-zero && at < n.Light-zero+clap.Length {
				return true
			}
		}
		return false
	}
	for n := range claps {
		at := zero + time.Duration(clap.Beep(n))*time.Second/clap.Rate
		notes = append(notes, clap.Note{N: n, Sound: at, Light: at + time.Duration(chance.IntN(9)-4)*time.Millisecond})
	}
	for at := time.Duration(0); at < length; at += 40 * time.Millisecond {
		luma := byte(90 + chance.IntN(8))
		if lit(at) {
			luma += 80
		}
		pictures = append(pictures, clap.Picture{At: at + late, Luma: luma})
	}
	return notes, pictures, clap.Sound(length)
}

func TestTheOffsetOfAFilmIsFoundWithinAFewMilliseconds(t *testing.T) {
	const frame = 40 * time.Millisecond
	for _, late := range []time.Duration{0, 55 * time.Millisecond, -45 * time.Millisecond} {
		notes, pictures, sound := film(12, 77*time.Second, late)
		var beeps []time.Duration
		for _, n := range clap.Beeps(sound) {
			beeps = append(beeps, time.Duration(n)*time.Second/clap.Rate)
		}
		lags := clap.Compare(notes, 77*time.Second, clap.Flashes(pictures, frame), beeps, frame)
		if len(lags) != 12 {
			t.Fatalf("%d claps found in a film that is %v late; want 12", len(lags), late)
		}
		if off := clap.Middle(lags[:10], clap.Lag.Offset) - late; off.Abs() > 6*time.Millisecond {
			t.Errorf("a film whose pictures are %v late is measured %v wrong", late, off)
		}
	}
}

func TestALightAfterAMissingPictureIsNotBelieved(t *testing.T) {
	const frame = 40 * time.Millisecond
	_, pictures, _ := film(5, 0, 0)
	all := clap.Flashes(pictures, frame)
	var cut []clap.Picture
	for _, p := range pictures {
		if p.At != all[2]-frame {
			cut = append(cut, p)
		}
	}
	if left := clap.Flashes(cut, frame); len(all) != 5 || len(left) != 4 {
		t.Errorf("%d lights, %d after a picture was cut out; want 5 and 4", len(all), len(left))
	}
}

func TestANoteIsReadAsItWasWritten(t *testing.T) {
	n := clap.Note{N: 3, Sound: 1234567890123, Light: 1234567990000}
	if got, err := clap.Parse(n.String()); err != nil || got != n {
		t.Errorf("Parse(%q) = %v, %v", n.String(), got, err)
	}
	if _, err := clap.Parse("3 x"); err == nil {
		t.Error("a torn note is read")
	}
}

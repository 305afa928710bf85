// Package synthtest reads back from a finished film what package synth put on the stage: which pictures came
// through, which were lost, and how far picture and sound are apart.
package synthtest

import (
	"image"
	"math"
	"slices"
	"time"

	"minglu/capture/source/synth"
)

// Picture is what one decoded picture says of itself.
type Picture struct {
	At    time.Duration // in the film
	Count uint32        // since the machine that filmed it started
	Read  bool          // whether Count could be read and its check was right
	Flash bool
}

// ReadPicture reads the strip and the flash of a decoded picture, width*height bytes of luma.
func ReadPicture(gray []byte, width, height int) Picture {
	var bits uint64
	for i := range synth.CountBits + synth.CheckBits {
		cell := synth.Cell(width, height, i)
		bits = bits<<1 | bit(mean(gray, width, cell.Inset(cell.Dx()/4)) >= 126)
	}
	count := uint32(bits >> synth.CheckBits)
	flash := synth.Flash(width, height)
	return Picture{
		Count: count,
		Read:  uint8(bits) == synth.Check(count),
		Flash: mean(gray, width, flash.Inset(flash.Dy()/4)) >= 126,
	}
}

func bit(on bool) uint64 {
	if on {
		return 1
	}
	return 0
}

func mean(gray []byte, width int, r image.Rectangle) int {
	sum := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for _, luma := range gray[y*width+r.Min.X : y*width+r.Max.X] {
			sum += int(luma)
		}
	}
	return sum / (r.Dx() * r.Dy())
}

// Beep is one second's beep.
type Beep struct {
	Sample int           // where it begins in the decoded sound
	At     time.Duration // where in the film
	Second int           // the second it tells, modulo 64
}

const (
	rate  = 48_000
	block = rate / 1000 // 1 ms
)

// FindBeeps finds the beeps in mono sound of 48 kHz. At is reckoned from the sample count; whoever knows
// the film's own times of the sound sets it anew.
func FindBeeps(sound []int16) []Beep {
	loud := loudness(sound)
	if len(loud) == 0 {
		return nil
	}
	threshold := 0.5 * slices.Max(loud)
	var beeps []Beep
	for i := 0; i < len(loud); i++ {
		if loud[i] < threshold {
			continue
		}
		end := i
		for end < len(loud) && loud[end] >= threshold {
			end++
		}
		if i > 0 && end-i >= 60 { // whole beeps are 100 ms; one cut at the sound's edge tells no beginning
			at := (i - 1) * block // the beep swells up over 2 ms, so half of its height is 1 ms in
			middle := sound[(i+20)*block : (i+60)*block]
			beeps = append(beeps, Beep{at, time.Duration(at) * time.Second / rate, pitch(middle)})
		}
		i = end
	}
	return beeps
}

// loudness is the root mean square of each millisecond.
func loudness(sound []int16) []float64 {
	loud := make([]float64, len(sound)/block)
	for i := range loud {
		sum := 0.0
		for _, s := range sound[i*block:][:block] {
			sum += float64(s) * float64(s)
		}
		loud[i] = math.Sqrt(sum / block)
	}
	return loud
}

// pitch finds which of the 64 pitches is strongest (Goertzel).
func pitch(sound []int16) int {
	best, strongest := 0, 0.0
	for code := range 64 {
		c := 2 * math.Cos(2*math.Pi*float64(synth.BeepHz(int64(code)))/rate)
		var s1, s2 float64
		for _, s := range sound {
			s1, s2 = float64(s)+c*s1-s2, s1
		}
		if power := s1*s1 + s2*s2 - c*s1*s2; power > strongest {
			best, strongest = code, power
		}
	}
	return best
}

// Silence adds up the stretches of 10 ms and more without the hum, which a microphone never stops hearing.
// It leaves out the first and last 20 ms, in which Opus swells up and is padded.
func Silence(sound []int16) time.Duration {
	loud := loudness(sound)
	if len(loud) <= 40 {
		return 0
	}
	loud = loud[20 : len(loud)-20]
	sorted := slices.Clone(loud)
	slices.Sort(sorted)
	hum := sorted[len(sorted)/2]
	var total, run time.Duration
	for i := range loud {
		// A millisecond is a fifth of the hum's wave: look at five.
		window := loud[i:min(len(loud), i+5)]
		if slices.Max(window) < hum/4 {
			run += time.Millisecond
			continue
		}
		if run >= 10*time.Millisecond {
			total += run
		}
		run = 0
	}
	if run >= 10*time.Millisecond {
		total += run
	}
	return total
}

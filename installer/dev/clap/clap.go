// Package clap is the clapperboard of `dev qemu`: a sound card plays beeps, a light goes on with each, and the
// finished film tells how far the two came apart.
package clap

import (
	"fmt"
	"math"
	"slices"
	"time"
)

const (
	// Rate is the sound's, samples a second.
	Rate = 48_000
	// Every is how many samples lie from beep to beep: 1.008 s, so that at 25 pictures a second each light goes on
	// 8 ms later in its picture than the one before, and five of them meet a picture at every moment.
	Every = 48_384
	// Length is how long beep and light last.
	Length = 200 * time.Millisecond

	pitch   = 1000 // Hz
	hum     = 187  // Hz: a microphone that hears nothing at all is called dead
	loud    = 0.4
	quiet   = 0.01
	nearby  = 400 * time.Millisecond // how far from its due time a clap is looked for
	halfway = 0.5                    // of the way from dark to bright, from quiet to loud
)

// Beep is the sample at which beep n begins.
func Beep(n int) int64 { return int64(n+1) * Every }

// Sound is length of beeps, one channel.
func Sound(length time.Duration) []int16 {
	sound := make([]int16, int(length.Seconds()*Rate))
	for i := range sound {
		t := float64(i) / Rate
		level := quiet * math.Sin(2*math.Pi*hum*t)
		if since := i % Every; i >= Every && since < int(Length.Seconds()*Rate) {
			level += loud * math.Sin(2*math.Pi*pitch*float64(since)/Rate)
		}
		sound[i] = int16(level * math.MaxInt16)
	}
	return sound
}

// Note says when a clap happened, on the machine's boot clock: Sound when the card played the beep, Light when the
// light went on.
type Note struct {
	N            int
	Sound, Light time.Duration
}

// String is the note's line in a log.
func (n Note) String() string { return fmt.Sprintf("%d %d %d", n.N, n.Sound, n.Light) }

// Parse reads a note's line.
func Parse(line string) (n Note, err error) {
	_, err = fmt.Sscanf(line, "%d %d %d", &n.N, &n.Sound, &n.Light)
	return n, err
}

// Picture is one of a film: when it is shown, and how bright it is.
type Picture struct {
	At   time.Duration
	Luma byte
}

// Flashes finds the first picture of each light. One before which a picture is missing tells no beginning.
func Flashes(pictures []Picture, frame time.Duration) (at []time.Duration) {
	if len(pictures) == 0 {
		return nil
	}
	byLuma := func(a, b Picture) int { return int(a.Luma) - int(b.Luma) }
	dark, bright := slices.MinFunc(pictures, byLuma).Luma, slices.MaxFunc(pictures, byLuma).Luma
	limit := float64(dark) + halfway*float64(bright-dark)
	for i, p := range pictures[1:] {
		before := pictures[i]
		if float64(before.Luma) < limit && float64(p.Luma) >= limit && p.At-before.At < frame*3/2 {
			at = append(at, p.At)
		}
	}
	return at
}

// Beeps finds the samples at which beeps begin.
func Beeps(sound []int16) (at []int) {
	const block = Rate / 1000
	levels := make([]float64, len(sound)/block)
	for i := range levels {
		for _, s := range sound[i*block:][:block] {
			levels[i] = max(levels[i], math.Abs(float64(s)))
		}
	}
	if len(levels) == 0 {
		return nil
	}
	limit := halfway * slices.Max(levels)
	for i := 1; i < len(levels); i++ {
		calm := slices.Max(levels[max(0, i-20):i]) < limit
		if calm && levels[i] >= limit {
			at = append(at, i*block)
		}
	}
	return at
}

// Lag is what became of one clap in the film: how late it is seen and heard, beside when it happened.
type Lag struct {
	Note
	Seen, Heard time.Duration
}

// Offset is how much later the film shows the clap than it sounds it.
func (l Lag) Offset() time.Duration { return l.Seen - l.Heard }

// Compare finds the claps of notes in a film that began at zero of the boot clock. A light goes on, on the
// average, half a picture before the picture that shows it; that is no fault of the film. Claps of which the film
// lacks the light or the beep are left out.
func Compare(notes []Note, zero time.Duration, flashes, beeps []time.Duration, frame time.Duration) (lags []Lag) {
	for _, n := range notes {
		seen, ok := next(flashes, n.Light-zero)
		heard, ok2 := next(beeps, n.Sound-zero)
		if ok && ok2 {
			lags = append(lags, Lag{n, seen - (n.Light - zero) - frame/2, heard - (n.Sound - zero)})
		}
	}
	return lags
}

// next is the moment of a list nearest to due.
func next(list []time.Duration, due time.Duration) (time.Duration, bool) {
	if len(list) == 0 {
		return 0, false
	}
	best := slices.MinFunc(list, func(a, b time.Duration) int { return int((a - due).Abs() - (b - due).Abs()) })
	return best, (best - due).Abs() <= nearby
}

// Middle is the median of some claps' lags: one that a hole in the sound hid, so that another was taken for it, moves
// it little.
func Middle(lags []Lag, of func(Lag) time.Duration) time.Duration {
	if len(lags) == 0 {
		return 0
	}
	all := make([]time.Duration, len(lags))
	for i, l := range lags {
		all[i] = of(l)
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

// Package pcm brings sound of any rate to the 48 kHz the recorder works in.
package pcm

import (
	"fmt"
	"math"
)

// Rate is the recorder's samples a second.
const Rate = 48_000

// taps is the filter's reach on each side, in samples of the slower rate.
const taps = 16

// Resampler turns a stream of interleaved samples into one of 48 kHz by a windowed sinc, exact for every
// whole rate: output n lies at input n*step, reckoned in integers, so hours do not drift.
type Resampler struct {
	in, out  int64       // rates reduced to lowest terms
	channels int         //
	reach    int         // input frames looked at on each side
	phases   [][]float32 // one filter for each place an output can have between two inputs
	history  []int16     // input still needed, interleaved
	start    int64       // number of the first input frame in history
	next     int64       // number of the next output frame
}

// NewResampler makes a resampler from rate (1 kHz … 384 kHz) for 1 … 8 channels.
func NewResampler(rate, channels int) (*Resampler, error) {
	if rate < 1000 || rate > 384_000 || channels < 1 || channels > 8 {
		return nil, fmt.Errorf("resample %d Hz, %d channels: out of range", rate, channels)
	}
	g := gcd(int64(rate), Rate)
	r := &Resampler{in: int64(rate) / g, out: Rate / g, channels: channels}
	cut := min(1, float64(Rate)/float64(rate)) // below both Nyquist frequencies
	r.reach = int(math.Ceil(taps / cut))
	if rate == Rate {
		return r, nil
	}
	r.start = -int64(r.reach)
	r.history = make([]int16, r.reach*channels) // silence before the first sample
	r.phases = make([][]float32, r.out)
	for p := range r.phases {
		r.phases[p] = filter(float64(p)/float64(r.out), cut*0.95, r.reach)
	}
	return r, nil
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// filter is a Hann-windowed sinc for an output that lies shift behind an input, scaled to gain 1.
func filter(shift, cut float64, reach int) []float32 {
	weights, sum := make([]float64, 2*reach), 0.0
	for i := range weights {
		x := float64(i-reach+1) - shift
		w := 0.5 + 0.5*math.Cos(math.Pi*x/float64(reach))
		if x != 0 {
			w *= math.Sin(math.Pi*cut*x) / (math.Pi * x)
		} else {
			w *= cut
		}
		weights[i] = w
		sum += w
	}
	out := make([]float32, len(weights))
	for i, w := range weights {
		out[i] = float32(w / sum)
	}
	return out
}

// Convert takes the stream's next samples, whole frames, and returns what of the output is ready by now;
// it runs a filter's reach behind. The result is the caller's own.
func (r *Resampler) Convert(samples []int16) []int16 {
	if r.in == r.out {
		return append([]int16(nil), samples...)
	}
	r.history = append(r.history, samples...)
	frames := int64(len(r.history) / r.channels)
	var out []int16
	for {
		place := r.next * r.in
		first := place/r.out - int64(r.reach) + 1 - r.start
		if first+int64(2*r.reach) > frames {
			break
		}
		window := r.history[first*int64(r.channels):]
		out = r.appendFrame(out, r.phases[place%r.out], window)
		r.next++
	}
	if used := r.next*r.in/r.out - int64(r.reach) + 1 - r.start; used > 0 {
		used = min(used, frames)
		r.history = append(r.history[:0], r.history[used*int64(r.channels):]...)
		r.start += used
	}
	return out
}

func (r *Resampler) appendFrame(out []int16, weights []float32, window []int16) []int16 {
	for c := range r.channels {
		var sum float32
		for i, w := range weights {
			sum += w * float32(window[i*r.channels+c])
		}
		out = append(out, int16(max(math.MinInt16, min(math.MaxInt16, math.Round(float64(sum))))))
	}
	return out
}

// Flush returns what is left at the stream's end.
func (r *Resampler) Flush() []int16 {
	if r.in == r.out {
		return nil
	}
	return r.Convert(make([]int16, r.reach*r.channels))
}

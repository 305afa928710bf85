package pcm_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"minglu/capture/source/pcm"
)

func TestTheResultDoesNotDependOnHowTheSoundIsCut(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	sound := make([]int16, 2*44_100)
	for i := range sound {
		sound[i] = int16(chance.Int32())
	}
	for _, rate := range []int{8000, 44_100, 48_000, 96_000} {
		whole, err := pcm.NewResampler(rate, 2)
		if err != nil {
			t.Fatal(err)
		}
		want := append(whole.Convert(sound), whole.Flush()...)
		cut, err := pcm.NewResampler(rate, 2)
		if err != nil {
			t.Fatal(err)
		}
		var got []int16
		for rest := sound; len(rest) > 0; {
			n := min(len(rest), 2*(1+chance.IntN(500)))
			got = append(got, cut.Convert(rest[:n])...)
			rest = rest[n:]
		}
		got = append(got, cut.Flush()...)
		if !slices.Equal(got, want) {
			t.Errorf("%d Hz: cut into pieces it becomes another sound", rate)
		}
		if frames, ideal := len(want)/2, 44_100*48_000/rate; frames < ideal-1 || frames > ideal+40 {
			t.Errorf("%d Hz: %d frames; want about %d", rate, frames, ideal)
		}
	}
}

func TestRatesOutOfRangeAreRefused(t *testing.T) {
	for _, c := range [][2]int{{0, 1}, {999, 1}, {1 << 30, 1}, {48_000, 0}, {48_000, 9}} {
		if _, err := pcm.NewResampler(c[0], c[1]); err == nil {
			t.Errorf("%d Hz, %d channels were taken", c[0], c[1])
		}
	}
}

package watch_test

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"minglu/capture/watch"
)

// shoot takes pictures for d at 25 a second and tells each change of state with its second.
func shoot(w *watch.Picture, img *image.YCbCr, from *time.Duration, d time.Duration, take func(*image.YCbCr)) string {
	changes := ""
	for end := *from + d; *from < end; *from += 40 * time.Millisecond {
		take(img)
		if state, changed := w.See(img, *from); changed {
			changes += fmt.Sprintf(" %s@%.1f", state, from.Seconds())
		}
	}
	return changes
}

func noise(mean, spread int) func(*image.YCbCr) {
	r := rand.New(rand.NewPCG(5, 6))
	return func(img *image.YCbCr) {
		for i := range img.Y {
			img.Y[i] = byte(mean + r.IntN(spread+1))
		}
	}
}

func still(*image.YCbCr) {}

func TestACoveredAndAFrozenCameraAreTold(t *testing.T) {
	var w watch.Picture
	var at time.Duration
	img := image.NewYCbCr(image.Rect(0, 0, 320, 180), image.YCbCrSubsampleRatio420)
	for _, part := range []struct {
		take func(*image.YCbCr)
		want string
	}{
		{noise(80, 40), ""},
		{noise(10, 3), " black@7.0"},
		{noise(80, 40), " picture@10.0"},
		{still, " frozen@18.0"},
		{noise(10, 200), " picture@20.0"}, // dark with lights in it is a picture
	} {
		if got := shoot(&w, img, &at, 5*time.Second, part.take); got != part.want {
			t.Errorf("until %v: %q; want %q", at, got, part.want)
		}
	}
}

// play hears n seconds of what wave makes of a sample's number, in chunks of uneven length.
func play(s *watch.Sound, n float64, wave func(i int) int16) string {
	changes := ""
	total := int(n * 48000)
	for i := 0; i < total; {
		chunk := make([]int16, min(700+i%500, total-i))
		for j := range chunk {
			chunk[j] = wave(i + j)
		}
		i += len(chunk)
		if state, changed := s.Hear(chunk); changed {
			changes += fmt.Sprintf(" %s@%.0f", state, float64(i)/48000)
		}
	}
	return changes
}

func sine(amplitude float64) func(int) int16 {
	return func(i int) int16 {
		return int16(max(-32768, min(32767, amplitude*math.Sin(float64(i)/20))))
	}
}

func TestASilentADeadAndALoudMicrophoneAreTold(t *testing.T) {
	s := watch.NewSound(1)
	for _, part := range []struct {
		name    string
		seconds float64
		wave    func(int) int16
		want    string
	}{
		{"talk", 2, sine(5000), ""},
		{"a pause", 9, sine(20), ""},
		{"talk", 1, sine(5000), ""},
		{"an empty room", 12, sine(20), " silent@10"},
		{"talk", 1, sine(5000), " sound@0"},
		{"unplugged", 3, sine(0), " dead@1"},
		{"talk", 1, sine(5000), " sound@0"},
		{"shouting", 2, sine(90000), " clipped@0"},
		{"talk", 3, sine(5000), " sound@2"},
	} {
		if got := play(s, part.seconds, part.wave); got != part.want {
			t.Errorf("%s: %q; want %q", part.name, got, part.want)
		}
	}
}

func TestLevelsAreThoseOfASine(t *testing.T) {
	s := watch.NewSound(2)
	play(s, 1, sine(16384))
	if l := s.Level(); math.Abs(l.RMS+9.03) > 0.2 || math.Abs(l.Peak+6.02) > 0.1 {
		t.Errorf("levels %+v; want -9.03 and -6.02", l)
	}
	play(s, 1, sine(0))
	if l := s.Level(); l.RMS != -96 || l.Peak != -96 {
		t.Errorf("levels %+v; want -96", l)
	}
}

func BenchmarkSee720p(b *testing.B) {
	img := image.NewYCbCr(image.Rect(0, 0, 1280, 720), image.YCbCrSubsampleRatio420)
	var w watch.Picture
	for i := range b.N {
		w.See(img, time.Duration(i))
	}
}

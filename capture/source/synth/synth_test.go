package synth_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"minglu/capture/clock"
	"minglu/capture/source"
	"minglu/capture/source/synth"
	"minglu/capture/source/synth/synthtest"
)

// options are those of text, on a clock that runs with the fake time of synctest.
func options(t *testing.T, text string) synth.Options {
	t.Helper()
	o, err := synth.ParseOptions(text)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now().Add(-100 * time.Second)
	o.Clock = clock.Clock{Now: time.Now, Boot: func() time.Duration { return time.Since(start) }}
	return o
}

func TestTheStageIsInStepWhoeverOpensItWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(t, "640x360@25")
		time.Sleep(330 * time.Millisecond)
		camera := synth.OpenCamera(o)
		time.Sleep(470 * time.Millisecond)
		microphone := synth.OpenMicrophone(o)
		began := microphone.Format().Channels
		if began != 1 {
			t.Fatalf("%d channels; want 1", began)
		}
		var pictures []synthtest.Picture
		for range 75 {
			p, err := camera.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			seen := synthtest.ReadPicture(p.Image.Y, 640, 360)
			seen.At = p.At
			pictures = append(pictures, seen)
			p.Release()
		}
		var sound []int16
		var start time.Duration
		for i := range 300 {
			s, err := microphone.Read(t.Context())
			if err != nil || s.Lost != 0 {
				t.Fatalf("read sound: %v, %d lost", err, s.Lost)
			}
			if i == 0 {
				start = s.At
			}
			sound = append(sound, s.Samples...)
		}
		beeps := synthtest.FindBeeps(sound)
		for i := range beeps {
			beeps[i].At += start
		}
		r := synthtest.Examine(pictures, 25, beeps)
		if r.Unreadable+r.Repeated+r.BadFlashes+r.LostBeeps != 0 || r.Beeps < 2 {
			t.Errorf("report %+v; want nothing unreadable and at least 2 beeps", r)
		}
		if r.Worst().Abs() > time.Millisecond {
			t.Errorf("picture and sound are %v apart; want at most 1 ms", r.Worst())
		}
		if s := synthtest.Silence(sound); s != 0 {
			t.Errorf("%v of silence in an unbroken sound", s)
		}
	})
}

func TestAGrainyPictureDiffersFromTheOneBeforeAndIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := synth.OpenCamera(options(t, "640x360@25,grain=8"))
		var before []uint8
		for range 6 {
			p, err := camera.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			row := p.Image.Y[340*p.Image.YStride:][:640] // nothing moves here
			same := 0
			for i := range before {
				if before[i] == row[i] {
					same++
				}
			}
			if before != nil && same > 100 {
				t.Errorf("%d of 640 points are as in the picture before", same)
			}
			before = append(before[:0], row...)
			if !synthtest.ReadPicture(p.Image.Y, 640, 360).Read {
				t.Error("a grainy picture's count cannot be read")
			}
			p.Release()
		}
	})
}

func TestLostPicturesAreSeenInTheFilmAndInSeq(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := synth.OpenCamera(options(t, "320x180@25,drop=10"))
		var pictures []synthtest.Picture
		var last uint64
		jumped := 0
		for i := range 36 {
			p, err := camera.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				jumped += int(p.Seq - last - 1)
			}
			last = p.Seq
			pictures = append(pictures, synthtest.ReadPicture(p.Image.Y, 320, 180))
			p.Release()
		}
		r := synthtest.Examine(pictures, 25, nil)
		if jumped != 3 || r.Lost != jumped || r.Unreadable != 0 {
			t.Errorf("Seq jumped over %d, the film over %d; want 3 and 3", jumped, r.Lost)
		}
	})
}

func TestAHeldPictureIsNotPaintedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := synth.OpenCamera(options(t, "320x180@25"))
		var held []source.Picture
		for range 20 { // more than the pool keeps
			p, err := camera.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, p)
		}
		first := synthtest.ReadPicture(held[0].Image.Y, 320, 180)
		for i, p := range held {
			if seen := synthtest.ReadPicture(p.Image.Y, 320, 180); !seen.Read || seen.Count != first.Count+uint32(i) {
				t.Errorf("held picture %d shows %+v", i, seen)
			}
		}
	})
}

func TestASyntheticDeviceCanBeLostAndOpenedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(t, "320x180@25,gone=1s")
		for range 2 {
			camera, pictures := synth.OpenCamera(o), 0
			var err error
			for err == nil {
				_, err = camera.Read(t.Context())
				pictures++
			}
			if !errors.Is(err, source.ErrLost) || pictures < 24 || pictures > 27 {
				t.Fatalf("lost after %d pictures: %v; want %v after a second", pictures, err, source.ErrLost)
			}
		}
		microphone := synth.OpenMicrophone(o)
		var err error
		for err == nil {
			_, err = microphone.Read(t.Context())
		}
		if !errors.Is(err, source.ErrLost) {
			t.Errorf("microphone: %v; want %v", err, source.ErrLost)
		}
	})
}

func TestAFastCrystalIsHeardInTheDistanceOfTheBeeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		microphone := synth.OpenMicrophone(options(t, "ppm=1000"))
		var sound []int16
		for range 1150 {
			s, err := microphone.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			sound = append(sound, s.Samples...)
		}
		beeps := synthtest.FindBeeps(sound)
		r := synthtest.Examine(nil, 25, beeps)
		want := time.Duration(len(beeps)-1) * -time.Millisecond
		if (r.Deficit - want).Abs() > 1100*time.Microsecond {
			t.Errorf("deficit %v over %d beeps; want about %v", r.Deficit, len(beeps), want)
		}
	})
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, text := range []string{"1280", "1281x720", "1280x720@0", "1280x720@61", "grain=33", "99999x720", "x", "seed=-1", "ppm=NaN",
		"ppm=1e9", "drop=1", "gone=-1s", "colour=red", ",", "1280x720,"} {
		if o, err := synth.ParseOptions(text); err == nil {
			t.Errorf("ParseOptions(%q) = %+v; want an error", text, o)
		} else if !strings.Contains(err.Error(), "synth option") {
			t.Errorf("ParseOptions(%q): %v; want it to name the option", text, err)
		}
	}
}

func BenchmarkPicture720p(b *testing.B) {
	o, err := synth.ParseOptions("")
	if err != nil {
		b.Fatal(err)
	}
	now := time.Duration(0)
	o.Clock = clock.Clock{Boot: func() time.Duration { now += 40 * time.Millisecond; return now }}
	camera := synth.OpenCamera(o)
	for b.Loop() {
		p, err := camera.Read(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		p.Release()
	}
}

func BenchmarkSound(b *testing.B) { // 10 ms of it
	o, err := synth.ParseOptions("")
	if err != nil {
		b.Fatal(err)
	}
	now := time.Duration(0)
	o.Clock = clock.Clock{Boot: func() time.Duration { now += 10 * time.Millisecond; return now }}
	microphone := synth.OpenMicrophone(o)
	for b.Loop() {
		if _, err := microphone.Read(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

package synthtest_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"minglu/capture/clock"
	"minglu/capture/source/synth"
	"minglu/capture/source/synth/synthtest"
)

// turned is a clock of which every look takes a step: a source that never waits.
func turned(step time.Duration) clock.Clock {
	now := 100*time.Second + 500*time.Millisecond
	return clock.Clock{Boot: func() time.Duration { now += step; return now }}
}

// shoot writes a raw film and its sound, without the pictures of which lose says so.
func shoot(t *testing.T, dir string, seconds int, lose func(i int) bool) (film, sound string) {
	t.Helper()
	o, err := synth.ParseOptions("640x360@25,seed=3")
	if err != nil {
		t.Fatal(err)
	}
	film, sound = filepath.Join(dir, "film.gray"), filepath.Join(dir, "sound.s16")
	write(t, film, func(w *bufio.Writer) error {
		o.Clock = turned(20 * time.Millisecond)
		camera := synth.OpenCamera(o)
		for i := range seconds * 25 {
			p, err := camera.Read(t.Context())
			if err != nil {
				return err
			}
			if !lose(i) {
				w.Write(p.Image.Y)
				w.Write(p.Image.Cb)
				w.Write(p.Image.Cr)
			}
			p.Release()
		}
		return nil
	})
	write(t, sound, func(w *bufio.Writer) error {
		o.Clock = turned(5 * time.Millisecond)
		microphone := synth.OpenMicrophone(o)
		for range seconds * 100 {
			s, err := microphone.Read(t.Context())
			if err != nil {
				return err
			}
			if err := binary.Write(w, binary.LittleEndian, s.Samples); err != nil {
				return err
			}
		}
		return nil
	})
	return film, sound
}

func write(t *testing.T, name string, fill func(*bufio.Writer) error) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for _, err := range []error{fill(w), w.Flush(), f.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// encode makes an MP4 of the raw film; late shifts the sound in it.
func encode(t *testing.T, film, sound string, late time.Duration) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "film.mp4")
	cmd := exec.Command("ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "640x360", "-r", "25", "-i", film,
		"-itsoffset", fmt.Sprint(late.Seconds()), "-f", "s16le", "-ar", "48000", "-ac", "1", "-i", sound,
		"-c:v", "libx264", "-preset", "ultrafast", "-b:v", "500k", "-c:a", "libopus", "-b:a", "64k", out)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("encode: %v\n%s", err, text)
	}
	return out
}

func TestAWholeFilmIsReadBackThroughLossyEncoders(t *testing.T) {
	synthtest.Require(t, "ffmpeg", "ffprobe")
	film, sound := shoot(t, t.TempDir(), 5, func(int) bool { return false })
	r := synthtest.Watch(t, encode(t, film, sound, 0), 25)
	if r.Pictures != 125 || r.Unreadable+r.Lost+r.Repeated+r.BadFlashes+r.LostBeeps != 0 || r.Beeps < 4 || r.Silence != 0 {
		t.Errorf("report %+v; want 125 whole pictures and at least 4 beeps", r)
	}
	if r.Deficit.Abs() > time.Millisecond {
		t.Errorf("deficit %v; want none", r.Deficit)
	}
	// Camera and microphone were opened up to two pictures apart on their turned clocks.
	if r.Worst().Abs() > 85*time.Millisecond || (r.Start()-r.End()).Abs() > 2*time.Millisecond {
		t.Errorf("offsets %v; want one small constant", r.Offsets)
	}
	shifted := synthtest.Watch(t, encode(t, film, sound, 200*time.Millisecond), 25)
	if moved := shifted.Start() - r.Start() + 200*time.Millisecond; moved.Abs() > 5*time.Millisecond {
		t.Errorf("sound 200 ms late moves the offset to %v from %v", shifted.Start(), r.Start())
	}
}

func TestLostPicturesAndLostSoundAreFound(t *testing.T) {
	synthtest.Require(t, "ffmpeg", "ffprobe")
	film, sound := shoot(t, t.TempDir(), 5, func(i int) bool { return i >= 40 && i < 50 })
	raw, err := os.ReadFile(sound)
	if err != nil {
		t.Fatal(err)
	}
	hole := raw[2*48_000*3/2 : 2*48_000*3/2+2*4800] // 100 ms, far from any beep
	clear(hole)
	raw = append(raw[:2*48_000*7/2], raw[2*48_000*7/2+2*960:]...) // 20 ms cut out
	if err := os.WriteFile(sound, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	r := synthtest.Watch(t, encode(t, film, sound, 0), 25)
	if r.Lost != 10 || r.Unreadable != 0 {
		t.Errorf("%d pictures lost, %d unreadable; want 10 and 0", r.Lost, r.Unreadable)
	}
	if (r.Silence - 100*time.Millisecond).Abs() > 15*time.Millisecond {
		t.Errorf("silence %v; want 100 ms", r.Silence)
	}
	if (r.Deficit - 20*time.Millisecond).Abs() > time.Millisecond {
		t.Errorf("deficit %v; want 20 ms", r.Deficit)
	}
	if got := (r.End() - r.Start()) / time.Millisecond; got > -370 {
		t.Errorf("offset moves by %d ms; want the 400 ms of pictures cut out less the 20 ms of sound", got)
	}
}

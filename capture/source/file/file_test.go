package file_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"minglu/capture/clock"
	"minglu/capture/source"
	"minglu/capture/source/file"
	"minglu/capture/source/synth/synthtest"
)

// bubble are options on a clock that runs with the fake time of synctest.
func bubble() file.Options {
	start := time.Now().Add(-time.Minute)
	return file.Options{Decode: decode, Clock: clock.Clock{Boot: func() time.Duration { return time.Since(start) }}}
}

// decode stands in for the fast decoder.
func decode(data []byte, into *image.YCbCr) error {
	decoded, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	from, ok := decoded.(*image.YCbCr)
	if !ok || from.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		return errors.New("not 4:2:0")
	}
	for y := range into.Rect.Dy() {
		copy(into.Y[y*into.YStride:][:into.Rect.Dx()], from.Y[y*from.YStride:])
	}
	for y := range into.Rect.Dy() / 2 {
		copy(into.Cb[y*into.CStride:][:into.Rect.Dx()/2], from.Cb[y*from.CStride:])
		copy(into.Cr[y*into.CStride:][:into.Rect.Dx()/2], from.Cr[y*from.CStride:])
	}
	return nil
}

// makeFile lets ffmpeg make a file of its moving test picture or its tone.
func makeFile(t *testing.T, name string, args ...string) string {
	t.Helper()
	synthtest.Require(t, "ffmpeg")
	name = filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("ffmpeg", append(append([]string{"-v", "error"}, args...), name)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	return name
}

// luma lets ffmpeg decode a film to its pictures' luma.
func luma(t *testing.T, name, format string, size int) [][]byte {
	t.Helper()
	raw, err := exec.Command("ffmpeg", "-v", "error", "-i", name, "-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", format, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	var pictures [][]byte
	for frame := size * 3 / 2; len(raw) >= frame; raw = raw[frame:] {
		pictures = append(pictures, raw[:size])
	}
	return pictures
}

func open(t *testing.T, name string, o file.Options) source.Camera {
	t.Helper()
	camera, err := file.OpenCamera(name, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { camera.Close() })
	return camera
}

func TestEveryPictureOfAFilmIsShownAtItsTime(t *testing.T) {
	for name, args := range map[string][]string{
		"film.y4m":   {"-f", "lavfi", "-i", "testsrc=s=320x180:r=30000/1001", "-t", "1", "-pix_fmt", "yuv420p"},
		"film.avi":   {"-f", "lavfi", "-i", "testsrc=s=320x180:r=15", "-f", "lavfi", "-i", "sine", "-t", "1", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p"},
		"film.mjpeg": {"-f", "lavfi", "-i", "testsrc=s=320x180:r=25", "-t", "1", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p"},
	} {
		path := makeFile(t, name, args...)
		want := luma(t, path, args[len(args)-1], 320*180)
		synctest.Test(t, func(t *testing.T) {
			camera := open(t, path, bubble())
			var first, last time.Duration
			var seq uint64
			for i := range want {
				p, err := camera.Read(t.Context())
				if err != nil {
					t.Fatalf("%s, picture %d of %d: %v", name, i, len(want), err)
				}
				if i == 0 {
					first = p.At
				}
				if d := distance(p.Image.Y, want[i]); d > 2 {
					t.Errorf("%s, picture %d: %d levels away from what ffmpeg shows", name, i, d)
				}
				if jump := p.Seq - seq; i > 0 && jump != 1 && (name != "film.avi" || jump != 2) {
					t.Errorf("%s: picture %d after %d", name, p.Seq, seq) // ffmpeg leaves one place in an AVI empty
				}
				last, seq = p.At, p.Seq
				p.Release()
			}
			if _, err := camera.Read(t.Context()); !errors.Is(err, source.ErrEnd) {
				t.Errorf("%s: after the last picture %v; want %v", name, err, source.ErrEnd)
			}
			if run := last - first; run < 900*time.Millisecond || run > 1001*time.Millisecond {
				t.Errorf("%s: %d pictures in %v; want a second", name, len(want), run)
			}
		})
	}
}

// distance is the largest difference of two pictures.
func distance(a, b []byte) int {
	worst := 0
	for i := range b {
		worst = max(worst, int(a[i])-int(b[i]), int(b[i])-int(a[i]))
	}
	return worst
}

func TestAFilmNotReadInTimeRunsOn(t *testing.T) {
	path := makeFile(t, "film.y4m", "-f", "lavfi", "-i", "testsrc=s=64x36:r=25", "-t", "2", "-pix_fmt", "yuv420p")
	synctest.Test(t, func(t *testing.T) {
		camera := open(t, path, bubble())
		var got []uint64
		for range 6 {
			p, err := camera.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p.Seq)
			p.Release()
			if len(got) == 1 {
				time.Sleep(time.Second)
			}
		}
		if got[4] != 4 || got[5] != 26 {
			t.Errorf("pictures %v; want four kept, the rest of the second lost", got)
		}
	})
}

func TestPictureAndSoundWithOneStartAreInStep(t *testing.T) {
	film := makeFile(t, "film.y4m", "-f", "lavfi", "-i", "testsrc=s=64x36:r=25", "-t", "1", "-pix_fmt", "yuv420p")
	sound := makeFile(t, "sound.wav", "-f", "lavfi", "-i", "sine=1000:r=44100", "-t", "1")
	synctest.Test(t, func(t *testing.T) {
		o := bubble()
		o.Start = o.Clock.Boot() + 200*time.Millisecond
		camera := open(t, film, o)
		microphone, err := file.OpenMicrophone(sound, o)
		if err != nil {
			t.Fatal(err)
		}
		p, err1 := camera.Read(t.Context())
		s, err2 := microphone.Read(t.Context())
		if err1 != nil || err2 != nil || p.At != o.Start || s.At != o.Start {
			t.Errorf("picture at %v (%v), sound at %v (%v); want %v", p.At, err1, s.At, err2, o.Start)
		}
	})
}

func TestBrokenJPEGsAreLostButTheirNeighboursAreShown(t *testing.T) {
	path := makeFile(t, "film.mjpeg", "-f", "lavfi", "-i", "testsrc=s=320x180:r=25", "-t", "1", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(data[len(data)/2:], bytes.Repeat([]byte{0xff, 0x17, 0, 1}, 8))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		camera := open(t, path, bubble())
		shown := 0
		for {
			p, err := camera.Read(t.Context())
			if errors.Is(err, source.ErrEnd) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			shown++
			p.Release()
		}
		if shown < 23 || shown > 24 {
			t.Errorf("%d pictures of 25 shown; want all but the one or two broken", shown)
		}
	})
}

package file_test

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"minglu/capture/source"
	"minglu/capture/source/file"
)

// listen reads a microphone to its end.
func listen(t *testing.T, path string) (samples []int16, channels int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m, err := file.OpenMicrophone(path, bubble())
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		channels = m.Format().Channels
		for {
			s, err := m.Read(t.Context())
			if errors.Is(err, source.ErrEnd) {
				return
			}
			if err != nil || s.Lost != 0 {
				t.Fatalf("read: %v, %d lost", err, s.Lost)
			}
			samples = append(samples, s.Samples...)
		}
	})
	return samples, channels
}

func TestSoundOfAnyRateBecomes48kHz(t *testing.T) {
	for _, rate := range []string{"8000", "16000", "22050", "44100", "48000", "96000"} {
		path := makeFile(t, "sound.wav", "-f", "lavfi", "-i", "aevalsrc=0.5*sin(2*PI*1000*t):s="+rate, "-t", "1")
		got, channels := listen(t, path)
		if channels != 1 || len(got) < 48_000-40 || len(got) > 48_000+40 {
			t.Errorf("%s Hz: %d samples, %d channels; want 48000 in 1", rate, len(got), channels)
			continue
		}
		// What is left beside a 1 kHz tone of best amplitude and phase, in the middle.
		part := got[10_000 : 10_000+48*500]
		var re, im, all float64
		for i, s := range part {
			angle := 2 * math.Pi * 1000 * float64(i) / 48_000
			re += float64(s) * math.Cos(angle)
			im += float64(s) * math.Sin(angle)
			all += float64(s) * float64(s)
		}
		tone := 2 * (re*re + im*im) / float64(len(part))
		if snr := 10 * math.Log10(tone/math.Max(all-tone, 1)); snr < 55 {
			t.Errorf("%s Hz: the tone stands %.0f dB above the rest; want 55", rate, snr)
		}
	}
}

func TestStereoStaysStereo(t *testing.T) {
	path := makeFile(t, "sound.wav", "-f", "lavfi", "-i", "aevalsrc=0.5|-0.25:s=44100:c=stereo", "-t", "0.5")
	got, channels := listen(t, path)
	middle := len(got) / 4 * 2
	if channels != 2 || math.Abs(float64(got[middle])-16384) > 8 || math.Abs(float64(got[middle+1])+8192) > 8 {
		t.Errorf("%d channels, %v in the middle; want 2 and about 16384, -8192", channels, got[middle:middle+2])
	}
}

func TestACutOffSoundPlaysToItsEnd(t *testing.T) {
	path := makeFile(t, "sound.wav", "-f", "lavfi", "-i", "sine=r=48000", "-t", "1")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data[:len(data)/2|1], 0o600); err != nil {
		t.Fatal(err)
	}
	if got, _ := listen(t, path); len(got) < 23_000 || len(got) > 24_100 {
		t.Errorf("%d samples; want about 24000", len(got))
	}
}

func TestFilesThatCannotBePlayedAreRefusedByName(t *testing.T) {
	for name, content := range map[string]string{
		"empty.y4m":    "",
		"text.y4m":     "hello\n",
		"odd.y4m":      "YUV4MPEG2 W641 H480 F25:1\n",
		"huge.y4m":     "YUV4MPEG2 W99999999 H480 F25:1\n",
		"full.y4m":     "YUV4MPEG2 W640 H480 F25:1 C444\n",
		"laced.y4m":    "YUV4MPEG2 W640 H480 F25:1 It\n",
		"rate.y4m":     "YUV4MPEG2 W640 H480 F25:0\n",
		"endless.y4m":  "YUV4MPEG2 W640 H480 X" + strings.Repeat("x", 1<<16),
		"empty.mjpeg":  "",
		"text.mjpeg":   "hello",
		"empty.avi":    "",
		"picture.webm": "",
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := file.OpenCamera(path, bubble()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v; want an error that names it", name, err)
		}
	}
	float := binary.LittleEndian.AppendUint32([]byte("RIFF\xff\xff\xff\xffWAVEfmt "), 16)
	float = append(float, 3, 0, 1, 0, 0x80, 0xbb, 0, 0, 0, 0, 0, 0, 4, 0, 32, 0)
	for name, content := range map[string][]byte{"empty.wav": nil, "text.wav": []byte("hello"), "float.wav": float} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := file.OpenMicrophone(path, bubble()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v; want an error that names it", name, err)
		}
	}
}

// running is a clock on which everything has already happened.
func running() file.Options {
	o := file.Options{Decode: decode}
	now := time.Duration(time.Second)
	o.Clock.Boot = func() time.Duration { now += 10 * time.Millisecond; return now }
	return o
}

func fuzzFile(f *testing.F, ending string, play func(path string) error) {
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "fuzz"+ending)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if play(path) != nil {
				return
			}
		}
	})
}

func watch(path string) error {
	camera, err := file.OpenCamera(path, running())
	if err != nil {
		return err
	}
	defer camera.Close()
	for range 5 {
		p, err := camera.Read(context.Background())
		if err != nil {
			return err
		}
		p.Release()
	}
	return nil
}

func FuzzY4M(f *testing.F) {
	f.Add([]byte("YUV4MPEG2 W16 H16 F25:1 Ip C420jpeg\nFRAME\n" + strings.Repeat("a", 384) + "FRAME Ip\n"))
	fuzzFile(f, ".y4m", watch)
}

func FuzzMJPEG(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00ab\xff\x00\xff\xd9"))
	fuzzFile(f, ".mjpeg", watch)
}

func FuzzAVI(f *testing.F) {
	head := "RIFF\xff\xff\xff\xffAVI LIST\xff\xff\xff\xffhdrlstrh\x38\x00\x00\x00vidsMJPG" + strings.Repeat("\x00", 12) + "\x01\x00\x00\x00\x19\x00\x00\x00" + strings.Repeat("\x00", 28)
	f.Add([]byte(head + "LIST\xff\xff\xff\xffmovi00dc\x04\x00\x00\x00\xff\xd8\xff\xd9"))
	fuzzFile(f, ".avi", watch)
}

func FuzzWAV(f *testing.F) {
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\xbb\x00\x00\x00\x77\x01\x00\x02\x00\x10\x00data\x00\x00\x00\x00abcdef"))
	fuzzFile(f, ".wav", func(path string) error {
		m, err := file.OpenMicrophone(path, running())
		if err != nil {
			return err
		}
		defer m.Close()
		for range 3 {
			if _, err := m.Read(context.Background()); err != nil {
				return err
			}
		}
		return nil
	})
}

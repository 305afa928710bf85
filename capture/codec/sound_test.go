package codec_test

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"minglu/capture/codec"
	"minglu/capture/evidence/fmp4"
)

func newOpus(t testing.TB, channels int) *codec.Opus {
	t.Helper()
	e, err := codec.NewOpus(codec.OpusConfig{Channels: channels, Bitrate: 64_000})
	if errors.Is(err, codec.ErrAbsent) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// tone is a sweep from 300 to 900 Hz, n samples.
func tone(n int) []int16 {
	s := make([]int16, n)
	for i := range s {
		t := float64(i) / codec.SoundRate
		s[i] = int16(9000 * math.Sin(2*math.Pi*(300*t+100*t*t)))
	}
	return s
}

func TestSoundComesBackInPlaceAndShape(t *testing.T) {
	ffmpeg := tool(t, "ffmpeg")
	e := newOpus(t, 1)
	in := tone(2 * codec.SoundRate)
	run := fmp4.Run{Track: 1}
	for i := 0; i < len(in); i += codec.OpusSamples {
		packet, err := e.Encode(in[i : i+codec.OpusSamples])
		if err != nil {
			t.Fatal(err)
		}
		run.Samples = append(run.Samples, fmp4.Sample{Data: append([]byte(nil), packet...), Duration: codec.OpusSamples})
	}
	h := fmp4.Header{Tracks: []fmp4.Track{{ID: 1, Opus: &fmp4.Opus{Channels: 1, PreSkip: e.PreSkip()}}}, Created: time.Unix(0, 0)}
	head, err := fmp4.Head(h.Tracks, h.Created)
	if err != nil {
		t.Fatal(err)
	}
	frag, err := h.Fragment(1, h.Created, []fmp4.Run{run})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "mic0.mp4")
	if err := os.WriteFile(path, append(head, frag...), 0o600); err != nil {
		t.Fatal(err)
	}
	raw, err := exec.Command(ffmpeg, "-v", "warning", "-i", path, "-f", "s16le", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int16, len(raw)/2)
	for i := range out {
		out[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	lag, match := bestLag(in[24000:48000], out, 24000, 1000)
	if lag != 0 || match < 0.98 {
		t.Errorf("sound comes back %d samples late, likeness %.3f", lag, match)
	}
}

// bestLag finds how far part, taken at off, is shifted in out, at most by reach, and how alike they are.
func bestLag(part, out []int16, off, reach int) (lag int, match float64) {
	for l := -reach; l <= reach; l++ {
		var ab, aa, bb float64
		for i := 0; i < len(part) && off+l+i < len(out); i += 7 {
			a, b := float64(part[i]), float64(out[off+l+i])
			ab, aa, bb = ab+a*b, aa+a*a, bb+b*b
		}
		if m := ab / math.Sqrt(aa*bb); m > match {
			lag, match = l, m
		}
	}
	return lag, match
}

func TestEncodingSoundAllocatesNothing(t *testing.T) {
	e := newOpus(t, 2)
	pcm := tone(2 * codec.OpusSamples)
	if n := testing.AllocsPerRun(50, func() {
		if _, err := e.Encode(pcm); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
	if _, err := e.Encode(pcm[1:]); err == nil {
		t.Error("a packet of the wrong length was accepted")
	}
}

func TestTelephoneSoundDecodesAsFfmpegDoes(t *testing.T) {
	ffmpeg := tool(t, "ffmpeg")
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	path := filepath.Join(t.TempDir(), "all")
	if err := os.WriteFile(path, all, 0o600); err != nil {
		t.Fatal(err)
	}
	for form, decode := range map[string]func([]int16, []byte) []int16{"alaw": codec.ALaw, "mulaw": codec.MuLaw} {
		raw, err := exec.Command(ffmpeg, "-v", "error", "-f", form, "-ar", "8000", "-i", path, "-f", "s16le", "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range decode(nil, all) {
			if want := int16(binary.LittleEndian.Uint16(raw[2*i:])); got != want {
				t.Errorf("%s %#02x decodes to %d; want %d", form, i, got, want)
			}
		}
	}
}

func BenchmarkOpusSecond(b *testing.B) {
	e := newOpus(b, 1)
	pcm := tone(codec.SoundRate)
	for range b.N {
		for i := 0; i < len(pcm); i += codec.OpusSamples {
			if _, err := e.Encode(pcm[i : i+codec.OpusSamples]); err != nil {
				b.Fatal(err)
			}
		}
	}
}

package codec_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"minglu/capture/codec"
)

func newDecoder(t testing.TB) *codec.H264Decoder {
	t.Helper()
	d, err := codec.NewH264Decoder()
	if errors.Is(err, codec.ErrAbsent) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// packed gives the planes of a 4:2:0 picture without what lies between its lines, as ffmpeg writes them.
func packed(img *image.YCbCr) []byte {
	var b []byte
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := range h {
		b = append(b, img.Y[y*img.YStride:][:w]...)
	}
	for _, plane := range [][]byte{img.Cb, img.Cr} {
		for y := range h / 2 {
			b = append(b, plane[y*img.CStride:][:w/2]...)
		}
	}
	return b
}

// units splits a bare H.264 stream into access units in AVCC form; a unit begins at its first slice.
func units(t testing.TB, stream []byte) (all [][]byte) {
	t.Helper()
	var unit []byte
	sliced := false
	for _, nal := range bytes.Split(stream, []byte{0, 0, 1}) {
		nal = bytes.TrimRight(nal, "\x00")
		if len(nal) == 0 {
			continue
		}
		kind := nal[0] & 0x1f
		slice := kind == 1 || kind == 5
		first := slice && nal[1]&0x80 != 0 // first_mb_in_slice is 0
		if sliced && (first || !slice) {
			all, unit, sliced = append(all, unit), nil, false
		}
		sliced = sliced || slice
		unit = append(binary.BigEndian.AppendUint32(unit, uint32(len(nal))), nal...)
	}
	return append(all, unit)
}

// decodeAll decodes units that are decoded in order of shows, and gives the pictures with their moments.
func decodeAll(t testing.TB, d *codec.H264Decoder, all [][]byte, at func(i int) time.Duration) (pictures [][]byte, moments []time.Duration) {
	t.Helper()
	take := func(img *image.YCbCr, at time.Duration, err error) bool {
		if err != nil {
			t.Fatalf("after %d pictures: %v", len(pictures), err)
		}
		if img == nil {
			return false
		}
		pictures, moments = append(pictures, packed(img)), append(moments, at)
		return true
	}
	for i, u := range all {
		take(d.Decode(u, at(i)))
	}
	for take(d.Flush()) {
	}
	return pictures, moments
}

// reference is what ffmpeg makes of a bare stream.
func reference(t testing.TB, path string, size int) (pictures [][]byte) {
	t.Helper()
	raw, err := exec.Command(tool(t, "ffmpeg"), "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-vsync", "0", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for ; len(raw) >= size; raw = raw[size:] {
		pictures = append(pictures, raw[:size])
	}
	return pictures
}

func compare(t *testing.T, got, want [][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d pictures; ffmpeg has %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if !bytes.Equal(got[i], want[i]) {
			t.Fatalf("picture %d differs from ffmpeg's", i)
		}
	}
}

func TestPicturesComeBackAsFfmpegDecodesThem(t *testing.T) {
	clip := room(320, 180, 20)
	e := newH264(t, codec.H264Config{Width: 320, Height: 180, FPS: 25, Bitrate: 400_000, GOP: 25})
	sps, pps := e.ParameterSets()
	stream := append(append([]byte{0, 0, 0, 1}, sps...), append([]byte{0, 0, 0, 1}, pps...)...)
	var all [][]byte
	for i := range 60 {
		unit, _, err := e.Encode(clip[i%len(clip)], time.Duration(i)*40*time.Millisecond, false)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, bytes.Clone(unit))
		stream = append(stream, annexB(t, unit)...)
	}
	path := filepath.Join(t.TempDir(), "a.h264")
	if err := os.WriteFile(path, stream, 0o600); err != nil {
		t.Fatal(err)
	}
	d := newDecoder(t)
	if _, _, err := d.Decode(binary.BigEndian.AppendUint32(nil, 0), 0, sps, pps); err != nil {
		t.Fatal(err)
	}
	got, at := decodeAll(t, d, all, func(i int) time.Duration { return time.Duration(i) * 40 * time.Millisecond })
	compare(t, got, reference(t, path, 320*180*3/2))
	for i := range at {
		if want := time.Duration(i) * 40 * time.Millisecond; at[i] != want {
			t.Fatalf("picture %d is shown at %v; want %v", i, at[i], want)
		}
	}
}

func TestStreamsOfCamerasComeBackAsFfmpegDecodesThem(t *testing.T) {
	for name, args := range map[string][]string{
		"baseline":             {"-profile:v", "baseline"},
		"main":                 {"-profile:v", "main", "-bf", "0"},
		"high, several slices": {"-profile:v", "high", "-x264-params", "slices=4", "-bf", "0"},
		"high, 8 references":   {"-profile:v", "high", "-refs", "8", "-bf", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			got, want := both(t, args)
			compare(t, got, want)
		})
	}
}

// both decodes what x264 makes by ours and by ffmpeg.
func both(t *testing.T, args []string) (got, want [][]byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.h264")
	all := append([]string{"-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-frames:v", "60",
		"-pix_fmt", "yuv420p", "-c:v", "libx264", "-g", "20"}, args...)
	if out, err := exec.Command(tool(t, "ffmpeg"), append(all, path)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	stream, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, _ = decodeAll(t, newDecoder(t), units(t, stream), func(i int) time.Duration { return time.Duration(i) * 40 * time.Millisecond })
	return got, reference(t, path, 320*180*3/2)
}

// OpenH264 2.1.1 is new to pictures that look ahead: they come in the right order and nearly right. A player
// says so beside them.
func TestPicturesThatLookAheadComeBackNearly(t *testing.T) {
	for _, profile := range []string{"main", "high"} {
		got, want := both(t, []string{"-profile:v", profile, "-bf", "2"})
		if len(got) != len(want) {
			t.Fatalf("%s: %d pictures; ffmpeg has %d", profile, len(got), len(want))
		}
		for i := range got {
			if db := likeness(got[i], want[i]); db < 35 {
				t.Errorf("%s: picture %d is like ffmpeg's by %.1f dB", profile, i, db)
			}
		}
	}
}

// likeness is the peak signal-to-noise ratio of two pictures in dB.
func likeness(a, b []byte) float64 {
	var sum float64
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		sum += d * d
	}
	if sum == 0 {
		return 99
	}
	return 10 * math.Log10(255*255*float64(len(a))/sum)
}

func TestDamagedPicturesAreFaultsAndNoEnd(t *testing.T) {
	clip := room(320, 180, 4)
	e := newH264(t, codec.H264Config{Width: 320, Height: 180, FPS: 25, Bitrate: 400_000, GOP: 50})
	sps, pps := e.ParameterSets()
	key, _, err := e.Encode(clip[0], 0, true)
	if err != nil {
		t.Fatal(err)
	}
	key = bytes.Clone(key)
	d := newDecoder(t)
	for name, unit := range map[string][]byte{"nothing": nil, "cut length": key[:3], "cut": key[:40], "too long": {255, 255, 255, 255, 1}} {
		if img, _, err := d.Decode(unit, 0); err == nil && img != nil {
			t.Errorf("%s: a picture", name)
		}
	}
	shown := 0
	for range 3 {
		img, _, err := d.Decode(key, 0, sps, pps)
		if err == nil && img != nil {
			shown++
		}
	}
	if shown == 0 {
		t.Error("no whole picture is decoded after damaged ones")
	}
}

func TestSoundIsDecodedInPlaceAndShape(t *testing.T) {
	for _, channels := range []int{1, 2} {
		e := newOpus(t, channels)
		d, err := codec.NewOpusDecoder(channels)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		mono := tone(2 * codec.SoundRate)
		var in, out []int16
		for _, v := range mono {
			for range channels {
				in = append(in, v)
			}
		}
		for n := codec.OpusSamples * channels; len(in) >= n; in = in[n:] {
			packet, err := e.Encode(in[:n])
			if err != nil {
				t.Fatal(err)
			}
			pcm, err := d.Decode(packet)
			if err != nil || len(pcm) != n {
				t.Fatalf("%d samples, %v; want %d", len(pcm), err, n)
			}
			for i := 0; i < n; i += channels {
				out = append(out, pcm[i])
			}
		}
		lag, match := bestLag(mono[24000:48000], out[e.PreSkip():], 24000, 1000)
		if lag != 0 || match < 0.98 {
			t.Errorf("%d channels: %d samples late, likeness %.3f", channels, lag, match)
		}
		if _, err := d.Decode([]byte{0xff}); err == nil {
			t.Error("a packet of another form is decoded")
		}
		if _, err := d.Decode(nil); err == nil {
			t.Error("an empty packet is decoded")
		}
	}
	if _, err := codec.NewOpusDecoder(3); err == nil {
		t.Error("three channels are accepted")
	}
}

func BenchmarkDecodePicture720p(b *testing.B) {
	clip := room(1280, 720, 10)
	e := newH264(b, codec.H264Config{Width: 1280, Height: 720, FPS: 25, Bitrate: 2_000_000, GOP: 50})
	sps, pps := e.ParameterSets()
	var all [][]byte
	for i := range 100 {
		unit, _, err := e.Encode(clip[i%len(clip)], time.Duration(i)*40*time.Millisecond, false)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, bytes.Clone(unit))
	}
	d := newDecoder(b)
	b.ResetTimer()
	for i := range b.N {
		if _, _, err := d.Decode(all[i%len(all)], time.Duration(i)*time.Millisecond, sps, pps); err != nil {
			b.Fatal(err)
		}
	}
}

package codec_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minglu/capture/codec"
)

// tool gives the path of a program the tests look at our output with.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("%s is needed: %v", name, err)
	}
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// room is a still room with sensor noise, in which a person moves.
func room(width, height, frames int) []*image.YCbCr {
	r := rand.New(rand.NewPCG(3, 4))
	var clip []*image.YCbCr
	for f := range frames {
		img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
		for y := range height {
			for x := range width {
				v := 60 + (x*x/97+y*3)%120
				if dx, dy := x-width/2-f%40*4, y-height/2; dx*dx+dy*dy < height*height/25 {
					v = 180 - (x+y)%9
				}
				img.Y[y*img.YStride+x] = byte(v + int(r.Uint32()&3))
			}
		}
		for i := range img.Cb {
			img.Cb[i], img.Cr[i] = byte(118+i%7), byte(130+i%5)
		}
		clip = append(clip, img)
	}
	return clip
}

// annexB turns an AVCC unit into the byte stream form players of bare H.264 read.
func annexB(t testing.TB, unit []byte) []byte {
	t.Helper()
	var b []byte
	for len(unit) > 0 {
		n := int(binary.BigEndian.Uint32(unit))
		b = append(append(b, 0, 0, 0, 1), unit[4:4+n]...)
		unit = unit[4+n:]
	}
	return b
}

func newH264(t testing.TB, c codec.H264Config) *codec.H264 {
	t.Helper()
	e, err := codec.NewH264(c)
	if errors.Is(err, codec.ErrAbsent) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func TestEveryPictureThatGoesInComesOut(t *testing.T) {
	ffprobe := tool(t, "ffprobe")
	clip := room(640, 360, 20)
	e := newH264(t, codec.H264Config{Width: 640, Height: 360, FPS: 25, Bitrate: 100_000, GOP: 50}) // starved of bits
	sps, pps := e.ParameterSets()
	var stream bytes.Buffer
	for _, set := range [][]byte{sps, pps} {
		stream.Write(append([]byte{0, 0, 0, 1}, set...))
	}
	keys := ""
	for i := range 120 {
		unit, key, err := e.Encode(clip[i%len(clip)], time.Duration(i)*40*time.Millisecond, i == 60)
		if err != nil {
			t.Fatalf("picture %d: %v", i, err)
		}
		if key {
			keys += fmt.Sprint(" ", i)
		}
		stream.Write(annexB(t, unit))
	}
	if keys != " 0 50 60 110" {
		t.Errorf("key pictures at%s", keys)
	}
	path := filepath.Join(t.TempDir(), "a.h264")
	if err := os.WriteFile(path, stream.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(ffprobe, "-v", "warning", "-count_frames", "-show_entries",
		"stream=profile,width,height,nb_read_frames,has_b_frames", "-of", "csv=p=0", path).CombinedOutput()
	if got, want := strings.TrimSpace(string(out)), "High,640,360,0,120"; err != nil || got != want {
		t.Errorf("ffprobe says %q, %v; want %q", got, err, want)
	}
}

func TestTheBitRateIsKept(t *testing.T) {
	clip := room(640, 360, 25)
	const rate = 800_000
	e := newH264(t, codec.H264Config{Width: 640, Height: 360, FPS: 25, Bitrate: rate, GOP: 50})
	bits := 0
	for i := range 200 {
		unit, _, err := e.Encode(clip[i%len(clip)], time.Duration(i)*40*time.Millisecond, false)
		if err != nil {
			t.Fatal(err)
		}
		bits += 8 * len(unit)
	}
	if got := bits / 8; got < rate*7/10 || got > rate*13/10 {
		t.Errorf("%d bits a second; want about %d", got, rate)
	}
}

func TestEncodingAPictureAllocatesNothing(t *testing.T) {
	clip := room(320, 180, 1)
	e := newH264(t, codec.H264Config{Width: 320, Height: 180, FPS: 25, Bitrate: 500_000, GOP: 25})
	encode := func() {
		if _, _, err := e.Encode(clip[0], 0, false); err != nil {
			t.Fatal(err)
		}
	}
	encode()
	if n := testing.AllocsPerRun(50, encode); n != 0 {
		t.Errorf("%v allocations a picture", n)
	}
}

func TestPicturesThatDoNotFitAreRefused(t *testing.T) {
	e := newH264(t, codec.H264Config{Width: 320, Height: 180, FPS: 25, Bitrate: 500_000, GOP: 25})
	cut := image.NewYCbCr(image.Rect(0, 0, 320, 180), image.YCbCrSubsampleRatio420)
	cut.Cb = cut.Cb[:100]
	for name, img := range map[string]*image.YCbCr{
		"size":  image.NewYCbCr(image.Rect(0, 0, 322, 180), image.YCbCrSubsampleRatio420),
		"4:2:2": image.NewYCbCr(image.Rect(0, 0, 320, 180), image.YCbCrSubsampleRatio422),
		"cut":   cut,
	} {
		if _, _, err := e.Encode(img, 0, false); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, c := range []codec.H264Config{{}, {Width: 321, Height: 180, FPS: 25, Bitrate: 500_000, GOP: 25}} {
		if _, err := codec.NewH264(c); err == nil {
			t.Errorf("%+v: accepted", c)
		}
	}
}

func BenchmarkH264Picture720p(b *testing.B) {
	clip := room(1280, 720, 10)
	e := newH264(b, codec.H264Config{Width: 1280, Height: 720, FPS: 25, Bitrate: 2_000_000, GOP: 50})
	for i := range b.N {
		if _, _, err := e.Encode(clip[i%len(clip)], time.Duration(i)*40*time.Millisecond, false); err != nil {
			b.Fatal(err)
		}
	}
}

package capture_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"minglu/capture"
	"minglu/capture/codec"
	"minglu/capture/evidence"
	"minglu/capture/source"
	"minglu/capture/source/synth"
	"minglu/capture/source/synth/synthtest"
)

const wide, high = 320, 180

// shown is a picture of a finished film.
type shown struct {
	at   time.Duration
	luma []byte // wide x high
}

// watchFilm decodes a film; ffmpeg's complaints are faults.
func watchFilm(t *testing.T, path string) []shown {
	t.Helper()
	synthtest.Require(t, "ffmpeg", "ffprobe")
	times, err := exec.Command("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "frame=pts_time", "-of", "csv=p=0", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	decode := exec.Command("ffmpeg", "-nostdin", "-v", "warning", "-i", path, "-map", "0:v", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-")
	var said bytes.Buffer
	decode.Stderr = &said
	luma, err := decode.Output()
	if err != nil || said.Len() > 0 {
		t.Fatalf("ffmpeg: %v\n%s", err, said.String())
	}
	var film []shown
	for line := range strings.FieldsSeq(string(times)) {
		seconds, err := strconv.ParseFloat(strings.TrimSuffix(line, ","), 64)
		if err != nil || len(luma) < wide*high {
			t.Fatalf("picture %d at %q: %v, %d bytes left", len(film), line, err, len(luma))
		}
		film = append(film, shown{time.Duration(seconds * float64(time.Second)), luma[:wide*high]})
		luma = luma[wide*high:]
	}
	return film
}

// dark reports whether the picture's upper corner, where nothing is written, is dark as that of a placard.
func (s shown) dark() bool {
	sum := 0
	for y := range 40 {
		for _, luma := range s.luma[y*wide:][:40] {
			sum += int(luma)
		}
	}
	return sum/1600 < 40
}

// sign is where the test's gear writes: a white bar whose length tells the reason, below it one whose length
// tells the second.
func sign(img *image.YCbCr, y, length int) {
	for row := y; row < y+8; row++ {
		for x := 100; x < 100+length; x++ {
			img.Y[row*img.YStride+x] = 235
		}
	}
}

func (s shown) sign(y int) (length int) {
	for _, luma := range s.luma[(y+4)*wide+100:][:200] {
		if luma > 128 {
			length++
		}
	}
	return length
}

// breakFor interrupts a recording of 5 s after 1 s for 2.5 s, and returns the film and its record.
func breakFor(t *testing.T, s *studio, setup capture.Setup) ([]shown, evidence.Record) {
	t.Helper()
	s.gear.Placard = func(img *image.YCbCr, reason string) { sign(img, 60, 20*len(reason)) }
	s.gear.Burn = func(img *image.YCbCr, text string) { // the second of "2006-01-02 15:04:05"
		if second, err := strconv.Atoi(text[17:19]); err == nil {
			sign(img, 160, 2*second+4)
		}
	}
	r := s.record(setup, func(x *capture.Session) {
		time.Sleep(time.Second)
		if err := x.Pause("rest", "张三", ""); err != nil {
			t.Error(err)
		}
		time.Sleep(2500 * time.Millisecond)
		if err := x.Resume("张三", ""); err != nil {
			t.Error(err)
		}
	})
	return watchFilm(t, filepath.Join(s.vault.Dir(r.ID), "data/media/cam0.mp4")), r
}

// judgeBreak demands that the break shows placards, one a second with a clock that runs, and that the room is
// seen before and after it.
func judgeBreak(t *testing.T, film []shown, r evidence.Record) {
	t.Helper()
	var gap evidence.GapBody
	for _, g := range r.Gaps {
		if g.Medium == "video" && g.Cause == evidence.CauseBreak {
			if gap.Count > 0 {
				t.Errorf("one break, two gaps: %+v and %+v", gap, g)
			}
			gap = g
		}
	}
	if length := gap.ToMS - gap.FromMS; length < 2300 || length > 4200 || gap.Count < length/40-3 || gap.Count > length/40+3 {
		t.Errorf("gap %+v; want 2.5 s or a little more, and its pictures", gap)
	}
	seconds := map[int]bool{}
	before, after := 0, 0
	for _, p := range film {
		within := p.at.Milliseconds() >= gap.FromMS-1 && p.at.Milliseconds() < gap.ToMS-1
		switch {
		case p.dark() != within:
			t.Errorf("picture at %v: a placard is %v, the break says %v", p.at, p.dark(), within)
		case within:
			seconds[p.sign(160)] = true
			if length := p.sign(60); length < 78 || length > 82 { // "rest"
				t.Errorf("placard at %v: the reason's bar is %d long", p.at, length)
			}
		case !synthtest.ReadPicture(p.luma, wide, high).Read:
			t.Errorf("picture at %v cannot be read", p.at)
		case p.at.Milliseconds() < gap.FromMS:
			before++
		default:
			after++
		}
	}
	if len(seconds) < 3 || before < 15 || after < 10 {
		t.Errorf("%d seconds on placards, %d pictures before, %d after; want 3 or 4, about 25, 10 or more", len(seconds), before, after)
	}
	if int64(len(film)) != r.Tracks[0].Frames {
		t.Errorf("ffmpeg shows %d pictures, the record says %d", len(film), r.Tracks[0].Frames)
	}
}

func TestABreakShowsAPlacardWithAClockThatRuns(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	film, r := breakFor(t, s, s.setup("320x180@25", "", 5*time.Second))
	judgeBreak(t, film, r)
}

// compressing is a camera that compresses itself, a key picture every twelfth.
type compressing struct {
	*synth.Camera
	encoder *codec.H264
	n       int
}

func newCompressing(o synth.Options) (*compressing, error) {
	encoder, err := codec.NewH264(codec.H264Config{Width: o.Width, Height: o.Height, FPS: o.FPS, Bitrate: 500_000, GOP: 1000})
	return &compressing{Camera: synth.OpenCamera(o), encoder: encoder}, err
}

func (c *compressing) Mode() source.Mode {
	m := c.Camera.Mode()
	sps, pps := c.encoder.ParameterSets()
	m.Encoded = &source.H264{SPS: bytes.Clone(sps), PPS: bytes.Clone(pps)}
	return m
}

func (c *compressing) Read(ctx context.Context) (source.Picture, error) {
	p, err := c.Camera.Read(ctx)
	if err != nil {
		return p, err
	}
	defer p.Release()
	unit, key, err := c.encoder.Encode(p.Image, p.At, c.n%12 == 0)
	c.n++
	return source.Picture{
		At: p.At, Decode: p.At, Seq: p.Seq, Key: key, Unit: bytes.Clone(withoutSets(unit)), Release: func() {},
	}, err
}

// withoutSets leaves parameter sets out, as cameras do that announce them once.
func withoutSets(unit []byte) (left []byte) {
	for len(unit) > 4 {
		n := 4 + int(binary.BigEndian.Uint32(unit))
		if kind := unit[4] & 0x1f; kind != 7 && kind != 8 {
			left = append(left, unit[:n]...)
		}
		unit = unit[n:]
	}
	return left
}

func (c *compressing) Close() error {
	err := c.Camera.Close()
	return err // the encoder goes with the test: a Read may still use it
}

func TestABreakOfACameraThatCompressesItselfShowsPlacardsToo(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	setup := s.setup("320x180@25", "", 5*time.Second)
	o, err := synth.ParseOptions("320x180@25")
	if err != nil {
		t.Fatal(err)
	}
	setup.Inputs[0].Camera = func(context.Context) (source.Camera, error) { return newCompressing(o) }
	film, r := breakFor(t, s, setup)
	judgeBreak(t, film, r)
}

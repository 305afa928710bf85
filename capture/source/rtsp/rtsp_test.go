package rtsp_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"

	"minglu/capture/clock"
	"minglu/capture/source"
	"minglu/capture/source/rtsp"
	"minglu/capture/source/rtsp/rtsptest"
)

func open(t *testing.T, c *rtsptest.Camera) (source.Camera, source.Microphone) {
	t.Helper()
	camera, microphone, err := rtsp.Open(t.Context(), c.URL("admin:geheim"), clock.System())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		camera.Close()
		if microphone != nil {
			microphone.Close()
		}
	})
	return camera, microphone
}

// film reads n pictures.
func film(t *testing.T, camera source.Camera, n int) []source.Picture {
	t.Helper()
	var pictures []source.Picture
	for range n {
		p, err := camera.Read(t.Context())
		if err != nil {
			t.Fatalf("picture %d of %d: %v", len(pictures), n, err)
		}
		pictures = append(pictures, p)
		p.Release()
	}
	return pictures
}

// unevenness is how far the pictures are from the even steps of 30 a second.
func unevenness(pictures []source.Picture) time.Duration {
	var worst time.Duration
	for i, p := range pictures {
		even := pictures[0].Decode + time.Duration(i)*time.Second/30
		worst = max(worst, (p.Decode - even).Abs())
	}
	return worst
}

func TestPicturesAreTakenOverAsTheCameraSentThem(t *testing.T) {
	t.Parallel()
	name := clip(t)
	c := rtsptest.Start(t)
	c.Publish(t, name)
	camera, microphone := open(t, c)
	if microphone != nil {
		t.Error("a microphone where no sound is sent")
	}
	mode := camera.Mode()
	if mode.Width != 640 || mode.Height != 480 || mode.FPS != 30 || mode.Encoded == nil {
		t.Fatalf("mode %+v; want 640x480@30, H.264", mode)
	}
	pictures := film(t, camera, 75)
	if !pictures[0].Key {
		t.Error("the first picture is no key picture")
	}
	stream := annexB(mode.Encoded.SPS, mode.Encoded.PPS)
	for i, p := range pictures {
		if p.Seq != uint64(i) || p.At < p.Decode || p.At-p.Decode > 200*time.Millisecond {
			t.Errorf("picture %d: number %d, shown %v after it is decoded", i, p.Seq, p.At-p.Decode)
		}
		for unit := p.Unit; len(unit) > 4; unit = unit[4+binary.BigEndian.Uint32(unit):] {
			stream = append(stream, annexB(unit[4:4+binary.BigEndian.Uint32(unit)])...)
		}
	}
	if d := unevenness(pictures); d > 20*time.Millisecond { // the clip's own times are in whole milliseconds
		t.Errorf("pictures are %v off an even pace", d)
	}
	if age := clock.System().Boot() - pictures[74].At; age < -50*time.Millisecond || age > 500*time.Millisecond {
		t.Errorf("the last picture was taken %v ago", age)
	}
	decode := exec.Command("ffmpeg", "-v", "error", "-f", "h264", "-i", "-", "-f", "framemd5", "-")
	decode.Stdin = bytes.NewReader(stream)
	var complaint bytes.Buffer
	decode.Stderr = &complaint
	sums, err := decode.Output()
	if shown := bytes.Count(sums, []byte("\n0,")); err != nil || shown != 75 || complaint.Len() > 0 {
		t.Errorf("ffmpeg decodes %d pictures of 75: %v %s", shown, err, complaint.Bytes())
	}
}

func annexB(nals ...[]byte) (stream []byte) {
	for _, nal := range nals {
		stream = append(append(stream, 0, 0, 0, 1), nal...)
	}
	return stream
}

func TestCompressedSoundIsTakenOverWithoutHoles(t *testing.T) {
	t.Parallel()
	name := clip(t)
	for codec, args := range map[string][]string{
		"mp4a": {"-c:a", "aac", "-ac", "2", "-ar", "44100"},
		"opus": {"-c:a", "libopus", "-ac", "2"},
	} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			c := rtsptest.Start(t)
			c.Publish(t, name, args...)
			_, microphone := open(t, c)
			if microphone == nil {
				t.Fatal("no microphone")
			}
			f := microphone.Format()
			if f.Encoded == nil || f.Encoded.Codec != codec || f.Channels != 2 || codec == "mp4a" && len(f.Encoded.Config) == 0 {
				t.Fatalf("format %+v; want %s, stereo", f, codec)
			}
			var first, end time.Duration
			for i := range 60 {
				s, err := microphone.Read(t.Context())
				if err != nil || s.Lost != 0 || len(s.Packet) == 0 {
					t.Fatalf("packet %d: %v, %d lost", i, err, s.Lost)
				}
				if i == 0 {
					first, end = s.At, s.At
				}
				if d := (s.At - end).Abs(); d > 5*time.Millisecond {
					t.Errorf("packet %d begins %v off the end of the one before", i, d)
				}
				end = s.At + s.Length
			}
			if end-first < time.Second {
				t.Errorf("60 packets are %v of sound", end-first)
			}
		})
	}
}

func TestTelephoneSoundIsDecodedTo48kHz(t *testing.T) {
	t.Parallel()
	name := clip(t)
	for _, codec := range []string{"pcm_alaw", "pcm_mulaw"} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			c := rtsptest.Start(t)
			c.Publish(t, name, "-c:a", codec, "-ac", "1", "-ar", "8000")
			_, microphone := open(t, c)
			if microphone == nil || microphone.Format().Encoded != nil {
				t.Fatal("no raw microphone")
			}
			var sound []int16
			var first, next time.Duration
			for len(sound) < 48_000 {
				s, err := microphone.Read(t.Context())
				if err != nil || s.Lost != 0 {
					t.Fatalf("%v, %d lost", err, s.Lost)
				}
				if len(sound) == 0 {
					first, next = s.At, s.At
				}
				if d := (s.At - next).Abs(); d > 5*time.Millisecond {
					t.Errorf("sound at %v begins %v off the end of what was before", s.At-first, d)
				}
				sound = append(sound, s.Samples...)
				next = s.At + time.Duration(len(s.Samples))*time.Second/48_000
			}
			if hz := crossings(sound[4800:43_200]) / 0.8; math.Abs(hz-1000) > 3 {
				t.Errorf("the tone has %.0f Hz; want 1000", hz)
			}
		})
	}
}

// crossings counts the waves in sound by their rising zero crossings.
func crossings(sound []int16) float64 {
	n := 0.0
	for i := 1; i < len(sound); i++ {
		if sound[i-1] < 0 && sound[i] >= 0 {
			n++
		}
	}
	return n
}

func TestANetworkThatStuttersMakesNoGaps(t *testing.T) {
	t.Parallel()
	name := clip(t)
	c := rtsptest.Start(t)
	var held atomic.Int64
	c.Pass = func(_ *description.Media, p *rtp.Packet, send func(*rtp.Packet)) {
		if held.Add(1)%40 == 0 {
			time.Sleep(300 * time.Millisecond) // what comes behind it comes in one burst
		}
		send(p)
	}
	c.Publish(t, name)
	camera, _ := open(t, c)
	pictures := film(t, camera, 90)
	if d := unevenness(pictures); d > 25*time.Millisecond {
		t.Errorf("pictures are %v off an even pace", d)
	}
	if jumps := pictures[89].Seq - 89; jumps != 0 {
		t.Errorf("%d pictures counted as lost", jumps)
	}
}

func TestLostPacketsAreLostPictures(t *testing.T) {
	t.Parallel()
	name := clip(t)
	c := rtsptest.Start(t)
	var stamps, dropped atomic.Int64
	var last uint32
	c.Pass = func(_ *description.Media, p *rtp.Packet, send func(*rtp.Packet)) {
		if p.Timestamp != last {
			stamps.Add(1)
			last = p.Timestamp
		}
		if n := stamps.Load(); n%200 >= 120 && n%200 < 125 {
			dropped.Add(1)
			return
		}
		send(p)
	}
	c.Publish(t, name)
	camera, _ := open(t, c)
	lost := uint64(0)
	var before source.Picture
	for i, p := range film(t, camera, 150) {
		if i > 0 {
			lost += p.Seq - before.Seq - 1
		}
		before = p
	}
	if dropped.Load() == 0 {
		t.Fatal("nothing was dropped")
	}
	if lost < 3 || lost > 12 {
		t.Errorf("%d pictures missing; want about 5", lost)
	}
}

func TestADeadServerIsALostDevice(t *testing.T) {
	t.Parallel()
	name := clip(t)
	for _, death := range []string{"killed", "frozen"} {
		t.Run(death, func(t *testing.T) {
			t.Parallel()
			c := rtsptest.Start(t)
			var frozen atomic.Bool
			c.Pass = func(_ *description.Media, p *rtp.Packet, send func(*rtp.Packet)) {
				if !frozen.Load() {
					send(p)
				}
			}
			c.Publish(t, name, "-c:a", "pcm_alaw", "-ac", "1", "-ar", "8000")
			camera, microphone := open(t, c)
			film(t, camera, 10)
			start := time.Now()
			if death == "killed" {
				c.Server.Close()
			} else {
				frozen.Store(true)
			}
			var err1, err2 error
			for err1 == nil {
				_, err1 = camera.Read(t.Context())
			}
			for err2 == nil {
				_, err2 = microphone.Read(t.Context())
			}
			if !errors.Is(err1, source.ErrLost) || !errors.Is(err2, source.ErrLost) {
				t.Errorf("camera: %v; microphone: %v; want %v", err1, err2, source.ErrLost)
			}
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("noticed after %v; want 3 s", took)
			}
		})
	}
}

func TestOpeningFailsClearlyAndKeepsThePassword(t *testing.T) {
	t.Parallel()
	c := rtsptest.Start(t)
	h265 := &description.Session{Medias: []*description.Media{{
		Type: description.MediaTypeVideo, Formats: []format.Format{&format.H265{PayloadTyp: 96}},
	}}}
	if err := c.Announce(h265); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		c.URL("admin:falsch"):                       "401",
		c.URL("admin:geheim"):                       "H265",
		"rtsp://admin:geheim@127.0.0.1:1/live":      "refused",
		"http://admin:geheim@127.0.0.1/live":        "not an RTSP URL",
		"rtsp://admin:geheim@[127.0.0.1/live":       "not an RTSP URL",
		"rtsp://admin:geheim@" + c.Address + "\x7f": "not an RTSP URL",
	} {
		_, _, err := rtsp.Open(t.Context(), url, clock.System())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want an error with %q", err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "falsch")) {
			t.Errorf("the password is in %q", err)
		}
	}
}

func TestOpeningEndsWithItsContext(t *testing.T) {
	t.Parallel()
	c := rtsptest.Start(t)
	silent := &description.Session{Medias: []*description.Media{{
		Type: description.MediaTypeVideo, Formats: []format.Format{&format.H264{PayloadTyp: 96, PacketizationMode: 1}},
	}}}
	if err := c.Announce(silent); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, _, err := rtsp.Open(ctx, c.URL("admin:geheim"), clock.System())
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 2*time.Second {
		t.Errorf("%v after %v; want %v", err, time.Since(start), context.DeadlineExceeded)
	}
}

// clip finds real pictures of a webcam beside the repository.
func clip(t *testing.T) string {
	t.Helper()
	name := filepath.Join("..", "..", "..", "..", "shared", "clips", "walk.mkv")
	if _, err := os.Stat(name); err != nil {
		t.Skip("../shared/clips is absent; no real pictures to send")
	}
	return name
}

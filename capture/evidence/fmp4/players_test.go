package fmp4_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
	mediacommon "github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/pmp4"

	"minglu/capture/codec"
	"minglu/capture/evidence/fmp4"
)

// shot is a real recording of n half seconds: 12 or 13 pictures and 25 packets of a tone in each. The
// pictures begin 100 ms after the sound.
func shot(t testing.TB, n int) *film {
	t.Helper()
	h264, err := codec.NewH264(codec.H264Config{Width: 320, Height: 180, FPS: 25, Bitrate: 300_000, GOP: 25})
	if errors.Is(err, codec.ErrAbsent) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer h264.Close()
	opus, err := codec.NewOpus(codec.OpusConfig{Channels: 1, Bitrate: 64_000})
	if err != nil {
		t.Fatal(err)
	}
	defer opus.Close()
	sps, pps := h264.ParameterSets()
	f := newFilm(t,
		fmp4.Track{ID: 1, H264: &fmp4.H264{Width: 320, Height: 180, SPS: sps, PPS: pps}},
		fmp4.Track{ID: 2, Opus: &fmp4.Opus{Channels: 1, PreSkip: opus.PreSkip()}})
	pictures, packets := 0, 0
	for i := range n {
		video := fmp4.Run{Track: 1, Base: 9000 + 3600*uint64(pictures)}
		for range 12 + i%2 {
			unit, key, err := h264.Encode(frame(pictures), time.Duration(pictures)*40*time.Millisecond, false)
			if err != nil {
				t.Fatal(err)
			}
			video.Samples = append(video.Samples, fmp4.Sample{Data: bytes.Clone(unit), Duration: 3600, Key: key})
			pictures++
		}
		audio := fmp4.Run{Track: 2, Base: 960 * uint64(packets)}
		for range 25 {
			packet, err := opus.Encode(tone(packets))
			if err != nil {
				t.Fatal(err)
			}
			audio.Samples = append(audio.Samples, fmp4.Sample{Data: bytes.Clone(packet), Duration: 960})
			packets++
		}
		f.add(t, video, audio)
	}
	return f
}

// frame is picture number n: a bright column that wanders over noise.
func frame(n int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, 320, 180), image.YCbCrSubsampleRatio420)
	r := rand.New(rand.NewPCG(7, uint64(n)))
	for i := range img.Y {
		img.Y[i] = byte(60 + r.IntN(6))
		if i%320/16 == n%20 {
			img.Y[i] = 220
		}
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 120, 140
	}
	return img
}

func tone(packet int) []int16 {
	s := make([]int16, codec.OpusSamples)
	for i := range s {
		s[i] = int16(8000 * math.Sin(float64(packet*len(s)+i)/30))
	}
	return s
}

// finished gives the file as players get it after the recording.
func (f *film) finished(t testing.TB) []byte {
	t.Helper()
	b := append(bytes.Clone(f.b), f.index(t)...)
	patch := fmp4.Placeholder(int64(len(f.b)))
	copy(b[fmp4.PlaceholderOff:], patch[:])
	return b
}

func save(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cam0.mp4")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// probe gives what ffprobe says, which must not contain a warning.
func probe(t testing.TB, path string, ask ...string) string {
	t.Helper()
	args := append([]string{"-v", "warning", "-of", "csv=p=0"}, append(ask, path)...)
	out, err := exec.Command(tool(t, "ffprobe"), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("ffprobe: %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestFfprobeFindsNothingToWarnOfAndEverySample(t *testing.T) {
	f := shot(t, 8)
	for name, b := range map[string][]byte{"growing": f.b, "finished": f.finished(t)} {
		path := save(t, b)
		got := probe(t, path, "-count_frames", "-show_entries", "stream=codec_name,nb_read_frames")
		if want := "h264,100\nopus,200"; got != want {
			t.Errorf("%s: ffprobe says\n%s\nwant\n%s", name, got, want)
		}
		times := strings.Fields(probe(t, path, "-select_streams", "v", "-show_entries", "packet=pts_time"))
		if first, last := times[0], times[len(times)-1]; first != "0.100000" || last != "4.060000" {
			t.Errorf("%s: pictures from %s to %s; want 0.1 to 4.06", name, first, last)
		}
	}
	path := save(t, f.finished(t))
	if got, want := probe(t, path, "-show_entries", "format=duration:format_tags=creation_time"), "4.100000,2026-03-04T05:06:07.000000Z"; got != want {
		t.Errorf("ffprobe says %s; want %s", got, want)
	}
	out, err := exec.Command(tool(t, "ffmpeg"), "-v", "warning", "-xerror", "-i", path, "-f", "null", "-").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("ffmpeg decodes with %v\n%s", err, out)
	}
}

func TestAKilledRecordingPlaysUpToItsLastFragment(t *testing.T) {
	f := shot(t, 6)
	r := rand.New(rand.NewPCG(8, 9))
	for range 8 {
		n := int(f.frags[0].Off+f.frags[0].Len) + r.IntN(len(f.b)-int(f.frags[1].Off))
		found, err := fmp4.Scan(bytes.NewReader(f.b[:n]), int64(n))
		if err != nil {
			t.Fatal(err)
		}
		whole := len(found.Frags)
		cut := &film{f.header, f.b[:found.End], found.Head, found.Frags}
		want := fmt.Sprintf("%d\n%d", 12*whole+whole/2, 25*whole)
		for name, b := range map[string][]byte{"cut": cut.b, "cut and finished": cut.finished(t)} {
			got := probe(t, save(t, b), "-count_packets", "-show_entries", "stream=nb_read_packets")
			if got != want {
				t.Errorf("%s at %d after fragment %d: %q; want %q", name, n, whole, got, want)
			}
		}
	}
}

func TestAnotherReaderAgreesOnEverySample(t *testing.T) {
	f := shot(t, 4)
	growing, err := mp4.DecodeFile(bytes.NewReader(f.b))
	if err != nil {
		t.Fatal(err)
	}
	if !growing.IsFragmented() || len(growing.Segments) == 0 {
		t.Fatal("mp4ff finds no fragments")
	}
	fragments := 0
	for _, s := range growing.Segments {
		fragments += len(s.Fragments)
	}
	finished, err := mp4.DecodeFile(bytes.NewReader(f.finished(t)))
	if err != nil {
		t.Fatal(err)
	}
	if fragments != 4 || finished.Moov == nil || len(finished.Moov.Traks) != 2 {
		t.Fatalf("mp4ff finds %d fragments and moov %v", fragments, finished.Moov != nil)
	}
	at := int64(0)
	for _, trak := range finished.Moov.Traks {
		chunks, err := trak.GetRangesForSampleInterval(1, trak.GetNrSamples())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range chunks {
			at += int64(c.Size)
		}
	}
	var payload int64
	var l fmp4.Layout
	for _, r := range f.frags {
		if err := f.header.ParseFragment(f.b[r.Off:], r.Len, &l); err != nil {
			t.Fatal(err)
		}
		payload += r.Len - int64(l.Payload)
	}
	if at != payload {
		t.Errorf("mp4ff finds %d bytes of samples; want %d", at, payload)
	}
}

func TestAThirdReaderAgreesToo(t *testing.T) {
	f := shot(t, 3)
	var start mediacommon.Init
	if err := start.Unmarshal(bytes.NewReader(f.b[:f.head.Len])); err != nil {
		t.Fatalf("mediacommon reads the head: %v", err)
	}
	var parts mediacommon.Parts
	if err := parts.Unmarshal(f.b[f.head.Len:]); err != nil {
		t.Fatalf("mediacommon reads the fragments: %v", err)
	}
	if len(start.Tracks) != 2 || len(parts) != 3 || len(parts[2].Tracks[0].Samples) != 12 {
		t.Errorf("mediacommon finds %d tracks, %d fragments", len(start.Tracks), len(parts))
	}
	var whole pmp4.Presentation
	if err := whole.Unmarshal(bytes.NewReader(f.finished(t))); err != nil {
		t.Fatalf("mediacommon reads the finished file: %v", err)
	}
	if len(whole.Tracks) != 2 || len(whole.Tracks[0].Samples) != 37 || len(whole.Tracks[1].Samples) != 75 {
		t.Errorf("mediacommon finds %d tracks", len(whole.Tracks))
	}
}

func TestABrowserPlaysAGrowingAndAFinishedFile(t *testing.T) {
	chromium := tool(t, "chromium")
	f := shot(t, 6)
	files := map[string][]byte{"/growing.mp4": f.b, "/finished.mp4": f.finished(t)}
	said := make(chan string, 8)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b, ok := files[r.URL.Path]; ok {
			w.Header().Set("Content-Type", "video/mp4")
			http.ServeContent(w, r, r.URL.Path, time.Time{}, bytes.NewReader(b))
			return
		}
		if r.URL.Path == "/said" {
			said <- r.URL.Query().Get("what")
			return
		}
		fmt.Fprintf(w, page, r.URL.Query().Get("file"))
	}))
	defer site.Close()
	for name := range files {
		if got := shown(t, chromium, site.URL+"/?file="+name, said); !strings.HasPrefix(got, "2.5 of 3.") {
			t.Errorf("%s: the browser says %q", name, got)
		}
	}
}

// shown opens a page in a browser and waits for what it says.
func shown(t *testing.T, chromium, page string, said <-chan string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--mute-audio", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
		"--autoplay-policy=no-user-gesture-required", "--user-data-dir="+t.TempDir(), page)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // killed
	}()
	select {
	case what := <-said:
		return what
	case <-time.After(60 * time.Second):
		return "nothing in a minute"
	}
}

// page seeks to 2.5 s and says where it arrived and how long the film is.
const page = `<!doctype html><video src="%s" preload="auto"></video><script>
const v = document.querySelector("video")
const say = what => fetch("/said?what=" + encodeURIComponent(what))
v.onerror = () => say(v.error.message)
v.onloadeddata = () => v.currentTime = 2.5
v.onseeked = () => say(v.currentTime.toFixed(1) + " of " + v.duration.toFixed(1) + " " + v.videoWidth)
</script>`

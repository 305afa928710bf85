package fmp4_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"minglu/capture/evidence/fmp4"
)

// taken lets ffmpeg make a stream as a network camera would send it and gives the stream's description and
// its samples, half a second to a fragment.
func taken(t *testing.T, args ...string) (*mp4.StsdBox, [][]fmp4.Sample) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "camera.mp4")
	args = append(append([]string{"-v", "error"}, args...), "-video_track_timescale", "90000", "-frag_duration", "500000",
		"-movflags", "empty_moov+default_base_moof", path)
	if out, err := exec.Command(tool(t, "ffmpeg"), args...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	f, err := mp4.ReadMP4File(path)
	if err != nil {
		t.Fatal(err)
	}
	var frags [][]fmp4.Sample
	for _, s := range f.Segments {
		for _, frag := range s.Fragments {
			full, err := frag.GetFullSamples(f.Init.Moov.Mvex.Trex)
			if err != nil {
				t.Fatal(err)
			}
			var samples []fmp4.Sample
			for _, s := range full {
				samples = append(samples, fmp4.Sample{Data: s.Data, Duration: s.Dur, Key: s.IsSync(), CompositionOffset: s.CompositionTimeOffset})
			}
			frags = append(frags, samples)
		}
	}
	return f.Init.Moov.Trak.Mdia.Minf.Stbl.Stsd, frags
}

// rewrap lays the samples into a file of ours.
func rewrap(t *testing.T, track fmp4.Track, frags [][]fmp4.Sample) *film {
	t.Helper()
	f := newFilm(t, track)
	base := uint64(0)
	for _, samples := range frags {
		f.add(t, fmp4.Run{Track: track.ID, Base: base, Samples: samples})
		for _, s := range samples {
			base += uint64(s.Duration)
		}
	}
	return f
}

// pictures gives ffmpeg's digest of all decoded pictures.
func pictures(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command(tool(t, "ffmpeg"), "-v", "warning", "-i", path, "-fps_mode", "passthrough", "-f", "md5", "-").CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestACamerasOwnReorderedPicturesAreTakenOver(t *testing.T) {
	stsd, frags := taken(t, "-f", "lavfi", "-i", "testsrc=s=320x180:r=25", "-t", "3", "-c:v", "libx264", "-bf", "2", "-g", "25", "-pix_fmt", "yuv420p")
	c := stsd.AvcX.AvcC.DecConfRec
	for _, inBand := range []bool{false, true} {
		f := rewrap(t, fmp4.Track{ID: 1, H264: &fmp4.H264{Width: 320, Height: 180, SPS: c.SPSnalus[0], PPS: c.PPSnalus[0], InBand: inBand}}, frags)
		growing, finished := save(t, f.b), save(t, f.finished(t))
		if a, b := pictures(t, growing), pictures(t, finished); a != b || !strings.HasPrefix(a, "MD5=") {
			t.Errorf("decoded pictures of growing and finished file: %s, %s", a, b)
		}
		got := probe(t, finished, "-count_frames", "-show_entries", "stream=codec_tag_string,nb_read_frames,has_b_frames")
		want := "avc1,2,75"
		if inBand {
			want = "avc3,2,75"
		}
		if got != want {
			t.Errorf("ffprobe says %s; want %s", got, want)
		}
	}
}

func TestACamerasAACIsTakenOver(t *testing.T) {
	stsd, frags := taken(t, "-f", "lavfi", "-i", "sine=440:r=48000", "-t", "3", "-c:a", "aac", "-ac", "2")
	config := stsd.Mp4a.Esds.DecConfigDescriptor.DecSpecificInfo.DecConfig
	f := rewrap(t, fmp4.Track{ID: 1, AAC: &fmp4.AAC{Config: config, Rate: 48000, Channels: 2}}, frags)
	for _, b := range [][]byte{f.b, f.finished(t)} {
		got := probe(t, save(t, b), "-count_frames", "-show_entries", "stream=codec_name,profile,sample_rate,channels,nb_read_frames")
		if want := "aac,LC,48000,2,142"; got != want {
			t.Errorf("ffprobe says %s; want %s", got, want)
		}
	}
	if _, err := fmp4.ParseHead(bytes.Clone(f.b[:f.head.Len])); err != nil {
		t.Error(err)
	}
}

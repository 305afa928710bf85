package proof_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minglu/capture/source/rtsp/rtsptest"
	"minglu/capture/source/synth"
	"minglu/capture/source/synth/synthtest"
)

// streams counts what ffprobe finds, and demands that it finds nothing to complain about.
func streams(t *testing.T, film string) (pictures, packets int) {
	t.Helper()
	synthtest.Require(t, "ffprobe")
	out, err := exec.Command("ffprobe", "-v", "warning", "-count_packets", "-show_entries", "stream=codec_type,nb_read_packets", "-of", "json", film).CombinedOutput()
	var found struct {
		Streams []struct {
			Type    string `json:"codec_type"`
			Packets int    `json:"nb_read_packets,string"`
		}
	}
	if parsing := json.Unmarshal(out, &found); err != nil || parsing != nil {
		t.Fatalf("ffprobe: %v %v\n%s", err, parsing, out)
	}
	for _, s := range found.Streams {
		if s.Type == "video" {
			pictures = s.Packets
		} else {
			packets = s.Packets
		}
	}
	return pictures, packets
}

// inStep demands that picture and sound lie together at both ends.
func inStep(t *testing.T, r synthtest.Report) {
	t.Helper()
	const most = 40 * time.Millisecond
	t.Logf("%d pictures, %d lost; %d beeps, %d lost; offset %v at the start, %v at the end", r.Pictures, r.Lost, r.Beeps, r.LostBeeps, r.Start(), r.End())
	if r.Beeps < 5 || r.Start().Abs() > most || r.End().Abs() > most {
		t.Errorf("offset %v at the start and %v at the end of %d beeps; want at most %v", r.Start(), r.End(), r.Beeps, most)
	}
	if r.LostBeeps > 0 {
		t.Errorf("%d beeps are missing", r.LostBeeps)
	}
}

func TestFilesOfKnownContentComeThroughPictureByPicture(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	y4m, wav := stage(t, length(t))
	home := b.room(t, "FILES")
	sealed := record(t, home, "--camera", "file:"+y4m, "--mic", "file:"+wav).last(t, "sealed")
	want := int64(length(t) / (40 * time.Millisecond))
	if sealed.Frames+sealed.Dropped != want {
		t.Errorf("%d pictures and %d dropped of %d", sealed.Frames, sealed.Dropped, want)
	}
	film := filepath.Join(sealed.Package, "data", "media", "cam0.mp4")
	if pictures, _ := streams(t, film); int64(pictures) != sealed.Frames {
		t.Errorf("ffprobe counts %d pictures, the record %d", pictures, sealed.Frames)
	}
	r := synthtest.Watch(t, film, 25)
	inStep(t, r)
	if int64(r.Lost) != sealed.Dropped {
		t.Errorf("%d counts are missing in the film, %d by the journal", r.Lost, sealed.Dropped)
	}
	b.verify(t, sealed.Package, verdictFor(sealed)...)
	deliver(t, b, home, sealed)
}

func verdictFor(sealed event) []string {
	if len(sealed.Gaps) > 0 {
		return []string{"AUTHENTIC_WITH_GAPS"}
	}
	return []string{"AUTHENTIC"}
}

// deliver sends the home's queue and demands a receipt for the recording.
func deliver(t *testing.T, b *bureau, home string, sealed event) {
	t.Helper()
	receipt := must(t, "minglu", "sync", "--home", home, "--until-empty").last(t, "receipt")
	if receipt.ID != sealed.ID {
		t.Errorf("receipt for %s, want %s", receipt.ID, sealed.ID)
	}
	if _, err := os.Stat(receipt.Receipt); err != nil {
		t.Error(err)
	}
	b.verify(t, sealed.Package, verdictFor(sealed)...)
}

func TestAnIPCameraIsTakenOverWithItsSound(t *testing.T) {
	for _, sound := range []struct {
		codec, clip string
		args        []string
		// sent is how late this test's camera may begin to send its sound: ffmpeg holds a packet back until the next
		// picture is due, and its sender reports count from its first packets, so that no stranger can ever know. Half
		// of it is taken off.
		sent time.Duration
		// hears is the highest tone the sound can carry, in Hz; beeps above it are not missed.
		hears int
	}{
		{"aac", "clip.mkv", []string{"-c:a", "aac", "-ar", "48000", "-ac", "1"}, 40 * time.Millisecond, 20000},
		{"opus", "clip.mkv", []string{"-c:a", "libopus", "-ac", "1"}, 0, 20000},
		{"alaw", "clip.mkv", []string{"-c:a", "pcm_alaw", "-ar", "8000", "-ac", "1"}, 0, 3400},
	} {
		t.Run(sound.codec, func(t *testing.T) {
			t.Parallel()
			b := openBureau(t)
			y4m, wav := stage(t, length(t)+8*time.Second)
			clip := filepath.Join(t.TempDir(), sound.clip)
			synthtest.Require(t, "ffmpeg")
			args := append([]string{"-v", "error", "-i", y4m, "-i", wav, "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-g", "25"}, sound.args...)
			if out, err := exec.Command("ffmpeg", append(args, clip)...).CombinedOutput(); err != nil {
				t.Fatalf("ffmpeg: %v\n%s", err, out)
			}
			camera := rtsptest.Start(t)
			camera.Send(t, "-re", "-i", clip, "-c", "copy", "-max_delay", "0") // a camera sends each packet of sound at once
			home := b.room(t, "IPCAM")
			url := camera.URL("admin:geheim")
			sealed := record(t, home, "--camera", url, "--mic", url, "--for", length(t).String()).last(t, "sealed")
			film := filepath.Join(sealed.Package, "data", "media", "cam0.mp4")
			if pictures, _ := streams(t, film); int64(pictures) != sealed.Frames {
				t.Errorf("ffprobe counts %d pictures, the record %d", pictures, sealed.Frames)
			}
			r := synthtest.Watch(t, film, 25)
			for i := range r.Offsets {
				r.Offsets[i] += sound.sent / 2
			}
			r.LostBeeps = max(0, r.LostBeeps-tooHigh(sound.hears))
			inStep(t, r)
			if r.Lost > 0 {
				t.Errorf("%d pictures of the camera are not in the film; gaps %+v", r.Lost, sealed.Gaps)
			}
			b.verify(t, sealed.Package, verdictFor(sealed)...)
			deliver(t, b, home, sealed)
		})
	}
}

// tooHigh is how many of the stage's beeps, which come round every 64 seconds, lie above a frequency.
func tooHigh(hz int) (n int) {
	for second := range int64(64) {
		if synth.BeepHz(second) > hz {
			n++
		}
	}
	return n
}

// pulse is a sound server of its own with a microphone that hears what is played to it.
func pulse(t *testing.T) (env []string, play func(wav string) *exec.Cmd) {
	t.Helper()
	synthtest.Require(t, "pulseaudio", "paplay", "espeak-ng", "sox")
	dir, err := os.MkdirTemp("", "pulse") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "native")
	cmd := exec.Command("pulseaudio", "-n", "--exit-idle-time=-1", "--disallow-exit=false", "--use-pid-file=false", "--daemonize=false",
		"--load=module-null-sink sink_name=room", "--load=module-remap-source master=room.monitor source_name=mic source_properties=device.description=Roommic",
		"--load=module-native-protocol-unix auth-anonymous=1 socket="+socket)
	env = []string{"HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "PULSE_SERVER=unix:" + socket, "PULSE_SOURCE=mic"}
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for range 100 {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return env, func(wav string) *exec.Cmd {
		p := exec.Command("paplay", "-d", "room", wav)
		p.Env = append(os.Environ(), env...)
		return p
	}
}

func TestTheRealMicrophoneHearsSpokenChinese(t *testing.T) {
	env, play := pulse(t)
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	b := openBureau(t)
	speech, whole := filepath.Join(t.TempDir(), "speech.wav"), filepath.Join(t.TempDir(), "whole.wav")
	if out, err := exec.Command("espeak-ng", "-v", "cmn", "-w", speech, "现在开始询问。请问你的姓名是什么？请如实回答。").CombinedOutput(); err != nil {
		t.Fatalf("espeak-ng: %v\n%s", err, out)
	}
	if out, err := exec.Command("sox", speech, "-r", "48000", "-c", "1", whole, "repeat", "30", "trim", "0", fmt.Sprint((length(t) + 10*time.Second).Seconds())).CombinedOutput(); err != nil {
		t.Fatalf("sox: %v\n%s", err, out)
	}
	home := b.room(t, "MIC")
	player := play(whole)
	if err := player.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		player.Process.Kill()
		player.Wait()
	}()
	time.Sleep(500 * time.Millisecond)
	sealed := record(t, home, "--camera", "synth:640x360@25", "--mic", "device:Roommic", "--for", length(t).String()).last(t, "sealed")
	if d := sealed.DurationMS - length(t).Milliseconds(); d < -40 || d > 40 {
		t.Errorf("%d ms recorded, want %v", sealed.DurationMS, length(t))
	}
	for _, g := range sealed.Gaps {
		if g.Medium == "audio" {
			t.Errorf("the sound has a gap: %+v", g)
		}
	}
	heard(t, filepath.Join(sealed.Package, "data", "media", "cam0.mp4"))
	b.verify(t, sealed.Package, verdictFor(sealed)...)
	deliver(t, b, home, sealed)
}

// heard demands that the film's sound is speech and not silence.
func heard(t *testing.T, film string) {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "info", "-i", film, "-map", "0:a", "-af", "volumedetect", "-f", "null", "-").CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	var mean float64
	_, rest, found := strings.Cut(string(out), "mean_volume: ")
	if _, err := fmt.Sscanf(rest, "%f dB", &mean); !found || err != nil {
		t.Fatalf("no mean volume: %s", out)
	}
	t.Logf("mean volume %.1f dB", mean)
	if mean < -40 {
		t.Errorf("mean volume %.1f dB; the microphone heard nothing", mean)
	}
}

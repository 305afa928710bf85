package proof_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"minglu/capture/attach"
	"minglu/capture/device/pulsetest"
	"minglu/capture/evidence"
	"minglu/capture/source/synth/synthtest"
)

// ask sends a request to the recorder of a home.
func ask(t *testing.T, home string, r attach.Request) error {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	_, err := attach.Once(ctx, home, r)
	return err
}

// reach waits until the recording that runs has so many ms on the disk.
func reach(t *testing.T, home string, ms int64) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		e, err := attach.Once(t.Context(), home, attach.Request{Op: attach.OpStatus})
		var status struct {
			Durable int64 `json:"durable_ms"`
		}
		if err == nil && len(e.Data) > 0 && json.Unmarshal(e.Data, &status) == nil && status.Durable >= ms {
			return
		}
	}
	t.Fatalf("the recording does not reach %d ms", ms)
}

// recorded decodes the sound of a film.
func recorded(t *testing.T, film string) []int16 {
	t.Helper()
	synthtest.Require(t, "ffmpeg")
	raw, err := exec.Command("ffmpeg", "-v", "error", "-i", film, "-map", "0:a:0", "-ac", "1", "-ar", "48000", "-f", "s16le", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	sound := make([]int16, len(raw)/2)
	if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, sound); err != nil {
		t.Fatal(err)
	}
	return sound
}

// alike is the correlation of two sounds, 1 when they are the same but for their loudness.
func alike(a, b []int16) float64 {
	var ab, aa, bb float64
	for i := range min(len(a), len(b)) {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}

// told lists what the journal says of the loudspeaker and of papers.
func told(t *testing.T, pkg string) (speaker []string, prints []evidence.PrintBody) {
	t.Helper()
	f, err := os.Open(filepath.Join(pkg, filepath.FromSlash(evidence.FileJournal)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = evidence.ReadJournal(f, func(e evidence.Entry) error {
		var d evidence.DeviceBody
		var p evidence.PrintBody
		switch e.Line.Kind {
		case evidence.KindDevice:
			if err := json.Unmarshal(e.Line.Body, &d); err != nil || d.Role != "speaker" {
				return err
			}
			_, stretch, _ := strings.Cut(d.Detail, " ")
			speaker = append(speaker, d.What+" "+stretch)
		case evidence.KindPrint:
			if err := json.Unmarshal(e.Line.Body, &p); err != nil {
				return err
			}
			prints = append(prints, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return speaker, prints
}

// A busy machine starves the null sink and its listener, whatever the recorder plays: one of a few tries must be whole.
// All else must be right in each.
func TestALineIsHeardWhileTheRecordingGoesOn(t *testing.T) {
	pulsetest.Start(t)
	b := openBureau(t)
	var last error
	for try := range 4 {
		if last = hearLine(t, b, fmt.Sprintf("PLAY%d", try)); last == nil {
			return
		}
		t.Logf("try %d: %v", try, last)
	}
	t.Error(last)
}

// hearLine records in a new room, has a line of it played meanwhile, and says how what was heard differs.
func hearLine(t *testing.T, b *bureau, code string) error {
	t.Helper()
	home := b.room(t, code)
	id := code + "-000001"
	done := make(chan said, 1)
	go func() {
		done <- record(t, home, "--camera", "synth:640x360@25", "--mic", "synth:", "--for", "16s")
	}()
	reach(t, home, 6500)
	stop := pulsetest.Listen(t)
	time.Sleep(300 * time.Millisecond)
	const from, to = 2000, 6000
	began := time.Now()
	if err := ask(t, home, attach.Request{Op: attach.OpPlay, ID: id, FromMS: from, ToMS: to}); err != nil {
		t.Fatal(err)
	}
	t.Logf("heard after %v", time.Since(began))
	time.Sleep(5 * time.Second)
	heard := stop()
	for _, r := range []attach.Request{ // the second replaces the first, the third is quiet
		{Op: attach.OpPlay, ID: id, FromMS: 0, ToMS: 9000},
		{Op: attach.OpPlay, ID: id, FromMS: 1000, ToMS: 9000},
		{Op: attach.OpPlay, ID: id},
		{Op: attach.OpPrint, Kind: "TRANSCRIPT", SHA256: strings.Repeat("ab", 32)},
	} {
		if err := ask(t, home, r); err != nil {
			t.Error(err)
		}
	}
	for _, r := range []attach.Request{
		{Op: attach.OpPlay, ID: "../../etc", FromMS: 0, ToMS: 1}, {Op: attach.OpPlay, ID: code + "-000009", FromMS: 0, ToMS: 900},
		{Op: attach.OpPlay, ID: id, FromMS: 900_000, ToMS: 901_000}, {Op: attach.OpPlay, ID: id, FromMS: -5, ToMS: 1 << 50},
		{Op: attach.OpPrint, Kind: "NOVEL", SHA256: strings.Repeat("ab", 32)}, {Op: attach.OpPrint, Kind: "TRANSCRIPT", SHA256: "ab"},
		{Op: attach.OpTrial, Order: &attach.Order{}},
	} {
		var refused *attach.Refused
		if err := ask(t, home, r); !errors.As(err, &refused) {
			t.Errorf("%+v: got %v; want a refusal", r, err)
		}
	}
	sealed := (<-done).last(t, "sealed")
	if sealed.Dropped != 0 || sealed.DurationMS != 16_000 {
		t.Errorf("%d pictures dropped in %d ms", sealed.Dropped, sealed.DurationMS)
	}
	b.verify(t, sealed.Package, verdictFor(sealed)...)
	speaker, prints := told(t, sealed.Package)
	want := "play 2000-6000, stop 2000-6000, play 0-9000, stop 0-9000, play 1000-9000, stop 1000-9000"
	if got := strings.Join(speaker, ", "); got != want {
		t.Errorf("the journal says of the loudspeaker\n%s; want\n%s", got, want)
	}
	if len(prints) != 1 || prints[0].Paper != "TRANSCRIPT" {
		t.Errorf("papers %+v", prints)
	}
	return compare(t, heard, recorded(t, filepath.Join(sealed.Package, "data", "media", "cam0.mp4")), from, to)
}

// compare says how what was heard differs from what was recorded between two moments, sample by sample.
func compare(t *testing.T, heard, film []int16, from, to int64) error {
	t.Helper()
	var codes []int
	first := -1
	for _, b := range synthtest.FindBeeps(film) {
		if at := b.At.Milliseconds(); at > from && at < to-110 {
			codes = append(codes, b.Second)
			if first < 0 {
				first = b.Sample
			}
		}
	}
	beeps := synthtest.FindBeeps(heard)
	var got []int
	for _, b := range beeps {
		got = append(got, b.Second)
	}
	if len(codes) < 3 || !slices.Equal(got, codes) {
		return fmt.Errorf("heard the seconds %v; recorded were %v", got, codes)
	}
	shift := first - beeps[0].Sample
	const margin = 48 * 40 // the ends swell up
	a := film[int(from)*48+margin : int(to)*48-margin]
	best := 0.0
	for fine := -96; fine <= 96; fine++ { // the beep's beginning is found to 2 ms
		at := int(from)*48 + margin - shift + fine
		if at >= 0 && at+len(a) <= len(heard) {
			best = max(best, alike(a, heard[at:at+len(a)]))
		}
	}
	t.Logf("%d beeps, correlation %.5f over %d samples", len(got), best, len(a))
	if best < 0.99 {
		return fmt.Errorf("what was heard correlates by %.4f with what was recorded; want 0.99", best)
	}
	return nil
}

func TestWithoutALoudspeakerTheRecordingGoesOnAndThatIsSaid(t *testing.T) {
	if _, err := os.Stat("/proc/asound/pcm"); err == nil {
		t.Skip("this machine has a sound card")
	}
	t.Setenv("PULSE_SERVER", "unix:/nowhere")
	t.Setenv("HOME", t.TempDir())
	home := openBureau(t).room(t, "MUTE")
	done := make(chan said, 1)
	go func() {
		done <- record(t, home, "--camera", "none", "--mic", "synth:", "--for", "6s")
	}()
	reach(t, home, 2000)
	var refused *attach.Refused
	err := ask(t, home, attach.Request{Op: attach.OpPlay, ID: "MUTE-000001", FromMS: 0, ToMS: 2000})
	if !errors.As(err, &refused) || refused.Code != "speaker.absent" {
		t.Errorf("got %v; want that there is no loudspeaker", err)
	}
	if sealed := (<-done).last(t, "sealed"); sealed.DurationMS != 6000 {
		t.Errorf("the recording has %d ms", sealed.DurationMS)
	}
}

func TestATrialIsVerifiedAndNeverEntersTheRoomsLists(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	home := b.room(t, "TRY")
	for _, id := range []string{"TRIAL-000001", "TRIAL-000002"} {
		s := must(t, "minglu", "trial", "--home", home, "--camera", "synth:640x360@25", "--mic", "synth:")
		got := s.last(t, "trial")
		if got.ID != id || got.Verdict != "AUTHENTIC" || got.Frames+got.Dropped != 250 || got.DurationMS != 10_000 {
			t.Errorf("trial %+v", got)
		}
		b.verify(t, got.Package, "UNTRUSTED_KEY") // for everybody else
	}
	if left, err := filepath.Glob(filepath.Join(home, "trial", "TRIAL-*")); err != nil || len(left) != 1 {
		t.Errorf("trials left: %v, %v", left, err)
	}
	sealed := record(t, home, "--camera", "none", "--mic", "synth:", "--for", "2s").last(t, "sealed")
	if sealed.ID != "TRY-000001" {
		t.Errorf("the first recording is %s: a trial took its number", sealed.ID)
	}
	if out := must(t, "minglu", "list", "--home", home); strings.Contains(out.stderr, "TRIAL") {
		t.Errorf("the list has a trial: %s", out.stderr)
	}
	if s := call(t, "minglu", "trial", "--home", home, "--camera", "file:/nowhere.y4m", "--mic", "none"); s.code != 2 || s.stderr == "" {
		t.Errorf("a camera that is not there: exit %d, %q", s.code, s.stderr)
	}
}

func TestASoundServerThatHangsWhileALineIsHeardHoldsNothingUp(t *testing.T) {
	server := pulsetest.Start(t)
	home := openBureau(t).room(t, "HANG")
	record(t, home, "--camera", "synth:320x180@25", "--mic", "synth:", "--for", "3s").last(t, "sealed")
	if err := ask(t, home, attach.Request{Op: attach.OpPlay, ID: "HANG-000001", FromMS: 0, ToMS: 2500}); err != nil {
		t.Fatal(err)
	}
	if err := server.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Signal(syscall.SIGCONT) }()
	playing := func() bool {
		lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, path := range lines {
			line, err := os.ReadFile(path)
			if err == nil && strings.Contains(string(line), home) && strings.Contains(string(line), "--play") {
				return true
			}
		}
		return false
	}
	for end := time.Now().Add(30 * time.Second); playing(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a line of 2.5 s is played for half a minute")
		}
	}
	record(t, home, "--camera", "synth:320x180@25", "--mic", "synth:", "--for", "1s").last(t, "sealed")
}

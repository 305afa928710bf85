package proof_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"minglu/app/settings"
	"minglu/capture/durable"
	"minglu/capture/evidence"
)

// buildDesk builds the window's program once, beside the others.
var buildDesk = sync.OnceValue(func() error {
	out, err := exec.Command("go", "build", "-o", filepath.Join(bin, "minglu-desk"), "minglu/app/cmd/minglu-desk").CombinedOutput()
	if err != nil {
		_, _ = os.Stderr.Write(out)
	}
	return err
})

// screen is an X server without hardware.
func screen(t *testing.T, args ...string) (display string) {
	t.Helper()
	if testing.Short() {
		t.Skip("windows take too long for a short run")
	}
	if _, err := exec.LookPath("Xvfb"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if err := buildDesk(); err != nil {
		t.Fatal(err)
	}
	server := exec.Command("Xvfb", append([]string{"-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"}, args...)...)
	out, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	number, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return ":" + strings.TrimSpace(number)
}

// open starts a window of a home. What it says is kept; end kills it.
func open(t *testing.T, display, program, home string) (cmd *exec.Cmd, words *bytes.Buffer) {
	t.Helper()
	words = &bytes.Buffer{}
	cmd = exec.Command(filepath.Join(bin, program), "--home", home)
	cmd.Env = append(os.Environ(), "DISPLAY="+display, "LC_ALL=C.UTF-8", "MINGLU_IME=off")
	cmd.Stdout, cmd.Stderr = words, words
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(cmd) })
	return cmd, words
}

func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// ended waits for a program that cannot go on, and gives its exit code.
func ended(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait()
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("it does not end")
	}
	return cmd.ProcessState.ExitCode()
}

func TestASecondWindowAndAScreenWithoutOpenGLAreToldInOneSentence(t *testing.T) {
	t.Parallel()
	home := openBureau(t).room(t, "TWICE")
	display := screen(t)
	open(t, display, "minglu-desk", home)
	lock := filepath.Join(home, "run", "desk.lock")
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(lock); err == nil {
			break
		}
	}
	time.Sleep(time.Second)
	second, words := open(t, display, "minglu-desk", home)
	if code := ended(t, second); code != 2 || !strings.Contains(words.String(), "[window.second]") {
		t.Errorf("a second window: exit %d, %s", code, words)
	}
	other := openBureau(t).room(t, "NOGL")
	blind, words := open(t, screen(t, "-extension", "GLX"), "minglu", other)
	code := ended(t, blind)
	if said := words.String(); code == 0 || !strings.Contains(said, "[window.no_gl]") || strings.Contains(said, "panic") || strings.Contains(said, "goroutine ") {
		t.Errorf("a window without OpenGL: exit %d, %s", code, said)
	}
}

// recording starts a recording of arithmetic by the command line, and returns once it runs.
func recording(t *testing.T, home string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, "minglu"), "record", "--home", home, "--item", "I03", "--officer", "a:1", "--officer", "b:2",
		"--taxpayer", "某公司", "--person", "王某", "--camera", "synth:320x180@25", "--mic", "synth:")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.Contains(lines.Text(), `"recording"`) {
		t.Fatalf("it does not record: %s", lines.Text())
	}
	go func() {
		for lines.Scan() {
		}
	}()
	t.Cleanup(func() { kill(cmd) })
	return cmd
}

func TestTwentyWindowsKilledInARecordingTakeNothingFromIt(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	home, display := b.room(t, "KILLED"), screen(t)
	cmd := recording(t, home)
	for i := range 20 {
		window, _ := open(t, display, "minglu-desk", home)
		time.Sleep(time.Duration(300+100*(i%10)) * time.Millisecond)
		kill(window)
	}
	must(t, "minglu", "stop", "--home", home)
	_ = cmd.Wait()
	sealed := waitFor(t, home, 1)
	pkg := filepath.Join(home, "vault", sealed.ID)
	b.verify(t, pkg, "AUTHENTIC")
	var record evidence.Record
	raw, err := os.ReadFile(filepath.Join(pkg, "data", "record.json"))
	if err == nil {
		err = json.Unmarshal(raw, &record)
	}
	if err != nil || len(record.Gaps) > 0 || record.DurationMS < 12_000 {
		t.Errorf("%d ms, gaps %+v, %v", record.DurationMS, record.Gaps, err)
	}
}

func TestARecorderKilledUnderTheWindowIsBegunAgainAndWaitsForTheReason(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	home := b.room(t, "AGAIN")
	room, err := settings.LoadRoom(home)
	if err != nil {
		t.Fatal(err)
	}
	room.Cameras, room.Microphone = []string{"synth:320x180@25"}, "synth:"
	if err := room.Save(durable.OS{}, home); err != nil {
		t.Fatal(err)
	}
	open(t, screen(t), "minglu-desk", home)
	recording(t, home)
	time.Sleep(14 * time.Second) // a recording that ran well is gone on with
	killRecorder(t, home)
	var rows []event
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end) && (len(rows) < 2 || rows[1].State != "recording"); time.Sleep(200 * time.Millisecond) {
		rows = must(t, "minglu", "list", "--home", home).events
	}
	if len(rows) != 2 || rows[0].State != "interrupted" || rows[1].State != "recording" {
		t.Fatalf("the list says %+v", rows)
	}
	var plan evidence.Plan
	raw, err := os.ReadFile(filepath.Join(home, "vault", rows[1].ID, "data", "plan.json"))
	if err == nil {
		err = json.Unmarshal(raw, &plan)
	}
	if err != nil || len(plan.Relates) != 1 || plan.Relates[0] != rows[0].ID || plan.Taxpayer.Name != "某公司" {
		t.Errorf("the new one goes on from %v, %v", plan.Relates, err)
	}
	must(t, "minglu", "recover", "--home", home, "--reason", "device", "--by", "a")
	b.verify(t, filepath.Join(home, "vault", rows[0].ID), "AUTHENTIC_WITH_GAPS")
	must(t, "minglu", "stop", "--home", home)
	waitFor(t, home, 2)
	b.verify(t, filepath.Join(home, "vault", rows[1].ID), "AUTHENTIC", "AUTHENTIC_WITH_GAPS")
}

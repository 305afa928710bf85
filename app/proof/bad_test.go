package proof_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// refused demands an exit code, one line for people and that it names the fault by its code.
func refused(t *testing.T, s said, code int, fault string) {
	t.Helper()
	text := strings.TrimSpace(s.stderr)
	lines := strings.Split(text, "\n")
	if last := lines[len(lines)-1]; s.code != code || !strings.Contains(last, "["+fault+"]") {
		t.Errorf("exit %d, %q; want %d and one line with [%s]", s.code, text, code, fault)
	}
}

func TestBadInputIsToldInOneLineAndNothingIsRecorded(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	home := b.room(t, "BAD")
	latin := filepath.Join(t.TempDir(), "latin.txt")
	if err := os.WriteFile(latin, []byte("\xce\xca\xa3\xba\xc4\xe3\xba\xc3"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args  []string
		fault string
	}{
		"no camera":         {[]string{"--camera", "device:nosuch", "--mic", "synth:"}, "device.camera"},
		"no microphone":     {[]string{"--camera", "synth:", "--mic", "device:nosuch"}, "device.microphone"},
		"no film":           {[]string{"--camera", "file:/nonexistent.y4m", "--mic", "synth:"}, "device.camera"},
		"camera absent":     {[]string{"--camera", "rtsp://127.0.0.1:1/x", "--mic", "synth:"}, "device.camera"},
		"unknown source":    {[]string{"--camera", "webcam", "--mic", "synth:"}, "cli.usage"},
		"foreign encoding":  {[]string{"--camera", "synth:", "--mic", "synth:", "--transcript", latin}, "cli.usage"},
		"control character": {[]string{"--camera", "synth:", "--mic", "synth:", "--person", "王\a芳"}, "cli.usage"},
		"endless name":      {[]string{"--camera", "synth:", "--mic", "synth:", "--person", strings.Repeat("名", 501)}, "cli.usage"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, record(t, home, append(c.args, "--for", "1s")...), 2, c.fault)
		})
	}
	if rows := must(t, "minglu", "list", "--home", home).events; len(rows) > 0 {
		t.Errorf("refused recordings left %v", rows)
	}
	refused(t, record(t, t.TempDir(), "--camera", "synth:", "--mic", "synth:"), 2, "room.absent")
}

func TestLongAndRareNamesAreRecordedAndPrinted(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	home := b.room(t, "NAMES")
	text := filepath.Join(t.TempDir(), "t.txt")
	if err := os.WriteFile(text, []byte("问：你叫什么？\n答：𬭎㛃，"+strings.Repeat("名", 500)+"。\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sealed := record(t, home, "--camera", "synth:320x180@25", "--mic", "synth:", "--person", "𬭎㛃"+strings.Repeat("长", 498),
		"--transcript", text, "--for", "2s").last(t, "sealed")
	b.verify(t, sealed.Package, verdictFor(sealed)...)
	out, err := exec.Command("pdftotext", filepath.Join(sealed.Package, "data", "transcript.pdf"), "-").Output()
	if err != nil || !strings.Contains(string(out), "𬭎㛃") {
		t.Errorf("pdftotext: %v; the rare characters are not in\n%.300s", err, out)
	}
}

func TestAKeyThatIsGoneIsTold(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	home := b.room(t, "KEYS")
	if err := os.Rename(filepath.Join(home, "keys"), filepath.Join(home, "keys.away")); err != nil {
		t.Fatal(err)
	}
	s := record(t, home, "--camera", "synth:", "--mic", "synth:", "--for", "1s")
	if s.code != 2 || strings.TrimSpace(s.stderr) == "" {
		t.Errorf("exit %d, %q; want 2 and a sentence", s.code, s.stderr)
	}
}

func TestARevokedRoomIsRefusedAndKeepsItsRecording(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	home := b.room(t, "REVOKED")
	sealed := record(t, home, "--camera", "synth:320x180@25", "--mic", "synth:", "--for", "2s").last(t, "sealed")
	must(t, "minglu-hq", "revoke", "--data", b.data, "--room", "REVOKED", "--why", "stolen")
	s := call(t, "minglu", "sync", "--home", home, "--until-empty", "--patience", "20s")
	if s.code == 0 {
		t.Errorf("a revoked room's sync ends with 0: %s", s.stderr)
	}
	if _, err := os.Stat(sealed.Package); err != nil {
		t.Error(err)
	}
}

func TestASilentHeadquartersLeavesTheRecordingQueued(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	home := b.room(t, "SILENT")
	sealed := record(t, home, "--camera", "synth:320x180@25", "--mic", "synth:", "--for", "2s").last(t, "sealed")
	if err := exec.Command("sed", "-i", "s|"+b.url+"|https://127.0.0.1:1|", filepath.Join(home, "room.json")).Run(); err != nil {
		t.Fatal(err)
	}
	refused(t, call(t, "minglu", "sync", "--home", home, "--until-empty", "--patience", "2s"), 2, "sync.silent")
	rows := must(t, "minglu", "list", "--home", home).events
	if len(rows) != 1 || rows[0].ID != sealed.ID || rows[0].State == "received" {
		t.Errorf("the list says %+v", rows)
	}
}

func TestAnInterruptSealsAndADeadStarterChangesNothing(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	home := b.room(t, "STARTER")
	start := func() *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, "minglu"), "record", "--home", home, "--item", "I03", "--officer", "a:1", "--officer", "b:2",
			"--camera", "synth:320x180@25", "--mic", "synth:")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	first := start()
	time.Sleep(3 * time.Second)
	first.Process.Kill()
	first.Wait()
	time.Sleep(time.Second)
	if s := record(t, home, "--camera", "synth:", "--mic", "synth:", "--for", "1s"); s.code != 2 || !strings.Contains(s.stderr, "[agent.busy]") {
		t.Errorf("a second recording beside the first: exit %d, %s", s.code, s.stderr)
	}
	must(t, "minglu", "mark", "--home", home, "--kind", "key", "--by", "a")
	if s := call(t, "minglu", "mark", "--home", home, "--kind", "nonsense", "--by", "a"); s.code != 2 || !strings.Contains(s.stderr, "[mark.kind]") {
		t.Errorf("a marker of no kind: exit %d, %s", s.code, s.stderr)
	}
	must(t, "minglu", "stop", "--home", home)
	second := waitFor(t, home, 1)
	if second.State != "sealed" && second.State != "queued" {
		t.Errorf("after stop the list says %+v", second)
	}
	cmd := start()
	time.Sleep(2 * time.Second)
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
	for _, e := range must(t, "minglu", "list", "--home", home).events {
		b.verify(t, filepath.Join(home, "vault", e.ID), "AUTHENTIC", "AUTHENTIC_WITH_GAPS")
	}
}

// crash kills a recording after four seconds.
func crash(t *testing.T, home string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, "minglu"), "record", "--home", home, "--item", "I03", "--officer", "a:1", "--officer", "b:2",
		"--camera", "synth:320x180@25", "--mic", "synth:")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4 * time.Second)
	killRecorder(t, home)
	_ = cmd.Wait()
}

func TestTheReasonOfACrashIsFiledByTheCommandLine(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	home := b.room(t, "CRASH")
	crash(t, home)
	refused(t, call(t, "minglu", "recover", "--home", home, "--reason", "nonsense"), 2, "break.kind")
	refused(t, call(t, "minglu", "recover", "--home", home, "--by", "李四"), 2, "cli.usage")
	saved := must(t, "minglu", "recover", "--home", home, "--reason", "power", "--by", "李四", "--text", "停电").last(t, "recovered")
	if saved.DurableMS < 1000 || saved.LostMS > 1000 {
		t.Errorf("%d ms are saved, %d lost", saved.DurableMS, saved.LostMS)
	}
	b.verify(t, saved.Package, "AUTHENTIC_WITH_GAPS")
	journal, err := os.ReadFile(filepath.Join(saved.Package, "data", "journal.jsonl"))
	if err != nil || !strings.Contains(string(journal), `"type":"pause"`) || !strings.Contains(string(journal), `"reason":"power"`) {
		t.Errorf("the journal does not hold the reason: %v", err)
	}
}

// killRecorder kills the recorder of a home as a power cut does.
func killRecorder(t *testing.T, home string) {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range lines {
		raw, _ := os.ReadFile(path) // the process may be gone
		args := strings.Split(string(raw), "\x00")
		if len(args) > 2 && filepath.Base(args[0]) == "minglu-agent" && args[2] == home {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err == nil {
				err = syscall.Kill(pid, syscall.SIGKILL)
			}
			if err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("no recorder of this home runs")
}

// waitFor waits until the n-th recording of a home is no longer being made.
func waitFor(t *testing.T, home string, n int) event {
	t.Helper()
	for range 100 {
		rows := must(t, "minglu", "list", "--home", home).events
		if len(rows) >= n && rows[n-1].State != "recording" {
			return rows[n-1]
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("the recording does not end")
	return event{}
}

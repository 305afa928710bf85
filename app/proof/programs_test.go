// Package proof_test walks the whole way with the real programs: from real input to headquarters' receipt.
package proof_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"minglu/capture/evidence"
)

// bin is the folder of the programs under test, built once.
var bin string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "minglu-bin")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	bin = dir
	for _, name := range []string{"minglu", "minglu-agent", "minglu-desk", "minglu-hq", "minglu-verify"} {
		out, err := exec.Command("go", "build", "-o", filepath.Join(dir, name), "minglu/app/cmd/"+name).CombinedOutput()
		if err != nil {
			fmt.Fprintf(os.Stderr, "build %s: %v\n%s", name, err, out)
			return 1
		}
	}
	return m.Run()
}

// event is a line a program prints; what is not in it stays in Raw.
type event struct {
	Event      string             `json:"event"`
	ID         string             `json:"id"`
	URL        string             `json:"url"`
	Code       string             `json:"code"`
	Package    string             `json:"package"`
	Receipt    string             `json:"receipt"`
	Print      string             `json:"ca_fingerprint"`
	State      string             `json:"state"`
	Verdict    string             `json:"verdict"`
	MS         int64              `json:"ms"`
	DurationMS int64              `json:"duration_ms"`
	DurableMS  int64              `json:"durable_ms"`
	LostMS     int64              `json:"lost_ms"`
	Frames     int64              `json:"frames"`
	Dropped    int64              `json:"dropped"`
	Segments   int64              `json:"segments"`
	Gaps       []evidence.GapBody `json:"gaps"`
}

// said is what a program said and how it ended.
type said struct {
	events []event
	stderr string
	code   int
}

func (s said) last(t *testing.T, name string) event {
	t.Helper()
	for i := len(s.events) - 1; i >= 0; i-- {
		if s.events[i].Event == name {
			return s.events[i]
		}
	}
	t.Fatalf("no %s event; exit %d, stderr:\n%s", name, s.code, s.stderr)
	return event{}
}

// call runs a program to its end.
func call(t *testing.T, name string, args ...string) said {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, name), args...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	s := said{stderr: complaint.String(), events: parse(t, &out)}
	if exit, ok := err.(*exec.ExitError); ok {
		s.code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s.stderr, "panic:") || strings.Contains(s.stderr, "goroutine ") {
		t.Fatalf("%s %v panicked:\n%s", name, args, s.stderr)
	}
	return s
}

// must runs a program that has to end with 0.
func must(t *testing.T, name string, args ...string) said {
	t.Helper()
	s := call(t, name, args...)
	if s.code != 0 {
		t.Fatalf("%s %v: exit %d\n%s", name, args, s.code, s.stderr)
	}
	return s
}

func parse(t *testing.T, r io.Reader) (events []event) {
	t.Helper()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("not a JSON line: %s", lines.Bytes())
		}
		events = append(events, e)
	}
	return events
}

// bureau is a headquarters that runs, with its rooms.
type bureau struct {
	data, url, print string
}

func openBureau(t *testing.T) *bureau {
	t.Helper()
	b := &bureau{data: filepath.Join(t.TempDir(), "hq")}
	b.print = must(t, "minglu-hq", "init", "--data", b.data, "--name", "示例市税务局").events[0].Print
	cmd := exec.Command(filepath.Join(bin, "minglu-hq"), "serve", "--data", b.data, "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	b.url = parse(t, bytes.NewReader(line))[0].URL
	go io.Copy(io.Discard, out)
	return b
}

// room enrols a room that was examined today, as it is for all recordings of a day but the first, and gives its home.
func (b *bureau) room(t *testing.T, code string) string {
	t.Helper()
	home := filepath.Join(t.TempDir(), "room")
	b.enrol(t, code, home)
	examined(t, home)
	return home
}

// examined notes that a room was examined today: its next recording begins at once.
func examined(t *testing.T, home string) {
	t.Helper()
	note := fmt.Appendf(nil, `{"at":%q}`, time.Now().Format(time.RFC3339))
	if err := os.WriteFile(filepath.Join(home, "doctor.json"), note, 0o600); err != nil {
		t.Fatal(err)
	}
}

// enrol enrols a room whose home is a folder of the test's choice.
func (b *bureau) enrol(t *testing.T, code, home string) {
	t.Helper()
	invited := must(t, "minglu-hq", "invite", "--data", b.data, "--room", code, "--title", "约谈室"+code).last(t, "invited")
	must(t, "minglu", "enrol", "--home", home, "--hq", b.url, "--code", invited.Code, "--ca-fingerprint", b.print)
}

func (b *bureau) roots() string { return filepath.Join(b.data, "root.pem") }

// record makes a recording in a home of what the arguments name.
func record(t *testing.T, home string, args ...string) said {
	t.Helper()
	return call(t, "minglu", append([]string{"record", "--home", home, "--item", "I03", "--case", "稽查〔2026〕1号",
		"--taxpayer", "某某商贸有限公司:91420100MA4KXXXX00", "--person", "王芳", "--officer", "张三:110101", "--officer", "李四:110102"}, args...)...)
}

// verify demands one of the verdicts.
func (b *bureau) verify(t *testing.T, pkg string, verdicts ...string) {
	t.Helper()
	out, err := exec.Command(filepath.Join(bin, "minglu-verify"), "--json", "--whole", "--root", b.roots(), pkg).Output()
	var report struct {
		Verdict string
		Faults  []json.RawMessage
	}
	if parsing := json.Unmarshal(out, &report); parsing != nil {
		t.Fatalf("minglu-verify: %v, %v\n%s", err, parsing, out)
	}
	for _, v := range verdicts {
		if report.Verdict == v {
			return
		}
	}
	t.Errorf("%s is %s, want %v: %s", pkg, report.Verdict, verdicts, report.Faults)
}

// length is how long the recordings from real input are: a minute in CI, less on a developer's machine.
func length(t *testing.T) time.Duration {
	t.Helper()
	if testing.Short() || os.Getenv("CI") == "" {
		return 12 * time.Second
	}
	return 60 * time.Second
}

package upload_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/key"
	"minglu/sync/outbox"
	"minglu/sync/upload"
)

// Variables that make this test program a room's courier, to be killed.
const (
	courierHome = "MINGLU_TEST_COURIER_HOME"
	courierURL  = "MINGLU_TEST_COURIER_URL"
)

func TestMain(m *testing.M) {
	if home := os.Getenv(courierHome); home != "" {
		if err := runCourier(home, os.Getenv(courierURL)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// runCourier drains the outbox of a home, as minglu sync does.
func runCourier(home, url string) (err error) {
	c, closer, err := openCourier(home, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closer()) }()
	return c.Drain(context.Background())
}

func openCourier(home, url string) (*upload.Courier, func() error, error) {
	keys, err := key.Open(filepath.Join(home, "keys"), nil)
	if err != nil {
		return nil, nil, err
	}
	pem, err := os.ReadFile(filepath.Join(home, "root.pem"))
	if err != nil {
		return nil, nil, err
	}
	roots, err := evidence.ParseRoots(pem)
	if err != nil {
		return nil, nil, err
	}
	line, err := upload.NewLine(upload.Terms{URL: url, Roots: pem, Certificate: keys.TLS, Now: time.Now, Stall: time.Second})
	if err != nil {
		return nil, nil, err
	}
	box, err := outbox.Open(filepath.Join(home, "outbox.db"), "HALL01")
	if err != nil {
		return nil, nil, err
	}
	c := upload.New(box, line, filepath.Join(home, "vault"), upload.Believe(roots, []string{keys.HQ}))
	c.Random = func() float64 { return 0.05 } // short waits: the faults are short too
	return c, func() error { return errors.Join(box.Close(), keys.Close()) }, nil
}

// process is a program that is killed and started again.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	ended chan error
}

func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	must(t, cmd.Start())
	p := &process{t, cmd, make(chan error, 1)}
	go func() { p.ended <- cmd.Wait() }()
	return p
}

// kill ends the process as a power cut would, and waits for it.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// buildHQ builds headquarters' program.
func buildHQ(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "minglu-hq")
	cmd := exec.Command("go", "build", "-mod=mod", "-o", program, "minglu/app/cmd/minglu-hq")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build headquarters: %v\n%s", err, out)
	}
	return program
}

// realHQ is headquarters' real program on its data.
type realHQ struct {
	t             *testing.T
	program, data string
	*process
}

// open starts headquarters and answers its address.
func (h *realHQ) open(flags ...string) string {
	h.t.Helper()
	cmd := exec.Command(h.program, append([]string{"serve", "--data", h.data, "--listen", "127.0.0.1:0"}, flags...)...)
	out, err := cmd.StdoutPipe()
	must(h.t, err)
	h.process = start(h.t, cmd)
	var event struct{ URL string }
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &event)
	}
	if err != nil {
		h.t.Fatalf("start headquarters: %q, %v", line, err)
	}
	return strings.TrimPrefix(event.URL, "https://")
}

// ask runs another command of headquarters and gives its lines.
func (h *realHQ) ask(args ...string) []map[string]any {
	h.t.Helper()
	cmd := exec.Command(h.program, append(args, "--data", h.data)...)
	var people bytes.Buffer
	cmd.Stderr = &people
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("minglu-hq %v: %v\n%s%s", args, err, out, &people)
	}
	var events []map[string]any
	for line := range strings.Lines(string(out)) {
		var e map[string]any
		must(h.t, json.Unmarshal([]byte(line), &e))
		events = append(events, e)
	}
	return events
}

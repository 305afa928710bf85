package outbox_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/outbox"
	"minglu/sync/wire"
)

// Variables that make this test program a writer, to be killed.
const (
	writerPath    = "MINGLU_TEST_WRITER"
	writerPragmas = "MINGLU_TEST_WRITER_PRAGMAS"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(writerPath); path != "" {
		err := live(path, os.Getenv(writerPragmas), os.Stdout)
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// stages are the steps of a life as the writer acknowledges them; a row may be further on.
var stages = []outbox.State{outbox.Recording, outbox.Sealed, outbox.Queued, outbox.Announced, outbox.Received}

func stage(s outbox.State) int {
	for i, known := range stages {
		if known == s {
			return i
		}
	}
	if s == outbox.Uploading || s == outbox.Verifying {
		return 3
	}
	return -1
}

// live lets one recording after another live, and says each step after it was taken: number and stage.
func live(path, pragmas string, out io.Writer) error {
	box, err := outbox.OpenWith(path, "HALL01", pragmas)
	if err != nil {
		return err
	}
	for ctx := context.Background(); ; {
		n, err := box.Reserve(ctx, noon)
		if err != nil {
			return err
		}
		id := evidence.MakeID("HALL01", n)
		receipt := []wire.File{{Path: "receipt.tlog-proof", Data: make([]byte, 1500)}}
		for i, step := range []func() error{
			func() error { return nil },
			func() error { return box.Seal(ctx, id, sealA, noon) },
			func() error { return box.Queue(ctx, id, parts(), noon) },
			func() error { return box.Tell(ctx, id, outbox.Sealed, noon) },
			func() error { return box.Receive(ctx, id, receipt, noon, noon) },
		} {
			if err := step(); err != nil {
				return err
			}
			if _, err := fmt.Fprintln(out, n, i); err != nil {
				return err
			}
		}
	}
}

// writer is a living outbox in a process of its own.
type writer struct {
	cmd  *exec.Cmd
	said chan map[int64]int // at the end: number to the last stage acknowledged
}

func startWriter(t *testing.T, path, pragmas string) *writer {
	t.Helper()
	w := &writer{exec.Command(os.Args[0]), make(chan map[int64]int, 1)}
	w.cmd.Env = append(os.Environ(), writerPath+"="+path, writerPragmas+"="+pragmas)
	out, err := w.cmd.StdoutPipe()
	must(t, err)
	must(t, w.cmd.Start())
	go func() {
		said := map[int64]int{}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			number, step, whole := strings.Cut(lines.Text(), " ")
			n, err := strconv.ParseInt(number, 10, 64)
			i, err2 := strconv.Atoi(step)
			if whole && err == nil && err2 == nil {
				said[n] = i
			}
		}
		w.said <- said
	}()
	return w
}

// kill ends the writer and gives what it acknowledged.
func (w *writer) kill() map[int64]int {
	_ = w.cmd.Process.Kill()
	said := <-w.said
	_ = w.cmd.Wait()
	return said
}

// forgotten lists what an outbox no longer knows of what was acknowledged.
func forgotten(path string, said map[int64]int) []string {
	box, err := outbox.Open(path, "HALL01")
	if err != nil {
		return []string{err.Error()}
	}
	defer box.Close()
	rows, err := box.Rows(context.Background())
	if err != nil {
		return []string{err.Error()}
	}
	have := map[int64]int{}
	for _, r := range rows {
		have[r.Number] = stage(r.State)
	}
	var faults []string
	for n, i := range said {
		if at, ok := have[n]; !ok || at < i {
			faults = append(faults, fmt.Sprintf("%d was %s", n, stages[i]))
		}
	}
	for n := int64(1); n <= int64(len(rows)); n++ {
		if _, ok := have[n]; !ok {
			faults = append(faults, fmt.Sprintf("%d is a gap", n))
		}
	}
	return faults
}

// campaign is how often to do something: few in tests, as many as the variable says.
func campaign(variable string, few int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil && n > 0 {
		return n
	}
	return few
}

func TestAKilledWriterForgetsNothingItAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.db")
	said, most := map[int64]int{}, 0
	for range campaign("MINGLU_KILLS", 10) {
		w := startWriter(t, path, outbox.Pragmas)
		time.Sleep(time.Duration(20+rand.IntN(200)) * time.Millisecond)
		for n, i := range w.kill() {
			said[n] = i
		}
		if faults := forgotten(path, said); faults != nil {
			t.Fatalf("forgotten: %v", faults)
		}
		most = max(most, len(said))
	}
	if most == 0 {
		t.Error("the writer never got to anything")
	}
	t.Logf("%d recordings acknowledged, none forgotten", most)
}

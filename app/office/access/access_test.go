package access_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"minglu/app/office/access"
	"minglu/capture/durable"
	"minglu/capture/durable/durabletest"
	"minglu/capture/evidence"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func at() time.Time { return noon }

type free struct{}

func (free) Close() error { return nil }

func unlocked() (io.Closer, error) { return free{}, nil }

func entry(n int) access.Entry {
	return access.Entry{Who: "张三", Act: access.Opened, ID: "R1-000001", Why: fmt.Sprintf("复核第 %d 次", n)}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func filled(t *testing.T, n int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i := range n {
		must(t, access.Open(dir, at).Add(t.Context(), entry(i)))
	}
	return dir
}

func read(t *testing.T, dir string) ([]access.Entry, []access.Fault) {
	t.Helper()
	entries, faults, err := access.Open(dir, at).Read()
	must(t, err)
	return entries, faults
}

func TestEntriesAreChainedAndReadBack(t *testing.T) {
	entries, faults := read(t, filled(t, 3))
	if len(entries) != 3 || len(faults) != 0 {
		t.Fatalf("%v, faults %v", entries, faults)
	}
	for i, e := range entries {
		if e.N != int64(i) || e.Why != entry(i).Why || e.At != "2026-11-25T12:00:00.000Z" || (e.Prev == evidence.NoHead) != (i == 0) {
			t.Errorf("entry %d is %+v", i, e)
		}
	}
	if entries, faults := read(t, t.TempDir()); entries != nil || faults != nil {
		t.Errorf("an empty home has %v, %v", entries, faults)
	}
}

func TestSha256sumFollowsTheChainToo(t *testing.T) {
	dir := filled(t, 3)
	script := `prev=$(printf '%064d' 0)
while IFS= read -r line; do
  case "$line" in *"\"prev\":\"$prev\""*) ;; *) echo broken; exit 1;; esac
  prev=$(printf '%s' "$line" | sha256sum | cut -d' ' -f1)
done < access.jsonl
echo whole`
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "whole\n" {
		t.Errorf("%v: %s", err, out)
	}
}

func TestALineThatIsRemovedChangedOrAddedShows(t *testing.T) {
	for name, change := range map[string]func(lines []string) []string{
		"first removed":  func(l []string) []string { return l[1:] },
		"middle removed": func(l []string) []string { return append(l[:1:1], l[2:]...) },
		"last removed":   func(l []string) []string { return l[:3] },
		"two removed":    func(l []string) []string { return l[:2] },
		"all removed":    func(l []string) []string { return nil },
		"changed":        func(l []string) []string { l[1] = strings.Replace(l[1], "张三", "李四", 1); return l },
		"last changed":   func(l []string) []string { l[3] = strings.Replace(l[3], "张三", "李四", 1); return l },
		"exchanged":      func(l []string) []string { l[1], l[2] = l[2], l[1]; return l },
		"doubled":        func(l []string) []string { return append(l[:2:2], l[1:]...) },
		"nonsense":       func(l []string) []string { l[2] = "x"; return l },
	} {
		dir := filled(t, 4)
		path := filepath.Join(dir, access.File)
		raw, err := os.ReadFile(path)
		must(t, err)
		lines := change(strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n"))
		must(t, os.WriteFile(path, []byte(strings.Join(append(lines, ""), "\n")), 0o600))
		if _, faults := read(t, dir); len(faults) == 0 {
			t.Errorf("%s: nothing is told", name)
		}
		must(t, access.Open(dir, at).Add(t.Context(), entry(9))) // going on hides nothing
		if _, faults := read(t, dir); len(faults) == 0 {
			t.Errorf("%s: after another entry nothing is told", name)
		}
	}
}

func TestAnEntryWithoutNameReasonOrSenseIsRefused(t *testing.T) {
	dir := t.TempDir()
	for name, change := range map[string]func(*access.Entry){
		"nobody":   func(e *access.Entry) { e.Who = "  " },
		"no why":   func(e *access.Entry) { e.Why = "" },
		"no id":    func(e *access.Entry) { e.ID = "../x" },
		"act":      func(e *access.Entry) { e.Act = "burnt" },
		"newline":  func(e *access.Entry) { e.Why = "a\nb" },
		"endless":  func(e *access.Entry) { e.Detail = strings.Repeat("字", access.MaxWords+1) },
		"not utf8": func(e *access.Entry) { e.Who = "\xff" },
	} {
		e := entry(1)
		change(&e)
		if err := access.Open(dir, at).Add(t.Context(), e); err == nil {
			t.Errorf("%s was logged", name)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, access.File)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("refused entries left a file: %v", err)
	}
}

func TestSeveralWritersKeepOneChain(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 5 {
				if err := access.Open(dir, at).Add(t.Context(), entry(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if entries, faults := read(t, dir); len(entries) != 20 || len(faults) != 0 {
		t.Errorf("%d entries, faults %v", len(entries), faults)
	}
}

// add writes three entries to a disk and says how many were acknowledged.
func add(fsys durable.FS, from int) (n int, err error) {
	log := access.New(fsys, "/home", at, unlocked)
	for i := range 3 {
		if err := log.Add(context.Background(), entry(from+i)); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func TestWhatWasAcknowledgedSurvivesAPowerCut(t *testing.T) {
	done := 0
	campaign := durabletest.Campaign{
		Before: func(fsys durable.FS) error {
			err := durable.MkdirAll(fsys, "/home")
			if err == nil {
				_, err = add(fsys, 0)
			}
			return err
		},
		Work: func(fsys durable.FS) (err error) {
			done, err = add(fsys, 3)
			return err
		},
		Check: func(after *durabletest.Disk) error {
			log := access.New(after, "/home", at, unlocked)
			if err := log.Add(context.Background(), entry(99)); err != nil {
				return err
			}
			entries, faults, err := log.Read()
			switch {
			case err != nil:
				return err
			case len(faults) > 0:
				return fmt.Errorf("an honest log has faults: %v", faults)
			case len(entries) < 3+done+1:
				return fmt.Errorf("%d entries of %d acknowledged", len(entries)-1, 3+done)
			}
			for i, e := range entries[:3+done] {
				if e.Why != entry(i).Why {
					return fmt.Errorf("entry %d says %q", i, e.Why)
				}
			}
			return nil
		},
		Seeds: 4,
	}
	cuts, faults := campaign.Run()
	if len(faults) > 0 || cuts < 50 {
		t.Errorf("%d cuts, %d faults, the first: %v", cuts, len(faults), errors.Join(faults[:min(3, len(faults))]...))
	}
	t.Logf("%d power cuts", cuts)
	runs, faults := campaign.RunFailing(syscall.EIO)
	if len(faults) > 0 || runs < 5 {
		t.Errorf("%d failures, faults: %v", runs, errors.Join(faults...))
	}
}

func TestAFullDiskRefusesTheEntry(t *testing.T) {
	disk := durabletest.New()
	must(t, durable.MkdirAll(disk, "/home"))
	if n, err := add(disk, 0); n != 3 || err != nil {
		t.Fatal(err)
	}
	disk.Limit(10)
	if n, err := add(disk, 3); n != 0 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%d entries went in, %v; want ENOSPC", n, err)
	}
	disk.Limit(-1)
	if n, err := add(disk, 3); n != 3 || err != nil {
		t.Error(err)
	}
	entries, faults, err := access.New(disk, "/home", at, unlocked).Read()
	if err != nil || len(faults) > 0 || len(entries) != 6 {
		t.Errorf("%d entries, faults %v, %v", len(entries), faults, err)
	}
}

// A process that logs without end is killed at some moment; every entry it said to be logged is there.
func TestAKillLosesNoAcknowledgedEntry(t *testing.T) {
	if dir := os.Getenv("ACCESS_KILL"); dir != "" {
		for i := 0; ; i++ {
			if err := access.Open(dir, time.Now).Add(context.Background(), entry(i)); err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println("logged", i)
		}
	}
	dir := t.TempDir()
	logged := 0
	for round := range 8 {
		cmd := exec.Command(os.Args[0], "-test.run=TestAKillLosesNoAcknowledgedEntry")
		cmd.Env = append(os.Environ(), "ACCESS_KILL="+dir)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		time.AfterFunc(time.Duration(30+17*round)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "logged") {
				logged++
			}
		}
		_ = cmd.Wait() // it was killed
		must(t, access.Open(dir, at).Add(t.Context(), entry(round)))
		logged++
		if entries, faults := read(t, dir); len(entries) < logged || len(faults) > 0 {
			t.Fatalf("round %d: %d entries of %d, faults %v", round, len(entries), logged, faults)
		}
	}
	t.Logf("%d entries over 8 kills", logged)
}

func FuzzParseEntry(f *testing.F) {
	raw, err := evidence.MarshalBody(access.Entry{Prev: evidence.NoHead, At: "2026-11-25T12:00:00.000Z", Who: "张三", Act: access.Played, ID: "R1-000001", Why: "复核"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(raw))
	f.Add([]byte(`{"n":0}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := access.ParseEntry(raw)
		if err != nil {
			return
		}
		if again, err := evidence.MarshalBody(e); err != nil || !bytes.Equal(again, raw) {
			t.Errorf("%q was read as %q", raw, again)
		}
	})
}

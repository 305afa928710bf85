package lock_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"minglu/capture/lock"
)

// holderPath makes this test program hold a lock until it is killed.
const holderPath = "MINGLU_TEST_HOLDER"

func TestMain(m *testing.M) {
	if path := os.Getenv(holderPath); path != "" {
		if _, err := lock.Take(path); err != nil {
			os.Exit(1)
		}
		os.Stdout.WriteString("held\n")
		select {}
	}
	os.Exit(m.Run())
}

func TestALockIsForOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := lock.Take(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Take(path); !errors.Is(err, lock.ErrHeld) {
		t.Errorf("a second one got %v; want ErrHeld", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	next, err := lock.Take(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := next.Close(); err != nil {
		t.Error(err)
	}
}

func TestALockDiesWithItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), holderPath+"="+path)
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	word, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || word != "held\n" {
		t.Errorf("the holder says %q, %v", word, err)
	}
	if _, err := lock.Take(path); !errors.Is(err, lock.ErrHeld) {
		t.Errorf("beside another process got %v; want ErrHeld", err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait() // killed
	l, err := lock.Take(path)
	if err != nil {
		t.Fatalf("after the holder was killed: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestALockInNoFolderSaysWhy(t *testing.T) {
	if _, err := lock.Take(filepath.Join(t.TempDir(), "absent", "lock")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v; want that there is no such folder", err)
	}
}

func TestALockThatIsLetGoIsTakenByWhoWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	held, err := lock.Take(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.TakeWithin(50*time.Millisecond, path); !errors.Is(err, lock.ErrHeld) {
		t.Errorf("while it is held: %v; want ErrHeld", err)
	}
	time.AfterFunc(100*time.Millisecond, func() { _ = held.Close() })
	taken, err := lock.TakeWithin(30*time.Second, path)
	if err != nil {
		t.Fatal(err)
	}
	_ = taken.Close()
}

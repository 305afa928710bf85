package durable_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"minglu/capture/durable"
	"minglu/capture/durable/durabletest"
)

var contents = []string{"old", strings.Repeat("new ", 3000)}

// replaced is WriteFile over an older file; the check knows whether WriteFile had returned.
func replaced() durabletest.Campaign {
	acknowledged := false
	return durabletest.Campaign{
		Before: func(d durable.FS) error { return durable.WriteFile(d, "/f", []byte(contents[0])) },
		Work: func(d durable.FS) error {
			acknowledged = false
			err := durable.WriteFile(d, "/f", []byte(contents[1]))
			acknowledged = err == nil
			return err
		},
		Check: func(after *durabletest.Disk) error {
			data, err := after.ReadFile("/f")
			switch {
			case err != nil:
				return err
			case acknowledged && string(data) != contents[1]:
				return fmt.Errorf("acknowledged, yet it holds %.20q", data)
			case !slices.Contains(contents, string(data)):
				return fmt.Errorf("a mix of old and new, %d bytes", len(data))
			}
			return durable.WriteFile(after, "/f", []byte("again")) // what a cut left must not be in the way
		},
		Seeds: 30,
	}
}

func TestAReplacedFileIsOldOrNewAtEveryCut(t *testing.T) {
	cuts, faults := replaced().Run()
	if cuts < 600 || len(faults) > 0 {
		t.Errorf("%d cuts, %d faults: %v", cuts, len(faults), errors.Join(faults...))
	}
}

func TestAReplacedFileIsOldOrNewWhenADiskFails(t *testing.T) {
	for _, errno := range []error{syscall.EIO, syscall.ENOSPC} {
		runs, faults := replaced().RunFailing(errno)
		if runs < 5 || len(faults) > 0 {
			t.Errorf("%v: %d runs, faults %v", errno, runs, errors.Join(faults...))
		}
	}
}

func TestAFailedStepIsAlwaysReported(t *testing.T) {
	for op := 1; op <= 5; op++ {
		disk := durabletest.New()
		disk.FailAt(op, syscall.EIO)
		if err := durable.WriteFile(disk, "/f", []byte("x")); !errors.Is(err, syscall.EIO) {
			t.Errorf("operation %d fails and WriteFile returns %v", op, err)
		}
	}
	disk := durabletest.New()
	disk.FailAt(2, syscall.EIO)
	if _, err := durable.Create(disk, "/f"); !errors.Is(err, syscall.EIO) {
		t.Errorf("the folder's sync fails and Create returns %v", err)
	}
	disk.FailAt(2, syscall.EIO)
	if err := durable.MkdirAll(disk, "/a"); !errors.Is(err, syscall.EIO) {
		t.Errorf("the folder's sync fails and MkdirAll returns %v", err)
	}
}

func TestAcknowledgedFoldersAndFilesAreThereAfterEveryCut(t *testing.T) {
	done := 0
	steps := []string{"/vault", "/vault/R1-000001/data/media", "/vault/R1-000001/data/journal.jsonl"}
	cuts, faults := durabletest.Campaign{
		Work: func(d durable.FS) error {
			for done = 0; done < 2; done++ {
				if err := durable.MkdirAll(d, steps[done]); err != nil {
					return err
				}
			}
			f, err := durable.Create(d, steps[2])
			if err != nil {
				return err
			}
			done++
			return f.Close()
		},
		Check: func(after *durabletest.Disk) error {
			for _, path := range steps[:done] {
				if _, err := fs.Stat(after.View("/"), path[1:]); err != nil {
					return err
				}
			}
			return durable.MkdirAll(after, steps[1]) // going on works from everywhere
		},
		Seeds: 10,
	}.Run()
	if cuts < 300 || len(faults) > 0 {
		t.Errorf("%d cuts, faults %v", cuts, errors.Join(faults...))
	}
}

func TestOnTheRealDiskTheSameHolds(t *testing.T) {
	disk := durable.OS{}
	folder := filepath.Join(t.TempDir(), "a", "b")
	if err := durable.MkdirAll(disk, folder); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "f")
	if err := os.WriteFile(path+".part", []byte("left by a crash"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range contents {
		if err := durable.WriteFile(disk, path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if data, err := disk.ReadFile(path); err != nil || string(data) != text {
			t.Errorf("got %.20q, %v", data, err)
		}
	}
	if entries, err := disk.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v; want the one file", entries, err)
	}
	if !durable.Has(disk, path) || durable.Has(disk, path+".part") || durable.Has(disk, filepath.Join(path, "below")) {
		t.Error("the folder is said to hold something else")
	}
	if _, err := durable.Create(disk, path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating an existing file gives %v", err)
	}
	if err := durable.MkdirAll(disk, filepath.Join(path, "x")); err == nil {
		t.Error("a folder below a file was made")
	}
}

func TestAnOpenedFileGoesOnAtItsEnd(t *testing.T) {
	for what, disk := range map[string]durable.FS{"os": durable.OS{}, "memory": durabletest.New()} {
		folder := t.TempDir()
		path := filepath.Join(folder, "journal")
		if err := errors.Join(durable.MkdirAll(disk, folder), durable.WriteFile(disk, path, []byte("abc"))); err != nil {
			t.Fatal(err)
		}
		f, err := disk.OpenFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, wrote := f.Write([]byte("def"))
		_, patched := f.WriteAt([]byte("X"), 1)
		size, sized := f.Size()
		if err := errors.Join(wrote, patched, sized, f.Truncate(5), f.Sync(), f.Close()); err != nil || size != 6 {
			t.Errorf("%s: size %d, %v", what, size, err)
		}
		if data, _ := disk.ReadFile(path); string(data) != "aXcde" {
			t.Errorf("%s: the file holds %q; want aXcde", what, data)
		}
		if f.Close() == nil {
			t.Errorf("%s: closing twice is not noticed", what)
		}
	}
}

func TestADiskTellsWhatItStillTakes(t *testing.T) {
	dir := t.TempDir()
	before, err := durable.Free(dir)
	if err != nil || before <= 0 {
		t.Fatalf("got %d, %v", before, err)
	}
	if _, err := durable.Free(filepath.Join(dir, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there takes %v", err)
	}
}

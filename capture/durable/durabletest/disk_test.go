package durabletest_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"

	"minglu/capture/durable"
	"minglu/capture/durable/durabletest"
)

const name = "/state"

// keep writes data under name by the steps asked for: which of them may be left out is the question.
func keep(fsys durable.FS, data string, syncFile, throughRename, syncDir bool) error {
	target := name
	if throughRename {
		target += ".part"
	}
	f, err := fsys.Create(target)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(data))
	if syncFile {
		err = errors.Join(err, f.Sync())
	}
	err = errors.Join(err, f.Close())
	if throughRename {
		err = errors.Join(err, fsys.Rename(target, name))
	}
	if syncDir {
		err = errors.Join(err, fsys.SyncDir("/"))
	}
	return err
}

// promise is what a program may rely on: whole or absent, and there once it was acknowledged.
func promise(work func(durable.FS) error, want string) durabletest.Campaign {
	acknowledged := false
	return durabletest.Campaign{
		Work: func(fsys durable.FS) error {
			acknowledged = false
			err := work(fsys)
			acknowledged = err == nil
			return err
		},
		Check: func(after *durabletest.Disk) error {
			data, err := after.ReadFile(name)
			switch {
			case errors.Is(err, fs.ErrNotExist) && acknowledged:
				return errors.New("the file is acknowledged and gone")
			case err == nil && string(data) != want:
				return fmt.Errorf("the file holds %q", data)
			}
			return nil
		},
		Seeds: 20,
	}
}

func TestARightOrderSurvivesEveryCut(t *testing.T) {
	cuts, faults := promise(func(d durable.FS) error { return keep(d, "evidence", true, true, true) }, "evidence").Run()
	if cuts < 400 || len(faults) > 0 {
		t.Errorf("%d cuts, faults %v; want some hundred cuts and no fault", cuts, faults)
	}
}

func TestAWrongOrderIsCaught(t *testing.T) {
	for what, without := range map[string]func(durable.FS) error{
		"file sync":                   func(d durable.FS) error { return keep(d, "evidence", false, true, true) },
		"folder sync":                 func(d durable.FS) error { return keep(d, "evidence", true, true, false) },
		"rename":                      func(d durable.FS) error { return keep(d, "evidence", true, false, true) },
		"any sync":                    func(d durable.FS) error { return keep(d, "evidence", false, true, false) },
		"a look at the error of sync": forgivingSync,
	} {
		campaign := promise(without, "evidence")
		_, faults := campaign.Run()
		_, failing := campaign.RunFailing(syscall.EIO)
		if len(faults)+len(failing) == 0 {
			t.Errorf("a program without %s passes; the campaign proves nothing", what)
		}
	}
}

// forgivingSync repeats a failed sync and trusts the second answer.
func forgivingSync(d durable.FS) error {
	f, err := d.Create(name)
	if err != nil {
		return err
	}
	if _, err := f.Write([]byte("evidence")); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		if err := f.Sync(); err != nil {
			return err
		}
	}
	return errors.Join(f.Close(), d.SyncDir("/"))
}

func TestTornBytesArePartialZeroOrNoiseAndNeverTouchSyncedOnes(t *testing.T) {
	disk := durabletest.New()
	f, err := durable.Create(disk, name)
	if err != nil {
		t.Fatal(err)
	}
	write(t, f, "synced")
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	write(t, f, strings.Repeat("x", 5000))
	shapes := map[string]bool{}
	for _, tear := range durabletest.Tears() {
		for seed := range uint64(50) {
			after, err := disk.Restart(tear, seed).ReadFile(name)
			if err != nil || !strings.HasPrefix(string(after), "synced") {
				t.Fatalf("after %v with seed %d the file begins %.10q, %v; want the synced bytes", tear, seed, after, err)
			}
			shapes[tear.String()+" "+shape(string(after[6:]))] = true
		}
	}
	for _, want := range []string{"forgotten none", "partial short", "zeros foreign", "noise foreign"} {
		if !shapes[want] {
			t.Errorf("no %s tail in 50 seeds; got %v", want, shapes)
		}
	}
}

func shape(tail string) string {
	switch whole := strings.Repeat("x", 5000); {
	case tail == "":
		return "none"
	case tail == whole:
		return "whole"
	case strings.HasPrefix(whole, tail):
		return "short"
	}
	return "foreign"
}

func write(t *testing.T, f durable.File, text string) {
	t.Helper()
	if n, err := f.Write([]byte(text)); n != len(text) || err != nil {
		t.Fatalf("write gave %d, %v", n, err)
	}
}

func TestAPlaceholderInOneSectorIsOldOrNewNeverMixed(t *testing.T) {
	disk := durabletest.New()
	f, err := durable.Create(disk, name)
	if err != nil {
		t.Fatal(err)
	}
	write(t, f, strings.Repeat("o", 64))
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("nnnnnnnnnnnnnnnn"), 28); err != nil {
		t.Fatal(err)
	}
	for _, tear := range durabletest.Tears() {
		for seed := range uint64(30) {
			after, err := disk.Restart(tear, seed).ReadFile(name)
			if n := strings.Count(string(after), "n"); err != nil || n != 0 && n != 16 || len(after) != 64 {
				t.Fatalf("%v, seed %d: %q, %v", tear, seed, after, err)
			}
		}
	}
}

func TestUnsyncedNamesMayArriveInTheirOrder(t *testing.T) {
	disk := durabletest.New()
	for _, n := range []string{"/a", "/b", "/c"} {
		if _, err := disk.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for seed := range uint64(50) {
		seen[names(t, disk.Restart(durabletest.Forgotten, seed))] = true
	}
	for _, want := range []string{"", "a", "a b", "a b c"} {
		if !seen[want] {
			t.Errorf("no restart finds the names %q in 50 seeds", want)
		}
		delete(seen, want)
	}
	if len(seen) > 0 {
		t.Errorf("names arrived out of order: %v", seen)
	}
}

func names(t *testing.T, d *durabletest.Disk) string {
	t.Helper()
	entries, err := d.ReadDir("/")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func TestAFullDiskWritesWhatFitsAndSaysSo(t *testing.T) {
	disk := durabletest.New()
	f, err := disk.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	disk.Limit(3)
	if n, err := f.Write([]byte("12345")); n != 3 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %d, %v; want 3 and ENOSPC", n, err)
	}
	disk.Limit(-1)
	write(t, f, "45")
	if data, _ := disk.ReadFile(name); string(data) != "12345" {
		t.Errorf("the file holds %q", data)
	}
}

func TestNothingWorksWithoutPowerAndNothingMovesBetweenFolders(t *testing.T) {
	disk := durabletest.New()
	if err := durable.MkdirAll(disk, "/a/b"); err != nil {
		t.Fatal(err)
	}
	if err := disk.Rename("/a/b", "/b"); !errors.Is(err, syscall.EXDEV) {
		t.Errorf("a move gives %v; want EXDEV", err)
	}
	disk.CutAt(1)
	_, listing := disk.ReadDir("/")
	if listing != nil {
		t.Errorf("reading before the cut gives %v", listing)
	}
	_, made := disk.Create("/a/x")
	_, read := disk.ReadFile("/a/x")
	errs := []error{made, read, disk.Mkdir("/c"), disk.Remove("/a"), disk.SyncDir("/"), disk.Rename("/a", "/c")}
	if i := slices.IndexFunc(errs, func(err error) bool { return !errors.Is(err, durabletest.ErrCut) }); i >= 0 {
		t.Errorf("operation %d without power gives %v", i, errs[i])
	}
}

func TestAViewIsAnOrdinaryFileSystem(t *testing.T) {
	disk := durabletest.New()
	if err := durable.MkdirAll(disk, "/vault/R1-000001/data"); err != nil {
		t.Fatal(err)
	}
	if err := durable.WriteFile(disk, "/vault/R1-000001/data/plan.json", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(disk.View("/vault"), "R1-000001/data/plan.json")
	if err != nil || string(data) != "{}" {
		t.Errorf("got %q, %v", data, err)
	}
}

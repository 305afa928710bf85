package proof_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk is a disk of its own, in memory.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("this test needs the right to mount a small disk: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill leaves the disk about so many bytes, while somebody else writes too.
func fill(t *testing.T, disk string, left int64) {
	t.Helper()
	f, err := os.Create(filepath.Join(disk, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	err = syscall.ENOSPC
	for size := int64(0); errors.Is(err, syscall.ENOSPC); {
		var st syscall.Statfs_t
		if err := syscall.Statfs(disk, &st); err != nil {
			t.Fatal(err)
		}
		if size = int64(st.Bavail)*st.Bsize - left; size <= 0 {
			return
		}
		err = syscall.Fallocate(int(f.Fd()), 0, 0, size)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestADiskThatFillsUpEndsTheRecordingAndTakesNothingOfIt(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	disk := smallDisk(t, "400m")
	home := filepath.Join(disk, "room")
	b.enrol(t, "FULL", home)
	examined(t, home)
	cmd := exec.Command(filepath.Join(bin, "minglu"), "record", "--home", home, "--item", "I03", "--case", "C-1", "--taxpayer", "某某",
		"--person", "王芳", "--officer", "张三:1", "--officer", "李四:2", "--camera", "synth:", "--mic", "synth:", "--for", "60s")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var filled time.Duration
	var all []event
	for lines := bufio.NewScanner(out); lines.Scan(); {
		all = append(all, parse(t, strings.NewReader(lines.Text()))...)
		if filled == 0 && time.Since(began) > 4*time.Second {
			filled = time.Since(began)
			fill(t, disk, 64<<10)
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("a recording that the disk ended ends as if all were well")
	}
	s := said{events: all, stderr: complaint.String()}
	sealed := s.last(t, "sealed")
	if took := time.Since(began); took > filled+15*time.Second {
		t.Errorf("the recording ended %v after the disk was full", took-filled)
	}
	if kept := time.Duration(sealed.DurationMS) * time.Millisecond; kept < filled-1500*time.Millisecond {
		t.Errorf("%v are in the package; the disk was full after %v", kept, filled)
	}
	b.verify(t, sealed.Package, "AUTHENTIC", "AUTHENTIC_WITH_GAPS")

	refused(t, record(t, home, "--camera", "synth:", "--mic", "synth:", "--for", "1s"), 2, "disk.full")
	if err := os.Remove(filepath.Join(disk, "filler")); err != nil {
		t.Fatal(err)
	}
	must(t, "minglu", "sync", "--home", home, "--until-empty").last(t, "receipt")
}

func TestAHomeThatCannotBeWrittenToIsTold(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	disk := smallDisk(t, "400m")
	home := filepath.Join(disk, "room")
	b.enrol(t, "RO", home)
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("the disk cannot be made read-only: %v", err)
	}
	refused(t, record(t, home, "--camera", "synth:", "--mic", "synth:", "--for", "1s"), 2, "disk.readonly")
}

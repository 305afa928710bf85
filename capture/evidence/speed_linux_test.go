package evidence_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
)

// speedVariable is how many megabytes to verify for measuring; nothing is measured without it.
const speedVariable = "MINGLU_SPEED_MB"

// TestVerifyingIsHardlyMoreThanHashing compares a package with the segments of an hour to openssl reading the same
// files, in turns.
func TestVerifyingIsHardlyMoreThanHashing(t *testing.T) {
	size, err := strconv.Atoi(os.Getenv(speedVariable))
	if err != nil {
		t.Skip(speedVariable + " says how many megabytes to measure with")
	}
	const segments, files, pictures = 3750, 2, 12
	b := packtest.NewBureau(t, "DK01")
	dir := t.TempDir()
	if err := os.CopyFS(dir, b.Make(packtest.Spec{Segments: segments, Padding: size << 20 / segments / files / pictures})); err != nil {
		t.Fatal(err)
	}
	line := []string{"dgst", "-sha256"}
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			line = append(line, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	options := b.Options()
	options.Whole, options.SM3 = false, false // as a stranger's verifier does by default
	var ratios []float64
	for range 5 {
		before := processorTime(t)
		report, err := evidence.Verify(os.DirFS(dir), options)
		ours := processorTime(t) - before
		if err != nil || report.Verdict != evidence.Authentic {
			t.Fatalf("%v: %v, %v", report.Verdict, report.Faults, err)
		}
		peer := exec.Command("openssl", line...)
		if err := peer.Run(); err != nil {
			t.Fatal(err)
		}
		theirs := peer.ProcessState.UserTime() + peer.ProcessState.SystemTime()
		ratios = append(ratios, float64(ours)/float64(theirs))
		t.Logf("verify %v, openssl %v", ours, theirs)
	}
	slices.Sort(ratios)
	t.Logf("median ratio %.3f", ratios[2])
	if ratios[2] > 1.2 {
		t.Errorf("verifying takes %.3f of what openssl takes to hash; want at most 1.2", ratios[2])
	}
}

// processorTime is what this process has used.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

package outbox_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"minglu/sync/outbox"
)

// cutsVariable says how often the campaign cuts the power; tests do it a few times.
const cutsVariable = "MINGLU_POWER_CUTS"

func TestAPowerCutForgetsNothingThatWasAcknowledged(t *testing.T) {
	cuts, acknowledged := campaign(cutsVariable, 12), 0
	for seed := range uint64(cuts) {
		said, faults := cutPower(t, seed, outbox.Pragmas)
		acknowledged += said
		if faults != nil {
			t.Errorf("cut %d: forgotten: %v", seed, faults)
		}
	}
	if acknowledged == 0 {
		t.Error("nothing was acknowledged before any cut")
	}
	t.Logf("%d power cuts, %d recordings acknowledged", cuts, acknowledged)
}

// The same campaign must find the fault when the outbox does not wait for the disk, or it proves nothing.
func TestThePowerCutsFindAnOutboxThatDoesNotSync(t *testing.T) {
	for _, mode := range []string{"OFF", "NORMAL"} {
		pragmas := strings.Replace(outbox.Pragmas, "synchronous(FULL)", "synchronous("+mode+")", 1)
		found := 0
		cuts := campaign(cutsVariable, 5)
		for seed := range uint64(cuts) {
			if _, faults := cutPower(t, seed, pragmas); faults != nil {
				found++
			}
		}
		if found == 0 {
			t.Errorf("synchronous=%s went unnoticed in %d cuts", mode, cuts)
		}
		t.Logf("synchronous=%s: %d of %d cuts forgot something", mode, found, cuts)
	}
}

// cutPower lets a writer live on a forgetful disk until its power fails, and looks at what remains.
func cutPower(t *testing.T, seed uint64, pragmas string) (acknowledged int, faults []string) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 2))
	disk := newForgetful(seed, 60+random.IntN(600))
	at := mount(t, disk)
	if random.IntN(2) == 0 {
		pragmas += "&_pragma=wal_autocheckpoint(20)" // so that cuts meet checkpoints too
	}
	w := startWriter(t, filepath.Join(at.dir, "outbox.db"), pragmas)
	select {
	case <-disk.failed:
	case <-time.After(30 * time.Second):
		t.Error("the writer stands still")
	}
	said := w.kill()
	must(t, at.Unmount())
	after := t.TempDir()
	for name, data := range disk.remains() {
		must(t, os.WriteFile(filepath.Join(after, name), data, 0o644))
	}
	return len(said), forgotten(filepath.Join(after, "outbox.db"), said)
}

type mounted struct {
	*fuse.Server
	dir string
}

// mount shows the disk to other processes.
func mount(t *testing.T, disk *forgetful) mounted {
	t.Helper()
	dir := t.TempDir()
	server, err := fs.Mount(dir, disk, &fs.Options{MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "forgetful"}})
	if err == nil {
		return mounted{server, dir}
	}
	if os.Getenv("CI") == "true" && os.Getuid() == 0 {
		t.Fatalf("mount a forgetful disk: %v", err)
	}
	t.Skipf("a forgetful disk needs /dev/fuse and root: %v", err)
	return mounted{}
}

package disk_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"minglu/capture/durable"
	"minglu/sync/blob"
	"minglu/sync/blob/blobtest"
	"minglu/sync/blob/disk"
)

func open(t *testing.T, fsys durable.FS, dir string) *disk.Store {
	t.Helper()
	s, err := disk.Open(fsys, dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func find(t *testing.T, dir string, d blob.Digest) string {
	t.Helper()
	return filepath.Join(dir, d.String()[:2], d.String())
}

func TestTheDiskIsABlobStore(t *testing.T) {
	dirs := map[blob.Store]string{}
	blobtest.Run(t, blobtest.Harness{
		Open: func(t *testing.T) blob.Store {
			dir := filepath.Join(t.TempDir(), "a", "parts")
			s := open(t, durable.OS{}, dir)
			dirs[s] = dir
			return s
		},
		Corrupt: func(t *testing.T, s blob.Store, d blob.Digest) {
			path := find(t, dirs[s], d)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			data[0] ^= 1
			if err := errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, data, 0o600)); err != nil {
				t.Fatal(err)
			}
		},
	})
}

func TestABlobIsReadOnlyOnDisk(t *testing.T) {
	dir := t.TempDir()
	data := []byte("read only")
	d := blob.Digest(sha256.Sum256(data))
	if err := open(t, durable.OS{}, dir).Put(t.Context(), d, int64(len(data)), bytes.NewReader(data), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(find(t, dir, d)); err != nil || st.Mode().Perm() != 0o400 {
		t.Errorf("mode is %v, %v; want 0400", st.Mode(), err)
	}
}

func TestADraftIsResumedAfterARestart(t *testing.T) {
	dir := t.TempDir()
	data := []byte("first half, second half")
	d := blob.Digest(sha256.Sum256(data))
	write := func(p []byte) *disk.Draft {
		draft, err := open(t, durable.OS{}, dir).Draft(d, "R1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := draft.Write(p); err != nil {
			t.Fatal(err)
		}
		return draft
	}
	if err := write([]byte("first half, garbage")).Close(); err != nil {
		t.Fatal(err)
	}
	draft := write(nil)
	if err := draft.Truncate(12); err != nil {
		t.Fatal(err)
	}
	if _, err := draft.Write(data[12:]); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(draft.Sync(), draft.Keep()); err != nil {
		t.Fatal(err)
	}
	if err := open(t, durable.OS{}, dir).Verify(t.Context(), d); err != nil {
		t.Error(err)
	}
}

func TestAnOwnerCannotLeaveTheFolder(t *testing.T) {
	s := open(t, durable.OS{}, t.TempDir())
	for _, owner := range []string{"", "../x", "a/b", `a\b`, "a.b"} {
		if _, err := s.Draft(blob.Digest{}, owner); err == nil {
			t.Errorf("owner %q was taken", owner)
		}
	}
}

// failing is a file system whose nth change fails, and every one after it.
type failing struct {
	durable.OS
	left *int
}

var errDisk = errors.New("the disk says no")

func (f failing) spend() error {
	if *f.left--; *f.left < 0 {
		return errDisk
	}
	return nil
}

func (f failing) Mkdir(p string) error { return errors.Join(f.spend(), f.OS.Mkdir(p)) }
func (f failing) Rename(a, b string) error {
	return first(f.spend(), func() error { return f.OS.Rename(a, b) })
}
func (f failing) SyncDir(p string) error {
	return first(f.spend(), func() error { return f.OS.SyncDir(p) })
}
func first(err error, then func() error) error { // then only if all is well so far
	if err != nil {
		return err
	}
	return then()
}

func (f failing) Create(p string) (durable.File, error) {
	if err := f.spend(); err != nil {
		return nil, err
	}
	file, err := f.OS.Create(p)
	return failingFile{file, f}, err
}

type failingFile struct {
	durable.File
	fs failing
}

func (f failingFile) Write(p []byte) (int, error) {
	if err := f.fs.spend(); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

func (f failingFile) Sync() error { return first(f.fs.spend(), f.File.Sync) }

func TestAPutThatFailsAnywhereIsRepeatedWithSuccess(t *testing.T) {
	data := bytes.Repeat([]byte("evidence "), 1000)
	d := blob.Digest(sha256.Sum256(data))
	for n := range 20 {
		dir := filepath.Join(t.TempDir(), "parts")
		left := n
		s, err := disk.Open(failing{left: &left}, dir)
		if err == nil {
			err = s.Put(t.Context(), d, int64(len(data)), bytes.NewReader(data), time.Time{})
		}
		if err == nil {
			return // no call was left to fail
		}
		s = open(t, durable.OS{}, dir)
		if _, err := s.Stat(t.Context(), d); err == nil {
			if err := s.Verify(t.Context(), d); err != nil {
				t.Errorf("failing at change %d leaves a blob that is not whole: %v", n, err)
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		if err := s.Put(t.Context(), d, int64(len(data)), bytes.NewReader(data), time.Time{}); err != nil {
			t.Errorf("after failing at change %d: %v", n, err)
		}
	}
	t.Error("twenty changes to put a blob; where do they come from?")
}

func TestLeftoversOfInterruptedPutsAreSwept(t *testing.T) {
	dir := t.TempDir()
	s := open(t, durable.OS{}, dir)
	for _, owner := range []string{"put-1-1", "R1"} {
		draft, err := s.Draft(blob.Digest{}, owner)
		if err != nil {
			t.Fatal(err)
		}
		if err := draft.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Sweep(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
	if len(left) != 1 || filepath.Ext(left[0]) != ".part" || !bytes.Contains([]byte(left[0]), []byte(".R1.")) {
		t.Errorf("left %v; want the room's draft alone", left)
	}
}

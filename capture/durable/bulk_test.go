package durable_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"minglu/capture/durable"
)

// noise is n bytes that no two blocks share.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b) // it never fails
	return b
}

func TestBulkIsWrittenAndReadWhateverItsPlacesAndLengths(t *testing.T) {
	want := noise(5<<20 + 12345)
	path := filepath.Join(t.TempDir(), "film")
	f, err := durable.Create(durable.OS{}, path)
	if err != nil {
		t.Fatal(err)
	}
	pieces := []int{512 << 10, 1, 512<<10 - 1, 300 << 10, 4096, 1<<20 + 7, 700, 0, 256 << 10}
	for rest, i := want, 0; len(rest) > 0; i++ {
		n := min(pieces[i%len(pieces)], len(rest))
		if m, err := durable.WriteBulk(f, rest[:n]); m != n || err != nil {
			t.Fatalf("piece %d: wrote %d of %d, %v", i, m, n, err)
		}
		rest = rest[n:]
	}
	if size, err := f.Size(); size != int64(len(want)) || err != nil {
		t.Fatalf("%d bytes, %v; want %d", size, err, len(want))
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); !bytes.Equal(got, want) || err != nil {
		t.Fatalf("the file differs, %v", err)
	}
	b, err := durable.OpenBulk(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	var all sync.WaitGroup
	for seed := range uint64(4) {
		all.Go(func() { readAnywhere(t, b, want, seed) })
	}
	all.Wait()
	if n, err := b.ReadAt(make([]byte, 10), int64(len(want))-4); n != 4 || err != io.EOF {
		t.Errorf("over the end: %d, %v; want 4, EOF", n, err)
	}
	if n, err := b.ReadAt(make([]byte, 10), int64(len(want))); n != 0 || err != io.EOF {
		t.Errorf("behind the end: %d, %v; want 0, EOF", n, err)
	}
	if _, err := b.ReadAt(make([]byte, 10), -1); err == nil {
		t.Error("a place before the file was read")
	}
}

func readAnywhere(t *testing.T, b durable.Bulk, want []byte, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 0))
	for range 40 {
		off := r.IntN(len(want))
		p := make([]byte, min(r.IntN(3<<20), len(want)-off))
		if n, err := b.ReadAt(p, int64(off)); n != len(p) || err != nil || !bytes.Equal(p, want[off:off+n]) {
			t.Errorf("%d bytes at %d: read %d, %v", len(p), off, n, err)
			return
		}
	}
}

func TestAFileThatIsCutWhileItIsReadIsAFault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "film")
	if err := os.WriteFile(path, noise(3<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := durable.OpenBulk(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := os.Truncate(path, 1<<20+5); err != nil {
		t.Fatal(err)
	}
	if n, err := b.ReadAt(make([]byte, 3<<20), 0); n != 1<<20+5 || err == nil {
		t.Errorf("read %d, %v; want %d and a fault", n, err, 1<<20+5)
	}
}

func TestBulkNeedsNoDisk(t *testing.T) {
	dir, err := os.MkdirTemp("/dev/shm", "minglu-bulk-")
	if err != nil {
		t.Skip(err)
	}
	defer os.RemoveAll(dir)
	want := noise(2 << 20)
	f, err := durable.Create(durable.OS{}, filepath.Join(dir, "film"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = durable.WriteBulk(f, want)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := durable.OpenBulk(filepath.Join(dir, "film"))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	readAnywhere(t, b, want, 7)
}

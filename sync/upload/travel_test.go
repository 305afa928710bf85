package upload_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"minglu/capture/evidence"
	"minglu/sync/outbox"
)

func TestAPackageTravelsByStickAndItsReceiptBack(t *testing.T) {
	room := newRoom(t, newFakeHQ(t))
	room.Line = nil // a room without any line
	ids := []string{room.record(100 << 10), room.record(10)}
	stick := t.TempDir()
	for range 2 { // the second finds everything there
		done, err := room.Export(t.Context(), stick)
		if err != nil || !slices.Equal(done, ids) {
			t.Fatalf("exported %v, %v; want %v", done, err, ids)
		}
	}
	same(t, filepath.Join(room.Vault, ids[0]), filepath.Join(stick, ids[0]))
	row := room.row(ids[0])
	receipt := fmt.Sprintf("receipt 1 for %s %s", ids[0], row.Seal)
	write(t, filepath.Join(stick, ids[0], evidence.FileReceipt), receipt)
	write(t, filepath.Join(stick, ids[0], evidence.ManifestPath(3)), `URI="receipt.tlog-proof"`)
	write(t, filepath.Join(stick, ids[0], evidence.SealPath(3, evidence.LayerSignature)), "seal")
	done, err := room.ImportReceipts(t.Context(), stick)
	if err != nil || !slices.Equal(done, ids[:1]) {
		t.Fatalf("received %v, %v; want the first", done, err)
	}
	if r := room.row(ids[0]); r.State != outbox.Received {
		t.Errorf("%s is %s; want received", r.ID, r.State)
	}
	if r := room.row(ids[1]); r.State != outbox.Queued {
		t.Errorf("%s is %s; want queued", r.ID, r.State)
	}
	same(t, filepath.Join(stick, ids[0]), filepath.Join(room.Vault, ids[0]))
}

func TestAReceiptOnAStickIsJudgedLikeAnyOther(t *testing.T) {
	room := newRoom(t, newFakeHQ(t))
	id := room.record(10)
	stick := t.TempDir()
	if _, err := room.Export(t.Context(), stick); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(stick, id, evidence.FileReceipt), "a forgery")
	done, err := room.ImportReceipts(t.Context(), stick)
	if err == nil || len(done) != 0 || room.row(id).State == outbox.Received {
		t.Errorf("received %v, %v; want nothing", done, err)
	}
	if _, err := os.Stat(filepath.Join(room.Vault, id, evidence.FileReceipt)); err == nil {
		t.Error("the forgery lies in the package")
	}
}

func TestADamagedFileDoesNotTravel(t *testing.T) {
	room := newRoom(t, newFakeHQ(t))
	bad, good := room.record(1000), room.record(1000)
	write(t, filepath.Join(room.Vault, bad, "data", "media", "cam0.mp4"), strings.Repeat("x", 1000))
	stick := t.TempDir()
	done, err := room.Export(t.Context(), stick)
	if err == nil || !strings.Contains(err.Error(), "cam0.mp4") || !slices.Equal(done, []string{good}) {
		t.Errorf("exported %v, %v; want the good one and the fault", done, err)
	}
	if _, err := os.Stat(filepath.Join(stick, bad, "data", "media", "cam0.mp4")); err == nil {
		t.Error("the damaged file lies on the stick")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

// same checks that every file below a lies below b with the same bytes.
func same(t *testing.T, a, b string) {
	t.Helper()
	must(t, filepath.WalkDir(a, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(a, path)
		must(t, err)
		want, err := os.ReadFile(path)
		must(t, err)
		if got, err := os.ReadFile(filepath.Join(b, rel)); err != nil || string(got) != string(want) {
			t.Errorf("%s differs: %v", rel, err)
		}
		return nil
	}))
}

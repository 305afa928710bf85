package upload_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/outbox"
	"minglu/sync/upload"
	"minglu/sync/wire"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fakeRoom is a room with its vault and outbox, speaking to a fake headquarters.
type fakeRoom struct {
	*upload.Courier
	t  *testing.T
	hq *fakeHQ
}

// newRoom makes a room whose back-off is short, so that a test does not wait.
func newRoom(t *testing.T, hq *fakeHQ, change ...func(*upload.Terms)) *fakeRoom {
	t.Helper()
	home := t.TempDir()
	box, err := outbox.Open(filepath.Join(home, "outbox.db"), "HALL01")
	must(t, err)
	t.Cleanup(func() { must(t, box.Close()) })
	terms := upload.Terms{URL: hq.URL, Roots: hq.roots, Certificate: hq.room, Now: time.Now, Stall: time.Second}
	for _, c := range change {
		c(&terms)
	}
	line, err := upload.NewLine(terms)
	must(t, err)
	t.Cleanup(line.Close)
	room := &fakeRoom{upload.New(box, line, filepath.Join(home, "vault"), believe), t, hq}
	room.Random = func() float64 { return 0.02 }
	return room
}

// believe accepts what the fake headquarters writes.
func believe(p upload.Package, r wire.Receipt) (time.Time, error) {
	var n int
	if _, err := fmt.Sscanf(string(r.Files[0].Data), "receipt %d for "+p.ID+" "+p.Seal, &n); err != nil {
		return time.Time{}, fmt.Errorf("got %q: %w", r.Files[0].Data, err)
	}
	return time.Now(), nil
}

// record makes a sealed package with media of this size and its row.
func (r *fakeRoom) record(size int) string {
	r.t.Helper()
	ctx := r.t.Context()
	n, err := r.Box.Reserve(ctx, time.Now())
	must(r.t, err)
	id := evidence.MakeID("HALL01", n)
	media := make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(n)})
	_, _ = random.Read(media)
	files := map[string][]byte{"mimetype": []byte("application/vnd.etsi.asic-e+zip"), "data/texts.jsonl": {},
		"data/record.json": []byte(`{"id":"` + id + `"}`), "data/media/cam0.mp4": media,
		evidence.ManifestPath(1): []byte("first layer of " + id), "META-INF/signature001.p7s": []byte("signature " + id)}
	var bag bytes.Buffer
	for _, path := range []string{"data/media/cam0.mp4", "data/record.json", "data/texts.jsonl"} {
		fmt.Fprintf(&bag, "%s  %s\n", sum(files[path]), path)
	}
	files["manifest-sha256.txt"] = bag.Bytes()
	for path, data := range files {
		name := filepath.Join(r.Vault, id, filepath.FromSlash(path))
		must(r.t, os.MkdirAll(filepath.Dir(name), 0o755))
		must(r.t, os.WriteFile(name, data, 0o644))
	}
	must(r.t, r.Box.Describe(ctx, id, "I03", "2026-03-02T12:00:00.000Z"))
	must(r.t, r.Box.Seal(ctx, id, sum(files[evidence.ManifestPath(1)]), time.Now()))
	return id
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// drain carries until the outbox is empty or the test has waited too long.
func (r *fakeRoom) drain() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	must(r.t, r.Drain(ctx))
}

func (r *fakeRoom) row(id string) outbox.Row {
	r.t.Helper()
	row, err := r.Box.Row(r.t.Context(), id)
	must(r.t, err)
	return row
}

// arrived checks that headquarters holds the package byte for byte and the room holds one receipt.
func (r *fakeRoom) arrived(id string) {
	r.t.Helper()
	if row := r.row(id); row.State != outbox.Received || row.Acked != row.Bytes {
		r.t.Fatalf("%s is %s with %d of %d bytes (%s); want received", id, row.State, row.Acked, row.Bytes, row.Wait.Why)
	}
	r.hq.mu.Lock()
	defer r.hq.mu.Unlock()
	for _, p := range r.hq.told[id].Files {
		want, err := os.ReadFile(filepath.Join(r.Vault, id, filepath.FromSlash(p.Path)))
		must(r.t, err)
		if !bytes.Equal(r.hq.parts[p.SHA256], want) {
			r.t.Errorf("%s of %s differs at headquarters", p.Path, id)
		}
	}
	got, err := os.ReadFile(filepath.Join(r.Vault, id, evidence.FileReceipt))
	if err != nil || !bytes.Equal(got, r.hq.receipts[id].Files[0].Data) {
		r.t.Errorf("receipt of %s: %q, %v", id, got, err)
	}
}

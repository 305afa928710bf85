package receive_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"minglu/capture/durable"
	"minglu/sync/blob/disk"
)

func TestAPackageIsReceivedOnceAndItsReceiptStays(t *testing.T) {
	h := newHQ(t)
	h.serve()
	p := newParcel("R1-000001", 3<<20, 100)
	status, first, refusal := h.room("R1").send(p)
	if status != 200 {
		t.Fatalf("%d %+v", status, refusal)
	}
	proof := h.proven(p, first)
	for range 2 {
		if status, again, _ := h.room("R1").send(p); status != 200 || h.proven(p, again) != proof {
			t.Errorf("a repeat answers %d and another receipt", status)
		}
		h.open() // a restart forgets nothing
		h.serve()
	}
	if n := h.entries(); n != 1 {
		t.Errorf("the ledger has %d entries; want 1", n)
	}
}

func TestEveryByteReceivedIsKept(t *testing.T) {
	h := newHQ(t)
	h.serve()
	r := h.room("R1")
	p := newParcel("R1-000001", 900_000)
	digest := p.Files[1].SHA256
	data := p.data[digest]
	if res := r.create(digest, len(data)); res.StatusCode != 201 || !strings.HasSuffix(res.Header.Get("Location"), "/v1/parts/"+digest) {
		t.Fatalf("create answers %d %q", res.StatusCode, res.Header.Get("Location"))
	}
	for at := 0; at < len(data); { // a line that breaks off every 200,000 bytes
		body := io.MultiReader(bytes.NewReader(data[at:min(at+200_000, len(data))]), iotest.ErrReader(errors.New("cut")))
		req := newPatch(t, h, digest, at, body, int64(len(data)-at))
		if res, err := r.http.Do(req); err == nil {
			res.Body.Close()
		}
		next := r.offset(digest)
		for end := time.Now().Add(5 * time.Second); next <= at && time.Now().Before(end); next = r.offset(digest) {
			time.Sleep(10 * time.Millisecond) // the cut line's last bytes are on their way
		}
		if next < min(at+100_000, len(data)) {
			t.Fatalf("after a cut at %d headquarters stands at %d", at+200_000, next)
		}
		at = next
		h.open()
		h.serve()
		r = h.room("R1")
	}
	if status, _, refusal := r.send(p); status != 200 {
		t.Errorf("%d %+v", status, refusal)
	}
}

func TestAChunkWithAWrongChecksumIsThrownAway(t *testing.T) {
	h := newHQ(t)
	h.serve()
	r := h.room("R1")
	p := newParcel("R1-000001", 50_000)
	digest := p.Files[1].SHA256
	data := p.data[digest]
	r.create(digest, len(data))
	whole := sha256.Sum256(data[:20_000])
	good := "sha256 " + base64.StdEncoding.EncodeToString(whole[:])
	if res := r.patch(digest, 0, bytes.NewReader(data[1:20_001]), "Upload-Checksum", good); res.StatusCode != 460 || r.offset(digest) != 0 {
		t.Errorf("a wrong chunk is answered with %d, offset %d; want 460, 0", res.StatusCode, r.offset(digest))
	}
	if res := r.patch(digest, 0, bytes.NewReader(data[:20_000]), "Upload-Checksum", good); res.StatusCode != 204 || r.offset(digest) != 20_000 {
		t.Errorf("the right chunk is answered with %d, offset %d", res.StatusCode, r.offset(digest))
	}
	for _, bad := range []string{"crc32 AAAA", "sha256 ???", "sha256"} {
		if res := r.patch(digest, 20_000, bytes.NewReader(data[20_000:]), "Upload-Checksum", bad); res.StatusCode/100 != 4 {
			t.Errorf("checksum %q is answered with %d", bad, res.StatusCode)
		}
	}
}

func TestAForgedPartBeginsAnew(t *testing.T) {
	h := newHQ(t)
	h.serve()
	r := h.room("R1")
	p := newParcel("R1-000001", 50_000)
	digest := p.Files[1].SHA256
	forged := bytes.Clone(p.data[digest])
	forged[49_999] ^= 1
	r.create(digest, len(forged))
	if res := r.patch(digest, 0, bytes.NewReader(forged)); res.StatusCode != 460 {
		t.Errorf("forged bytes are answered with %d; want 460", res.StatusCode)
	}
	if at := r.offset(digest); at != -1 {
		t.Errorf("headquarters stands at %d of forged bytes", at)
	}
	if status, _, refusal := r.send(p); status != 200 {
		t.Errorf("%d %+v", status, refusal)
	}
}

func TestCreationMayBeRepeated(t *testing.T) {
	h := newHQ(t)
	h.serve()
	r, other := h.room("R1"), h.room("R2")
	p := newParcel("R1-000001", 1000)
	digest := p.Files[1].SHA256
	data := p.data[digest]
	r.create(digest, len(data))
	r.patch(digest, 0, bytes.NewReader(data[:600]))
	// With a body along: it must not be appended to what is there.
	res, _ := r.do("POST", "/v1/parts/", bytes.NewReader(data[:500]), "Tus-Resumable", "1.0.0", "Content-Type", chunk,
		"Upload-Length", "1000", "Upload-Metadata", metadata(digest))
	if res.StatusCode != 201 || res.Header.Get("Upload-Offset") != "600" || r.offset(digest) != 600 {
		t.Errorf("creating again answers %d, offset %s", res.StatusCode, res.Header.Get("Upload-Offset"))
	}
	if res := r.create(digest, 999); res.StatusCode != 400 {
		t.Errorf("creating with another size answers %d; want 400", res.StatusCode)
	}
	if at := other.offset(digest); at != -1 {
		t.Errorf("another room sees offset %d of what is under way", at)
	}
	r.patch(digest, 600, bytes.NewReader(data[600:]))
	if at := other.offset(digest); at != 1000 {
		t.Errorf("another room sees offset %d of what is whole", at)
	}
	if res := r.create(digest, 1000); res.StatusCode != 201 || res.Header.Get("Upload-Offset") != "1000" {
		t.Errorf("creating what is whole answers %d, offset %s", res.StatusCode, res.Header.Get("Upload-Offset"))
	}
	if res := r.patch(digest, 600, bytes.NewReader(data[600:])); res.StatusCode != 409 {
		t.Errorf("a chunk sent twice is answered with %d; want 409", res.StatusCode)
	}
}

func TestAPartInOneRequestIsWhole(t *testing.T) {
	h := newHQ(t)
	h.serve()
	r := h.room("R1")
	data := []byte("small")
	for _, data := range [][]byte{data, {}} {
		res, body := r.do("POST", "/v1/parts/", bytes.NewReader(data), "Tus-Resumable", "1.0.0", "Content-Type", chunk,
			"Upload-Length", string('0'+rune(len(data))), "Upload-Metadata", metadata(sum(data)))
		if res.StatusCode != 201 || r.offset(sum(data)) != len(data) {
			t.Errorf("%d bytes: %d %s, offset %d", len(data), res.StatusCode, body, r.offset(sum(data)))
		}
	}
}

func TestAFullHeadquartersSaysSoAndKeepsItsReserve(t *testing.T) {
	h := newHQ(t)
	free := int64(1 << 20)
	h.Free, h.Reserve = func() (int64, error) { return free, nil }, 1<<20
	h.serve()
	r := h.room("R1")
	p := newParcel("R1-000001", 2<<20)
	digest := p.Files[1].SHA256
	res := r.create(digest, 2<<20)
	if res.StatusCode != 507 || res.Header.Get("Retry-After") == "" {
		t.Errorf("creation answers %d, Retry-After %q; want 507", res.StatusCode, res.Header.Get("Retry-After"))
	}
	free = 4 << 20
	r.create(digest, 2<<20)
	r.patch(digest, 0, bytes.NewReader(p.data[digest][:1<<20]))
	free = 0
	if res := r.patch(digest, 1<<20, bytes.NewReader(p.data[digest][1<<20:])); res.StatusCode != 507 {
		t.Errorf("a chunk is answered with %d; want 507", res.StatusCode)
	}
	if res, _ := h.room("").do("GET", "/v1/healthz", nil); res.StatusCode != 507 {
		t.Errorf("health is %d; want 507", res.StatusCode)
	}
	free = 4 << 20
	if at := r.offset(digest); at != 1<<20 {
		t.Errorf("what came before is at %d; want %d", at, 1<<20)
	}
	if status, _, refusal := r.send(p); status != 200 {
		t.Errorf("with space again: %d %+v", status, refusal)
	}
}

// cramped is a disk on which only so many bytes have room.
type cramped struct {
	durable.OS
	left *int
}

type crampedFile struct {
	durable.File
	left *int
}

func (c cramped) OpenFile(path string) (durable.File, error) {
	f, err := c.OS.OpenFile(path)
	return crampedFile{f, c.left}, err
}

func (c cramped) Create(path string) (durable.File, error) {
	f, err := c.OS.Create(path)
	return crampedFile{f, c.left}, err
}

func (f crampedFile) Write(p []byte) (int, error) {
	if *f.left -= len(p); *f.left < 0 {
		return 0, fmt.Errorf("write: %w", syscall.ENOSPC)
	}
	return f.File.Write(p)
}

func TestADiskThatFillsUpUnderwayLosesNothing(t *testing.T) {
	h := newHQ(t)
	left := 3 << 20
	store, err := disk.Open(cramped{left: &left}, filepath.Join(h.dir, "parts"))
	h.must(err)
	h.Blobs, h.Spool = store, store
	h.serve()
	r := h.room("R1")
	p := newParcel("R1-000001", 4<<20)
	digest := p.Files[1].SHA256
	r.create(digest, 4<<20)
	r.patch(digest, 0, bytes.NewReader(p.data[digest][:2<<20]))
	if res := r.patch(digest, 2<<20, bytes.NewReader(p.data[digest][2<<20:])); res.StatusCode != 507 {
		t.Errorf("a full disk is answered with %d; want 507", res.StatusCode)
	}
	if at := r.offset(digest); at != 3<<20 {
		t.Errorf("headquarters stands at %d; want the %d bytes there was room for", at, 3<<20)
	}
	left = 100 << 20
	if status, _, refusal := r.send(p); status != 200 {
		t.Errorf("with space again: %d %+v", status, refusal)
	}
}

// newPatch makes a request whose body may break off before its announced length.
func newPatch(t *testing.T, h *hq, digest string, at int, body io.Reader, length int64) *http.Request {
	t.Helper()
	req, err := http.NewRequest("PATCH", h.server.URL+"/v1/parts/"+digest, body)
	h.must(err)
	req.ContentLength = length
	for name, value := range map[string]string{"Tus-Resumable": "1.0.0", "Content-Type": chunk, "Upload-Offset": strconv.Itoa(at)} {
		req.Header.Set(name, value)
	}
	return req
}

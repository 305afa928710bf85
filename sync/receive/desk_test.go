package receive_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/blob"
	"minglu/sync/receive"
	"minglu/sync/wire"
)

func TestWhatDoesNotVerifyIsQuarantinedWithItsReasons(t *testing.T) {
	h := newHQ(t)
	h.serve()
	r := h.room("R1")
	p := newParcel("R1-000001", 100)
	spoiled := map[string]func(*evidence.Report){
		"is not signed": func(r *evidence.Report) {
			r.Verdict, r.Faults = evidence.NotAuthentic, []evidence.Fault{{File: "data/media/cam0.mp4", What: "is not signed"}}
		},
		"DANGLING_END":  func(r *evidence.Report) { r.Verdict = evidence.DanglingEnd },
		"UNTRUSTED_KEY": func(r *evidence.Report) { r.Verdict = evidence.UntrustedKey },
		"R1-000002":     func(r *evidence.Report) { r.ID = "R1-000002" },
		"room R2":       func(r *evidence.Report) { r.Room = "R2" },
		"another":       func(r *evidence.Report) { r.Seal = "another" },
	}
	for reason, spoil := range spoiled {
		h.report = spoil
		status, _, refusal := r.send(p)
		if status != 422 || refusal.Code != wire.RefuseContent || !strings.Contains(strings.Join(refusal.Reasons, " "), reason) {
			t.Errorf("%s: %d %+v", reason, status, refusal)
		}
	}
	var times int
	h.must(h.DB.QueryRow(`SELECT times FROM quarantine WHERE id = 'R1-000001' AND code = 'content'`).Scan(&times))
	if list, _, _ := h.List(); times != len(spoiled) || list[0].State != "refused" || h.entries() != 0 {
		t.Errorf("%d refusals, state %s, %d ledger entries", times, list[0].State, h.entries())
	}
	if _, err := h.Blobs.Stat(t.Context(), sha256.Sum256(p.data[p.Files[1].SHA256])); err != nil {
		t.Errorf("the quarantined evidence is gone: %v", err)
	}
	h.report = nil // whatever it was that made the verifier refuse is put right
	if status, _, refusal := r.send(p); status != 200 {
		t.Errorf("%d %+v", status, refusal)
	}
}

func TestASecondSealUnderANumberIsAConflict(t *testing.T) {
	h := newHQ(t)
	h.serve()
	r := h.room("R1")
	first, second := newParcel("R1-000001", 10), newParcel("R1-000001", 20)
	_, receipt, _ := r.send(first)
	for range 2 {
		if status, _, refusal := r.send(second); status != 409 || refusal.Code != wire.RefuseConflict {
			t.Errorf("%d %+v; want 409 conflict", status, refusal)
		}
	}
	var files string
	h.must(h.DB.QueryRow(`SELECT files FROM quarantine WHERE id = 'R1-000001' AND code = 'conflict' AND times = 2`).Scan(&files))
	if !strings.Contains(files, second.Files[1].SHA256) {
		t.Error("what the second package claims to be is not kept")
	}
	if _, again, _ := r.send(first); h.proven(first, again) != h.proven(first, receipt) {
		t.Error("the conflict changed the receipt")
	}
}

func TestAClonedRoomChangesNothing(t *testing.T) {
	h := newHQ(t)
	h.serve()
	p := newParcel("R1-000001", 200_000, 100)
	proofs := make(chan string, 4)
	for range cap(proofs) {
		go func() { // every clone asks until it is answered; they get into each other's way
			r := h.room("R1")
			for {
				if proof := r.struggle(p); proof != "" {
					proofs <- proof
					return
				}
			}
		}()
	}
	first := <-proofs
	for range cap(proofs) - 1 {
		if <-proofs != first {
			t.Error("two clones have two receipts")
		}
	}
	if n := h.entries(); n != 1 {
		t.Errorf("the ledger has %d entries; want 1", n)
	}
}

// struggle makes one attempt to bring a package over and answers its receipt, or "".
func (c *client) struggle(p parcel) string {
	var lacking wire.Lacking
	if status, _ := c.call("PUT", "/v1/packages/"+p.ID, p.Announcement, &lacking); status != 200 {
		return ""
	}
	for _, digest := range lacking.Missing {
		data := p.data[digest]
		c.create(digest, len(data))
		if at := c.offset(digest); at >= 0 && at < len(data) {
			c.patch(digest, at, strings.NewReader(string(data[at:min(at+50_000, len(data))])))
		}
	}
	if status, receipt, _ := c.seal(p.ID); status == 200 {
		return c.hq.proven(p, receipt)
	}
	return ""
}

func TestARoomTouchesOnlyItsOwn(t *testing.T) {
	h := newHQ(t)
	h.serve()
	p := newParcel("R1-000001", 10)
	h.room("R1").send(p)
	thief := h.room("R2")
	var ignored any
	for path, body := range map[string]any{
		"PUT /v1/packages/R1-000001":         p.Announcement,
		"POST /v1/packages/R1-000001/seal":   nil,
		"GET /v1/packages/R1-000001/receipt": nil,
		"POST /v1/receipts/audit":            wire.Audit{Receipts: []wire.Held{{ID: p.ID, Seal: p.Seal}}},
	} {
		method, path, _ := strings.Cut(path, " ")
		if status, refusal := thief.call(method, path, body, &ignored); status != 403 || refusal.Code != wire.RefuseCertificate {
			t.Errorf("%s %s by another room: %d %+v; want 403", method, path, status, refusal)
		}
		if status, _ := h.room("").call(method, path, body, &ignored); status != 401 {
			t.Errorf("%s %s without a certificate: %d; want 401", method, path, status)
		}
	}
	h.revoke["R1"] = true
	if status, _, refusal := h.room("R1").seal(p.ID); status != 403 || refusal.Code != wire.RefuseCertificate {
		t.Errorf("a revoked room: %d %+v; want 403", status, refusal)
	}
}

func TestHolesInARoomsNumbersAreListed(t *testing.T) {
	h := newHQ(t)
	for _, id := range []string{"R1-000002", "R1-000003", "R1-000007", "R2-000001"} {
		p := newParcel(id)
		p.State, p.Seal, p.Files = "recording", "", nil
		if _, err := h.Announce(t.Context(), p.Room, p.Announcement); err != nil {
			t.Fatal(err)
		}
	}
	_, holes, err := h.List()
	if want := []receive.Hole{{Room: "R1", From: 1, To: 1}, {Room: "R1", From: 4, To: 6}}; err != nil || !slices.Equal(holes, want) {
		t.Errorf("holes %v, %v; want %v", holes, err, want)
	}
}

func TestALateAnnouncementOfTheRunningRecordingUndoesNothing(t *testing.T) {
	h := newHQ(t)
	h.serve()
	p := newParcel("R1-000001", 10)
	running := p.Announcement
	running.State, running.Seal, running.Files = "recording", "", nil
	for _, state := range []string{"recording", "received"} {
		if _, err := h.Announce(t.Context(), "R1", running); err != nil {
			t.Fatal(err)
		}
		if list, _, _ := h.List(); list[0].State != state {
			t.Errorf("state %s; want %s", list[0].State, state)
		}
		if status, _, refusal := h.room("R1").send(p); status != 200 {
			t.Errorf("%d %+v", status, refusal)
		}
	}
}

func TestARestoredHeadquartersAsksForWhatItForgot(t *testing.T) {
	h := newHQ(t)
	h.serve()
	r := h.room("R1")
	kept, forgotten, lost := newParcel("R1-000001", 10), newParcel("R1-000002", 10), newParcel("R1-000003", 10)
	var audit wire.Audit
	for _, p := range []parcel{kept, forgotten, lost} {
		r.send(p)
		audit.Receipts = append(audit.Receipts, wire.Held{ID: p.ID, Seal: p.Seal})
	}
	for _, table := range []string{"package_file", "package"} { // the backup is older than this package
		_, err := h.DB.Exec(`DELETE FROM ` + table + ` WHERE id = 'R1-000002'`)
		h.must(err)
	}
	h.removeBlob(lost.Files[1].SHA256)
	var answer wire.Forgotten
	if status, _ := r.call("POST", "/v1/receipts/audit", audit, &answer); status != 200 || !slices.Equal(answer.IDs, []string{forgotten.ID, lost.ID}) {
		t.Errorf("%d, forgotten %v; want %s and %s", status, answer.IDs, forgotten.ID, lost.ID)
	}
	for _, p := range []parcel{forgotten, lost} {
		if status, receipt, refusal := r.send(p); status != 200 {
			t.Errorf("%s again: %d %+v", p.ID, status, refusal)
		} else {
			h.proven(p, receipt)
		}
	}
	if r.call("POST", "/v1/receipts/audit", audit, &answer); len(answer.IDs) != 0 {
		t.Errorf("still forgotten: %v", answer.IDs)
	}
}

// flaky is a part of headquarters that fails at its nth use, once.
type flaky struct {
	blob.Store
	evidence.Signer
	evidence.Stamper
	left  *int
	after bool // it does its work and the answer is lost
}

var errCut = errors.New("the power is cut")

func (f flaky) spend(work func() error) error {
	*f.left--
	if *f.left != 0 {
		return work()
	}
	if f.after {
		return errors.Join(errCut, work())
	}
	return errCut
}

func (f flaky) Put(ctx context.Context, d blob.Digest, size int64, r io.Reader, retain time.Time) error {
	return f.spend(func() error { return f.Store.Put(ctx, d, size, r, retain) })
}

func (f flaky) Sign(message []byte) (sig []byte, err error) {
	err = f.spend(func() error { sig, err = f.Signer.Sign(message); return err })
	return sig, err
}

func (f flaky) Stamp(ctx context.Context, digest [sha256.Size]byte) (token []byte, err error) {
	err = f.spend(func() error { token, err = f.Stamper.Stamp(ctx, digest); return err })
	return token, err
}

func (f flaky) verify(fsys fs.FS, digests map[string]string, next func(fs.FS, map[string]string) (*evidence.Report, error)) (report *evidence.Report, err error) {
	err = f.spend(func() error { report, err = next(fsys, digests); return err })
	return report, err
}

func TestACrashBetweenAnyTwoStepsGivesTheSameReceipt(t *testing.T) {
	for _, after := range []bool{false, true} {
		for _, restart := range []bool{false, true} {
			steps := 0
			for n := 1; ; n++ {
				h := newHQ(t)
				h.serve()
				p := newParcel("R1-000001", 10)
				left := n
				f := flaky{h.Blobs, h.Signer, h.Stamper, &left, after}
				verify, signer, stamper, store := h.Verify, h.Signer, h.Stamper, h.Blobs
				h.Blobs, h.Signer, h.Stamper = f, f, f
				h.Verify = func(fsys fs.FS, digests map[string]string) (*evidence.Report, error) {
					return f.verify(fsys, digests, verify)
				}
				status, _, _ := h.room("R1").send(p)
				h.Blobs, h.Signer, h.Stamper, h.Verify = store, signer, stamper, verify
				if left > 0 {
					break // nothing was left to fail
				}
				steps++
				if status != 500 {
					t.Errorf("failing at step %d is answered with %d; want 500", n, status)
				}
				if restart {
					h.open()
					h.serve()
				}
				entered := h.entries()
				status, receipt, refusal := h.room("R1").send(p)
				if status != 200 {
					t.Fatalf("after failing at step %d: %d %+v", n, status, refusal)
				}
				h.proven(p, receipt)
				if h.entries() != 1 || n > 1 && entered != 1 {
					t.Errorf("after step %d the ledger had %d entries, then %d", n, entered, h.entries())
				}
			}
			if steps != 6 { // verify, sign, stamp, three files
				t.Errorf("%d steps were made to fail; want 6", steps)
			}
		}
	}
}

func TestAViewOfPartsIsAFileSystem(t *testing.T) {
	h := newHQ(t)
	p := newParcel("R1-000001", 10, 20)
	for digest, data := range p.data {
		d, err := blob.ParseDigest(digest)
		h.must(err)
		h.must(h.Blobs.Put(t.Context(), d, int64(len(data)), strings.NewReader(string(data)), time.Time{}))
	}
	view := receive.NewPackageFS(h.Blobs, p.Files)
	if err := fstest.TestFS(view, "data/media/cam0.mp4", evidence.ManifestPath(1)); err != nil {
		t.Error(err)
	}
	f, err := view.Open("data/media/cam1.mp4")
	h.must(err)
	if _, ok := f.(io.ReaderAt); !ok {
		t.Error("a file of the view cannot be read at any place")
	}
	h.must(f.Close())
}

func TestAnExportIsTheSameEveryTime(t *testing.T) {
	h := newHQ(t)
	h.serve()
	p := newParcel("R1-000001", 10, 20)
	if status, _, refusal := h.room("R1").send(p); status != 200 {
		t.Fatalf("%d %+v", status, refusal)
	}
	var zips [2]bytes.Buffer
	for i := range zips {
		h.must(h.Export(t.Context(), p.ID, &zips[i], map[string][]byte{"roots.pem": []byte("roots"), "a": nil}))
	}
	if !bytes.Equal(zips[0].Bytes(), zips[1].Bytes()) {
		t.Error("two exports differ")
	}
	fsys, err := evidence.OpenZip(bytes.NewReader(zips[0].Bytes()), int64(zips[0].Len()))
	h.must(err)
	if data, err := fs.ReadFile(fsys, "data/media/cam1.mp4"); err != nil || sum(data) != p.Files[2].SHA256 {
		t.Errorf("the exported file has digest %s, %v", sum(data), err)
	}
	if err := h.Export(t.Context(), "R1-000002", io.Discard, nil); !errors.Is(err, receive.ErrUnknown) {
		t.Errorf("an unknown recording exports with %v; want ErrUnknown", err)
	}
}

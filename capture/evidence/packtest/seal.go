package packtest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"minglu/capture/evidence"
)

// seal closes the package: record, transcript, bag, the room's layers, then headquarters' part.
func (d *draft) seal() {
	transcript := []byte(`{"v":1,"segments":[{"q":"请说明情况。","a":"好的。"}]}`)
	if d.Transcript != nil {
		transcript = d.Transcript
	}
	d.put(evidence.FileTranscript, transcript)
	d.put(evidence.FilePDF, []byte("%PDF-1.4\n% a page\n%%EOF\n"))
	raw, err := evidence.MarshalBody(d.sum())
	d.must(err)
	d.put(evidence.FileRecord, raw)
	if d.Edit != nil {
		d.Edit(d.files)
	}
	layers := 2
	if d.Single {
		layers = 1
	}
	info := evidence.BagInfo{ID: d.id, Organization: "Practice bureau", Date: d.wall.Format(time.DateOnly), Software: "minglu packtest", RoomLayers: layers}
	tags, err := evidence.BagFiles(info, payload(d.files))
	d.must(err)
	for name, data := range tags {
		d.put(name, data)
	}
	if d.Until == Bagged {
		return
	}
	d.pass(time.Second)
	tsa := d.TSA
	if d.NoToken {
		tsa = nil
	}
	d.AddLayer(d.files, d.Room, tsa, d.wall)
	if !d.Single {
		d.AddLayer(d.files, d.RoomSM2, tsa, d.wall)
	}
	if d.NoReceipt {
		return
	}
	d.pass(2 * time.Second)
	d.put(evidence.FileReceipt, d.receipt())
	d.AddLayer(d.files, d.HQ, d.TSA, d.wall.Add(-d.skew))
}

// sum is the record of what the journal told.
func (d *draft) sum() evidence.Record {
	journal, _ := evidence.Digests(d.journal.Bytes())
	transcript, _ := evidence.Digests(d.files[evidence.FileTranscript].Data)
	pdf, _ := evidence.Digests(d.files[evidence.FilePDF].Data)
	r := evidence.Record{
		V: 1, ID: d.id, Room: d.Code, Number: d.Number, Plan: d.plan, Start: d.start.ZeroUTC, End: evidence.FormatTime(d.wall),
		DurationMS: d.close.DurationMS, Interrupted: d.Recovered, CloseReason: d.close.Reason, Gaps: d.Gaps, Marks: d.marks,
		JournalSHA256: journal, JournalHead: d.head, JournalLines: int64(len(d.lines)), TranscriptSHA: transcript, TranscriptPDF: pdf,
		Software: d.open.Software, SoftwareName: "minglu packtest", LedgerSize: d.open.LedgerSize, LedgerRoot: d.open.LedgerRoot,
		NotBefore: d.open.Beacon.Time, KeyStore: "file",
	}
	for _, t := range d.tracks {
		r.Tracks = append(r.Tracks, evidence.TrackRecord{TrackPlan: t.plan, Bytes: int64(t.data.Len()), Frames: t.frames, Dropped: d.dropped(t.plan.Track), Sounds: t.sounds})
	}
	return r
}

// payload gives the digests of everything below data/.
func payload(files fstest.MapFS) []evidence.FileDigest {
	return slices.DeleteFunc(digests(files), func(f evidence.FileDigest) bool { return !strings.HasPrefix(f.Path, "data/") })
}

func digests(files fstest.MapFS) []evidence.FileDigest {
	var all []evidence.FileDigest
	for name, f := range files {
		sha, sm := evidence.Digests(f.Data)
		all = append(all, evidence.FileDigest{Path: name, Size: int64(len(f.Data)), SHA256: sha, SM3: sm})
	}
	slices.SortFunc(all, func(a, b evidence.FileDigest) int { return cmp.Compare(a.Path, b.Path) })
	return all
}

// AddLayer puts a signed layer over all files; tsa may be nil.
func (b *Bureau) AddLayer(files fstest.MapFS, s evidence.Signer, tsa evidence.Stamper, at time.Time) {
	b.t.Helper()
	n := nextLayer(files)
	manifest, err := evidence.ManifestXML(n, evidence.LayerSignature, digests(files), s.Suite() == evidence.SuiteSM2)
	b.must(err)
	cms, err := evidence.SignCMS(s, manifest, at)
	b.must(err)
	if tsa != nil {
		value, err := evidence.SignatureValue(cms)
		b.must(err)
		token, err := tsa.Stamp(context.Background(), sha256.Sum256(value))
		b.must(err)
		cms, err = evidence.AddToken(cms, token)
		b.must(err)
	}
	files[evidence.ManifestPath(n)] = &fstest.MapFile{Data: manifest, Mode: 0o640}
	files[evidence.SealPath(n, evidence.LayerSignature)] = &fstest.MapFile{Data: cms, Mode: 0o640}
}

// AddTimestamp puts a layer of a lone timestamp over all files.
func (b *Bureau) AddTimestamp(files fstest.MapFS, tsa evidence.Stamper) {
	b.t.Helper()
	n := nextLayer(files)
	manifest, err := evidence.ManifestXML(n, evidence.LayerTimestamp, digests(files), false)
	b.must(err)
	token, err := tsa.Stamp(context.Background(), sha256.Sum256(manifest))
	b.must(err)
	files[evidence.ManifestPath(n)] = &fstest.MapFile{Data: manifest, Mode: 0o640}
	files[evidence.SealPath(n, evidence.LayerTimestamp)] = &fstest.MapFile{Data: token, Mode: 0o640}
}

func nextLayer(files fstest.MapFS) int {
	n := 1
	for files[evidence.ManifestPath(n)] != nil {
		n++
	}
	return n
}

// Reseal takes all layers and the receipt off and bags and signs again, as an insider with a key could.
func (b *Bureau) Reseal(p Package, room, sm2 evidence.Signer, layers int) Package {
	b.t.Helper()
	c := p.Clone()
	for name := range c.MapFS {
		if !strings.HasPrefix(name, "data/") {
			delete(c.MapFS, name)
		}
	}
	tags, err := evidence.BagFiles(evidence.BagInfo{ID: p.ID, Organization: "Practice bureau", Date: "2026-01-01", Software: "minglu packtest", RoomLayers: layers}, payload(c.MapFS))
	b.must(err)
	for name, data := range tags {
		c.MapFS[name] = &fstest.MapFile{Data: data, Mode: 0o640}
	}
	b.AddLayer(c.MapFS, room, b.TSA, b.PKI.Now())
	if sm2 != nil {
		b.AddLayer(c.MapFS, sm2, b.TSA, b.PKI.Now())
	}
	return c
}

// checkpoint is a signed tree head of headquarters' ledger.
func (b *Bureau) checkpoint(tree tlog.Tree, at time.Time) string {
	text := fmt.Sprintf("%s\n%d\n%s\ntime %s\n", b.ledger.Name(), tree.N, tree.Hash, evidence.FormatTime(at))
	signed, err := note.Sign(&note.Note{Text: text}, b.ledger)
	b.must(err)
	return string(signed)
}

// beacon is what headquarters' ledger said shortly before.
func (b *Bureau) beacon(at time.Time) evidence.BeaconBody {
	hash := tlog.RecordHash([]byte("first entry"))
	return evidence.BeaconBody{Time: evidence.FormatTime(at), Size: 1, Root: hex.EncodeToString(hash[:]), Note: b.checkpoint(tlog.Tree{N: 1, Hash: hash}, at)}
}

// receipt enters the package into a ledger of five and proves it.
func (d *draft) receipt() []byte {
	now := d.wall.Add(-d.skew)
	seal, _ := evidence.Digests(d.files[evidence.ManifestPath(1)].Data)
	entry := evidence.ReceiptEntry{V: 1, Type: "receipt", ID: d.id, Room: d.Code, Number: d.Number, Seal: seal, Time: evidence.FormatTime(now), Files: int64(len(d.files))}
	for _, f := range d.files {
		entry.Bytes += int64(len(f.Data))
	}
	raw, err := evidence.MarshalBody(entry)
	d.must(err)
	entries := [][]byte{[]byte("first entry"), []byte("second"), raw, []byte("fourth"), []byte("fifth")}
	var stored memory
	for i, e := range entries {
		hashes, err := tlog.StoredHashes(int64(i), e, stored)
		d.must(err)
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(int64(len(entries)), stored)
	d.must(err)
	proof, err := tlog.ProveRecord(int64(len(entries)), 2, stored)
	d.must(err)
	var b bytes.Buffer
	fmt.Fprintf(&b, "c2sp.org/tlog-proof@v1\nextra %s\nindex 2\n", base64.StdEncoding.EncodeToString(raw))
	for _, h := range proof {
		fmt.Fprintf(&b, "%s\n", h)
	}
	b.WriteString("\n" + d.checkpoint(tlog.Tree{N: int64(len(entries)), Hash: root}, now))
	return b.Bytes()
}

// memory is a tree's stored hashes.
type memory []tlog.Hash

// ReadHashes reads the hashes at indexes.
func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, i := range indexes {
		hashes = append(hashes, m[i])
	}
	return hashes, nil
}

package upload_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
	"minglu/sync/upload"
	"minglu/sync/wire"
)

// answered takes a package apart into what the room sent and what headquarters answered.
func answered(p packtest.Package) (upload.Package, wire.Receipt) {
	sent := upload.Package{ID: p.ID, Seal: sum(p.MapFS[evidence.ManifestPath(1)].Data)}
	receipt := wire.Receipt{ID: p.ID, Seal: sent.Seal}
	hqs := []string{evidence.FileReceipt, evidence.ManifestPath(3), evidence.SealPath(3, evidence.LayerSignature)}
	for _, path := range slices.Sorted(maps.Keys(p.MapFS)) {
		data := p.MapFS[path].Data
		if slices.Contains(hqs, path) {
			receipt.Files = append(receipt.Files, wire.File{Path: path, Data: data})
		} else {
			sent.Parts = append(sent.Parts, wire.Part{Path: path, Size: int64(len(data)), SHA256: sum(data)})
		}
	}
	return sent, receipt
}

func TestOnlyHeadquartersOwnReceiptIsBelieved(t *testing.T) {
	bureau, stranger := packtest.NewBureau(t, "HALL01"), packtest.NewBureau(t, "HALL01")
	made := bureau.Make(packtest.Spec{Single: false})
	sent, good := answered(made)
	believe := upload.Believe(bureau.PKI.Roots(), []string{bureau.LedgerKey})
	if at, err := believe(sent, good); err != nil || at.IsZero() {
		t.Fatalf("the true receipt: %v, %v", at, err)
	}
	_, other := answered(bureau.Make(packtest.Spec{Number: 2}))
	_, foreign := answered(stranger.Make(packtest.Spec{}))
	file := func(r wire.Receipt, i int) []byte { return r.Files[slices.IndexFunc(r.Files, byPath(i))].Data }
	forgeries := map[string]func(p *upload.Package, r *wire.Receipt){
		"another recording's receipt":  func(_ *upload.Package, r *wire.Receipt) { *r = other },
		"a stranger's receipt":         func(_ *upload.Package, r *wire.Receipt) { *r = foreign },
		"another seal":                 func(p *upload.Package, _ *wire.Receipt) { p.Seal = strings.Repeat("0", 64) },
		"no layer":                     func(_ *upload.Package, r *wire.Receipt) { r.Files = r.Files[len(r.Files)-1:] },
		"no receipt":                   func(_ *upload.Package, r *wire.Receipt) { r.Files = r.Files[:2] },
		"a file more":                  func(_ *upload.Package, r *wire.Receipt) { r.Files = append(r.Files, wire.File{Path: "x"}) },
		"a part it does not cover":     func(p *upload.Package, _ *wire.Receipt) { p.Parts = append(p.Parts, wire.Part{Path: "data/x"}) },
		"a part that is another":       func(p *upload.Package, _ *wire.Receipt) { p.Parts[0].SHA256 = strings.Repeat("1", 64) },
		"a part fewer than it covers":  func(p *upload.Package, _ *wire.Receipt) { p.Parts = p.Parts[:len(p.Parts)-1] },
		"another package's signature":  func(_ *upload.Package, r *wire.Receipt) { set(r, 1, file(other, 1)) },
		"a receipt inside its own bag": func(_ *upload.Package, r *wire.Receipt) { set(r, 2, file(other, 2)) },
		"nothing":                      func(_ *upload.Package, r *wire.Receipt) { r.Files = nil },
	}
	for name, forge := range forgeries {
		p, r := sent, good
		p.Parts, r.Files = slices.Clone(p.Parts), slices.Clone(r.Files)
		forge(&p, &r)
		if _, err := believe(p, r); err == nil {
			t.Errorf("%s: believed", name)
		}
	}
}

func TestARoomsSealIsNotHeadquarters(t *testing.T) {
	bureau := packtest.NewBureau(t, "HALL01")
	bureau.HQ = bureau.Room
	p, r := answered(bureau.Make(packtest.Spec{}))
	if _, err := upload.Believe(bureau.PKI.Roots(), []string{bureau.LedgerKey})(p, r); err == nil {
		t.Error("a layer signed by a room was believed to be headquarters'")
	}
}

func TestEveryBitOfAReceiptCounts(t *testing.T) {
	bureau := packtest.NewBureau(t, "HALL01")
	p, good := answered(bureau.Make(packtest.Spec{}))
	believe := upload.Believe(bureau.PKI.Roots(), []string{bureau.LedgerKey})
	for i, f := range good.Files {
		for at := 0; at < len(f.Data); at += 1 + len(f.Data)/60 {
			r := good
			r.Files = slices.Clone(good.Files)
			r.Files[i].Data = slices.Clone(f.Data)
			r.Files[i].Data[at] ^= 1 << (at % 8)
			if _, err := believe(p, r); err == nil {
				t.Errorf("%s with byte %d changed was believed", f.Path, at)
			}
		}
	}
}

// byPath finds headquarters' i-th file: manifest, seal, receipt.
func byPath(i int) func(wire.File) bool {
	path := []string{evidence.ManifestPath(3), evidence.SealPath(3, evidence.LayerSignature), evidence.FileReceipt}[i]
	return func(f wire.File) bool { return f.Path == path }
}

func set(r *wire.Receipt, i int, data []byte) {
	r.Files[slices.IndexFunc(r.Files, byPath(i))].Data = data
}

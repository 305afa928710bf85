package upload

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/wire"
)

// Believe gives the check of a room: the receipt's entry names the package and its seal, lies in the tree of
// a checkpoint that one of headquarters' note keys signed, and headquarters' layer, trusted under roots,
// covers every file that was sent and the receipt.
func Believe(roots *evidence.Roots, keys []string) ReceiptCheck {
	return func(p Package, r wire.Receipt) (time.Time, error) {
		files := make(map[string][]byte, len(r.Files))
		for _, f := range r.Files {
			files[f.Path] = f.Data
		}
		proof, err := evidence.ParseReceipt(files[evidence.FileReceipt])
		if err != nil {
			return time.Time{}, err
		}
		if err := errors.Join(proof.Open(keys), proof.Confirms(p.ID, p.Seal)); err != nil {
			return time.Time{}, err
		}
		at, err := evidence.ParseTime(proof.Entry.Time)
		if err != nil {
			return time.Time{}, err
		}
		return at, checkLayer(p, files, roots, at)
	}
}

// checkLayer checks headquarters' layer: the next number, everything before it covered, signed, trusted.
func checkLayer(p Package, files map[string][]byte, roots *evidence.Roots, at time.Time) error {
	layer := 1
	for _, part := range p.Parts {
		layer = max(layer, layerOf(part.Path)+1)
	}
	manifest := files[evidence.ManifestPath(layer)]
	seal := files[evidence.SealPath(layer, evidence.LayerSignature)]
	if manifest == nil || seal == nil || len(files) != 3 {
		return fmt.Errorf("headquarters' layer %d is not what came with the receipt", layer)
	}
	m, err := evidence.ParseManifestXML(manifest)
	if err != nil {
		return err
	}
	if m.Layer != layer || m.Kind != evidence.LayerSignature {
		return fmt.Errorf("headquarters' layer calls itself %s %d", m.Kind, m.Layer)
	}
	if err := covers(m, p, files[evidence.FileReceipt]); err != nil {
		return err
	}
	signature, err := evidence.VerifyCMS(seal, manifest)
	if err != nil {
		return fmt.Errorf("headquarters' layer: %w", err)
	}
	if !signature.Chain[0].HQ {
		return fmt.Errorf("headquarters' layer: %q is not headquarters' seal", signature.Chain[0].Name)
	}
	if err := roots.Trust(signature.Chain, at, evidence.UseSeal); err != nil {
		return fmt.Errorf("headquarters' layer: %w", err)
	}
	return nil
}

// covers checks that a manifest binds exactly the parts that were sent and the receipt.
func covers(m evidence.LayerManifest, p Package, receipt []byte) error {
	sum := sha256.Sum256(receipt)
	want := map[string]string{evidence.FileReceipt: hex.EncodeToString(sum[:])}
	for _, part := range p.Parts {
		want[part.Path] = part.SHA256
	}
	var faults []error
	for _, ref := range m.Refs {
		if ref.SHA256 == "" || want[ref.Path] != ref.SHA256 {
			faults = append(faults, fmt.Errorf("headquarters' layer covers another %s", ref.Path))
		}
		delete(want, ref.Path)
	}
	for path := range want {
		faults = append(faults, fmt.Errorf("headquarters' layer does not cover %s", path))
	}
	return errors.Join(faults...)
}

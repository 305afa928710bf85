package seal

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"minglu/capture/durable"
	"minglu/capture/evidence"
)

// layer is a manifest over the files of a package and what closes it.
type layer struct {
	kind     evidence.LayerKind
	manifest []byte
	seal     []byte
	stamped  bool // a signature that holds a token
}

// sign makes layer n: a manifest over refs and a CAdES signature over the manifest, with a token when stamper
// can be reached. Without one the signature is whole all the same.
func sign(ctx context.Context, n int, refs []evidence.FileDigest, signer evidence.Signer, stamper evidence.Stamper, now time.Time) (l layer, err error) {
	l.kind = evidence.LayerSignature
	l.manifest, err = evidence.ManifestXML(n, l.kind, refs, signer.Suite() == evidence.SuiteSM2)
	if err != nil {
		return layer{}, err
	}
	if l.seal, err = evidence.SignCMS(signer, l.manifest, now); err != nil {
		return layer{}, fmt.Errorf("sign layer %d: %w", n, err)
	}
	if stamper == nil {
		return l, nil
	}
	value, err := evidence.SignatureValue(l.seal)
	if err != nil {
		return layer{}, fmt.Errorf("sign layer %d: %w", n, err)
	}
	token, err := stamper.Stamp(ctx, sha256.Sum256(value))
	if err != nil {
		return l, nil // Closing.Late asks again
	}
	l.seal, err = evidence.AddToken(l.seal, token)
	l.stamped = err == nil
	return l, err
}

// stamp makes layer n of a token alone: the late answer for a package sealed out of reach of a clock.
func stamp(ctx context.Context, n int, refs []evidence.FileDigest, stamper evidence.Stamper) (l layer, err error) {
	l.kind = evidence.LayerTimestamp
	if l.manifest, err = evidence.ManifestXML(n, l.kind, refs, false); err != nil {
		return layer{}, err
	}
	l.seal, err = stamper.Stamp(ctx, sha256.Sum256(l.manifest))
	return l, err
}

// layers signs the package once for each signer whose layer it lacks. payload spares reading the media again;
// nil when their digests are not known.
func (c Closing) layers(ctx context.Context, payload []evidence.FileDigest) (stamped bool, err error) {
	refs := payload
	if refs == nil {
		if refs, err = c.digests("data", nil); err != nil {
			return false, err
		}
	}
	cover := func(names ...string) error {
		for _, name := range names {
			d, err := c.digest(name)
			if err != nil {
				return err
			}
			refs = append(refs, d)
		}
		return nil
	}
	err = cover(evidence.FileMimetype, evidence.FileBagIt, evidence.FileBagInfo, evidence.FileManifest, evidence.FileTagManifest)
	if err != nil {
		return false, err
	}
	for i, signer := range c.Signers {
		n := i + 1
		if !c.has(evidence.SealPath(n, evidence.LayerSignature)) {
			l, err := sign(ctx, n, refs, signer, c.Stamper, c.Now())
			if err != nil {
				return false, err
			}
			stamped = stamped || l.stamped
			if err := c.write(n, l); err != nil {
				return false, err
			}
		}
		if err := cover(evidence.ManifestPath(n), evidence.SealPath(n, evidence.LayerSignature)); err != nil {
			return false, err
		}
	}
	return stamped, nil
}

// Late adds a layer of a token alone, over all files there, to a package that was sealed out of reach of a
// timestamp authority.
func (c Closing) Late(ctx context.Context) error {
	if c.Stamper == nil {
		return fmt.Errorf("stamp %s: no timestamp authority is configured", filepath.Base(c.Dir))
	}
	refs, err := c.digests(".", nil)
	if err != nil {
		return err
	}
	n := len(c.Signers) + 1
	for c.has(evidence.SealPath(n, evidence.LayerSignature)) || c.has(evidence.SealPath(n, evidence.LayerTimestamp)) {
		n++
	}
	// A manifest without its seal was cut off by a crash and is written anew.
	refs = slices.DeleteFunc(refs, func(d evidence.FileDigest) bool { return d.Path == evidence.ManifestPath(n) })
	l, err := stamp(ctx, n, refs, c.Stamper)
	if err != nil {
		return fmt.Errorf("stamp %s: %w", filepath.Base(c.Dir), err)
	}
	return c.write(n, l)
}

// write puts a layer into the package, manifest first: the seal makes it count.
func (c Closing) write(n int, l layer) error {
	if err := durable.WriteFile(c.FS, c.path(evidence.ManifestPath(n)), l.manifest); err != nil {
		return err
	}
	return durable.WriteFile(c.FS, c.path(evidence.SealPath(n, l.kind)), l.seal)
}

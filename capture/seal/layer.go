package seal

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"minglu/capture/evidence"
)

// Layer is a manifest over the files of a package and what closes it.
type Layer struct {
	Manifest []byte
	Seal     []byte
	Kind     evidence.LayerKind
	Stamped  bool // a signature that holds a token
}

// Sign makes layer n: a manifest over refs and a CAdES signature over the manifest, with a token when
// stamper can be reached. Without one the signature is whole all the same; late is then the reason why.
func Sign(ctx context.Context, n int, refs []evidence.FileDigest, signer evidence.Signer, stamper evidence.Stamper, now time.Time) (l Layer, late error, err error) {
	l.Kind = evidence.LayerSignature
	l.Manifest, err = evidence.ManifestXML(n, l.Kind, refs, signer.Suite() == evidence.SuiteSM2)
	if err != nil {
		return Layer{}, nil, err
	}
	if l.Seal, err = evidence.SignCMS(signer, l.Manifest, now); err != nil {
		return Layer{}, nil, fmt.Errorf("sign layer %d: %w", n, err)
	}
	if stamper == nil {
		return l, errors.New("no timestamp authority is configured"), nil
	}
	value, err := evidence.SignatureValue(l.Seal)
	if err != nil {
		return Layer{}, nil, fmt.Errorf("sign layer %d: %w", n, err)
	}
	token, err := stamper.Stamp(ctx, sha256.Sum256(value))
	if err != nil {
		return l, err, nil
	}
	l.Seal, err = evidence.AddToken(l.Seal, token)
	l.Stamped = err == nil
	return l, nil, err
}

// Stamp makes layer n of a token alone: the late answer for a package sealed out of reach of a clock.
func Stamp(ctx context.Context, n int, refs []evidence.FileDigest, stamper evidence.Stamper) (l Layer, err error) {
	l.Kind = evidence.LayerTimestamp
	if l.Manifest, err = evidence.ManifestXML(n, l.Kind, refs, false); err != nil {
		return Layer{}, err
	}
	l.Seal, err = stamper.Stamp(ctx, sha256.Sum256(l.Manifest))
	return l, err
}

package evidence

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"
)

// SignCMS signs content with a detached CMS of one signer: CAdES-BES, with content type, message digest,
// the claimed signing time and signing-certificate-v2, which names every certificate of the chain, so that
// no bit of it can change unseen. An SM2 signer gets the object identifiers of GB/T 35275.
func SignCMS(s Signer, content []byte, signingTime time.Time) ([]byte, error) {
	p, err := profileOf(s.Suite())
	if err != nil {
		return nil, fmt.Errorf("sign content: %w", err)
	}
	return signData(s, p, document{kind: p.data, content: content, detached: true}, signingTime)
}

// document is what a CMS signs, and how.
type document struct {
	kind     asn1.ObjectIdentifier
	content  []byte
	detached bool // the content stays outside
	bare     bool // the certificates too
}

func signData(s Signer, p profile, d document, at time.Time) ([]byte, error) {
	certs := s.Chain()
	if len(certs) == 0 {
		return nil, errors.New("sign content: the key has no certificate")
	}
	leaf, err := ParseCertificate(certs[0])
	if err != nil {
		return nil, fmt.Errorf("sign content: %w", err)
	}
	signer := signerInfo{
		Version:   1,
		ID:        issuerAndSerial{asn1.RawValue{FullBytes: leaf.x.RawIssuer}, leaf.x.SerialNumber},
		Digest:    pkix.AlgorithmIdentifier{Algorithm: p.digest.oid},
		Algorithm: pkix.AlgorithmIdentifier{Algorithm: p.signature},
	}
	if signer.SignedAttrs, err = signedAttributes(p, d, certs, at); err != nil {
		return nil, fmt.Errorf("sign content: %w", err)
	}
	message, err := signer.signedBytes()
	if err != nil {
		return nil, fmt.Errorf("sign content: %w", err)
	}
	if signer.Signature, err = s.Sign(message); err != nil {
		return nil, fmt.Errorf("sign content: %w", err)
	}
	data := signedData{
		Version: 1,
		Digests: []pkix.AlgorithmIdentifier{signer.Digest},
		Content: encapsulated{Type: d.kind},
		Signers: []signerInfo{signer},
	}
	if !d.bare {
		data.Certificates = sortedSet(certs)
	}
	if !d.detached {
		data.Version, data.Content.Content = 3, d.content // RFC 5652 §5.1: the content is not plain data
	}
	return asn1.Marshal(contentInfo{p.signedData, data})
}

func signedAttributes(p profile, d document, certs [][]byte, at time.Time) ([]attribute, error) {
	var ids signingCertificate
	for _, c := range certs {
		id := certID{Hash: p.digest.sum(c)}
		if !p.digest.oid.Equal(digestSHA256.oid) {
			id.Digest = pkix.AlgorithmIdentifier{Algorithm: p.digest.oid}
		}
		ids.Certs = append(ids.Certs, id)
	}
	var attrs []attribute
	for _, a := range []struct {
		oid asn1.ObjectIdentifier
		v   any
	}{
		{oidContentType, d.kind},
		{oidSigningTime, at.UTC()},
		{oidMessageDigest, p.digest.sum(d.content)},
		{oidSigningCertV2, ids},
	} {
		der, err := asn1.Marshal(a.v)
		if err != nil {
			return nil, err
		}
		attrs = append(attrs, attribute{a.oid, []asn1.RawValue{{FullBytes: der}}})
	}
	return attrs, nil
}

// sortedSet puts encodings into the order of a DER SET OF.
func sortedSet(ders [][]byte) []asn1.RawValue {
	var set []asn1.RawValue
	for _, der := range slices.SortedFunc(slices.Values(ders), bytes.Compare) {
		set = append(set, asn1.RawValue{FullBytes: der})
	}
	return set
}

// SignatureValue is the signature's own bytes; a CAdES-T token stamps their SHA-256.
func SignatureValue(cms []byte) ([]byte, error) {
	info, err := parseCMS(cms)
	if err != nil {
		return nil, fmt.Errorf("read signature: %w", err)
	}
	return info.Content.Signers[0].Signature, nil
}

// AddToken puts a token over the signature value into the CMS, as the unsigned attribute
// signature-time-stamp-token; the signature becomes CAdES-T.
func AddToken(cms, token []byte) ([]byte, error) {
	info, err := parseCMS(cms)
	if err != nil {
		return nil, fmt.Errorf("add token: %w", err)
	}
	signer := &info.Content.Signers[0]
	if signer.UnsignedAttrs != nil {
		return nil, errors.New("add token: the signature holds one already")
	}
	if _, err := VerifyToken(token, [32]byte(sumSHA256(signer.Signature))); err != nil {
		return nil, fmt.Errorf("add token: %w", err)
	}
	signer.UnsignedAttrs = []attribute{{oidTokenAttr, []asn1.RawValue{{FullBytes: token}}}}
	return asn1.Marshal(info)
}

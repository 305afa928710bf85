package evidence

import (
	"bytes"
	"crypto/sha1"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Signature is a CMS whose mathematics hold: the content is the one signed, the key is the one in the first
// certificate, every certificate is signed by the next. Whether anybody should trust it is Roots.Trust's answer.
type Signature struct {
	Suite   Suite
	Chain   []*Certificate // leaf first, without the root
	Claimed time.Time      // the signer's own word; never a reason to trust
	Value   []byte         // the signature's bytes
	Signed  []byte         // the DER bytes the signature covers, for checking it step by step
	Token   *Token         // over Value; nil when there is none
}

// VerifyCMS checks a detached signature over content. It is strict: distinguished encoding only, exactly one
// signer of a known suite, the known attributes and no others, and no certificate outside the chain. A token
// inside must fit too. It does not judge trust.
func VerifyCMS(der, content []byte) (Signature, error) {
	sig, err := verifySeal(der, content)
	if err != nil {
		return Signature{}, fmt.Errorf("verify signature: %w", err)
	}
	return sig, nil
}

func verifySeal(der, content []byte) (Signature, error) {
	info, err := parseCMS(der)
	if err != nil {
		return Signature{}, err
	}
	data := info.Content
	sig, err := verifySigner(data, content, true)
	if err != nil {
		return Signature{}, err
	}
	p, err := profileOf(sig.Suite)
	if err != nil {
		return Signature{}, errors.New("the key is neither P-256 nor SM2")
	}
	signer := data.Signers[0]
	switch {
	case data.Version != 1 || data.Content.Content != nil:
		return Signature{}, errors.New("it is not a detached signature")
	case !info.Type.Equal(p.signedData) || !data.Content.Type.Equal(p.data):
		return Signature{}, fmt.Errorf("its content type is not that of suite %s", p.digest.name)
	case !signer.Digest.Algorithm.Equal(p.digest.oid) || !signer.Algorithm.Algorithm.Equal(p.signature):
		return Signature{}, fmt.Errorf("its algorithms are not those of suite %s", sig.Suite)
	case !slices.IsSortedFunc(data.Certificates, compareRaw):
		return Signature{}, errors.New("it is not in distinguished encoding (DER): certificates are not sorted")
	}
	sig.Token, err = unsignedToken(signer)
	return sig, err
}

func compareRaw(a, b asn1.RawValue) int { return bytes.Compare(a.FullBytes, b.FullBytes) }

// parseCMS reads the outer form and what every signature and token of ours has in common.
func parseCMS(der []byte) (contentInfo, error) {
	if len(der) > MaxCMS {
		return contentInfo{}, fmt.Errorf("%d bytes are over the bound of %d", len(der), MaxCMS)
	}
	info, err := unmarshalStrict[contentInfo](der)
	if err != nil {
		return contentInfo{}, fmt.Errorf("it is not a CMS signature: %w", err)
	}
	data := info.Content
	if len(data.Signers) != 1 || len(data.Digests) != 1 {
		return contentInfo{}, fmt.Errorf("it has %d signers and %d digests; want one of each", len(data.Signers), len(data.Digests))
	}
	if s := data.Signers[0]; s.Version != 1 || !s.Digest.Algorithm.Equal(data.Digests[0].Algorithm) || !plain(data.Digests[0]) {
		return contentInfo{}, errors.New("its signer's version or digest is not the one announced")
	}
	return info, nil
}

// verifySigner checks chain, signed attributes and signature of a parsed CMS over content: first what costs
// little. A seal names every certificate (all), a foreign token perhaps only its own.
func verifySigner(data signedData, content []byte, all bool) (Signature, error) {
	signer := data.Signers[0]
	chain, err := signerChain(data)
	if err != nil {
		return Signature{}, err
	}
	digest, err := findDigest(signer.Digest)
	if err != nil {
		return Signature{}, err
	}
	claimed, err := checkSignedAttributes(signer.SignedAttrs, data.Content.Type, digest.sum(content))
	if err != nil {
		return Signature{}, err
	}
	if err := checkCertificateIDs(signer, chain, all); err != nil {
		return Signature{}, err
	}
	message, err := signer.signedBytes()
	if err != nil {
		return Signature{}, err
	}
	if err := checkLinks(chain); err != nil {
		return Signature{}, err
	}
	if err := checkSignature(chain[0], signer.Algorithm, digest, message, signer.Signature); err != nil {
		return Signature{}, err
	}
	return Signature{Suite: chain[0].Suite, Chain: chain, Claimed: claimed, Value: signer.Signature, Signed: message}, nil
}

// signerChain finds the signer's certificate and the path of names that begins at it.
func signerChain(data signedData) ([]*Certificate, error) {
	const longest = 8
	if n := len(data.Certificates); n == 0 || n > longest {
		return nil, fmt.Errorf("it holds %d certificates; want 1 to %d", n, longest)
	}
	id := data.Signers[0].ID
	var leaf *Certificate
	var certs []*Certificate
	for _, raw := range data.Certificates {
		c, err := ParseCertificate(raw.FullBytes)
		if err != nil {
			return nil, err
		}
		if leaf == nil && bytes.Equal(c.x.RawIssuer, id.Issuer.FullBytes) && c.x.SerialNumber.Cmp(id.Serial) == 0 {
			leaf = c
		}
		certs = append(certs, c)
	}
	if leaf == nil {
		return nil, errors.New("the signer's certificate is not in it")
	}
	return orderChain(certs, leaf)
}

// checkSignedAttributes demands content type and message digest and knows the others; it gives the claimed time.
func checkSignedAttributes(attrs []attribute, kind asn1.ObjectIdentifier, digest []byte) (time.Time, error) {
	for _, a := range attrs {
		known := func(oid asn1.ObjectIdentifier) bool { return oid.Equal(a.Type) }
		if !slices.ContainsFunc([]asn1.ObjectIdentifier{oidContentType, oidMessageDigest, oidSigningTime, oidSigningCert, oidSigningCertV2}, known) {
			return time.Time{}, fmt.Errorf("signed attribute %v is not known", a.Type)
		}
	}
	gotKind, err := attributeValue[asn1.ObjectIdentifier](attrs, oidContentType)
	if err != nil {
		return time.Time{}, err
	}
	if !gotKind.Equal(kind) {
		return time.Time{}, errors.New("the signed content type is another one")
	}
	got, err := attributeValue[[]byte](attrs, oidMessageDigest)
	if err != nil {
		return time.Time{}, err
	}
	if !bytes.Equal(got, digest) {
		return time.Time{}, errors.New("the content is not what was signed: digests differ")
	}
	if raw, err := singleValue(attrs, oidSigningTime); err != nil || raw == nil {
		return time.Time{}, err
	}
	return attributeValue[time.Time](attrs, oidSigningTime)
}

// checkCertificateIDs checks signing-certificate-v2: its first name is the signer's certificate, its others
// are of the chain. A seal (all) names the whole chain in its order; a foreign token may name less, and by SHA-1.
func checkCertificateIDs(signer signerInfo, chain []*Certificate, all bool) error {
	v1, err := singleValue(signer.SignedAttrs, oidSigningCert)
	if err != nil {
		return err
	}
	v2, err := singleValue(signer.SignedAttrs, oidSigningCertV2)
	if err != nil {
		return err
	}
	if (v1 == nil) == (v2 == nil) || all && v2 == nil {
		return errors.New("it does not name its certificates by signing-certificate-v2")
	}
	ids, err := unmarshalStrict[signingCertificate](slices.Concat(v1, v2))
	if err != nil {
		return fmt.Errorf("signing-certificate: %w", err)
	}
	if n := len(ids.Certs); n == 0 || n > len(chain) || all && n != len(chain) {
		return fmt.Errorf("it names %d certificates and holds %d", n, len(chain))
	}
	for i, id := range ids.Certs {
		sum, err := certificateSum(id, v1 != nil)
		if err != nil {
			return err
		}
		named := func(c *Certificate) bool { return bytes.Equal(sum(c.Raw), id.Hash) }
		if ordered := all || i == 0; ordered && !named(chain[i]) || !ordered && !slices.ContainsFunc(chain, named) {
			return fmt.Errorf("it names another certificate than it holds (number %d)", i+1)
		}
	}
	return nil
}

func certificateSum(id certID, v1 bool) (func([]byte) []byte, error) {
	switch {
	case v1 && id.Digest.Algorithm == nil:
		return func(b []byte) []byte { s := sha1.Sum(b); return s[:] }, nil
	case v1:
		return nil, errors.New("signing-certificate names a digest")
	case id.Digest.Algorithm == nil:
		return sumSHA256, nil
	}
	d, err := findDigest(id.Digest)
	return d.sum, err
}

// unsignedToken verifies the token over the signature value; nil when there is none.
func unsignedToken(signer signerInfo) (*Token, error) {
	if signer.UnsignedAttrs == nil {
		return nil, nil
	}
	raw, err := singleValue(signer.UnsignedAttrs, oidTokenAttr)
	if err != nil {
		return nil, err
	}
	if raw == nil || len(signer.UnsignedAttrs) != 1 {
		return nil, errors.New("it has unsigned attributes other than one token")
	}
	token, err := VerifyToken(raw, [32]byte(sumSHA256(signer.Signature)))
	if err != nil {
		return nil, err
	}
	return &token, nil
}

// singleValue finds the one value of an attribute; nil when the attribute is not there.
func singleValue(attrs []attribute, oid asn1.ObjectIdentifier) ([]byte, error) {
	var found []byte
	for _, a := range attrs {
		if !a.Type.Equal(oid) {
			continue
		}
		if found != nil || len(a.Values) != 1 {
			return nil, fmt.Errorf("attribute %v has not exactly one value", oid)
		}
		found = a.Values[0].FullBytes
	}
	return found, nil
}

// attributeValue reads the one value of an attribute that must be there.
func attributeValue[T any](attrs []attribute, oid asn1.ObjectIdentifier) (T, error) {
	raw, err := singleValue(attrs, oid)
	if err == nil && raw == nil {
		err = errors.New("is missing")
	}
	var v T
	if err == nil {
		v, err = unmarshalStrict[T](raw)
	}
	if err != nil {
		return v, fmt.Errorf("attribute %v: %w", oid, err)
	}
	return v, nil
}

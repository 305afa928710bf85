package evidence

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// MaxCMS is the longest signature or token a reader accepts, in bytes.
const MaxCMS = 128 << 10

var (
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCert   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12} // RFC 2634, SHA-1; foreign tokens only
	oidSigningCertV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidTokenAttr     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
)

// The ASN.1 forms of RFC 5652, as much of them as a seal or a token has. Signed attributes are always
// there, signers are named by issuer and serial number, and there are no revocation lists inside.
type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content signedData `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Content      encapsulated
	Certificates []asn1.RawValue `asn1:"optional,tag:0"` // a SET OF; its order is checked apart, foreign tokens do not sort
	Signers      []signerInfo    `asn1:"set"`
}

type encapsulated struct {
	Type    asn1.ObjectIdentifier
	Content []byte `asn1:"explicit,optional,tag:0"` // nil when detached
}

type signerInfo struct {
	Version       int
	ID            issuerAndSerial
	Digest        pkix.AlgorithmIdentifier
	SignedAttrs   []attribute `asn1:"set,tag:0"`
	Algorithm     pkix.AlgorithmIdentifier
	Signature     []byte
	UnsignedAttrs []attribute `asn1:"set,optional,tag:1"`
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values []asn1.RawValue `asn1:"set"`
}

// signingCertificate is signing-certificate-v2 (RFC 5035).
type signingCertificate struct {
	Certs    []certID
	Policies asn1.RawValue `asn1:"optional"`
}

type certID struct {
	Digest pkix.AlgorithmIdentifier `asn1:"optional"` // SHA-256 when absent
	Hash   []byte
	Issuer asn1.RawValue `asn1:"optional"`
}

// unmarshalStrict reads der and refuses every byte that DER would not have written: what it read, written
// again, must be the same bytes.
func unmarshalStrict[T any](der []byte) (T, error) {
	var v T
	rest, err := asn1.Unmarshal(der, &v)
	if err != nil {
		return v, err
	}
	if len(rest) != 0 {
		return v, fmt.Errorf("%d bytes follow the end", len(rest))
	}
	again, err := asn1.Marshal(v)
	if err != nil {
		return v, err
	}
	if !bytes.Equal(again, der) {
		return v, errors.New("it is not in distinguished encoding (DER)")
	}
	return v, nil
}

// signedBytes are what the signature covers: the attributes under their universal tag, SET OF.
func (s signerInfo) signedBytes() ([]byte, error) {
	return asn1.MarshalWithParams(s.SignedAttrs, "set")
}

package evidence

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

// digestAlgorithm is a digest that may stand in a signature or token.
type digestAlgorithm struct {
	oid  asn1.ObjectIdentifier
	name string
	std  crypto.Hash // 0 for SM3
	sum  func([]byte) []byte
}

// profile is how a suite writes a CMS: RFC 5652 with ECDSA, or GB/T 35275 with SM2.
type profile struct {
	data, signedData asn1.ObjectIdentifier
	digest           digestAlgorithm
	signature        asn1.ObjectIdentifier
}

var (
	digestSHA256 = digestAlgorithm{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, "SHA-256", crypto.SHA256, sumSHA256}
	digestSHA384 = digestAlgorithm{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, "SHA-384", crypto.SHA384, sumSHA384}
	digestSHA512 = digestAlgorithm{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, "SHA-512", crypto.SHA512, sumSHA512}
	digestSM3    = digestAlgorithm{asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 401}, "SM3", 0, sumSM3}

	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidSM2Data       = asn1.ObjectIdentifier{1, 2, 156, 10197, 6, 1, 4, 2, 1} // GB/T 35275
	oidSM2SignedData = asn1.ObjectIdentifier{1, 2, 156, 10197, 6, 1, 4, 2, 2}
	oidTSTInfo       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}

	oidSM2Sign     = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 301, 1}
	oidSM2WithSM3  = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 501}
	oidECDSASHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidECDSASHA384 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
	oidECDSASHA512 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}
	oidRSA         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidRSASHA256   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidRSASHA384   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}
	oidRSASHA512   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}
)

func sumSHA256(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
func sumSHA384(b []byte) []byte { s := sha512.Sum384(b); return s[:] }
func sumSHA512(b []byte) []byte { s := sha512.Sum512(b); return s[:] }
func sumSM3(b []byte) []byte    { s := sm3.Sum(b); return s[:] }

func profileOf(s Suite) (profile, error) {
	switch s {
	case SuiteP256:
		return profile{oidData, oidSignedData, digestSHA256, oidECDSASHA256}, nil
	case SuiteSM2:
		return profile{oidSM2Data, oidSM2SignedData, digestSM3, oidSM2Sign}, nil
	}
	return profile{}, fmt.Errorf("suite %q is neither %s nor %s", s, SuiteP256, SuiteSM2)
}

// findDigest finds the digest that id names; its parameters must be absent or NULL.
func findDigest(id pkix.AlgorithmIdentifier) (digestAlgorithm, error) {
	if !plain(id) {
		return digestAlgorithm{}, fmt.Errorf("digest %v has parameters", id.Algorithm)
	}
	for _, d := range []digestAlgorithm{digestSHA256, digestSM3, digestSHA384, digestSHA512} {
		if d.oid.Equal(id.Algorithm) {
			return d, nil
		}
	}
	return digestAlgorithm{}, fmt.Errorf("digest %v is not SHA-256, SHA-384, SHA-512 or SM3", id.Algorithm)
}

// plain reports whether an algorithm has no parameters, or NULL.
func plain(id pkix.AlgorithmIdentifier) bool {
	p := id.Parameters.FullBytes
	return len(p) == 0 || bytes.Equal(p, asn1.NullBytes)
}

// checkSignature checks sig of message under the certificate's key, by algorithm id over digest d.
func checkSignature(c *Certificate, id pkix.AlgorithmIdentifier, d digestAlgorithm, message, sig []byte) error {
	if !plain(id) {
		return fmt.Errorf("signature algorithm %v has parameters", id.Algorithm)
	}
	over := func(oid asn1.ObjectIdentifier, hash crypto.Hash) bool {
		return id.Algorithm.Equal(oid) && d.std == hash
	}
	ok := false
	switch key := c.x.PublicKey.(type) {
	case *ecdsa.PublicKey:
		switch {
		case over(oidSM2Sign, 0), over(oidSM2WithSM3, 0):
			ok = c.Suite == SuiteSM2 && sm2.VerifyASN1WithSM2(key, nil, message, sig)
		case over(oidECDSASHA256, crypto.SHA256), over(oidECDSASHA384, crypto.SHA384), over(oidECDSASHA512, crypto.SHA512):
			ok = c.Suite != SuiteSM2 && ecdsa.VerifyASN1(key, d.sum(message), sig)
		default:
			return fmt.Errorf("signature algorithm %v over %s does not fit the key", id.Algorithm, d.name)
		}
	case *rsa.PublicKey:
		switch {
		case over(oidRSA, d.std) && d.std != 0, over(oidRSASHA256, crypto.SHA256), over(oidRSASHA384, crypto.SHA384), over(oidRSASHA512, crypto.SHA512):
			ok = key.N.BitLen() >= 2048 && rsa.VerifyPKCS1v15(key, d.std, d.sum(message), sig) == nil
		default:
			return fmt.Errorf("signature algorithm %v over %s does not fit the key", id.Algorithm, d.name)
		}
	default:
		return fmt.Errorf("certificate %q has a key of an unknown kind", c.Name)
	}
	if !ok {
		return errors.New("the signature does not fit")
	}
	return nil
}

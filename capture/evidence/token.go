package evidence

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Token is an RFC 3161 time-stamp token whose mathematics hold: Chain's first certificate says that Digest
// existed at Time. Whether its authority is trusted is Roots.Trust's answer.
type Token struct {
	Time     time.Time
	Accuracy time.Duration // 0 when the authority states none
	Serial   *big.Int
	Policy   string
	Hash     string // digest of the stamped data: SHA-256, SM3, …
	Digest   []byte
	Nonce    *big.Int // nil when the request had none
	Suite    Suite    // of the authority's key; "" for RSA and other foreign keys
	Chain    []*Certificate
}

// TokenRequest is what an authority puts into a token.
type TokenRequest struct {
	Hash   string // SHA-256, SHA-384, SHA-512 or SM3
	Digest []byte
	Nonce  *big.Int // nil without
	Serial *big.Int // unique for ever
	Time   time.Time
	Policy asn1.ObjectIdentifier
	Bare   bool // without certificates: the asker has them
}

// tstInfo is TSTInfo of RFC 3161.
type tstInfo struct {
	Version    int
	Policy     asn1.ObjectIdentifier
	Imprint    messageImprint
	Serial     *big.Int
	Time       asn1.RawValue    // GeneralizedTime, perhaps with a fraction
	Accuracy   accuracy         `asn1:"optional"`
	Ordering   bool             `asn1:"optional"`
	Nonce      *big.Int         `asn1:"optional"`
	Authority  []asn1.RawValue  `asn1:"optional,tag:0"` // explicit GeneralName: the same bytes
	Extensions []pkix.Extension `asn1:"optional,tag:1"`
}

type messageImprint struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

type accuracy struct {
	Seconds int `asn1:"optional"`
	Millis  int `asn1:"optional,tag:0"`
	Micros  int `asn1:"optional,tag:1"`
}

// SignToken makes a token. Its accuracy is one second: times have no fraction, so that every reader agrees.
func SignToken(s Signer, r TokenRequest) ([]byte, error) {
	p, err := profileOf(s.Suite())
	if err != nil {
		return nil, fmt.Errorf("sign token: %w", err)
	}
	p.signedData = oidSignedData // RFC 3161 knows one form; an SM2 token differs in its algorithms alone
	d, err := digestNamed(r.Hash)
	if err != nil {
		return nil, fmt.Errorf("sign token: %w", err)
	}
	at := r.Time.UTC().Truncate(time.Second)
	content, err := asn1.Marshal(tstInfo{
		Version:  1,
		Policy:   r.Policy,
		Imprint:  messageImprint{pkix.AlgorithmIdentifier{Algorithm: d.oid}, r.Digest},
		Serial:   r.Serial,
		Time:     asn1.RawValue{Tag: asn1.TagGeneralizedTime, Bytes: []byte(at.Format(generalizedTime))},
		Accuracy: accuracy{Seconds: 1},
		Nonce:    r.Nonce,
	})
	if err != nil {
		return nil, fmt.Errorf("sign token: %w", err)
	}
	return signData(s, p, document{kind: oidTSTInfo, content: content, bare: r.Bare}, at)
}

// VerifyToken checks that a token stamps a SHA-256 digest. It is as strict as VerifyCMS and as silent on trust.
func VerifyToken(der []byte, digest [sha256.Size]byte) (Token, error) {
	t, err := ParseToken(der)
	if err != nil {
		return Token{}, err
	}
	if t.Hash != digestSHA256.name || !bytes.Equal(t.Digest, digest[:]) {
		return Token{}, errors.New("verify token: it stamps other data")
	}
	return t, nil
}

// ParseToken reads a token and checks its signature; what it stamps is the caller's to compare.
func ParseToken(der []byte) (Token, error) {
	t, err := parseToken(der)
	if err != nil {
		return Token{}, fmt.Errorf("verify token: %w", err)
	}
	return t, nil
}

func parseToken(der []byte) (Token, error) {
	info, err := parseCMS(der)
	if err != nil {
		return Token{}, err
	}
	data := info.Content
	signer := data.Signers[0]
	switch {
	case !info.Type.Equal(oidSignedData) || data.Version != 3 || !data.Content.Type.Equal(oidTSTInfo) || data.Content.Content == nil:
		return Token{}, errors.New("it is not a time-stamp token")
	case signer.UnsignedAttrs != nil:
		return Token{}, errors.New("it has unsigned attributes")
	}
	sig, err := verifySigner(data, data.Content.Content, false)
	if err != nil {
		return Token{}, err
	}
	t, err := readTSTInfo(data.Content.Content)
	t.Suite, t.Chain = sig.Suite, sig.Chain
	return t, err
}

func readTSTInfo(der []byte) (Token, error) {
	info, err := unmarshalStrict[tstInfo](der)
	if err != nil {
		return Token{}, fmt.Errorf("its statement: %w", err)
	}
	if info.Version != 1 || info.Serial == nil {
		return Token{}, fmt.Errorf("its version is %d; want 1", info.Version)
	}
	for _, e := range info.Extensions {
		if e.Critical {
			return Token{}, fmt.Errorf("its critical extension %v is not known", e.Id)
		}
	}
	d, err := findDigest(info.Imprint.Algorithm)
	if err != nil {
		return Token{}, err
	}
	at, err := parseGeneralizedTime(info.Time)
	if err != nil {
		return Token{}, err
	}
	a := info.Accuracy
	if a.Seconds < 0 || a.Seconds > 86_400 || a.Millis < 0 || a.Millis > 999 || a.Micros < 0 || a.Micros > 999 {
		return Token{}, errors.New("its accuracy makes no sense")
	}
	return Token{
		Time:     at,
		Accuracy: time.Duration(a.Seconds)*time.Second + time.Duration(a.Millis)*time.Millisecond + time.Duration(a.Micros)*time.Microsecond,
		Serial:   info.Serial,
		Policy:   info.Policy.String(),
		Hash:     d.name,
		Digest:   info.Imprint.Digest,
		Nonce:    info.Nonce,
	}, nil
}

const generalizedTime = "20060102150405Z"

// parseGeneralizedTime reads YYYYMMDDhhmmss[.f]Z. RFC 3161 allows a fraction without trailing zeros, which
// encoding/asn1 does not read.
func parseGeneralizedTime(v asn1.RawValue) (time.Time, error) {
	if v.Class != asn1.ClassUniversal || v.Tag != asn1.TagGeneralizedTime || v.IsCompound {
		return time.Time{}, errors.New("its time is not a GeneralizedTime")
	}
	const fractional = "20060102150405.999999999Z"
	t, err := time.Parse(generalizedTime, string(v.Bytes)) // reads a fraction too
	if err != nil || t.Format(fractional) != string(v.Bytes) {
		return time.Time{}, fmt.Errorf("its time %.32q is not YYYYMMDDhhmmss[.f]Z", v.Bytes)
	}
	return t, nil
}

func digestNamed(name string) (digestAlgorithm, error) {
	for _, d := range []digestAlgorithm{digestSHA256, digestSM3, digestSHA384, digestSHA512} {
		if d.name == name {
			return d, nil
		}
	}
	return digestAlgorithm{}, fmt.Errorf("digest %q is not SHA-256, SHA-384, SHA-512 or SM3", name)
}

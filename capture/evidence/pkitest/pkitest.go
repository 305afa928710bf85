// Package pkitest makes the authorities and certificates of a practice bureau, for tests.
package pkitest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"

	"minglu/capture/evidence"
)

// PKI is a bureau's authorities in both suites: a root, and below it a rooms CA. Now is its clock and may be
// replaced; certificates are valid from a day before it to two years after.
type PKI struct {
	Now func() time.Time

	t      testing.TB
	serial atomic.Int64
	p256   bureau
	sm2    bureau
}

type bureau struct{ root, rooms authority }

type authority struct {
	cert *smx509.Certificate
	key  crypto.Signer
}

// New makes fresh authorities.
func New(t testing.TB) *PKI {
	t.Helper()
	p := &PKI{Now: time.Now, t: t}
	for _, suite := range []evidence.Suite{evidence.SuiteP256, evidence.SuiteSM2} {
		b := p.of(suite)
		b.root = p.authority(suite, "Practice root", authority{}, nil)
		b.rooms = p.authority(suite, "Practice rooms CA", b.root, []smx509.ExtKeyUsage{smx509.ExtKeyUsageEmailProtection})
	}
	return p
}

func (p *PKI) of(s evidence.Suite) *bureau {
	if s == evidence.SuiteSM2 {
		return &p.sm2
	}
	return &p.p256
}

// Leaf describes a certificate to issue. Zero times mean the bureau's usual validity.
type Leaf struct {
	Suite    evidence.Suite
	Name     string
	URI      string
	Stamp    bool // for time stamps, not for seals
	FromRoot bool // issued by the root, not by the rooms CA
	From, To time.Time
}

// Issue makes a key and its certificate.
func (p *PKI) Issue(l Leaf) evidence.Signer {
	p.t.Helper()
	b := p.of(l.Suite)
	issuer, chain := b.rooms, [][]byte{b.rooms.cert.Raw}
	if l.FromRoot {
		issuer, chain = b.root, nil
	}
	key := p.key(l.Suite)
	template := p.template(l.Name)
	template.KeyUsage = smx509.KeyUsageDigitalSignature | smx509.KeyUsageContentCommitment
	template.ExtKeyUsage = []smx509.ExtKeyUsage{smx509.ExtKeyUsageEmailProtection}
	if l.Stamp {
		template.ExtKeyUsage = nil
		template.ExtraExtensions = []pkix.Extension{criticalTimeStamping()}
	}
	if l.URI != "" {
		u, err := url.Parse(l.URI)
		p.must(err)
		template.URIs = []*url.URL{u}
	}
	if !l.From.IsZero() {
		template.NotBefore, template.NotAfter = l.From, l.To
	}
	der, err := smx509.CreateCertificate(rand.Reader, template, issuer.cert, key.Public(), issuer.key)
	p.must(err)
	s, err := evidence.NewSigner(key, append([][]byte{der}, chain...))
	p.must(err)
	return s
}

// Room is the P-256 seal of a room.
func (p *PKI) Room(code string) evidence.Signer {
	return p.Issue(Leaf{Suite: evidence.SuiteP256, Name: code, URI: evidence.RoomURI + code})
}

// RoomSM2 is the SM2 seal of a room.
func (p *PKI) RoomSM2(code string) evidence.Signer {
	return p.Issue(Leaf{Suite: evidence.SuiteSM2, Name: code, URI: evidence.RoomURI + code})
}

// HQ is headquarters' P-256 seal.
func (p *PKI) HQ() evidence.Signer {
	return p.Issue(Leaf{Suite: evidence.SuiteP256, Name: "Practice HQ", URI: evidence.HQURI, FromRoot: true})
}

// TSA is the key of a time authority.
func (p *PKI) TSA(s evidence.Suite) evidence.Signer {
	return p.Issue(Leaf{Suite: s, Name: "Practice TSA", Stamp: true, FromRoot: true})
}

// Stamper is a time authority of the suite that answers by the bureau's clock.
func (p *PKI) Stamper(s evidence.Suite) evidence.Stamper { return stamper{p, p.TSA(s)} }

type stamper struct {
	p   *PKI
	tsa evidence.Signer
}

func (s stamper) Stamp(_ context.Context, digest [sha256.Size]byte) ([]byte, error) {
	return evidence.SignToken(s.tsa, evidence.TokenRequest{
		Hash: "SHA-256", Digest: digest[:], Serial: big.NewInt(s.p.serial.Add(1)),
		Time: s.p.Now(), Policy: asn1.ObjectIdentifier{1, 2, 3, 4},
	})
}

// RootsPEM is both roots.
func (p *PKI) RootsPEM() []byte {
	return bytes.Join([][]byte{certPEM(p.p256.root), certPEM(p.sm2.root)}, nil)
}

// Roots trusts both roots.
func (p *PKI) Roots() *evidence.Roots {
	p.t.Helper()
	r, err := evidence.ParseRoots(p.RootsPEM())
	p.must(err)
	return r
}

// Revoke is the rooms CA's signed list, PEM, with the signer's certificate revoked from a time on.
func (p *PKI) Revoke(s evidence.Signer, from time.Time) []byte {
	p.t.Helper()
	leaf, err := smx509.ParseCertificate(s.Chain()[0])
	p.must(err)
	rooms := p.of(s.Suite()).rooms
	der, err := smx509.CreateRevocationList(rand.Reader, &smx509.RevocationList{
		Number: big.NewInt(p.serial.Add(1)), ThisUpdate: p.Now(), NextUpdate: p.Now().AddDate(0, 1, 0),
		RevokedCertificateEntries: []smx509.RevocationListEntry{{SerialNumber: leaf.SerialNumber, RevocationTime: from}},
	}, rooms.cert, rooms.key)
	p.must(err)
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

func (p *PKI) authority(s evidence.Suite, name string, issuer authority, use []smx509.ExtKeyUsage) authority {
	key := p.key(s)
	template := p.template(name + " " + string(s))
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = smx509.KeyUsageCertSign | smx509.KeyUsageCRLSign
	template.ExtKeyUsage = use
	template.NotBefore, template.NotAfter = p.Now().AddDate(-20, 0, 0), p.Now().AddDate(20, 0, 0)
	if issuer.key == nil {
		issuer = authority{template, key}
	}
	der, err := smx509.CreateCertificate(rand.Reader, template, issuer.cert, key.Public(), issuer.key)
	p.must(err)
	cert, err := smx509.ParseCertificate(der)
	p.must(err)
	return authority{cert, key}
}

func (p *PKI) template(name string) *smx509.Certificate {
	return &smx509.Certificate{
		SerialNumber: big.NewInt(p.serial.Add(1)),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"Practice bureau"}},
		NotBefore:    p.Now().AddDate(0, 0, -1),
		NotAfter:     p.Now().AddDate(2, 0, 0),
	}
}

func (p *PKI) key(s evidence.Suite) crypto.Signer {
	var key crypto.Signer
	var err error
	if s == evidence.SuiteSM2 {
		key, err = sm2.GenerateKey(rand.Reader)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	p.must(err)
	return key
}

func (p *PKI) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func certPEM(a authority) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// criticalTimeStamping is the extended key usage of a time authority; RFC 3161 wants it critical and alone.
func criticalTimeStamping() pkix.Extension {
	return pkix.Extension{
		Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true,
		Value: []byte{0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08},
	}
}

// Certify issues a room's certificate for a request (PKCS#10, DER), whatever it asks for; a PEM chain.
func (p *PKI) Certify(s evidence.Suite, request []byte) string {
	p.t.Helper()
	csr, err := smx509.ParseCertificateRequest(request)
	p.must(err)
	rooms := p.of(s).rooms
	template := p.template(csr.Subject.CommonName)
	template.KeyUsage = smx509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []smx509.ExtKeyUsage{smx509.ExtKeyUsageEmailProtection}
	der, err := smx509.CreateCertificate(rand.Reader, template, rooms.cert, csr.PublicKey, rooms.key)
	p.must(err)
	leaf := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return string(leaf) + string(certPEM(rooms))
}

package enrol

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"

	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/key"
)

// How long certificates live. A room renews at two thirds; the root outlives what it vouches for.
const (
	rootYears   = 20
	issuerYears = 10
	hqYears     = 5
	roomYears   = 2
	serverYears = 1
)

// early is how long before its making a certificate is valid, for rooms whose clocks are behind.
const early = time.Hour

// pair is a certificate with its private key, as the authority keeps it: NAME.pem and NAME.key.
type pair struct {
	cert *smx509.Certificate
	key  crypto.Signer
}

func (p pair) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw})
}

func newKey(s evidence.Suite) (crypto.Signer, error) {
	if s == evidence.SuiteSM2 {
		return sm2.GenerateKey(rand.Reader)
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// template begins a certificate. Its serial number is random: 126 bits and one that is always set.
func template(org, name string, now time.Time, years int) (*smx509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return nil, err
	}
	return &smx509.Certificate{
		SerialNumber: serial.SetBit(serial, 126, 1),
		Subject:      pkix.Name{CommonName: name, Organization: []string{org}},
		NotBefore:    now.Add(-early).UTC(),
		NotAfter:     now.AddDate(years, 0, 0).UTC(),
		KeyUsage:     smx509.KeyUsageDigitalSignature,
	}, nil
}

// asIssuer makes the template one of an authority for some uses; none means all.
func asIssuer(t *smx509.Certificate, uses ...smx509.ExtKeyUsage) {
	t.IsCA, t.BasicConstraintsValid = true, true
	t.KeyUsage = smx509.KeyUsageCertSign | smx509.KeyUsageCRLSign
	t.ExtKeyUsage = uses
	if len(uses) > 0 {
		t.MaxPathLenZero = true // issues leaves only
	}
}

func asSeal(t *smx509.Certificate, uri *url.URL) {
	t.KeyUsage |= smx509.KeyUsageContentCommitment
	t.ExtKeyUsage = []smx509.ExtKeyUsage{smx509.ExtKeyUsageEmailProtection}
	t.URIs = []*url.URL{uri}
}

// asTSA gives the one use of a time authority, critical and alone as RFC 3161 has it.
func asTSA(t *smx509.Certificate) {
	t.ExtraExtensions = []pkix.Extension{{
		Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true,
		Value: []byte{0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08},
	}}
}

func asClient(t *smx509.Certificate, uri *url.URL) {
	t.ExtKeyUsage = []smx509.ExtKeyUsage{smx509.ExtKeyUsageClientAuth}
	t.URIs = []*url.URL{uri}
}

func asServer(t *smx509.Certificate, hosts []string) {
	t.ExtKeyUsage = []smx509.ExtKeyUsage{smx509.ExtKeyUsageServerAuth}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
}

func roomURI(room string) *url.URL { return &url.URL{Scheme: "urn", Opaque: "minglu:room:" + room} }
func hqURI() *url.URL              { return &url.URL{Scheme: "urn", Opaque: "minglu:hq"} }

// sign issues t for a public key.
func (p pair) sign(t *smx509.Certificate, public crypto.PublicKey) (*smx509.Certificate, error) {
	der, err := smx509.CreateCertificate(rand.Reader, t, p.cert, public, p.key)
	if err != nil {
		return nil, fmt.Errorf("issue certificate %q: %w", t.Subject.CommonName, err)
	}
	return smx509.ParseCertificate(der)
}

// openPair reads NAME.key and NAME.pem and checks that they belong together.
func openPair(dir, name string) (pair, error) {
	k, err := key.Load(filepath.Join(dir, name+".key"))
	if err != nil {
		return pair{}, err
	}
	path := filepath.Join(dir, name+".pem")
	text, err := os.ReadFile(path)
	if err != nil {
		return pair{}, fmt.Errorf("open certificate: %w", err)
	}
	cert, err := smx509.ParseCertificatePEM(text)
	if err != nil {
		return pair{}, fmt.Errorf("open certificate %s: %w", path, err)
	}
	if public, ok := cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(k.Public()) {
		return pair{}, fmt.Errorf("open certificate %s: it belongs to another key", path)
	}
	return pair{cert, k}, nil
}

// makePair makes NAME.key and NAME.pem where they are missing, the key first, each durable. A nil issuer
// makes a root.
func makePair(dir, name string, s evidence.Suite, issuer *pair, t *smx509.Certificate) (pair, error) {
	path := filepath.Join(dir, name+".key")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		k, err := newKey(s)
		if err != nil {
			return pair{}, err
		}
		if err := key.Save(path, k); err != nil {
			return pair{}, err
		}
	}
	if _, err := os.Stat(filepath.Join(dir, name+".pem")); err == nil {
		return openPair(dir, name)
	}
	k, err := key.Load(path)
	if err != nil {
		return pair{}, err
	}
	made := pair{t, k}
	if issuer == nil {
		issuer = &made
	}
	if made.cert, err = issuer.sign(t, k.Public()); err != nil {
		return pair{}, err
	}
	return made, durable.WriteFile(durable.OS{}, filepath.Join(dir, name+".pem"), made.pem())
}

package evidence

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// MaxCertificate is the longest certificate a reader accepts, in bytes.
const MaxCertificate = 16 << 10

// Names that headquarters writes into the certificates it issues, as URIs.
const (
	RoomURI = "urn:minglu:room:" // followed by the room's code
	HQURI   = "urn:minglu:hq"
)

// Certificate is an X.509 certificate of either suite.
type Certificate struct {
	Raw       []byte
	Suite     Suite  // "" for a foreign time authority's key, which is neither
	Name      string // subject's common name
	Issuer    string // issuer's common name
	Serial    string // hex
	Room      string // room code, when a rooms CA named one
	HQ        bool   // headquarters' own seal
	NotBefore time.Time
	NotAfter  time.Time

	x *smx509.Certificate
}

// ParseCertificate reads one DER certificate and nothing after it.
func ParseCertificate(der []byte) (*Certificate, error) {
	if len(der) > MaxCertificate {
		return nil, fmt.Errorf("read certificate: %d bytes are over the bound of %d", len(der), MaxCertificate)
	}
	x, err := smx509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	c := &Certificate{
		Raw: x.Raw, Suite: suiteOf(x), Name: x.Subject.CommonName, Issuer: x.Issuer.CommonName,
		Serial: x.SerialNumber.Text(16), NotBefore: x.NotBefore.UTC(), NotAfter: x.NotAfter.UTC(), x: x,
	}
	for _, u := range x.URIs {
		if room, ok := strings.CutPrefix(u.String(), RoomURI); ok {
			c.Room = room
		}
		c.HQ = c.HQ || u.String() == HQURI
	}
	return c, nil
}

// ParseCertificates reads the certificates of a PEM file in their order and skips what else it holds.
func ParseCertificates(text []byte) ([]*Certificate, error) {
	var certs []*Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		certs = append(certs, c)
	}
	if len(certs) == 0 {
		return nil, errors.New("read certificates: the file holds no PEM certificate")
	}
	return certs, nil
}

// Fingerprint is the SHA-256 of the certificate, hex: the cert_sha256 of a journal's open line.
func (c *Certificate) Fingerprint() string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// PEM writes the certificate as text.
func (c *Certificate) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// SelfSigned reports whether the certificate names itself as its issuer.
func (c *Certificate) SelfSigned() bool { return bytes.Equal(c.x.RawIssuer, c.x.RawSubject) }

func suiteOf(x *smx509.Certificate) Suite {
	key, ok := x.PublicKey.(*ecdsa.PublicKey)
	switch {
	case !ok:
		return ""
	case key.Curve == elliptic.P256():
		return SuiteP256
	case key.Curve == sm2.P256():
		return SuiteSM2
	}
	return ""
}

// orderChain puts certificates into the one path that begins at the leaf, each named as issuer by the one
// before, and refuses one that does not belong to it. It does not check their signatures.
func orderChain(certs []*Certificate, leaf *Certificate) ([]*Certificate, error) {
	chain := []*Certificate{leaf}
	rest := slices.DeleteFunc(slices.Clone(certs), func(c *Certificate) bool { return c == leaf })
	for len(rest) > 0 {
		last := chain[len(chain)-1]
		at := slices.IndexFunc(rest, func(c *Certificate) bool { return bytes.Equal(c.x.RawSubject, last.x.RawIssuer) })
		if at < 0 {
			return nil, fmt.Errorf("certificate %q does not belong to the signer's chain", rest[0].Name)
		}
		chain = append(chain, rest[at])
		rest = slices.Delete(rest, at, at+1)
	}
	return chain, nil
}

// checkLinks checks that each certificate is signed by the next.
func checkLinks(chain []*Certificate) error {
	for i, c := range chain[:len(chain)-1] {
		if err := c.x.CheckSignatureFrom(chain[i+1].x); err != nil {
			return fmt.Errorf("certificate %q is not signed by %q: %w", c.Name, chain[i+1].Name, err)
		}
	}
	return nil
}

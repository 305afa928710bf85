package evidence

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/emmansun/gmsm/smx509"
)

// Use is what a certificate is asked to vouch for.
type Use string

// UseSeal is a signature over a package or a line (extended key usage emailProtection, so that plain
// `openssl cms -verify` agrees); UseStamp a time-stamp token (timeStamping).
const (
	UseSeal  Use = "seal"
	UseStamp Use = "stamp"
)

// Reason says why a certificate is not trusted.
type Reason string

// The reasons.
const (
	ReasonNoRoots     Reason = "no_roots"          // nobody said whom to trust
	ReasonUnknown     Reason = "unknown_authority" // not below a given root
	ReasonExpired     Reason = "expired"           // at the judged time
	ReasonNotYetValid Reason = "not_yet_valid"
	ReasonWrongUse    Reason = "wrong_use" // a time authority's key as seal, a seal's key as time authority
	ReasonRevoked     Reason = "revoked"
	ReasonBroken      Reason = "broken_chain" // anything else: a path too long, a name not allowed
)

// Distrust is the error of Roots.Trust.
type Distrust struct {
	Reason Reason
	Detail string
}

// Error tells the reason and the certificate it is about.
func (d *Distrust) Error() string {
	return fmt.Sprintf("trust certificate: %s: %s", d.Reason, d.Detail)
}

// Roots are the authorities a verifier was told to trust, and what they revoked. The zero value trusts nobody.
type Roots struct {
	std   []*x509.Certificate      // P-256, and RSA roots of foreign time authorities
	sm2   []*smx509.Certificate    // SM2
	lists []*smx509.RevocationList // checked when the issuer is known: from the path judged
}

// ParseRoots reads the root certificates of PEM files, of both suites.
func ParseRoots(texts ...[]byte) (*Roots, error) {
	r := &Roots{}
	for _, text := range texts {
		certs, err := ParseCertificates(text)
		if err != nil {
			return nil, fmt.Errorf("read roots: %w", err)
		}
		for _, c := range certs {
			if err := r.add(c); err != nil {
				return nil, fmt.Errorf("read roots: %w", err)
			}
		}
	}
	return r, nil
}

func (r *Roots) add(c *Certificate) error {
	if !c.SelfSigned() || !c.x.IsCA || c.x.CheckSignatureFrom(c.x) != nil {
		return fmt.Errorf("certificate %q is not a root: it does not sign itself as an authority", c.Name)
	}
	if c.Suite == SuiteSM2 {
		r.sm2 = append(r.sm2, c.x)
		return nil
	}
	std, err := x509.ParseCertificate(c.Raw)
	if err != nil {
		return err
	}
	r.std = append(r.std, std)
	return nil
}

// Empty reports whether nobody is trusted.
func (r *Roots) Empty() bool { return r == nil || len(r.std)+len(r.sm2) == 0 }

// Trust judges a chain, leaf first and perhaps without its root, at a time that does not come from the signer:
// a token's, a receipt's or now. Its error is a *Distrust.
func (r *Roots) Trust(chain []*Certificate, at time.Time, use Use) error {
	if r.Empty() {
		return &Distrust{ReasonNoRoots, "no root certificate was given"}
	}
	if len(chain) == 0 {
		return &Distrust{ReasonBroken, "there is no certificate"}
	}
	leaf := chain[0]
	if at.Before(leaf.NotBefore) {
		return &Distrust{ReasonNotYetValid, fmt.Sprintf("%q is valid from %s, not on %s", leaf.Name, FormatTime(leaf.NotBefore), FormatTime(at))}
	}
	verify := r.pathStd
	if leaf.Suite == SuiteSM2 {
		verify = r.pathSM2
	}
	path, err := verify(chain, at, use)
	if err != nil {
		return distrust(leaf, err)
	}
	return r.revoked(path, at)
}

// pathStd builds the path with crypto/x509; it serves P-256 and the keys of foreign time authorities.
func (r *Roots) pathStd(chain []*Certificate, at time.Time, use Use) ([]*Certificate, error) {
	opts := x509.VerifyOptions{
		Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	}
	if use == UseStamp {
		opts.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}
	}
	for _, root := range r.std {
		opts.Roots.AddCert(root)
	}
	var leaf *x509.Certificate
	for i, c := range chain {
		std, err := x509.ParseCertificate(c.Raw)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			leaf = std
		} else {
			opts.Intermediates.AddCert(std)
		}
	}
	paths, err := leaf.Verify(opts)
	if err != nil {
		return nil, err
	}
	return parsePath(paths[0], func(c *x509.Certificate) []byte { return c.Raw })
}

// pathSM2 is pathStd with gmsm's fork of crypto/x509, which knows SM2.
func (r *Roots) pathSM2(chain []*Certificate, at time.Time, use Use) ([]*Certificate, error) {
	opts := smx509.VerifyOptions{
		Roots: smx509.NewCertPool(), Intermediates: smx509.NewCertPool(), CurrentTime: at,
		KeyUsages: []smx509.ExtKeyUsage{smx509.ExtKeyUsageEmailProtection},
	}
	if use == UseStamp {
		opts.KeyUsages = []smx509.ExtKeyUsage{smx509.ExtKeyUsageTimeStamping}
	}
	for _, root := range r.sm2 {
		opts.Roots.AddCert(root)
	}
	for _, c := range chain[1:] {
		opts.Intermediates.AddCert(c.x)
	}
	paths, err := chain[0].x.Verify(opts)
	if err != nil {
		return nil, err
	}
	return parsePath(paths[0], func(c *smx509.Certificate) []byte { return c.Raw })
}

func parsePath[C any](path []C, raw func(C) []byte) ([]*Certificate, error) {
	var certs []*Certificate
	for _, c := range path {
		parsed, err := ParseCertificate(raw(c))
		if err != nil {
			return nil, err
		}
		certs = append(certs, parsed)
	}
	return certs, nil
}

// distrust gives the error of a path builder its reason; both builders number theirs alike.
func distrust(leaf *Certificate, err error) error {
	var unknown x509.UnknownAuthorityError
	var unknownSM2 smx509.UnknownAuthorityError
	if errors.As(err, &unknown) || errors.As(err, &unknownSM2) {
		return &Distrust{ReasonUnknown, fmt.Sprintf("%q was issued by %q, which none of the given roots vouches for", leaf.Name, leaf.Issuer)}
	}
	invalid := -1
	var std x509.CertificateInvalidError
	var sm smx509.CertificateInvalidError
	if errors.As(err, &std) {
		invalid = int(std.Reason)
	} else if errors.As(err, &sm) {
		invalid = int(sm.Reason)
	}
	switch invalid {
	case int(x509.Expired):
		return &Distrust{ReasonExpired, fmt.Sprintf("%q: %v", leaf.Name, err)}
	case int(x509.IncompatibleUsage), int(x509.CANotAuthorizedForExtKeyUsage):
		return &Distrust{ReasonWrongUse, fmt.Sprintf("%q may not be used for this", leaf.Name)}
	}
	return &Distrust{ReasonBroken, fmt.Sprintf("%q: %v", leaf.Name, err)}
}

// Revoke adds what authorities revoked: PEM revocation lists (X509 CRL), one from each issuing authority. A
// list counts when its issuer stands in the judged path and signed it; a list by a stranger makes every path
// below that issuer's name untrusted rather than being passed over.
func (r *Roots) Revoke(text []byte) error {
	n := len(r.lists)
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "X509 CRL" {
			continue
		}
		list, err := smx509.ParseRevocationList(block.Bytes)
		if err != nil {
			return fmt.Errorf("read revocation list: %w", err)
		}
		r.lists = append(r.lists, list)
	}
	if len(r.lists) == n {
		return errors.New("read revocation list: the file holds no PEM X509 CRL")
	}
	return nil
}

func (r *Roots) revoked(path []*Certificate, at time.Time) error {
	for i, c := range path[:len(path)-1] {
		issuer := path[i+1]
		for _, l := range r.lists {
			if !slices.Equal(l.RawIssuer, c.x.RawIssuer) {
				continue
			}
			if err := l.CheckSignatureFrom(issuer.x); err != nil {
				return &Distrust{ReasonBroken, fmt.Sprintf("the revocation list was not signed by %q: %v", issuer.Name, err)}
			}
			for _, e := range l.RevokedCertificateEntries {
				if e.SerialNumber.Cmp(c.x.SerialNumber) == 0 && !at.Before(e.RevocationTime) {
					return &Distrust{ReasonRevoked, fmt.Sprintf("%q was revoked on %s", c.Name, FormatTime(e.RevocationTime))}
				}
			}
		}
	}
	return nil
}

package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"
)

// ErrNoRoots reports roots of which TLS can use none.
var ErrNoRoots = errors.New("read root.pem: no certificate that TLS can use is in it")

// ClientTLS is how a room meets headquarters: TLS 1.3, a server under one of the roots (PEM) alone, the room's own
// certificate shown, both judged at the time that now tells. The configuration that comes with ErrNoRoots trusts
// nobody.
func ClientTLS(roots []byte, own tls.Certificate, now func() time.Time) (*tls.Config, error) {
	c := &tls.Config{
		MinVersion: tls.VersionTLS13, RootCAs: x509.NewCertPool(), Certificates: []tls.Certificate{own}, Time: now,
	}
	if !c.RootCAs.AppendCertsFromPEM(roots) {
		return c, ErrNoRoots
	}
	return c, nil
}

package enrol

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Room says which enrolled room a connection is from, or refuses it: no certificate, not ours, revoked.
func (a *Authority) Room(state *tls.ConnectionState) (string, error) {
	if state == nil || len(state.VerifiedChains) == 0 {
		return "", refuse("no room certificate was shown")
	}
	leaf := state.VerifiedChains[0][0]
	room, err := roomOf(leaf.URIs)
	if err != nil {
		return "", err
	}
	if _, err := a.Member(room); err != nil {
		return "", err
	}
	entries, err := a.revokedEntries()
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if e.Issuer == "tls" && e.Serial == leaf.SerialNumber.Text(16) && !a.Now().Before(e.From) {
			return "", refuse(fmt.Sprintf("the certificate of room %s was revoked on %s: %s", room, e.From.Format("2006-01-02"), e.Why))
		}
	}
	return room, nil
}

// ServerTLS is how headquarters listens: TLS 1.3, its certificate for hosts (made or renewed when needed), and
// a client certificate verified when there is one; Room says whose it is.
func (a *Authority) ServerTLS(hosts ...string) (*tls.Config, error) {
	line, err := x509.ParseCertificate(a.line.cert.Raw)
	if err != nil {
		return nil, fmt.Errorf("prepare TLS: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(line) // not the root: a room may show its certificate without the chain
	if _, err := a.serverCertificate(hosts); err != nil {
		return nil, fmt.Errorf("prepare TLS: %w", err)
	}
	base := &tls.Config{
		MinVersion: tls.VersionTLS13,
		ClientAuth: tls.VerifyClientCertIfGiven,
		ClientCAs:  pool,
		NextProtos: []string{"http/1.1"}, // many parts over one HTTP/2 connection starve on a bad line
	}
	config := base.Clone()
	// Each connection gets the certificate of its day: a server runs for longer than one lives.
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		p, err := a.serverCertificate(hosts)
		if err != nil {
			return nil, err
		}
		c := base.Clone()
		c.Certificates = []tls.Certificate{{Certificate: [][]byte{p.cert.Raw, a.line.cert.Raw, a.root.Raw}, PrivateKey: p.key}}
		return c, nil
	}
	return config, nil
}

// shown is the certificate the server shows now.
func (a *Authority) shown() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.server.cert == nil {
		return nil
	}
	return a.server.cert.Raw
}

// serverCertificate gives the server's certificate, and makes a new one when two thirds of its life are over or
// it lacks a host.
func (a *Authority) serverCertificate(hosts []string) (pair, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.server.cert == nil {
		p, err := openPair(a.dir, "server")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return pair{}, err
		}
		a.server = p
	}
	if a.server.cert != nil && a.serves(hosts) {
		return a.server, nil
	}
	t, err := template(a.Org, a.Org+" server", a.Now(), serverYears)
	if err != nil {
		return pair{}, err
	}
	asServer(t, withLoopback(hosts))
	if err := os.Remove(filepath.Join(a.dir, "server.pem")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return pair{}, err
	}
	a.server, err = makePair(a.dir, "server", "P-256", &a.line, t)
	return a.server, err
}

func (a *Authority) serves(hosts []string) bool {
	c := a.server.cert
	if a.Now().After(c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) * 2 / 3)) {
		return false
	}
	for _, h := range withLoopback(hosts) {
		if c.VerifyHostname(h) != nil {
			return false
		}
	}
	return true
}

// withLoopback adds this machine's own names and leaves out the addresses that only mean "all".
func withLoopback(hosts []string) []string {
	all := []string{"localhost", "127.0.0.1", "::1"}
	for _, h := range hosts {
		if h != "" && h != "0.0.0.0" && h != "::" && !slices.Contains(all, h) {
			all = append(all, h)
		}
	}
	return all
}

// Package key opens this machine's keys, from files or from a hardware token.
//
// A room has four: the seal (P-256), the same in SM2, the one for TLS, and the Ed25519 key of its ledger. They
// lie in one folder, without passphrase, readable by their owner alone: who can read the machine account's
// files can sign in the room's name. A seal key in a token cannot be copied. There is no TPM store yet; Opener
// is the place for one.
package key

import (
	"crypto"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"minglu/capture/evidence"
)

// Names of the files of a key folder. Certificates are PEM chains, leaf first, without the root.
const (
	signKey   = "sign.key"
	signURI   = "sign.uri" // instead of sign.key when the key lies in a token
	signPEM   = "sign.pem"
	sm2Key    = "sm2.key"
	sm2PEM    = "sm2.pem"
	tlsKey    = "tls.key"
	tlsPEM    = "tls.pem"
	ledgerKey = "ledger.key" // note signer key
	hqKey     = "hq.vkey"    // note verifier key of headquarters
)

// ErrNotEnrolled is in the error of Open when the room has no certificate yet.
var ErrNotEnrolled = errors.New("this room is not enrolled; run minglu enrol with a code from headquarters")

// Held is a private key that must be given back.
type Held interface {
	crypto.Signer
	io.Closer
}

// Opener opens the P-256 key that a URI names in a token, and makes it first when create is set.
// capture/key/pkcs11 has one; it needs cgo, so it is handed in.
type Opener func(uri URI, create bool) (Held, error)

// Keys are a room's opened keys.
type Keys struct {
	Store     string          // where the seal key lies: file, pkcs11
	Sign      evidence.Signer // P-256
	SM2       evidence.Signer // nil when the room has none
	TLS       tls.Certificate
	Ledger    note.Signer
	LedgerKey string // verifier key of Ledger
	HQ        string // verifier key of headquarters' ledger

	held io.Closer
}

// Close gives a token back.
func (k *Keys) Close() error {
	if k.held == nil {
		return nil
	}
	return k.held.Close()
}

// Open opens the keys of an enrolled room. open may be nil in a program without tokens.
func Open(dir string, open Opener) (*Keys, error) {
	if _, err := os.Stat(filepath.Join(dir, signPEM)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open keys in %s: %w", dir, ErrNotEnrolled)
	}
	k := &Keys{}
	if err := k.open(dir, open); err != nil {
		err = fmt.Errorf("%w; if it cannot be mended, move %s aside and enrol the room with a new code", err, dir)
		return nil, errors.Join(err, k.Close())
	}
	return k, nil
}

func (k *Keys) open(dir string, open Opener) error {
	seal, err := openSeal(dir, open)
	if err != nil {
		return err
	}
	k.Store, k.held = seal.store, seal.held
	if k.Sign, err = withChain(dir, seal.key, signPEM); err != nil {
		return err
	}
	if k.SM2, err = openSM2(dir); err != nil {
		return err
	}
	return k.openLine(dir)
}

// OpenLine opens the keys of the line to headquarters alone, for a program that seals nothing: the seal key may
// lie in a token it cannot reach. Sign and SM2 stay nil.
func OpenLine(dir string) (*Keys, error) {
	if _, err := os.Stat(filepath.Join(dir, signPEM)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open keys in %s: %w", dir, ErrNotEnrolled)
	}
	k := &Keys{}
	if err := k.openLine(dir); err != nil {
		return nil, fmt.Errorf("%w; if it cannot be mended, move %s aside and enrol the room with a new code", err, dir)
	}
	return k, nil
}

func (k *Keys) openLine(dir string) (err error) {
	if k.TLS, err = openTLS(dir); err != nil {
		return err
	}
	if k.Ledger, k.LedgerKey, err = LoadNote(filepath.Join(dir, ledgerKey)); err != nil {
		return err
	}
	hq, err := os.ReadFile(filepath.Join(dir, hqKey))
	if err != nil {
		return fmt.Errorf("open headquarters' key: %w", err)
	}
	if _, err := note.NewVerifier(string(hq)); err != nil {
		return fmt.Errorf("open headquarters' key %s: %w", filepath.Join(dir, hqKey), err)
	}
	k.HQ = string(hq)
	return nil
}

// Certificate is the seal's own certificate.
func (k *Keys) Certificate() (*evidence.Certificate, error) {
	return evidence.ParseCertificate(k.Sign.Chain()[0])
}

// Check says what to do when a certificate is not valid at a time.
func (k *Keys) Check(at time.Time) error {
	for _, der := range [][]byte{k.Sign.Chain()[0], k.TLS.Certificate[0]} {
		c, err := evidence.ParseCertificate(der)
		switch {
		case err != nil:
			return err
		case at.Before(c.NotBefore):
			return fmt.Errorf("check certificate %s: it is valid from %s; is this machine's clock right?", c.Serial, evidence.FormatTime(c.NotBefore))
		case at.After(c.NotAfter):
			return fmt.Errorf("check certificate %s: it expired on %s; ask headquarters for a new code and enrol the room again", c.Serial, evidence.FormatTime(c.NotAfter))
		}
	}
	return nil
}

// Due reports whether the certificates should be renewed: two thirds of their life are over.
func (k *Keys) Due(at time.Time) (bool, error) {
	c, err := k.Certificate()
	if err != nil {
		return false, err
	}
	return at.After(c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) * 2 / 3)), nil
}

type sealKey struct {
	store string
	key   crypto.Signer
	held  io.Closer // nil for a file
}

func openSeal(dir string, open Opener) (sealKey, error) {
	text, err := os.ReadFile(filepath.Join(dir, signURI))
	if errors.Is(err, fs.ErrNotExist) {
		key, err := Load(filepath.Join(dir, signKey))
		return sealKey{store: "file", key: key}, err
	}
	if err != nil {
		return sealKey{}, fmt.Errorf("open key: %w", err)
	}
	uri, err := ParseURI(string(text))
	if err != nil {
		return sealKey{}, fmt.Errorf("open key %s: %w", filepath.Join(dir, signURI), err)
	}
	return openToken(uri, open, false)
}

func openToken(uri URI, open Opener, create bool) (sealKey, error) {
	if open == nil {
		return sealKey{}, errors.New("open key: it lies in a token, and this program was built without PKCS#11")
	}
	held, err := open(uri, create)
	if err != nil {
		return sealKey{}, err
	}
	return sealKey{store: "pkcs11", key: held, held: held}, nil
}

func openSM2(dir string) (evidence.Signer, error) {
	if _, err := os.Stat(filepath.Join(dir, sm2PEM)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	key, err := Load(filepath.Join(dir, sm2Key))
	if err != nil {
		return nil, err
	}
	return withChain(dir, key, sm2PEM)
}

func openTLS(dir string) (tls.Certificate, error) {
	key, err := Load(filepath.Join(dir, tlsKey))
	if err != nil {
		return tls.Certificate{}, err
	}
	s, err := withChain(dir, key, tlsPEM)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: s.Chain(), PrivateKey: key}, nil
}

// withChain joins a key to the certificates in a file.
func withChain(dir string, key crypto.Signer, name string) (evidence.Signer, error) {
	path := filepath.Join(dir, name)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("open certificate: %w", err)
	}
	s, err := join(key, text)
	if err != nil {
		return nil, fmt.Errorf("open certificate %s: %w", path, err)
	}
	return s, nil
}

func join(key crypto.Signer, chain []byte) (evidence.Signer, error) {
	certs, err := evidence.ParseCertificates(chain)
	if err != nil {
		return nil, err
	}
	var ders [][]byte
	for _, c := range certs {
		ders = append(ders, c.Raw)
	}
	return evidence.NewSigner(key, ders)
}

package key

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"golang.org/x/mod/sumdb/note"

	"minglu/capture/durable"
)

// Plan says which keys a room gets.
type Plan struct {
	Room  string // room code
	Store string // file, or a pkcs11: URI for the seal key
	SM2   bool
	Open  Opener // for a token; else nil
}

// Create makes the keys that dir lacks, each durable before the next, and never replaces one: after a crash, or
// when an answer was lost, it goes on with the keys that are there.
func Create(dir string, p Plan) error {
	if err := durable.MkdirAll(durable.OS{}, dir); err != nil {
		return fmt.Errorf("create keys: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("create keys: %w", err)
	}
	if err := createSeal(dir, p); err != nil {
		return err
	}
	if err := createKey(dir, tlsKey, newP256); err != nil {
		return err
	}
	if p.SM2 {
		if err := createKey(dir, sm2Key, newSM2); err != nil {
			return err
		}
	}
	lacks, err := missing(dir, ledgerKey)
	if err != nil || !lacks {
		return err
	}
	secret, _, err := note.GenerateKey(rand.Reader, LedgerName(p.Room))
	if err != nil {
		return fmt.Errorf("create ledger key: %w", err)
	}
	return SaveSecret(filepath.Join(dir, ledgerKey), []byte(secret))
}

// LedgerName is the name under which a room's ledger is signed.
func LedgerName(room string) string { return "minglu/room/" + room }

func newP256() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }
func newSM2() (crypto.Signer, error)  { return sm2.GenerateKey(rand.Reader) }

func createKey(dir, name string, generate func() (crypto.Signer, error)) error {
	lacks, err := missing(dir, name)
	if err != nil || !lacks {
		return err
	}
	key, err := generate()
	if err != nil {
		return fmt.Errorf("create key %s: %w", name, err)
	}
	return Save(filepath.Join(dir, name), key)
}

// createSeal makes the seal key in its file, or in its token, where the file holds only the token's URI.
func createSeal(dir string, p Plan) error {
	noKey, err := missing(dir, signKey)
	if err != nil {
		return err
	}
	noURI, err := missing(dir, signURI)
	if err != nil {
		return err
	}
	uri, err := ParseStore(p.Store)
	switch {
	case err != nil:
		return fmt.Errorf("create key: %w", err)
	case !noKey || !noURI:
		return nil
	case uri == nil:
		return createKey(dir, signKey, newP256)
	}
	seal, err := openToken(*uri, p.Open, true)
	if err != nil {
		return fmt.Errorf("create key in token: %w", err)
	}
	return errors.Join(SaveSecret(filepath.Join(dir, signURI), []byte(uri.String())), seal.held.Close())
}

// Requests are the certificate requests (PKCS#10, DER) of a room's keys.
type Requests struct {
	Sign, SM2, TLS []byte // SM2 is nil when there is no such key
	Ledger         string // note verifier key
}

// Request makes the certificate requests of the keys in dir. The common name of each is the room's code.
func Request(dir, room string, open Opener) (Requests, error) {
	seal, err := openSeal(dir, open)
	if err != nil {
		return Requests{}, err
	}
	if seal.held != nil {
		defer seal.held.Close()
	}
	var r Requests
	if r.Sign, err = request(room, seal.key); err != nil {
		return Requests{}, err
	}
	lacks, err := missing(dir, sm2Key)
	if err != nil {
		return Requests{}, err
	}
	if !lacks {
		if r.SM2, err = requestFile(dir, sm2Key, room); err != nil {
			return Requests{}, err
		}
	}
	if r.TLS, err = requestFile(dir, tlsKey, room); err != nil {
		return Requests{}, err
	}
	_, r.Ledger, err = LoadNote(filepath.Join(dir, ledgerKey))
	return r, err
}

func requestFile(dir, name, room string) ([]byte, error) {
	key, err := Load(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	return request(room, key)
}

func request(room string, key crypto.Signer) ([]byte, error) {
	template := &smx509.CertificateRequest{Subject: pkix.Name{CommonName: room}}
	der, err := smx509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		return nil, fmt.Errorf("request certificate for %s: %w", room, err)
	}
	return der, nil
}

// Issued are the certificates that answer Requests, PEM chains without the root; SM2 may be empty.
type Issued struct {
	Sign, SM2, TLS string
	HQ             string // note verifier key of headquarters
}

// Install stores certificates beside their keys, the seal's last: it is what makes the room enrolled. It
// refuses a certificate of another key.
func Install(dir string, c Issued, open Opener) error {
	seal, err := openSeal(dir, open)
	if err != nil {
		return err
	}
	if seal.held != nil {
		defer seal.held.Close()
	}
	if _, err := join(seal.key, []byte(c.Sign)); err != nil {
		return fmt.Errorf("install certificate: %w", err)
	}
	for _, f := range []struct{ key, pem, chain string }{{tlsKey, tlsPEM, c.TLS}, {sm2Key, sm2PEM, c.SM2}} {
		if f.chain == "" && f.key == sm2Key {
			continue
		}
		if err := installFile(dir, f.key, f.pem, f.chain); err != nil {
			return err
		}
	}
	if _, err := note.NewVerifier(c.HQ); err != nil {
		return fmt.Errorf("install headquarters' key: %w", err)
	}
	if err := SaveSecret(filepath.Join(dir, hqKey), []byte(c.HQ)); err != nil {
		return err
	}
	return SaveSecret(filepath.Join(dir, signPEM), []byte(c.Sign))
}

func installFile(dir, keyName, pemName, chain string) error {
	key, err := Load(filepath.Join(dir, keyName))
	if err != nil {
		return err
	}
	if _, err := join(key, []byte(chain)); err != nil {
		return fmt.Errorf("install certificate %s: %w", pemName, err)
	}
	return SaveSecret(filepath.Join(dir, pemName), []byte(chain))
}

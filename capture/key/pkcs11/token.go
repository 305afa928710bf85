//go:build cgo

package pkcs11

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"github.com/ThalesGroup/crypto11"

	"minglu/capture/key"
)

// token is a key in a token, with the session that holds it.
type token struct {
	crypto.Signer
	session *crypto11.Context
}

// Close ends the session.
func (t token) Close() error { return t.session.Close() }

// Open opens the P-256 key that a URI names; it is a key.Opener. With create it makes the key when the token has
// none of that name; the key cannot leave the token.
func Open(uri key.URI, create bool) (key.Held, error) {
	pin, err := uri.PIN()
	if err != nil {
		return nil, fmt.Errorf("open token %s: %w", uri.Token, err)
	}
	if _, err := os.Stat(uri.Module); err != nil {
		return nil, fmt.Errorf("open token %s: its maker's library: %w", uri.Token, err)
	}
	session, err := crypto11.Configure(&crypto11.Config{Path: uri.Module, TokenLabel: uri.Token, Pin: pin})
	if err != nil {
		return nil, fmt.Errorf("open token %s: %w; is it plugged in, and is the PIN in %s right? A token locks itself after a few wrong ones", uri.Token, err, uri.PINFile)
	}
	signer, err := find(session, uri, create)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open key %s in token %s: %w", uri.Object, uri.Token, err), session.Close())
	}
	return token{signer, session}, nil
}

func find(session *crypto11.Context, uri key.URI, create bool) (crypto.Signer, error) {
	label := []byte(uri.Object)
	found, err := session.FindKeyPairs(nil, label)
	if err != nil {
		return nil, err
	}
	switch {
	case len(found) > 1:
		return nil, fmt.Errorf("the token holds %d keys of this name", len(found))
	case len(found) == 1:
		if public, ok := found[0].Public().(*ecdsa.PublicKey); !ok || public.Curve != elliptic.P256() {
			return nil, errors.New("the key of this name is not P-256")
		}
		return found[0], nil
	case !create:
		return nil, errors.New("the token holds no key of this name")
	}
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return nil, err
	}
	return session.GenerateECDSAKeyPairWithLabel(id, label, elliptic.P256())
}

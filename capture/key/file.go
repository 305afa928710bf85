package key

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/emmansun/gmsm/smx509"
	"golang.org/x/mod/sumdb/note"

	"minglu/capture/durable"
)

// private is the machine's file system with files that only their owner may read. A file is empty when its
// mode is set, so no secret is ever readable by others.
type private struct{ durable.OS }

// Create makes a new file of mode 0600.
func (p private) Create(path string) (durable.File, error) {
	f, err := p.OS.Create(path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// missing reports whether dir has no file of that name.
func missing(dir, name string) (bool, error) {
	_, err := os.Lstat(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	return false, err
}

// Save stores a private key of either suite as PKCS#8, readable by its owner alone, and durable.
func Save(path string, key crypto.Signer) error {
	der, err := smx509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("write key %s: %w", path, err)
	}
	return SaveSecret(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// SaveSecret stores bytes that only their owner may read, durable.
func SaveSecret(path string, data []byte) error { return durable.WriteFile(private{}, path, data) }

// LoadSecret reads a file and refuses one that others may read.
func LoadSecret(path string) ([]byte, error) {
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open key %s: it is gone; put it back from where it was moved: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open key: %w", err)
	}
	if mode := st.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("open key %s: others on this machine may read it (mode %04o); run chmod 600 on it, and have it revoked if a stranger had access", path, mode)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("open key: %w", err)
	}
	return text, nil
}

// Load reads a PKCS#8 key of either suite.
func Load(path string) (crypto.Signer, error) {
	text, err := LoadSecret(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, fmt.Errorf("open key %s: it is damaged: it holds no PEM private key", path)
	}
	key, err := smx509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("open key %s: it is damaged: %w", path, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("open key %s: it cannot sign", path)
	}
	return signer, nil
}

// LoadNote reads a note signer key (Ed25519) and works out the verifier key that belongs to it.
func LoadNote(path string) (note.Signer, string, error) {
	text, err := LoadSecret(path)
	if err != nil {
		return nil, "", err
	}
	signer, err := note.NewSigner(string(text))
	if err != nil {
		return nil, "", fmt.Errorf("open key %s: it is damaged: %w", path, err)
	}
	verifier, err := verifierKey(string(text))
	if err != nil {
		return nil, "", fmt.Errorf("open key %s: it is damaged: %w", path, err)
	}
	return signer, verifier, nil
}

// verifierKey gives the verifier key of a note signer key, PRIVATE+KEY+name+hash+base64.
func verifierKey(signerKey string) (string, error) {
	parts := strings.SplitN(signerKey, "+", 5)
	if len(parts) != 5 {
		return "", errors.New("it is not a note signer key")
	}
	data, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(data) != 1+ed25519.SeedSize {
		return "", errors.New("it is not an Ed25519 note signer key")
	}
	public, ok := ed25519.NewKeyFromSeed(data[1:]).Public().(ed25519.PublicKey)
	if !ok {
		return "", errors.New("it has no Ed25519 public key")
	}
	return note.NewEd25519VerifierKey(parts[2], public)
}

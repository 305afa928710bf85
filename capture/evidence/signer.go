package evidence

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
)

// Suite is a pair of signature and digest that a layer is made with. A package always has a P-256 layer;
// an SM2 layer stands beside it, never alone.
type Suite string

// The suites. SuiteP256 is ECDSA on P-256 over SHA-256; SuiteSM2 is SM2 over SM3 (GB/T 32918, GB/T 32905)
// with the default identity 1234567812345678.
const (
	SuiteP256 Suite = "P-256"
	SuiteSM2  Suite = "SM2"
)

// Signer signs whole messages: an SM2 key must see the message, since its digest also covers the public key.
type Signer interface {
	Suite() Suite
	// Chain is the DER certificates, leaf first, without the root.
	Chain() [][]byte
	// Sign gives the DER signature of message.
	Sign(message []byte) ([]byte, error)
}

// Stamper asks an authority for the time.
type Stamper interface {
	// Stamp gives the DER RFC 3161 TimeStampToken over a SHA-256 digest.
	Stamp(ctx context.Context, digest [sha256.Size]byte) ([]byte, error)
}

type keySigner struct {
	suite Suite
	key   crypto.Signer
	chain [][]byte
}

// NewSigner joins a private key to its certificates, leaf first. The key may lie in a file or in a token; an
// SM2 key is handed the message with sm2.DefaultSM2SignerOpts. It refuses a key that is not the certificate's.
func NewSigner(key crypto.Signer, chain [][]byte) (Signer, error) {
	if len(chain) == 0 {
		return nil, errors.New("join key to certificate: there is no certificate")
	}
	leaf, err := ParseCertificate(chain[0])
	if err != nil {
		return nil, fmt.Errorf("join key to certificate: %w", err)
	}
	if leaf.Suite == "" {
		return nil, fmt.Errorf("join key to certificate: %q holds neither a P-256 nor an SM2 key", leaf.Name)
	}
	public, ok := leaf.x.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(key.Public()) {
		return nil, fmt.Errorf("join key to certificate: certificate %q belongs to another key", leaf.Name)
	}
	return keySigner{suite: leaf.Suite, key: key, chain: chain}, nil
}

func (s keySigner) Suite() Suite    { return s.suite }
func (s keySigner) Chain() [][]byte { return s.chain }

func (s keySigner) Sign(message []byte) ([]byte, error) {
	if s.suite == SuiteSM2 {
		return s.key.Sign(rand.Reader, message, sm2.DefaultSM2SignerOpts)
	}
	sum := sha256.Sum256(message)
	return s.key.Sign(rand.Reader, sum[:], crypto.SHA256)
}

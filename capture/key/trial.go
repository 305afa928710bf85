package key

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"

	"minglu/capture/evidence"
)

// trialLife is how long the certificates of a test recording are good.
const trialLife = 30 * 24 * time.Hour

// Trial lets a room's seal sign a test recording without vouching for it: the same key, wherever it lies, under a
// certificate for the room code given, by an authority that is made here and whose key is forgotten at once. Who
// trusts headquarters' root finds the package signed by nobody known. root is that authority, PEM.
func Trial(s evidence.Signer, code string, now time.Time) (signer evidence.Signer, root []byte, err error) {
	fail := func(err error) (evidence.Signer, []byte, error) {
		return nil, nil, fmt.Errorf("make the certificate of a test recording: %w", err)
	}
	own, err := smx509.ParseCertificate(s.Chain()[0])
	if err != nil {
		return fail(err)
	}
	authority := trialTemplate("Trial authority "+string(s.Suite()), now)
	authority.IsCA, authority.BasicConstraintsValid = true, true
	authority.KeyUsage = smx509.KeyUsageCertSign
	leaf := trialTemplate(code, now)
	leaf.KeyUsage = smx509.KeyUsageDigitalSignature | smx509.KeyUsageContentCommitment
	leaf.ExtKeyUsage = []smx509.ExtKeyUsage{smx509.ExtKeyUsageEmailProtection}
	leaf.URIs = []*url.URL{{Scheme: "urn", Opaque: "minglu:room:" + code}}
	key, err := trialKey(s.Suite())
	if err != nil {
		return fail(err)
	}
	self, err := smx509.CreateCertificate(rand.Reader, authority, authority, key.Public(), key)
	if err != nil {
		return fail(err)
	}
	if authority, err = smx509.ParseCertificate(self); err != nil {
		return fail(err)
	}
	der, err := smx509.CreateCertificate(rand.Reader, leaf, authority, own.PublicKey, key)
	if err != nil {
		return fail(err)
	}
	return trialSigner{s, der}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: self}), nil
}

func trialKey(s evidence.Suite) (crypto.Signer, error) {
	if s == evidence.SuiteSM2 {
		return sm2.GenerateKey(rand.Reader)
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

func trialTemplate(name string, now time.Time) *smx509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		serial = big.NewInt(now.UnixNano()) // no randomness: the key's own making will say so
	}
	return &smx509.Certificate{
		SerialNumber: serial.SetBit(serial, 126, 1), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour).UTC(), NotAfter: now.Add(trialLife).UTC(),
	}
}

// trialSigner signs with the room's key under the certificate of the trial.
type trialSigner struct {
	evidence.Signer
	leaf []byte
}

// Chain is the trial's certificate alone.
func (t trialSigner) Chain() [][]byte { return [][]byte{t.leaf} }

package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/key"
)

// How long a release key and its root hold. A bundle is refused after its key's end, so the key must outlive
// the time for which bundles lie in drawers.
const (
	keyYears  = 5
	rootYears = 20
)

// runKey makes a root for releases and a key below it. The root signs nothing but release keys: a room's
// certificate, from headquarters' own roots, must never be able to sign a release.
func runKey(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("pack key", flag.ContinueOnError)
	org := flags.String("org", "", "name of the organisation")
	folder := flags.String("out", "", "folder for root.pem, root.key, release.pem, release.key")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *org == "" || *folder == "" {
		return errors.New("key takes --org NAME and --out DIR")
	}
	if err := os.MkdirAll(*folder, 0o700); err != nil {
		return err
	}
	root, rootKey, err := certify(*org+" releases root", nil, nil, rootYears)
	if err != nil {
		return err
	}
	leaf, leafKey, err := certify(*org+" releases", root, rootKey, keyYears)
	if err != nil {
		return err
	}
	at := func(name string) string { return filepath.Join(*folder, name) }
	err = errors.Join(key.Save(at("root.key"), rootKey), key.Save(at("release.key"), leafKey),
		os.WriteFile(at("release.pem"), certificatePEM(leaf), 0o644), os.WriteFile(at("root.pem"), certificatePEM(root), 0o644))
	if err != nil {
		return err
	}
	c, err := evidence.ParseCertificate(root.Raw)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Release root sha256:%s in %s; move root.key offline, publish the fingerprint on paper\n", c.Fingerprint(), *folder)
	return nil
}

func certificatePEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// certify makes a key and its certificate: a root without above, else a release key that above vouches for.
func certify(name string, above *x509.Certificate, aboveKey crypto.Signer, years int) (*x509.Certificate, crypto.Signer, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	now := time.Now().UTC().Truncate(time.Second)
	c := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: now.AddDate(0, 0, -1),
		NotAfter: now.AddDate(years, 0, 0), BasicConstraintsValid: true}
	if above == nil {
		c.IsCA, c.KeyUsage, c.MaxPathLenZero = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, true
		above, aboveKey = c, k
	} else {
		// emailProtection is what openssl cms asks for by itself, codeSigning what we mean.
		c.KeyUsage = x509.KeyUsageDigitalSignature
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning, x509.ExtKeyUsageEmailProtection}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, above, k.Public(), aboveKey)
	if err != nil {
		return nil, nil, err
	}
	made, err := x509.ParseCertificate(der)
	return made, k, err
}

// releaseKey signs lists of files.
type releaseKey struct {
	signer evidence.Signer
	roots  *evidence.Roots
	root   []byte // PEM
}

// openKey reads a folder with release.key, release.pem (the key's certificate, then those above it but the
// root) and root.pem.
func openKey(folder string) (releaseKey, error) {
	k, err := key.Load(filepath.Join(folder, "release.key"))
	if err != nil {
		return releaseKey{}, err
	}
	text, err := os.ReadFile(filepath.Join(folder, "release.pem"))
	if err != nil {
		return releaseKey{}, err
	}
	certs, err := evidence.ParseCertificates(text)
	if err != nil {
		return releaseKey{}, err
	}
	var chain [][]byte
	for _, c := range certs {
		chain = append(chain, c.Raw)
	}
	signer, err := evidence.NewSigner(k, chain)
	if err != nil {
		return releaseKey{}, err
	}
	root, err := os.ReadFile(filepath.Join(folder, "root.pem"))
	if err != nil {
		return releaseKey{}, err
	}
	roots, err := evidence.ParseRoots(root)
	if err != nil {
		return releaseKey{}, err
	}
	return releaseKey{signer, roots, root}, roots.Trust(certs, time.Now(), evidence.UseSeal)
}

// sign makes a detached CMS, and reads it back as a machine will.
func (k releaseKey) sign(text []byte, at time.Time) ([]byte, error) {
	cms, err := evidence.SignCMS(k.signer, text, at)
	if err != nil {
		return nil, err
	}
	_, err = evidence.VerifyCMS(cms, text)
	return cms, err
}

// runSign signs a folder again, after files were added to it: a bundle.
func runSign(args []string) error {
	flags := flag.NewFlagSet("pack sign", flag.ContinueOnError)
	folder := flags.String("folder", "", "what to list and sign")
	keys := flags.String("sign", "", "folder with release.key, release.pem and root.pem")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return signFolder(*folder, *keys, time.Now())
}

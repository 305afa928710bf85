package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
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

// Names of the key that signs programs for Windows. It is an RSA key: every Windows reads its signatures, and the
// same program gets the same one each time.
const (
	windowsKey         = "windows.key"
	windowsCertificate = "windows.pem"
)

// runKey makes a root for releases and the keys below it, as far as the folder lacks them. The root signs nothing
// but release keys: a room's certificate, from headquarters' own roots, must never be able to sign a release.
func runKey(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("pack key", flag.ContinueOnError)
	org := flags.String("org", "", "name of the organisation")
	folder := flags.String("out", "", "folder for root.pem, root.key, release.pem, release.key, windows.pem, windows.key")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *folder == "" {
		return errors.New("key takes --org NAME and --out DIR")
	}
	if err := os.MkdirAll(*folder, 0o700); err != nil {
		return err
	}
	root, rootKey, err := openRoot(*folder, *org)
	if err != nil {
		return err
	}
	below := func(name, file string, make func() (crypto.Signer, error)) error {
		if _, err := os.Stat(filepath.Join(*folder, file+".pem")); err == nil {
			return nil
		}
		k, err := make()
		if err != nil {
			return err
		}
		leaf, err := certify(name, k, root, rootKey, keyYears)
		if err != nil {
			return err
		}
		return errors.Join(key.Save(filepath.Join(*folder, file+".key"), k),
			os.WriteFile(filepath.Join(*folder, file+".pem"), certificatePEM(leaf), 0o644))
	}
	name := strings.TrimSuffix(root.Subject.CommonName, " root")
	if err := errors.Join(below(name, "release", newECDSA), below(name+" (Windows)", "windows", newRSA)); err != nil {
		return err
	}
	c, err := evidence.ParseCertificate(root.Raw)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Release root sha256:%s in %s; move root.key offline, publish the fingerprint on paper\n", c.Fingerprint(), *folder)
	return nil
}

func newECDSA() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }
func newRSA() (crypto.Signer, error)   { return rsa.GenerateKey(rand.Reader, 3072) }

// openRoot is the folder's root of releases, made when there is none.
func openRoot(folder, org string) (*x509.Certificate, crypto.Signer, error) {
	keyAt, certificateAt := filepath.Join(folder, "root.key"), filepath.Join(folder, "root.pem")
	text, err := os.ReadFile(certificateAt)
	if err == nil {
		block, _ := pem.Decode(text)
		if block == nil {
			return nil, nil, fmt.Errorf("%s holds no certificate", certificateAt)
		}
		root, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, nil, err
		}
		k, err := key.Load(keyAt)
		return root, k, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	if org == "" {
		return nil, nil, errors.New("a new root takes --org NAME")
	}
	k, err := newECDSA()
	if err != nil {
		return nil, nil, err
	}
	root, err := certify(org+" releases root", k, nil, nil, rootYears)
	if err != nil {
		return nil, nil, err
	}
	return root, k, errors.Join(key.Save(keyAt, k), os.WriteFile(certificateAt, certificatePEM(root), 0o644))
}

func certificatePEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// certify makes a key's certificate: a root's without above, else that of a release key which above vouches for.
func certify(name string, k crypto.Signer, above *x509.Certificate, aboveKey crypto.Signer, years int) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
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
		return nil, err
	}
	return x509.ParseCertificate(der)
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

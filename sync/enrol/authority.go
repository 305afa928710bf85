// Package enrol admits machines: it is headquarters' small certificate authority, and the room's side of joining.
//
// The authority's keys lie in one folder below headquarters' data. Who can read it can admit rooms and grant
// time; the two roots are needed only to make the authorities below them and may be moved offline: Open does
// without their keys.
package enrol

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/emmansun/gmsm/smx509"
	"golang.org/x/mod/sumdb/note"

	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/key"
)

// Authority issues, renews and revokes.
type Authority struct {
	Org       string
	Seal      evidence.Signer // headquarters' own layer, P-256
	SealSM2   evidence.Signer
	TSA       evidence.Signer // time authority, P-256
	TSASM2    evidence.Signer
	Ledger    note.Signer
	LedgerKey string // verifier key of Ledger
	Now       func() time.Time

	data, dir             string // D, D/ca
	root, rootSM2         *smx509.Certificate
	rooms, roomsSM2, line pair // line issues for TLS

	mu     sync.Mutex // orders everything that changes files of D/ca/rooms, invites and the server's certificate
	server pair
}

// about is D/ca/about.json.
type about struct {
	V   int    `json:"v"`
	Org string `json:"org"`
}

// Init makes the authorities in the data folder of a new headquarters. D/root.pem is written last and is what
// makes it one; an Init that was interrupted goes on where it stopped, a second one is refused.
func Init(data, org string) error {
	if _, err := os.Stat(filepath.Join(data, "root.pem")); err == nil {
		return &fault{faultExists, fmt.Errorf("make authorities: %s has them already", data)}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("make authorities: %w", err)
	}
	dir := filepath.Join(data, "ca")
	for _, d := range []string{dir, filepath.Join(dir, "rooms"), filepath.Join(dir, "invites")} {
		if err := durable.MkdirAll(durable.OS{}, d); err != nil {
			return fmt.Errorf("make authorities: %w", err)
		}
		if err := os.Chmod(d, 0o700); err != nil {
			return fmt.Errorf("make authorities: %w", err)
		}
	}
	text, err := json.Marshal(about{1, org})
	if err != nil {
		return err
	}
	if err := durable.WriteFile(durable.OS{}, filepath.Join(dir, "about.json"), text); err != nil {
		return err
	}
	var roots []byte
	for _, s := range []evidence.Suite{evidence.SuiteP256, evidence.SuiteSM2} {
		root, err := initSuite(dir, org, s)
		if err != nil {
			return fmt.Errorf("make authorities: %w", err)
		}
		roots = append(roots, root.pem()...)
	}
	if err := initLedger(dir, roots); err != nil {
		return err
	}
	return durable.WriteFile(durable.OS{}, filepath.Join(data, "root.pem"), roots)
}

// suffix is what the files of a suite's pairs end with.
func suffix(s evidence.Suite) string {
	if s == evidence.SuiteSM2 {
		return "-sm2"
	}
	return ""
}

// initSuite makes root, rooms CA, time authority and seal of a suite; for P-256 also the authority for TLS.
func initSuite(dir, org string, s evidence.Suite) (pair, error) {
	now := time.Now()
	type plan struct {
		name, title string
		years       int
		shape       func(*smx509.Certificate)
	}
	plans := []plan{
		{"root", "root", rootYears, func(t *smx509.Certificate) { asIssuer(t) }},
		{"rooms", "rooms CA", issuerYears, func(t *smx509.Certificate) { asIssuer(t, smx509.ExtKeyUsageEmailProtection) }},
		{"tsa", "time authority", hqYears, asTSA},
		{"seal", "headquarters", hqYears, func(t *smx509.Certificate) { asSeal(t, hqURI()) }},
	}
	if s == evidence.SuiteP256 {
		plans = append(plans, plan{"tls", "TLS CA", issuerYears, func(t *smx509.Certificate) {
			asIssuer(t, smx509.ExtKeyUsageClientAuth, smx509.ExtKeyUsageServerAuth)
		}})
	}
	var root *pair
	for _, p := range plans {
		t, err := template(org, fmt.Sprintf("%s %s (%s)", org, p.title, s), now, p.years)
		if err != nil {
			return pair{}, err
		}
		p.shape(t)
		made, err := makePair(dir, p.name+suffix(s), s, root, t)
		if err != nil {
			return pair{}, err
		}
		if root == nil {
			root = &made
		}
	}
	return *root, nil
}

// initLedger makes the ledger's key; its name holds the root's fingerprint, so that no two headquarters share it.
func initLedger(dir string, roots []byte) error {
	path := filepath.Join(dir, "ledger.key")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	sum := sha256.Sum256(roots)
	secret, _, err := note.GenerateKey(rand.Reader, "minglu/hq/"+hex.EncodeToString(sum[:4]))
	if err != nil {
		return fmt.Errorf("make ledger key: %w", err)
	}
	return key.SaveSecret(path, []byte(secret))
}

// Open opens the authorities in headquarters' data folder.
func Open(data string) (*Authority, error) {
	a := &Authority{Now: time.Now, data: data, dir: filepath.Join(data, "ca")}
	if err := a.open(); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &fault{faultAbsent, fmt.Errorf("open authorities: %w", err)}
		}
		return nil, fmt.Errorf("open authorities: %w", err)
	}
	return a, nil
}

func (a *Authority) open() error {
	text, err := os.ReadFile(filepath.Join(a.dir, "about.json"))
	if err != nil {
		return err
	}
	var me about
	if err := json.Unmarshal(text, &me); err != nil {
		return fmt.Errorf("read about.json: %w", err)
	}
	a.Org = me.Org
	if a.root, a.rootSM2, err = readRoots(filepath.Join(a.data, "root.pem")); err != nil {
		return err
	}
	for _, p := range []struct {
		to   *pair
		name string
	}{{&a.rooms, "rooms"}, {&a.roomsSM2, "rooms-sm2"}, {&a.line, "tls"}} {
		if *p.to, err = openPair(a.dir, p.name); err != nil {
			return err
		}
	}
	for _, p := range []struct {
		to   *evidence.Signer
		name string
	}{{&a.Seal, "seal"}, {&a.SealSM2, "seal-sm2"}, {&a.TSA, "tsa"}, {&a.TSASM2, "tsa-sm2"}} {
		opened, err := openPair(a.dir, p.name)
		if err != nil {
			return err
		}
		if *p.to, err = evidence.NewSigner(opened.key, [][]byte{opened.cert.Raw}); err != nil {
			return err
		}
	}
	a.Ledger, a.LedgerKey, err = key.LoadNote(filepath.Join(a.dir, "ledger.key"))
	return err
}

func readRoots(path string) (p256, sm2 *smx509.Certificate, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	certs, err := evidence.ParseCertificates(text)
	if err != nil {
		return nil, nil, err
	}
	if len(certs) != 2 || certs[0].Suite != evidence.SuiteP256 || certs[1].Suite != evidence.SuiteSM2 {
		return nil, nil, fmt.Errorf("%s does not hold a P-256 and an SM2 root, in this order", path)
	}
	if p256, err = smx509.ParseCertificate(certs[0].Raw); err != nil {
		return nil, nil, err
	}
	sm2, err = smx509.ParseCertificate(certs[1].Raw)
	return p256, sm2, err
}

// Fingerprint is what a technician types or scans: sha256: and the SHA-256 of the P-256 root, hex.
func (a *Authority) Fingerprint() string { return fingerprint(a.root.Raw) }

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// RootsPEM is both roots.
func (a *Authority) RootsPEM() []byte {
	return bytes.Join([][]byte{pair{cert: a.root}.pem(), pair{cert: a.rootSM2}.pem()}, nil)
}

// Roots trusts both roots and knows what was revoked by now.
func (a *Authority) Roots() (*evidence.Roots, error) {
	r, err := evidence.ParseRoots(a.RootsPEM())
	if err != nil {
		return nil, err
	}
	lists, err := a.RevocationLists()
	if err != nil {
		return nil, err
	}
	return r, r.Revoke(lists)
}

package key_test

import (
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"minglu/capture/evidence"
	"minglu/capture/evidence/pkitest"
	"minglu/capture/key"
)

// enrolled makes keys and gives them certificates.
func enrolled(t *testing.T, p *pkitest.PKI) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "keys")
	if err := key.Create(dir, key.Plan{Room: "R101", SM2: true}); err != nil {
		t.Fatal(err)
	}
	r, err := key.Request(dir, "R101", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Install(dir, issued(t, p, r), nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

func issued(t *testing.T, p *pkitest.PKI, r key.Requests) key.Issued {
	t.Helper()
	_, hq, err := note.GenerateKey(nil, "minglu/hq/test")
	if err != nil {
		t.Fatal(err)
	}
	return key.Issued{
		Sign: p.Certify(evidence.SuiteP256, r.Sign), SM2: p.Certify(evidence.SuiteSM2, r.SM2),
		TLS: p.Certify(evidence.SuiteP256, r.TLS), HQ: hq,
	}
}

func TestKeysSignAfterEnrolment(t *testing.T) {
	p := pkitest.New(t)
	k, err := key.Open(enrolled(t, p), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	for _, s := range []evidence.Signer{k.Sign, k.SM2} {
		cms, err := evidence.SignCMS(s, []byte("said"), p.Now())
		if err != nil {
			t.Fatal(err)
		}
		sig, err := evidence.VerifyCMS(cms, []byte("said"))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Roots().Trust(sig.Chain, p.Now(), evidence.UseSeal); err != nil {
			t.Error(err)
		}
	}
	v, err := note.NewVerifier(k.LedgerKey)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := note.Sign(&note.Note{Text: "head\n"}, k.Ledger)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(msg, note.VerifierList(v)); err != nil {
		t.Error(err)
	}
	if k.Store != "file" {
		t.Errorf("got store %q; want file", k.Store)
	}
	if err := k.Check(time.Now()); err != nil {
		t.Error(err)
	}
	if err := k.Check(time.Now().AddDate(3, 0, 0)); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("got %v in three years; want expired", err)
	}
	due, err := k.Due(time.Now().AddDate(1, 6, 0))
	if err != nil || !due {
		t.Errorf("got due %v, %v after 18 of 24 months", due, err)
	}
}

func TestCreateNeverReplacesAKey(t *testing.T) {
	dir := enrolled(t, pkitest.New(t))
	before := readAll(t, dir)
	if err := key.Create(dir, key.Plan{Room: "R101", SM2: true}); err != nil {
		t.Fatal(err)
	}
	for name, data := range readAll(t, dir) {
		if before[name] != data {
			t.Errorf("%s was replaced", name)
		}
	}
}

func readAll(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(data)
	}
	return files
}

func TestOnlyTheOwnerMayReadKeys(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	dir := enrolled(t, pkitest.New(t))
	for name := range readAll(t, dir) {
		st, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if st.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v; want 0600", name, st.Mode())
		}
	}
	if err := os.Chmod(filepath.Join(dir, "sign.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := key.Open(dir, nil); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("got %v; want a refusal that says chmod 600", err)
	}
}

func TestAFaultInTheKeyFolderSaysWhatToDo(t *testing.T) {
	p := pkitest.New(t)
	other := enrolled(t, p)
	for _, c := range []struct {
		name string
		harm func(dir string) error
		want string
	}{
		{"not enrolled", func(dir string) error { return os.Remove(filepath.Join(dir, "sign.pem")) }, "minglu enrol"},
		{"key gone", func(dir string) error { return os.Remove(filepath.Join(dir, "sign.key")) }, "put it back"},
		{"key cut", func(dir string) error { return os.Truncate(filepath.Join(dir, "sign.key"), 40) }, "damaged"},
		{"SM2 key gone", func(dir string) error { return os.Remove(filepath.Join(dir, "sm2.key")) }, "put it back"},
		{"TLS key cut", func(dir string) error { return os.Truncate(filepath.Join(dir, "tls.key"), 0) }, "damaged"},
		{"ledger key cut", func(dir string) error { return os.Truncate(filepath.Join(dir, "ledger.key"), 20) }, "damaged"},
		{"another's certificate", func(dir string) error {
			data, err := os.ReadFile(filepath.Join(other, "sign.pem"))
			return errors.Join(err, os.WriteFile(filepath.Join(dir, "sign.pem"), data, 0o600))
		}, "belongs to another key"},
		{"certificate cut", func(dir string) error { return os.Truncate(filepath.Join(dir, "sign.pem"), 100) }, "no PEM certificate"},
		{"headquarters' key gone", func(dir string) error { return os.Remove(filepath.Join(dir, "hq.vkey")) }, "move "},
	} {
		dir := enrolled(t, p)
		if err := c.harm(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := key.Open(dir, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v; want %q in it", c.name, err, c.want)
		}
	}
}

func TestARequestProvesItsKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	if err := key.Create(dir, key.Plan{Room: "R101"}); err != nil {
		t.Fatal(err)
	}
	r, err := key.Request(dir, "R101", nil)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.ParseCertificateRequest(r.Sign)
	if err != nil {
		t.Fatal(err)
	}
	if err := csr.CheckSignature(); err != nil || csr.Subject.CommonName != "R101" || r.SM2 != nil {
		t.Errorf("got %v for %q, SM2 %d bytes", err, csr.Subject.CommonName, len(r.SM2))
	}
}

func TestATokenAddressReadsBack(t *testing.T) {
	const text = "pkcs11:module=/usr/lib/softhsm/libsofthsm2.so;token=Room%20101%3B;object=seal?pin-source=file:/etc/minglu/p%26n"
	u, err := key.ParseURI(text)
	if err != nil {
		t.Fatal(err)
	}
	want := key.URI{Module: "/usr/lib/softhsm/libsofthsm2.so", Token: "Room 101;", Object: "seal", PINFile: "/etc/minglu/p&n"}
	if u != want || u.String() != text {
		t.Errorf("got %+v, %s", u, u)
	}
	for _, bad := range []string{"", "pkcs12:", "pkcs11:", "pkcs11:token=x", "pkcs11:module=a;token=%zz;object=b?pin-source=c", text + "&x=y"} {
		if _, err := key.ParseURI(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	if _, err := key.ParseStore("tpm"); err == nil || !strings.Contains(err.Error(), "no TPM") {
		t.Errorf("got %v for tpm", err)
	}
}

func FuzzURI(f *testing.F) {
	f.Add("pkcs11:module=/a;token=b;object=c?pin-source=file:/d")
	f.Fuzz(func(t *testing.T, text string) {
		u, err := key.ParseURI(text)
		if err != nil {
			return
		}
		again, err := key.ParseURI(u.String())
		if err != nil || again != u {
			t.Errorf("%q: %+v reads back as %+v, %v", text, u, again, err)
		}
	})
}

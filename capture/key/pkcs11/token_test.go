//go:build cgo

package pkcs11_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"minglu/capture/evidence"
	"minglu/capture/evidence/pkitest"
	"minglu/capture/key"
	"minglu/capture/key/pkcs11"
)

// softToken makes a token of softhsm2 and gives its address.
func softToken(t *testing.T) key.URI {
	t.Helper()
	const module = "/usr/lib/softhsm/libsofthsm2.so"
	_, err := exec.LookPath("softhsm2-util")
	if _, err2 := os.Stat(module); err != nil || err2 != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("softhsm2 is not installed")
		}
		t.Skip("softhsm2 is not installed")
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "softhsm2.conf")
	must(t, os.Mkdir(filepath.Join(dir, "tokens"), 0o700))
	must(t, os.WriteFile(config, fmt.Appendf(nil, "directories.tokendir = %s/tokens\nlog.level = ERROR\n", dir), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "pin"), []byte("123456\n"), 0o600))
	t.Setenv("SOFTHSM2_CONF", config)
	out, err := exec.Command("softhsm2-util", "--init-token", "--free", "--label", "Room 101", "--pin", "123456", "--so-pin", "12345678").CombinedOutput()
	if err != nil {
		t.Fatalf("softhsm2-util: %v %s", err, out)
	}
	return key.URI{Module: module, Token: "Room 101", Object: "seal", PINFile: filepath.Join(dir, "pin")}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// One test, since a process loads the library, and so its configuration, once.
func TestASealKeyLivesInAToken(t *testing.T) {
	uri := softToken(t)
	p := pkitest.New(t)
	dir := filepath.Join(t.TempDir(), "keys")

	_, err := pkcs11.Open(uri, false)
	want(t, err, "no key of this name")

	must(t, key.Create(dir, key.Plan{Room: "R101", Store: uri.String(), Open: pkcs11.Open}))
	if _, err := os.Stat(filepath.Join(dir, "sign.key")); err == nil {
		t.Error("the seal key lies in a file")
	}
	r, err := key.Request(dir, "R101", pkcs11.Open)
	must(t, err)
	_, hq, err := note.GenerateKey(nil, "minglu/hq/test")
	must(t, err)
	must(t, key.Install(dir, key.Issued{Sign: p.Certify(evidence.SuiteP256, r.Sign), TLS: p.Certify(evidence.SuiteP256, r.TLS), HQ: hq}, pkcs11.Open))

	k, err := key.Open(dir, pkcs11.Open)
	must(t, err)
	cms, err := evidence.SignCMS(k.Sign, []byte("said"), p.Now())
	must(t, err)
	if _, err := evidence.VerifyCMS(cms, []byte("said")); err != nil {
		t.Error(err)
	}
	if k.Store != "pkcs11" || k.SM2 != nil {
		t.Errorf("got store %q, SM2 %v", k.Store, k.SM2)
	}
	must(t, k.Close())

	_, err = key.Open(dir, nil)
	want(t, err, "without PKCS#11")
	must(t, os.WriteFile(uri.PINFile, []byte("000000"), 0o600))
	_, err = key.Open(dir, pkcs11.Open)
	want(t, err, "is the PIN")
	must(t, os.Remove(uri.PINFile))
	_, err = key.Open(dir, pkcs11.Open)
	want(t, err, "read PIN")

	lost := uri
	lost.Module = "/nowhere/lib.so"
	must(t, os.WriteFile(uri.PINFile, []byte("123456"), 0o600))
	_, err = pkcs11.Open(lost, false)
	want(t, err, "its maker's library")
	lost = uri
	lost.Token = "Room 102"
	_, err = pkcs11.Open(lost, false)
	want(t, err, "is it plugged in")
}

func want(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v; want %q in it", err, words)
	}
}

package evidence_test

import (
	"context"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/pkitest"
)

var content = []byte("<ASiCManifest>what was said</ASiCManifest>")

// sealed signs content as a room and stamps it.
func sealed(t *testing.T, p *pkitest.PKI, suite evidence.Suite) []byte {
	t.Helper()
	s := p.Room("R101")
	if suite == evidence.SuiteSM2 {
		s = p.RoomSM2("R101")
	}
	cms, err := evidence.SignCMS(s, content, p.Now())
	if err != nil {
		t.Fatal(err)
	}
	value, err := evidence.SignatureValue(cms)
	if err != nil {
		t.Fatal(err)
	}
	token, err := p.Stamper(suite).Stamp(context.Background(), sha256.Sum256(value))
	if err != nil {
		t.Fatal(err)
	}
	if cms, err = evidence.AddToken(cms, token); err != nil {
		t.Fatal(err)
	}
	return cms
}

func suites(t *testing.T, f func(t *testing.T, p *pkitest.PKI, s evidence.Suite)) {
	for _, s := range []evidence.Suite{evidence.SuiteP256, evidence.SuiteSM2} {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			f(t, pkitest.New(t), s)
		})
	}
}

func TestASealVerifiesAndNamesItsRoom(t *testing.T) {
	suites(t, func(t *testing.T, p *pkitest.PKI, s evidence.Suite) {
		sig, err := evidence.VerifyCMS(sealed(t, p, s), content)
		if err != nil {
			t.Fatal(err)
		}
		if sig.Suite != s || sig.Chain[0].Room != "R101" || len(sig.Chain) != 2 || sig.Token == nil {
			t.Errorf("got suite %s, room %q, %d certificates, token %v", sig.Suite, sig.Chain[0].Room, len(sig.Chain), sig.Token)
		}
		if d := time.Since(sig.Token.Time); d < 0 || d > time.Minute {
			t.Errorf("token's time is %v ago", d)
		}
		if err := p.Roots().Trust(sig.Chain, sig.Token.Time, evidence.UseSeal); err != nil {
			t.Error(err)
		}
		if err := p.Roots().Trust(sig.Token.Chain, sig.Token.Time, evidence.UseStamp); err != nil {
			t.Error(err)
		}
	})
}

func TestChangedContentIsRefused(t *testing.T) {
	suites(t, func(t *testing.T, p *pkitest.PKI, s evidence.Suite) {
		_, err := evidence.VerifyCMS(sealed(t, p, s), append([]byte("x"), content...))
		if err == nil || !strings.Contains(err.Error(), "not what was signed") {
			t.Errorf("got %v; want a refusal of the content", err)
		}
	})
}

func TestEveryFlippedBitOfASealIsRefused(t *testing.T) {
	suites(t, func(t *testing.T, p *pkitest.PKI, s evidence.Suite) {
		cms := sealed(t, p, s)
		accepted := 0
		for i := range len(cms) * 8 {
			cms[i/8] ^= 1 << (i % 8)
			if _, err := evidence.VerifyCMS(cms, content); err == nil {
				accepted++
				t.Errorf("bit %d of byte %d (%#x) flipped: accepted", i%8, i/8, cms[i/8])
			}
			cms[i/8] ^= 1 << (i % 8)
		}
		t.Logf("%d mutants of a seal of %d bytes, %d accepted", len(cms)*8, len(cms), accepted)
	})
}

func TestEveryCutOfASealIsRefused(t *testing.T) {
	cms := sealed(t, pkitest.New(t), evidence.SuiteP256)
	for n := range len(cms) {
		if _, err := evidence.VerifyCMS(cms[:n], content); err == nil {
			t.Errorf("cut to %d bytes: accepted", n)
		}
	}
	if _, err := evidence.VerifyCMS(append(cms, 0), content); err == nil {
		t.Error("one byte longer: accepted")
	}
}

// tool finds a program a stranger would use; without it the test is skipped, in CI it fails.
func tool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
}

// write puts a file into dir and gives its path.
func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestOpenSSLAgreesWithASeal(t *testing.T) {
	tool(t, "openssl")
	p, dir := pkitest.New(t), t.TempDir()
	root := write(t, dir, "root.pem", p.RootsPEM())
	sig := write(t, dir, "sig.p7s", sealed(t, p, evidence.SuiteP256))
	file := write(t, dir, "content", content)
	args := []string{"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", sig, "-content", file, "-CAfile", root, "-out", os.DevNull}
	run(t, "openssl", args...)
	write(t, dir, "content", []byte("something else"))
	if out, err := exec.Command("openssl", args...).CombinedOutput(); err == nil {
		t.Errorf("openssl accepts changed content: %s", out)
	}
}

func TestOpenSSLAgreesWithAToken(t *testing.T) {
	tool(t, "openssl")
	p, dir := pkitest.New(t), t.TempDir()
	token, err := p.Stamper(evidence.SuiteP256).Stamp(context.Background(), sha256.Sum256(content))
	if err != nil {
		t.Fatal(err)
	}
	root := write(t, dir, "root.pem", p.RootsPEM())
	tok := write(t, dir, "tok.tst", token)
	file := write(t, dir, "content", content)
	run(t, "openssl", "ts", "-verify", "-data", file, "-token_in", "-in", tok, "-CAfile", root)
}

func TestOpenSSLChecksAnSM2SealStepByStep(t *testing.T) {
	tool(t, "openssl")
	p, dir := pkitest.New(t), t.TempDir()
	sig, err := evidence.VerifyCMS(sealed(t, p, evidence.SuiteSM2), content)
	if err != nil {
		t.Fatal(err)
	}
	root := write(t, dir, "root.pem", p.RootsPEM())
	leaf := write(t, dir, "leaf.pem", sig.Chain[0].PEM())
	rooms := write(t, dir, "rooms.pem", sig.Chain[1].PEM())
	key := write(t, dir, "key.pem", []byte(run(t, "openssl", "x509", "-in", leaf, "-noout", "-pubkey")))
	signed := write(t, dir, "signed", sig.Signed)
	value := write(t, dir, "value", sig.Value)
	const id = "distid:1234567812345678"
	// openssl gives the identity to the named certificate alone, so the chain is checked link by link.
	run(t, "openssl", "verify", "-vfyopt", id, "-CAfile", root, rooms)
	run(t, "openssl", "verify", "-vfyopt", id, "-partial_chain", "-trusted", rooms, leaf)
	run(t, "openssl", "dgst", "-sm3", "-sigopt", id, "-verify", key, "-signature", value, signed)
	file := write(t, dir, "content", content)
	digest := strings.Fields(run(t, "openssl", "dgst", "-sm3", "-r", file))[0]
	if !strings.Contains(strings.ToLower(run(t, "openssl", "asn1parse", "-inform", "DER", "-in", signed)), digest) {
		t.Errorf("SM3 of the content, %s, is not the signed message digest", digest)
	}
}

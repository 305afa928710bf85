package enrol_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/key"
	"minglu/sync/enrol"
)

func TestARevokedRoomIsRefusedAndItsEarlierSealsStay(t *testing.T) {
	hq := newHQ(t)
	inv := hq.invite(t, "R101")
	join(t, inv)
	k, err := key.Open(filepath.Join(inv.Home, "keys"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if err := hq.Revoke("R101", time.Now(), "stolen"); err != nil {
		t.Fatal(err)
	}
	roots, err := hq.Roots()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []evidence.Signer{k.Sign, k.SM2} {
		var chain []*evidence.Certificate
		for _, der := range s.Chain() {
			c, err := evidence.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			chain = append(chain, c)
		}
		if err := roots.Trust(chain, time.Now().Add(-time.Minute), evidence.UseSeal); err != nil {
			t.Errorf("%s, before the revocation: %v", s.Suite(), err)
		}
		var no *evidence.Distrust
		if err := roots.Trust(chain, time.Now().Add(time.Minute), evidence.UseSeal); !errors.As(err, &no) || no.Reason != evidence.ReasonRevoked {
			t.Errorf("%s, after the revocation: %v", s.Suite(), err)
		}
	}
	hq.Now = func() time.Time { return time.Now().Add(time.Minute) }
	_, err = enrol.Renew(context.Background(), inv)
	wantRefusal(t, err, "revoked on")
	again := hq.invite(t, "R101")
	again.Home = inv.Home
	if err := os.Remove(filepath.Join(inv.Home, "keys", "sign.pem")); err != nil {
		t.Fatal(err)
	}
	_, err = enrol.Join(context.Background(), again)
	wantRefusal(t, err, "were revoked")
}

func TestOpenSSLAgreesWithTheAuthority(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("openssl is not installed")
		}
		t.Skip("openssl is not installed")
	}
	hq := newHQ(t)
	inv := hq.invite(t, "R101")
	join(t, inv)
	root, ca := filepath.Join(hq.data, "root.pem"), filepath.Join(hq.data, "ca")
	keys := filepath.Join(inv.Home, "keys")
	crl := filepath.Join(t.TempDir(), "crl.pem")
	lists, err := hq.RevocationLists()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(crl, lists, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"verify", "-CAfile", root, "-purpose", "smimesign", "-untrusted", filepath.Join(ca, "rooms.pem"), filepath.Join(keys, "sign.pem")},
		{"verify", "-CAfile", root, "-purpose", "sslclient", "-untrusted", filepath.Join(ca, "tls.pem"), filepath.Join(keys, "tls.pem")},
		{"verify", "-CAfile", root, "-purpose", "sslserver", "-untrusted", filepath.Join(ca, "tls.pem"), filepath.Join(ca, "server.pem")},
		{"verify", "-CAfile", root, "-purpose", "timestampsign", filepath.Join(ca, "tsa.pem")},
		{"verify", "-CAfile", root, "-purpose", "smimesign", filepath.Join(ca, "seal.pem")},
		{"crl", "-in", crl, "-CAfile", filepath.Join(ca, "rooms.pem"), "-noout"},
	} {
		if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Errorf("openssl %v: %s", args, out)
		}
	}
	host, port, err := net.SplitHostPort(strings.TrimPrefix(hq.url, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("openssl", "s_client", "-connect", net.JoinHostPort(host, port), "-CAfile", root, "-verify_return_error",
		"-cert", filepath.Join(keys, "tls.pem"), "-key", filepath.Join(keys, "tls.key"))
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "Verify return code: 0") {
		t.Errorf("openssl s_client: %v %s", err, out)
	}
}

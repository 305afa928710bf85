package enrol_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/key"
	"minglu/sync/enrol"
	"minglu/sync/wire"
)

// headquarters is a fresh authority behind a real TLS server.
type headquarters struct {
	*enrol.Authority
	data, url string
	lose      bool // drops the next answer after making it
}

func newHQ(t *testing.T) *headquarters {
	t.Helper()
	data := t.TempDir()
	if err := enrol.Init(data, "Practice bureau"); err != nil {
		t.Fatal(err)
	}
	a, err := enrol.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	hq := &headquarters{Authority: a, data: data}
	config, err := a.ServerTLS("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	inner := enrol.Handler(a)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hq.lose && r.Method == http.MethodPost {
			rec := httptest.NewRecorder()
			inner.ServeHTTP(rec, r)
			if strings.Contains(rec.Body.String(), "BEGIN CERTIFICATE") {
				hq.lose = false
				panic(http.ErrAbortHandler)
			}
			w.WriteHeader(rec.Code)
			if _, err := w.Write(rec.Body.Bytes()); err != nil {
				t.Error(err)
			}
			return
		}
		inner.ServeHTTP(w, r)
	}))
	srv.TLS = config
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	hq.url = srv.URL
	return hq
}

func (hq *headquarters) invite(t *testing.T, room string) enrol.Invitation {
	t.Helper()
	code, expires, err := hq.Invite(room, "First interview room")
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Until(expires); d < 23*time.Hour || d > 25*time.Hour {
		t.Errorf("the code lives %v", d)
	}
	return enrol.Invitation{URL: hq.url, Code: code, Fingerprint: hq.Fingerprint(), Home: t.TempDir(), SM2: true}
}

func join(t *testing.T, inv enrol.Invitation) enrol.Joined {
	t.Helper()
	j, err := enrol.Join(context.Background(), inv)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func wantRefusal(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v; want %q in it", err, words)
	}
}

func TestAnInvitedRoomJoinsAndItsSealsAreTrusted(t *testing.T) {
	hq := newHQ(t)
	inv := hq.invite(t, "R101")
	j := join(t, inv)
	if j.Room != "R101" || j.Title != "First interview room" {
		t.Errorf("joined as %+v", j)
	}
	k, err := key.Open(filepath.Join(inv.Home, "keys"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	root, err := os.ReadFile(filepath.Join(inv.Home, "root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots, err := evidence.ParseRoots(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []evidence.Signer{k.Sign, k.SM2, hq.Seal, hq.SealSM2} {
		cms, err := evidence.SignCMS(s, []byte("said"), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		sig, err := evidence.VerifyCMS(cms, []byte("said"))
		if err != nil {
			t.Fatal(err)
		}
		if err := roots.Trust(sig.Chain, time.Now(), evidence.UseSeal); err != nil {
			t.Error(err)
		}
		if ours := sig.Chain[0]; ours.HQ == (ours.Room == "R101") {
			t.Errorf("certificate %q is for room %q, headquarters %v", ours.Name, ours.Room, ours.HQ)
		}
	}
	if k.HQ != hq.LedgerKey {
		t.Errorf("got headquarters' key %q; want %q", k.HQ, hq.LedgerKey)
	}
	m, err := hq.Member("R101")
	if err != nil || m.LedgerKey != k.LedgerKey {
		t.Errorf("headquarters knows ledger key %q, %v; want %q", m.LedgerKey, err, k.LedgerKey)
	}
	_, err = enrol.Join(context.Background(), inv)
	wantRefusal(t, err, "enrolled already")
}

func TestALostAnswerIsGivenAgain(t *testing.T) {
	hq := newHQ(t)
	inv := hq.invite(t, "R101")
	hq.lose = true
	if _, err := enrol.Join(context.Background(), inv); err == nil {
		t.Fatal("the answer was lost, and the room is enrolled")
	}
	before, err := hq.Member("R101")
	if err != nil {
		t.Fatal(err)
	}
	join(t, inv)
	after, err := hq.Member("R101")
	if err != nil || len(after.Issued) != 1 || after.Issued[0] != before.Issued[0] {
		t.Errorf("got %d issues, %v; want the one of the first call", len(after.Issued), err)
	}
}

func TestACodeAdmitsOneRoomOnce(t *testing.T) {
	hq := newHQ(t)
	inv := hq.invite(t, "R101")
	join(t, inv)
	inv.Home = t.TempDir() // another machine with the same code
	_, err := enrol.Join(context.Background(), inv)
	wantRefusal(t, err, "used already")
}

func TestFiveWrongTriesEndACode(t *testing.T) {
	hq := newHQ(t)
	inv := hq.invite(t, "R101")
	wrong := inv
	wrong.Code = otherSecret(t, inv.Code)
	for i, want := range []string{"left: 4", "left: 3", "left: 2", "left: 1", "left: 0", "too often"} {
		_, err := enrol.Join(context.Background(), wrong)
		wantRefusal(t, err, want)
		if i == 0 && errors.As(err, new(*enrol.Refused)) == false {
			t.Errorf("got %T; want *Refused inside", err)
		}
	}
	_, err := enrol.Join(context.Background(), inv)
	wantRefusal(t, err, "too often")
}

// otherSecret finds a well-formed code with the same first signs and another secret.
func otherSecret(t *testing.T, code string) string {
	t.Helper()
	const signs = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	for _, a := range signs {
		for _, b := range signs {
			c := []rune(code)
			c[len(c)-2], c[len(c)-1] = a, b
			if _, err := enrol.ParseCode(string(c)); err == nil && string(c) != code {
				return string(c)
			}
		}
	}
	t.Fatal("no other code")
	return ""
}

func TestAnExpiredCodeIsRefused(t *testing.T) {
	hq := newHQ(t)
	inv := hq.invite(t, "R101")
	hq.Now = func() time.Time { return time.Now().Add(25 * time.Hour) }
	_, err := enrol.Join(context.Background(), inv)
	wantRefusal(t, err, "expired on")
}

func TestAnUnknownOrMistypedCodeIsRefused(t *testing.T) {
	hq, other := newHQ(t), newHQ(t)
	inv := other.invite(t, "R101")
	inv.URL, inv.Fingerprint = hq.url, hq.Fingerprint()
	_, err := enrol.Join(context.Background(), inv)
	wantRefusal(t, err, "not known")
	inv.Code = inv.Code[1:]
	_, err = enrol.Join(context.Background(), inv)
	wantRefusal(t, err, "19 signs")
}

func TestAForeignServerIsNotHeadquarters(t *testing.T) {
	hq, foreign := newHQ(t), newHQ(t)
	inv := hq.invite(t, "R101")
	inv.URL = foreign.url
	_, err := enrol.Join(context.Background(), inv)
	wantRefusal(t, err, "another fingerprint")
	inv.Fingerprint = "sha256:12"
	_, err = enrol.Join(context.Background(), inv)
	wantRefusal(t, err, "64 hex digits")
	for _, url := range []string{"http://127.0.0.1", "127.0.0.1:80", "https://"} {
		inv = hq.invite(t, "R102")
		inv.URL = url
		_, err = enrol.Join(context.Background(), inv)
		wantRefusal(t, err, "no address")
	}
	inv.URL = "https://127.0.0.1:1"
	_, err = enrol.Join(context.Background(), inv)
	wantRefusal(t, err, "cannot be reached")
}

// TestAnImpostorWithoutTheCodeProvesNothing stands for a machine in between that has headquarters' own TLS key.
func TestAnImpostorWithoutTheCodeProvesNothing(t *testing.T) {
	hq := newHQ(t)
	config, err := hq.ServerTLS("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := json.NewEncoder(w).Encode(wire.EnrolAnswer{Room: "R666", Proof: make([]byte, 32)}); err != nil {
			t.Error(err)
		}
	}))
	srv.TLS = config
	srv.StartTLS()
	defer srv.Close()
	inv := hq.invite(t, "R101")
	inv.URL = srv.URL
	_, err = enrol.Join(context.Background(), inv)
	wantRefusal(t, err, "does not prove")
}

func TestARequestForAnotherServerIsNotPassedOn(t *testing.T) {
	hq := newHQ(t)
	// The proof binds the server's certificate: the same request shown under another one is a wrong code.
	inv := hq.invite(t, "R101")
	request := wire.EnrolRequest{Invitation: inv.Code[:3], Proof: make([]byte, 32)}
	if _, err := hq.Enrol(request, []byte("another certificate")); err == nil {
		t.Error("a request without proof is answered")
	}
}

// dial speaks to headquarters as a room.
func dial(t *testing.T, hq *headquarters, home string) *http.Client {
	t.Helper()
	config := enrol.PinnedTLS(hq.Fingerprint(), "127.0.0.1")
	if home != "" {
		k, err := key.Open(filepath.Join(home, "keys"), nil)
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{k.TLS}
	}
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func TestRenewalKeepsKeysAndTakesPlaceOnceADay(t *testing.T) {
	hq := newHQ(t)
	inv := hq.invite(t, "R101")
	first := join(t, inv)
	again, err := enrol.Renew(context.Background(), inv)
	if err != nil {
		t.Fatal(err)
	}
	if again.Certificate != first.Certificate {
		t.Error("a renewal on the first day gives another certificate")
	}
	hq.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	later, err := enrol.Renew(context.Background(), inv)
	if err != nil {
		t.Fatal(err)
	}
	if later.Certificate == first.Certificate || !later.Expires.After(first.Expires) {
		t.Errorf("got %+v after %+v", later, first)
	}
	res, err := dial(t, hq, "").Post(hq.url+"/v1/renew", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusForbidden || !strings.Contains(string(body), "no room certificate") {
		t.Errorf("without a certificate: %s %s", res.Status, body)
	}
}

func TestInitGoesOnAfterACrashAndHappensOnce(t *testing.T) {
	data := t.TempDir()
	if err := enrol.Init(data, "Bureau"); err != nil {
		t.Fatal(err)
	}
	a, err := enrol.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, enrol.Init(data, "Bureau"), "already")
	for _, gone := range []string{"root.pem", "ca/ledger.key", "ca/seal-sm2.pem", "ca/seal-sm2.key"} {
		if err := os.Remove(filepath.Join(data, gone)); err != nil {
			t.Fatal(err)
		}
	}
	var half interface{ FaultCode() string }
	if _, err := enrol.Open(data); !errors.As(err, &half) || half.FaultCode() != "hq.absent" {
		t.Errorf("half an authority opens: %v", err)
	}
	if err := enrol.Init(data, "Bureau"); err != nil {
		t.Fatal(err)
	}
	b, err := enrol.Open(data)
	if err != nil || a.Fingerprint() != b.Fingerprint() {
		t.Errorf("the root changed, or %v", err)
	}
}

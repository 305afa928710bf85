package stamp_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/pkitest"
	"minglu/capture/stamp"
)

func authority(t *testing.T) (*pkitest.PKI, stamp.Authority) {
	t.Helper()
	p := pkitest.New(t)
	return p, stamp.Authority{P256: p.TSA(evidence.SuiteP256), SM2: p.TSA(evidence.SuiteSM2), Now: p.Now}
}

func serve(t *testing.T, h http.Handler) stamp.Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return stamp.Client{URL: srv.URL, HTTP: srv.Client()}
}

func TestAClientGetsATrustedTokenOverItsDigest(t *testing.T) {
	p, a := authority(t)
	digest := sha256.Sum256([]byte("said"))
	der, err := serve(t, a).Stamp(context.Background(), digest)
	if err != nil {
		t.Fatal(err)
	}
	token, err := evidence.VerifyToken(der, digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Roots().Trust(token.Chain, token.Time, evidence.UseStamp); err != nil {
		t.Error(err)
	}
	if token.Accuracy != time.Second || time.Since(token.Time).Abs() > 2*time.Second {
		t.Errorf("got %v ± %v", token.Time, token.Accuracy)
	}
}

func TestEverySerialIsNew(t *testing.T) {
	_, a := authority(t)
	c := serve(t, a)
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				der, err := c.Stamp(context.Background(), sha256.Sum256([]byte("said")))
				if err != nil {
					t.Error(err)
					return
				}
				token, err := evidence.ParseToken(der)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if s := token.Serial.String(); seen[s] || token.Serial.Sign() <= 0 {
					t.Errorf("serial %s comes twice or is not positive", s)
				} else {
					seen[s] = true
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// replay answers every query with the reply to another.
type replay struct{ reply []byte }

func (r replay) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if _, err := w.Write(r.reply); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func TestAnAnswerToAnotherQuestionIsRefused(t *testing.T) {
	_, a := authority(t)
	digest := sha256.Sum256([]byte("said"))
	var old []byte
	tap := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		a.ServeHTTP(rec, r)
		old = rec.Body.Bytes()
		replay{old}.ServeHTTP(w, r)
	})
	if _, err := serve(t, tap).Stamp(context.Background(), digest); err != nil {
		t.Fatal(err)
	}
	c := serve(t, replay{old})
	if _, err := c.Stamp(context.Background(), digest); err == nil || !strings.Contains(err.Error(), "nonce") {
		t.Errorf("an old answer: got %v", err)
	}
	if _, err := c.Stamp(context.Background(), sha256.Sum256([]byte("else"))); err == nil || !strings.Contains(err.Error(), "other data") {
		t.Errorf("an answer over other data: got %v", err)
	}
}

func TestAnAuthorityThatCannotAnswerIsNamed(t *testing.T) {
	answers := map[string]http.Handler{
		"503":            http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }),
		"not a time-st":  replay{[]byte("<html>")},
		"is over":        replay{make([]byte, 1<<20)},
		"holds no token": replay{[]byte{0x30, 5, 0x30, 3, 2, 1, 0}},
		"refuses":        replay{[]byte{0x30, 5, 0x30, 3, 2, 1, 2}},
	}
	for want, h := range answers {
		c := serve(t, h)
		if _, err := c.Stamp(context.Background(), [32]byte{}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), c.URL) {
			t.Errorf("got %v; want %q and the address in it", err, want)
		}
	}
	gone := stamp.Client{URL: "http://127.0.0.1:1/tsa", HTTP: http.DefaultClient}
	if _, err := gone.Stamp(context.Background(), [32]byte{}); err == nil || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("got %v; want cannot be reached", err)
	}
}

func TestAWrongRequestIsAnsweredAsHTTPHasIt(t *testing.T) {
	_, a := authority(t)
	for _, c := range []struct {
		method, kind string
		body         io.Reader
		want         int
	}{
		{http.MethodGet, "", nil, http.StatusMethodNotAllowed},
		{http.MethodPost, "text/plain", strings.NewReader("x"), http.StatusUnsupportedMediaType},
		{http.MethodPost, "application/timestamp-query", bytes.NewReader(make([]byte, 5000)), http.StatusBadRequest},
		{http.MethodPost, "application/timestamp-query", strings.NewReader("x"), http.StatusOK}, // refused inside
	} {
		req := httptest.NewRequest(c.method, "/v1/tsa", c.body)
		req.Header.Set("Content-Type", c.kind)
		rec := httptest.NewRecorder()
		a.ServeHTTP(rec, req)
		if rec.Code != c.want {
			t.Errorf("%s %s: got %d; want %d", c.method, c.kind, rec.Code, c.want)
		}
	}
}

// openssl runs it in dir and gives its output.
func openssl(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("openssl is not installed")
		}
		t.Skip("openssl is not installed")
	}
	cmd := exec.Command("openssl", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// ask lets openssl make a query, answers it, and leaves f, q.tsq, r.tsr and root.pem in a folder.
func ask(t *testing.T, p *pkitest.PKI, a stamp.Authority, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), []byte("said"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "root.pem"), p.RootsPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := openssl(t, dir, append([]string{"ts", "-query", "-data", "f", "-out", "q.tsq"}, args...)...); err != nil {
		t.Fatal(out)
	}
	query, err := os.ReadFile(filepath.Join(dir, "q.tsq"))
	if err != nil {
		t.Fatal(err)
	}
	reply, err := a.Answer(query)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "r.tsr"), reply, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOpenSSLAsksAndVerifies(t *testing.T) {
	p, a := authority(t)
	for _, args := range [][]string{{"-sha256", "-cert"}, {"-sha384", "-cert"}, {"-sha512", "-cert", "-no_nonce"}} {
		dir := ask(t, p, a, args...)
		for _, by := range [][]string{{"-data", "f"}, {"-queryfile", "q.tsq"}} {
			out, err := openssl(t, dir, append([]string{"ts", "-verify", "-in", "r.tsr", "-CAfile", "root.pem"}, by...)...)
			if err != nil {
				t.Errorf("%v, by %s: %s", args, by[0], out)
			}
		}
	}
}

func TestWithoutCertReqTheTokenIsBare(t *testing.T) {
	p, a := authority(t)
	dir := ask(t, p, a, "-sha256")
	leaf, err := evidence.ParseCertificate(a.P256.Chain()[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tsa.pem"), leaf.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"ts", "-verify", "-in", "r.tsr", "-queryfile", "q.tsq", "-CAfile", "root.pem"}
	if out, err := openssl(t, dir, args...); err == nil {
		t.Errorf("the token holds its certificate: %s", out)
	}
	if out, err := openssl(t, dir, append(args, "-untrusted", "tsa.pem")...); err != nil {
		t.Error(out)
	}
}

func TestWhatTheAuthorityDoesNotServeIsRefusedInside(t *testing.T) {
	p, a := authority(t)
	for want, args := range map[string][]string{
		"unrecognized or unsupported algorithm": {"-sha1"},
		"policy is not supported":               {"-sha256", "-tspolicy", "1.2.3"},
	} {
		dir := ask(t, p, a, args...)
		out, err := openssl(t, dir, "ts", "-reply", "-in", "r.tsr", "-text")
		if err != nil || !strings.Contains(out, "Rejected") || !strings.Contains(out, want) {
			t.Errorf("%v: got %v, %s; want %q", args, err, out, want)
		}
	}
}

func TestAnSM3DigestGetsAnSM2Token(t *testing.T) {
	p, a := authority(t)
	dir := ask(t, p, a, "-sm3", "-cert")
	reply, err := os.ReadFile(filepath.Join(dir, "r.tsr"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openssl(t, dir, "ts", "-reply", "-in", "r.tsr", "-token_out", "-out", "tok"); err != nil {
		t.Fatal(err)
	}
	der, err := os.ReadFile(filepath.Join(dir, "tok"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := evidence.ParseToken(der)
	if err != nil {
		t.Fatal(err)
	}
	_, sm3 := evidence.Digests([]byte("said"))
	if got := new(big.Int).SetBytes(token.Digest).Text(16); token.Suite != evidence.SuiteSM2 || token.Hash != "SM3" || !strings.HasSuffix(sm3, got) {
		t.Errorf("got %s over %s %s of %d bytes; want %s", token.Suite, token.Hash, got, len(reply), sm3)
	}
	if err := p.Roots().Trust(token.Chain, token.Time, evidence.UseStamp); err != nil {
		t.Error(err)
	}
	without := stamp.Authority{P256: a.P256, Now: a.Now}
	dir = ask(t, p, without, "-sm3")
	if out, _ := openssl(t, dir, "ts", "-reply", "-in", "r.tsr", "-text"); !strings.Contains(out, "Rejected") {
		t.Errorf("without an SM2 key: %s", out)
	}
}

// TestATokenOfOpenSSLsOwnAuthorityIsRead stands for an outside authority: an RSA key and a token of other form.
func TestATokenOfOpenSSLsOwnAuthorityIsRead(t *testing.T) {
	_, a := authority(t)
	dir := ask(t, pkitest.New(t), a, "-sha256", "-cert")
	config := `[req]
distinguished_name=dn
[dn]
[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
[tsa]
extendedKeyUsage=critical,timeStamping
[ts]
serial=` + dir + `/serial
crypto_device=builtin
signer_digest=sha256
default_policy=1.2.3.4
digests=sha256
accuracy=millisecs:500
ordering=yes
tsa_name=yes
ess_cert_id_chain=yes
`
	if err := os.WriteFile(filepath.Join(dir, "ts.cnf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"req -config ts.cnf -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=Outside -extensions ca -days 30",
		"req -config ts.cnf -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=Outside-TSA",
		"x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 30 -extfile ts.cnf -extensions tsa",
		"ts -reply -config ts.cnf -section ts -queryfile q.tsq -signer tsa.pem -inkey tsa.key -token_out -out tok",
	} {
		if out, err := openssl(t, dir, strings.Fields(line)...); err != nil {
			t.Fatalf("%s: %s", line, out)
		}
	}
	der, err := os.ReadFile(filepath.Join(dir, "tok"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := evidence.VerifyToken(der, sha256.Sum256([]byte("said")))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots, err := evidence.ParseRoots(ca)
	if err != nil {
		t.Fatal(err)
	}
	if err := roots.Trust(token.Chain, token.Time, evidence.UseStamp); err != nil {
		t.Error(err)
	}
	if token.Accuracy != 500*time.Millisecond || token.Suite != "" {
		t.Errorf("got accuracy %v, suite %q", token.Accuracy, token.Suite)
	}
}

func FuzzAnswer(f *testing.F) {
	p := pkitest.New(f)
	a := stamp.Authority{P256: p.TSA(evidence.SuiteP256), SM2: p.TSA(evidence.SuiteSM2), Now: p.Now}
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(t *testing.T, query []byte) {
		reply, err := a.Answer(query)
		if err != nil || len(reply) == 0 {
			t.Errorf("got %d bytes, %v", len(reply), err)
		}
	})
}

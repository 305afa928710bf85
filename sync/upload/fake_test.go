package upload_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"minglu/sync/wire"
)

// fakeHQ is the smallest headquarters: tus with part ids by digest, JSON calls, and faults on demand.
type fakeHQ struct {
	*httptest.Server
	roots []byte // PEM
	room  tls.Certificate

	mu        sync.Mutex
	lengths   map[string]int64
	parts     map[string][]byte
	told      map[string]wire.Announcement // the newest announcement of each id
	states    []string                     // id and state of each announcement, in order
	receipts  map[string]wire.Receipt
	sealed    int   // receipts issued
	got       int64 // bytes of parts that arrived, twice when sent twice
	forgotten []string
	fault     func(r *http.Request) fault
	over      chan struct{} // ends what hangs
}

// fault is what goes wrong with one request: nothing in the zero value.
type fault struct {
	drop   bool   // the connection ends before anything is done
	lose   bool   // it is done and the answer is lost
	cut    int64  // a PATCH ends after so many bytes, which are kept
	hang   bool   // nothing happens any more
	status int    // this answer instead
	code   string // with this refusal
	after  string // and this Retry-After
}

func newFakeHQ(t *testing.T) *fakeHQ {
	t.Helper()
	h := &fakeHQ{lengths: map[string]int64{}, parts: map[string][]byte{}, told: map[string]wire.Announcement{},
		receipts: map[string]wire.Receipt{}, over: make(chan struct{})}
	root, key := certificate(t, nil, nil, "root")
	hq, hqKey := certificate(t, root, key, "hq")
	room, roomKey := certificate(t, root, key, "HALL01")
	pool := x509.NewCertPool()
	pool.AddCert(root)
	h.roots = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})
	h.room = tls.Certificate{Certificate: [][]byte{room.Raw}, PrivateKey: roomKey}
	h.Server = httptest.NewUnstartedServer(h)
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.TLS = &tls.Config{MinVersion: tls.VersionTLS13, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
		Certificates: []tls.Certificate{{Certificate: [][]byte{hq.Raw}, PrivateKey: hqKey}}}
	h.StartTLS()
	t.Cleanup(func() {
		close(h.over)
		h.Close()
	})
	return h
}

// certificate makes a certificate under issuer, or a root; valid for two days around now.
func certificate(t *testing.T, issuer *x509.Certificate, issuerKey any, name string) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: issuer == nil}
	if issuer == nil {
		issuer, issuerKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), issuerKey)
	must(t, err)
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	return cert, key
}

// break_ sets what goes wrong from now on; n bounds how often, matching requests only.
func (h *fakeHQ) break_(n int, method, path string, f fault) *int {
	h.mu.Lock()
	defer h.mu.Unlock()
	left := n
	h.fault = func(r *http.Request) fault {
		if left > 0 && r.Method == method && strings.Contains(r.URL.Path, path) {
			left--
			return f
		}
		return fault{}
	}
	return &left
}

// breakFirst adds one broken connection: the first such request after offset.
func (h *fakeHQ) breakFirst(method string, offset int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	next, done := h.fault, false
	h.fault = func(r *http.Request) fault {
		at, _ := strconv.Atoi(r.Header.Get("Upload-Offset"))
		if !done && r.Method == method && at+int(r.ContentLength) > offset && at > 0 {
			done = true
			return fault{drop: true}
		}
		return next(r)
	}
}

func (h *fakeHQ) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var f fault
	h.mu.Lock()
	if h.fault != nil {
		f = h.fault(r)
	}
	h.mu.Unlock()
	switch {
	case f.drop:
		panic(http.ErrAbortHandler)
	case f.hang:
		<-h.over // a server that has not read the body does not see the client leave
		return
	case f.status != 0:
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Retry-After", f.after)
		answer(w, f.status, wire.Refusal{Code: f.code, Reasons: []string{"because of the test"}})
		return
	}
	if f.cut > 0 {
		h.append(httptest.NewRecorder(), r, io.LimitReader(r.Body, f.cut))
		panic(http.ErrAbortHandler)
	}
	if f.lose {
		h.serve(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	h.serve(w, r)
}

func (h *fakeHQ) serve(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, "/v1/parts/")
	switch {
	case r.Method == http.MethodPut:
		h.announce(w, r)
	case strings.HasSuffix(r.URL.Path, "/seal"):
		h.seal(w, strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/v1/packages/"), "/seal"))
	case r.URL.Path == "/v1/receipts/audit":
		h.mu.Lock()
		defer h.mu.Unlock()
		answer(w, http.StatusOK, wire.Forgotten{IDs: h.forgotten})
	case r.Method == http.MethodPost:
		h.create(w, r)
	case r.Method == http.MethodPatch:
		h.append(w, r, r.Body)
	case r.Method == http.MethodHead:
		h.head(w, id)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (h *fakeHQ) announce(w http.ResponseWriter, r *http.Request) {
	var a wire.Announcement
	if json.NewDecoder(r.Body).Decode(&a) != nil || a.ID != strings.TrimPrefix(r.URL.Path, "/v1/packages/") {
		answer(w, http.StatusBadRequest, wire.Refusal{Code: wire.RefuseForm})
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told[a.ID] = a
	h.states = append(h.states, a.ID+" "+a.State)
	var l wire.Lacking
	for _, p := range a.Files {
		if have, ok := h.parts[p.SHA256]; (!ok || int64(len(have)) < p.Size) && !slices.Contains(l.Missing, p.SHA256) {
			l.Missing = append(l.Missing, p.SHA256)
		}
	}
	answer(w, http.StatusOK, l)
}

func (h *fakeHQ) create(w http.ResponseWriter, r *http.Request) {
	_, value, _ := strings.Cut(r.Header.Get("Upload-Metadata"), " ")
	sum, _ := base64.StdEncoding.DecodeString(value)
	h.mu.Lock()
	defer h.mu.Unlock()
	if have, ok := h.parts[string(sum)]; ok {
		w.Header().Set("Upload-Offset", strconv.Itoa(len(have)))
	} else {
		h.parts[string(sum)] = []byte{}
		h.lengths[string(sum)], _ = strconv.ParseInt(r.Header.Get("Upload-Length"), 10, 64)
	}
	w.Header().Set("Location", "/v1/parts/"+string(sum))
	w.WriteHeader(http.StatusCreated)
}

func (h *fakeHQ) head(w http.ResponseWriter, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	have, ok := h.parts[id]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Upload-Offset", strconv.Itoa(len(have)))
}

// append keeps what arrives, also of a body that ends early.
func (h *fakeHQ) append(w http.ResponseWriter, r *http.Request, body io.Reader) {
	id := strings.TrimPrefix(r.URL.Path, "/v1/parts/")
	offset, _ := strconv.Atoi(r.Header.Get("Upload-Offset"))
	data, _ := io.ReadAll(body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.got += int64(len(data))
	have, ok := h.parts[id]
	switch {
	case !ok:
		w.WriteHeader(http.StatusNotFound)
		return
	case offset != len(have):
		w.WriteHeader(http.StatusConflict)
		return
	}
	have = append(have, data...)
	sum := sha256.Sum256(have)
	if int64(len(have)) == h.lengths[id] && hex.EncodeToString(sum[:]) != id {
		delete(h.parts, id)
		w.WriteHeader(460)
		return
	}
	h.parts[id] = have
	w.Header().Set("Upload-Offset", strconv.Itoa(len(have)))
	w.WriteHeader(http.StatusNoContent)
}

func (h *fakeHQ) seal(w http.ResponseWriter, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	receipt, ok := h.receipts[id]
	if !ok {
		a := h.told[id]
		for _, p := range a.Files {
			if int64(len(h.parts[p.SHA256])) != p.Size {
				answer(w, http.StatusConflict, wire.Refusal{Reasons: []string{p.Path + " is missing"}})
				return
			}
		}
		h.sealed++
		text := fmt.Sprintf("receipt %d for %s %s", h.sealed, id, a.Seal)
		receipt = wire.Receipt{ID: id, Seal: a.Seal, Files: []wire.File{{Path: "receipt.tlog-proof", Data: []byte(text)},
			{Path: "META-INF/ASiCManifest003.xml", Data: []byte("layer")}}}
		h.receipts[id] = receipt
	}
	answer(w, http.StatusOK, receipt)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

package receive_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	_ "modernc.org/sqlite"

	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/evidence/pkitest"
	"minglu/sync/blob/disk"
	"minglu/sync/enrol"
	"minglu/sync/ledger"
	"minglu/sync/receive"
	"minglu/sync/wire"
)

// hq is a headquarters on loopback whose verifier believes what it is told, so that tests of the desk are fast.
type hq struct {
	*receive.Desk
	t      *testing.T
	dir    string
	key    string // that the ledger signs with
	server *httptest.Server
	ca     *authority
	report func(*evidence.Report) // spoils the verifier's answer
	revoke map[string]bool        // rooms
}

func newHQ(t *testing.T) *hq {
	t.Helper()
	h := &hq{t: t, dir: t.TempDir(), ca: newAuthority(t), revoke: map[string]bool{}}
	pki := pkitest.New(t)
	secret, public, err := note.GenerateKey(rand.Reader, "hq.example/ledger")
	h.must(err)
	signer, err := note.NewSigner(secret)
	h.must(err)
	h.key = public
	h.Desk = &receive.Desk{Signer: pki.HQ(), Stamper: pki.Stamper(evidence.SuiteP256), Note: signer, Now: time.Now, Verify: h.verify}
	h.open()
	return h
}

func (h *hq) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// open opens what a start of headquarters opens; a second call is a restart.
func (h *hq) open() {
	h.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(h.dir, "hq.db")+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_txlock=immediate")
	h.must(err)
	h.t.Cleanup(func() { db.Close() })
	for _, version := range append(receive.Versions(), ledger.Versions()...) {
		if _, err := db.Exec(version); err != nil && !strings.Contains(err.Error(), "already exists") {
			h.t.Fatal(err)
		}
	}
	store, err := disk.Open(durable.OS{}, filepath.Join(h.dir, "parts"))
	h.must(err)
	d := h.Desk
	h.Desk = &receive.Desk{DB: db, Blobs: store, Spool: store, Verify: d.Verify, Signer: d.Signer, Stamper: d.Stamper,
		Note: d.Note, Now: d.Now, Free: d.Free, Reserve: d.Reserve}
	h.must(h.Repair(context.Background()))
}

// verify accepts any package whose files are what the digests say.
func (h *hq) verify(fsys fs.FS, digests map[string]string) (*evidence.Report, error) {
	seal, err := fs.ReadFile(fsys, evidence.ManifestPath(1))
	if err != nil {
		return nil, err
	}
	id, err := fs.ReadFile(fsys, "bag-info.txt")
	if err != nil {
		return nil, err
	}
	room, _, _ := strings.Cut(string(id), "-")
	r := &evidence.Report{Verdict: evidence.Authentic, ID: string(id), Room: room, Seal: sum(seal), Duration: 61000,
		Plan: &evidence.Plan{Item: "I03", Case: "C-1", Taxpayer: evidence.Taxpayer{Name: "王芳"}}}
	if digests[evidence.ManifestPath(1)] != r.Seal {
		return nil, errors.New("the digests are not those of the files")
	}
	if h.report != nil {
		h.report(r)
	}
	return r, nil
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// parcel is a made-up package: announcement and bytes.
type parcel struct {
	wire.Announcement
	data map[string][]byte // by digest
}

func newParcel(id string, sizes ...int) parcel {
	room, number, _ := strings.Cut(id, "-")
	n, _ := strconv.ParseInt(number, 10, 64)
	p := parcel{data: map[string][]byte{}}
	p.Announcement = wire.Announcement{V: 1, ID: id, Room: room, Number: n, State: "sealed", Item: "I01", Start: "2026-10-01T08:00:00.000Z"}
	p.add("bag-info.txt", []byte(id))
	for i, size := range sizes {
		data := make([]byte, size)
		_, _ = rand.Read(data)
		p.add(fmt.Sprintf("data/media/cam%d.mp4", i), data)
	}
	manifest := []byte("<manifest of " + id + strconv.Itoa(len(sizes)) + rand.Text() + ">")
	p.add(evidence.ManifestPath(1), manifest)
	p.Seal = sum(manifest)
	p.add(evidence.SealPath(1, evidence.LayerSignature), []byte("signature "+p.Seal))
	return p
}

func (p *parcel) add(path string, data []byte) {
	p.Files = append(p.Files, wire.Part{Path: path, Size: int64(len(data)), SHA256: sum(data)})
	p.data[sum(data)] = data
}

// serve opens headquarters' door with mutual TLS.
func (h *hq) serve() {
	h.t.Helper()
	if h.server != nil {
		h.server.CloseClientConnections()
		h.server.Close()
	}
	mux := http.NewServeMux()
	door := &receive.Door{Desk: h.Desk, Log: slog.New(slog.NewTextHandler(h.t.Output(), nil)), Admit: func(c *tls.ConnectionState) (string, error) {
		room := strings.TrimPrefix(c.VerifiedChains[0][0].URIs[0].String(), evidence.RoomURI)
		if h.revoke[room] {
			return "", &enrol.Refused{Reasons: []string{"room " + room + " was revoked"}}
		}
		return room, nil
	}}
	h.must(door.Routes(mux))
	h.server = httptest.NewUnstartedServer(mux)
	h.server.TLS = &tls.Config{Certificates: []tls.Certificate{h.ca.issue("hq", "")}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: h.ca.pool}
	h.server.EnableHTTP2 = false
	h.server.StartTLS()
	h.t.Cleanup(h.server.Close)
}

// room is a client with a room's certificate; an empty code has none.
func (h *hq) room(code string) *client {
	config := &tls.Config{RootCAs: h.ca.pool}
	if code != "" {
		config.Certificates = []tls.Certificate{h.ca.issue(code, evidence.RoomURI+code)}
	}
	return &client{h, &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: false}, Timeout: 20 * time.Second}}
}

type client struct {
	hq   *hq
	http *http.Client
}

// do makes one exchange.
func (c *client) do(method, path string, body io.Reader, header ...string) (*http.Response, []byte) {
	c.hq.t.Helper()
	req, err := http.NewRequest(method, c.hq.server.URL+path, body)
	c.hq.must(err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := c.http.Do(req)
	c.hq.must(err)
	answer, err := io.ReadAll(res.Body)
	c.hq.must(errors.Join(err, res.Body.Close()))
	return res, answer
}

// call sends JSON and answers the status; a 200 is read into v.
func (c *client) call(method, path string, body, v any) (int, wire.Refusal) {
	c.hq.t.Helper()
	text, err := json.Marshal(body)
	c.hq.must(err)
	res, answer := c.do(method, path, bytes.NewReader(text))
	var refusal wire.Refusal
	if res.StatusCode != 200 {
		v = &refusal
	}
	if err := json.Unmarshal(answer, v); err != nil {
		c.hq.t.Fatalf("%s %s answers %d %q: %v", method, path, res.StatusCode, answer, err)
	}
	return res.StatusCode, refusal
}

const chunk = "application/offset+octet-stream"

func metadata(digest string) string {
	return "sha256 " + base64.StdEncoding.EncodeToString([]byte(digest))
}

func (c *client) create(digest string, size int) *http.Response {
	c.hq.t.Helper()
	res, _ := c.do("POST", "/v1/parts/", nil, "Tus-Resumable", "1.0.0", "Upload-Length", strconv.Itoa(size), "Upload-Metadata", metadata(digest))
	return res
}

func (c *client) patch(digest string, offset int, body io.Reader, header ...string) *http.Response {
	c.hq.t.Helper()
	res, _ := c.do("PATCH", "/v1/parts/"+digest, body, append([]string{"Tus-Resumable", "1.0.0", "Content-Type", chunk, "Upload-Offset", strconv.Itoa(offset)}, header...)...)
	return res
}

// offset is where headquarters stands, -1 when it does not know the part.
func (c *client) offset(digest string) int {
	c.hq.t.Helper()
	res, _ := c.do("HEAD", "/v1/parts/"+digest, nil, "Tus-Resumable", "1.0.0")
	if res.StatusCode == 404 {
		return -1
	}
	n, err := strconv.Atoi(res.Header.Get("Upload-Offset"))
	c.hq.must(err)
	return n
}

// send brings a package over and answers what sealing it answers.
func (c *client) send(p parcel) (int, wire.Receipt, wire.Refusal) {
	c.hq.t.Helper()
	var lacking wire.Lacking
	if status, refusal := c.call("PUT", "/v1/packages/"+p.ID, p.Announcement, &lacking); status != 200 {
		return status, wire.Receipt{}, refusal
	}
	for _, digest := range lacking.Missing {
		data := p.data[digest]
		if res := c.create(digest, len(data)); res.StatusCode != 201 {
			c.hq.t.Fatalf("create answers %d", res.StatusCode)
		}
		at := c.offset(digest)
		if res := c.patch(digest, at, bytes.NewReader(data[at:])); res.StatusCode != 204 {
			c.hq.t.Fatalf("patch answers %d", res.StatusCode)
		}
	}
	return c.seal(p.ID)
}

func (c *client) seal(id string) (int, wire.Receipt, wire.Refusal) {
	c.hq.t.Helper()
	var receipt wire.Receipt
	status, refusal := c.call("POST", "/v1/packages/"+id+"/seal", nil, &receipt)
	return status, receipt, refusal
}

// entries is how long the ledger is.
func (h *hq) entries() int64 {
	h.t.Helper()
	n, err := (ledger.SQL{Tx: h.DB}).Size()
	h.must(err)
	return n
}

// removeBlob takes a part away behind headquarters' back.
func (h *hq) removeBlob(digest string) {
	h.t.Helper()
	h.must(os.Remove(filepath.Join(h.dir, "parts", digest[:2], digest)))
}

// proven checks the receipt of a parcel and answers its text.
func (h *hq) proven(p parcel, r wire.Receipt) string {
	h.t.Helper()
	if r.ID != p.ID || r.Seal != p.Seal || len(r.Files) != 3 || r.Files[0].Path != evidence.FileReceipt && r.Files[2].Path != evidence.FileReceipt {
		h.t.Fatalf("the receipt is %+v", r)
	}
	for _, f := range r.Files {
		if f.Path != evidence.FileReceipt {
			continue
		}
		read, err := evidence.ParseReceipt(f.Data)
		h.must(errors.Join(err, read.Open([]string{h.key}), read.Confirms(p.ID, p.Seal)))
		return string(f.Data)
	}
	h.t.Fatal("no receipt among the files")
	return ""
}

// authority is a certificate authority for TLS.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, pool: x509.NewCertPool()}
	a.key, a.cert = a.make(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	a.pool.AddCert(a.cert)
	return a
}

func (a *authority) make(t, parent *x509.Certificate, by *ecdsa.PrivateKey) (*ecdsa.PrivateKey, *x509.Certificate) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	t.SerialNumber, t.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: "test " + rand.Text()}
	t.NotBefore, t.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if parent == nil {
		parent, by = t, key
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, &key.PublicKey, by)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return key, cert
}

// issue makes a certificate: a server's for loopback, or a client's with a URI.
func (a *authority) issue(_, uri string) tls.Certificate {
	a.t.Helper()
	t := &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	if uri != "" {
		u, err := url.Parse(uri)
		if err != nil {
			a.t.Fatal(err)
		}
		t = &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, URIs: []*url.URL{u}}
	}
	key, cert := a.make(t, a.cert, a.key)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

package main_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	program "minglu/app/cmd/minglu-hq"
	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
	"minglu/capture/key"
	"minglu/capture/stamp"
	"minglu/sync/enrol"
	"minglu/sync/wire"
)

// play is set in the environment of a test binary that is to be minglu-hq.
const play = "MINGLU_HQ_PLAY"

func TestMain(m *testing.M) {
	if os.Getenv(play) != "" {
		program.Main()
	}
	os.Exit(m.Run())
}

// command is minglu-hq in a process of its own.
func command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), play+"=1")
	return cmd
}

// hq is a real headquarters in a process of its own.
type hq struct {
	t       *testing.T
	data    string
	print   string
	url     string
	process *exec.Cmd
	exited  chan error
}

func newHQ(t *testing.T) *hq {
	t.Helper()
	h := &hq{t: t, data: filepath.Join(t.TempDir(), "hq")}
	h.print = h.run(0, "init", "--data", h.data, "--name", "练习税务局")[0]["ca_fingerprint"].(string)
	h.start()
	return h
}

func (h *hq) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// run runs a command to its end and answers its events.
func (h *hq) run(code int, args ...string) (events []map[string]any) {
	h.t.Helper()
	cmd := command(args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if got := cmd.ProcessState.ExitCode(); got != code {
		h.t.Fatalf("minglu-hq %v exits %d (%v); want %d\n%s%s", args, got, err, code, out, &stderr)
	}
	for line := range strings.Lines(string(out)) {
		var e map[string]any
		h.must(json.Unmarshal([]byte(line), &e))
		events = append(events, e)
	}
	if code == 2 && strings.Count(strings.TrimSpace(stderr.String()), "\n") > 0 {
		h.t.Errorf("minglu-hq %v says more than a line: %s", args, &stderr)
	}
	return events
}

func (h *hq) start(flags ...string) {
	h.t.Helper()
	h.process = command(append([]string{"serve", "--data", h.data, "--listen", "127.0.0.1:0"}, flags...)...)
	h.process.Stderr = h.t.Output()
	out, err := h.process.StdoutPipe()
	h.must(err)
	h.must(h.process.Start())
	process, exited := h.process, make(chan error, 1)
	h.exited = exited
	line, err := bufio.NewReader(out).ReadString('\n')
	h.must(err)
	var e struct{ Event, URL string }
	h.must(json.Unmarshal([]byte(line), &e))
	if e.Event != "listening" {
		h.t.Fatalf("the first line is %s", line)
	}
	h.url = e.URL
	go func() { exited <- process.Wait() }()
	h.t.Cleanup(func() { _ = process.Process.Kill() })
}

// end stops headquarters by a signal and answers how it ended.
func (h *hq) end(how os.Signal) error {
	h.t.Helper()
	h.must(h.process.Process.Signal(how))
	select {
	case err := <-h.exited:
		return err
	case <-time.After(20 * time.Second):
		h.t.Fatalf("headquarters does not end after %v", how)
		return nil
	}
}

// room is an enrolled room that makes real packages.
type room struct {
	hq     *hq
	home   string
	http   *http.Client
	bureau *packtest.Bureau
}

func (h *hq) room(code string) *room {
	h.t.Helper()
	invited := h.run(0, "invite", "--data", h.data, "--room", code, "--title", "第一约谈室")[0]
	r := &room{hq: h, home: filepath.Join(h.t.TempDir(), "room")}
	_, err := enrol.Join(h.t.Context(), enrol.Invitation{URL: h.url, Code: invited["code"].(string), Fingerprint: h.print, Home: r.home, Store: "file", SM2: true})
	h.must(err)
	keys, err := key.Open(filepath.Join(r.home, "keys"), nil)
	h.must(err)
	config := enrol.PinnedTLS(h.print, "127.0.0.1")
	config.Certificates = append(config.Certificates, keys.TLS)
	r.http = &http.Client{Transport: &http.Transport{TLSClientConfig: config}, Timeout: 30 * time.Second}
	r.bureau = packtest.NewBureau(h.t, code)
	authority, err := enrol.Open(h.data)
	h.must(err)
	r.bureau.Ledger(authority.Ledger, authority.LedgerKey)
	r.bureau.Room, r.bureau.RoomSM2 = keys.Sign, keys.SM2
	r.bureau.TSA = stamp.Client{URL: h.url + "/v1/tsa", HTTP: r.http}
	return r
}

// make makes a sealed package in a folder and its announcement.
func (r *room) make(s packtest.Spec) (string, wire.Announcement) {
	r.hq.t.Helper()
	s.NoReceipt = true
	p := r.bureau.Make(s)
	dir := filepath.Join(r.hq.t.TempDir(), p.ID)
	r.hq.must(os.CopyFS(dir, p.MapFS))
	n, err := strconv.ParseInt(p.ID[strings.Index(p.ID, "-")+1:], 10, 64)
	r.hq.must(err)
	a := wire.Announcement{V: 1, ID: p.ID, Room: r.bureau.Code, Number: n, State: "sealed", Item: "I03"}
	for path, f := range p.MapFS {
		sum := sha256.Sum256(f.Data)
		part := wire.Part{Path: path, Size: int64(len(f.Data)), SHA256: hex.EncodeToString(sum[:])}
		a.Files = append(a.Files, part)
		if path == evidence.ManifestPath(1) {
			a.Seal = part.SHA256
		}
	}
	slices.SortFunc(a.Files, func(a, b wire.Part) int { return strings.Compare(a.Path, b.Path) })
	return dir, a
}

// curl runs curl as a technician would, with the room's files, and answers status and body.
func (r *room) curl(args ...string) (int, string) {
	r.hq.t.Helper()
	curl, err := exec.LookPath("curl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			r.hq.t.Fatal("curl is missing")
		}
		r.hq.t.Skip("curl is not installed")
	}
	keys := filepath.Join(r.home, "keys")
	base := []string{"-sS", "--cacert", filepath.Join(r.home, "p256.pem"), "--cert", filepath.Join(keys, "tls.pem"), "--key", filepath.Join(keys, "tls.key"), "-w", "\n%{http_code}"}
	root, err := os.ReadFile(filepath.Join(r.home, "root.pem"))
	r.hq.must(err)
	const end = "-----END CERTIFICATE-----\n"
	first, _, _ := strings.Cut(string(root), end) // the SM2 root behind it is not for TLS
	r.hq.must(os.WriteFile(filepath.Join(r.home, "p256.pem"), []byte(first+end), 0o600))
	out, err := exec.Command(curl, append(base, args...)...).CombinedOutput()
	if err != nil {
		r.hq.t.Fatalf("curl %v: %v\n%s", args, err, out)
	}
	i := bytes.LastIndexByte(out, '\n')
	status, err := strconv.Atoi(string(out[i+1:]))
	r.hq.must(err)
	return status, string(out[:i])
}

func (r *room) announce(a wire.Announcement) (int, string) {
	r.hq.t.Helper()
	text, err := json.Marshal(a)
	r.hq.must(err)
	return r.curl("-X", "PUT", r.hq.url+"/v1/packages/"+a.ID, "-H", "Content-Type: application/json", "--data-binary", string(text))
}

func metadata(digest string) string {
	return "Upload-Metadata: sha256 " + base64.StdEncoding.EncodeToString([]byte(digest))
}

// upload brings over the parts headquarters lacks, each in one call.
func (r *room) upload(dir string, a wire.Announcement) {
	r.hq.t.Helper()
	status, body := r.announce(a)
	var lacking wire.Lacking
	r.hq.must(json.Unmarshal([]byte(body), &lacking))
	if status != 200 {
		r.hq.t.Fatalf("the announcement is answered with %d %s", status, body)
	}
	for _, f := range a.Files {
		if !slices.Contains(lacking.Missing, f.SHA256) {
			continue
		}
		status, body := r.curl("-X", "POST", r.hq.url+"/v1/parts/", "-H", "Tus-Resumable: 1.0.0", "-H", "Content-Type: application/offset+octet-stream",
			"-H", "Upload-Length: "+strconv.FormatInt(f.Size, 10), "-H", metadata(f.SHA256), "--data-binary", "@"+filepath.Join(dir, filepath.FromSlash(f.Path)))
		if status != 201 {
			r.hq.t.Fatalf("%s is answered with %d %s", f.Path, status, body)
		}
	}
}

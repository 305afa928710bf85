package main_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
	"minglu/sync/wire"
)

// drip sends a part slowly until its line is cut.
func (r *room) drip(digest string, data []byte, at int, started chan<- struct{}) {
	body, feed := io.Pipe()
	req, err := http.NewRequest("PATCH", r.hq.url+"/v1/parts/"+digest, body)
	if err != nil {
		r.hq.t.Error(err)
		return
	}
	req.ContentLength = int64(len(data) - at)
	for name, value := range map[string]string{"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Offset": strconv.Itoa(at)} {
		req.Header.Set(name, value)
	}
	go func() {
		half := at + (len(data)-at)/2
		_, err := feed.Write(data[at:half])
		close(started)
		for ; err == nil; time.Sleep(20 * time.Millisecond) {
			half++
			_, err = feed.Write(data[half-1 : half])
		}
	}()
	if res, err := r.http.Do(req); err == nil {
		_ = res.Body.Close()
	}
	_ = body.Close()
}

func (r *room) offset(digest string) int {
	r.hq.t.Helper()
	req, err := http.NewRequest("HEAD", r.hq.url+"/v1/parts/"+digest, nil)
	r.hq.must(err)
	req.Header.Set("Tus-Resumable", "1.0.0")
	res, err := r.http.Do(req)
	r.hq.must(err)
	r.hq.must(res.Body.Close())
	at, err := strconv.Atoi(res.Header.Get("Upload-Offset"))
	r.hq.must(err)
	return at
}

func TestAnUploadSurvivesWhateverEndsHeadquarters(t *testing.T) {
	h := newHQ(t)
	r := h.room("R1")
	dir, a := r.make(packtest.Spec{Padding: 400_000})
	media := a.Files[slices.IndexFunc(a.Files, func(f wire.Part) bool { return f.Path == "data/media/cam0.mp4" })]
	data, err := os.ReadFile(filepath.Join(dir, media.Path))
	h.must(err)
	r.announce(a)
	r.curl("-X", "POST", h.url+"/v1/parts/", "-H", "Tus-Resumable: 1.0.0", "-H", "Upload-Length: "+strconv.Itoa(len(data)), "-H", metadata(media.SHA256))
	for _, how := range []os.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		before := r.offset(media.SHA256)
		started, ended := make(chan struct{}), make(chan struct{})
		go func() {
			r.drip(media.SHA256, data, before, started)
			close(ended)
		}()
		<-started
		time.Sleep(100 * time.Millisecond)
		err := h.end(how)
		if how == syscall.SIGTERM && err != nil {
			t.Errorf("headquarters ends with %v after SIGTERM; want a clean end", err)
		}
		<-ended
		h.start()
		at := r.offset(media.SHA256)
		if kept := at - before; how == syscall.SIGTERM && kept < (len(data)-before)/3 {
			t.Errorf("of %d bytes sent before SIGTERM %d are kept", (len(data)-before)/2, kept)
		}
		if at < before {
			t.Errorf("after %v headquarters stands at %d and stood at %d", how, at, before)
		}
	}
	at := r.offset(media.SHA256)
	rest := filepath.Join(t.TempDir(), "rest")
	h.must(os.WriteFile(rest, data[at:], 0o600))
	r.curl("-X", "PATCH", h.url+"/v1/parts/"+media.SHA256, "-H", "Tus-Resumable: 1.0.0", "-H", "Content-Type: application/offset+octet-stream", "-H", "Upload-Offset: "+strconv.Itoa(at), "--data-binary", "@"+rest)
	r.upload(dir, a)
	if status, body := r.curl("-X", "POST", h.url+"/v1/packages/"+a.ID+"/seal"); status != 200 {
		t.Errorf("the seal is answered with %d %s", status, body)
	}
}

func TestOneHeadquartersServesOneFolder(t *testing.T) {
	h := newHQ(t)
	h.run(2, "serve", "--data", h.data, "--listen", "127.0.0.1:0")
	if err := h.end(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	h.start()
}

func TestForgedPackagesAreQuarantinedAndNamed(t *testing.T) {
	h := newHQ(t)
	r := h.room("R1")
	forgeries := map[string]func(dir string) error{
		"data/journal.jsonl": func(dir string) error { return flip(filepath.Join(dir, "data/journal.jsonl"), 1000) },
		"data/media":         func(dir string) error { return flip(filepath.Join(dir, "data/media/cam0.mp4"), 5000) },
		"manifest-sha256":    func(dir string) error { return os.Remove(filepath.Join(dir, "data/transcript.pdf")) },
		"data/extra":         func(dir string) error { return os.WriteFile(filepath.Join(dir, "data/extra"), []byte("x"), 0o600) },
	}
	number := int64(0)
	for names, forge := range forgeries {
		number++
		dir, a := r.make(packtest.Spec{Number: number})
		h.must(forge(dir))
		events := h.run(1, "import", "--data", h.data, "--from", dir)
		if e := events[0]; e["event"] != "refused" || e["code"] != "content" || !strings.Contains(e["why"].(string), strings.Split(names, "-")[0]) {
			t.Errorf("%s: %v", a.ID, e)
		}
	}
	for _, line := range h.run(0, "list", "--data", h.data) {
		if line["state"] != "refused" || line["receipt"] != "" {
			t.Errorf("the list says %v", line)
		}
	}
}

func flip(path string, at int) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data[at] ^= 1
	return os.WriteFile(path, data, 0o600)
}

func TestAPackageTravelsOnAStickAndItsReceiptBack(t *testing.T) {
	h := newHQ(t)
	r := h.room("R1")
	stick := t.TempDir()
	for _, number := range []int64{1, 3} {
		dir, a := r.make(packtest.Spec{Number: number})
		h.must(os.CopyFS(filepath.Join(stick, a.ID), os.DirFS(dir)))
	}
	h.must(os.WriteFile(filepath.Join(stick, "holiday.jpg"), []byte("not evidence"), 0o600))
	for range 2 { // the same stick again changes nothing
		events := h.run(0, "import", "--data", h.data, "--from", stick)
		if len(events) != 2 || events[0]["event"] != "receipt" || events[0]["id"] != "R1-000001" {
			t.Fatalf("the import says %v", events)
		}
	}
	text, err := os.ReadFile(filepath.Join(stick, "R1-000003", evidence.FileReceipt))
	h.must(err)
	receipt, err := evidence.ParseReceipt(text)
	h.must(err)
	status, body := r.curl(h.url + "/v1/packages/R1-000003/receipt")
	var online wire.Receipt
	h.must(json.Unmarshal([]byte(body), &online))
	same := slices.ContainsFunc(online.Files, func(f wire.File) bool { return bytes.Equal(f.Data, text) })
	if status != 200 || !same || receipt.Entry.ID != "R1-000003" {
		t.Errorf("the receipt on the stick is not the one by line: %d %s", status, body)
	}
	fsys, closer, err := evidence.OpenPackage(filepath.Join(stick, "R1-000001"))
	h.must(err)
	defer closer.Close()
	report, err := evidence.Verify(fsys, evidence.Options{})
	h.must(err)
	if len(report.Faults) > 0 || len(report.Layers) != 3 {
		t.Errorf("the package with its receipt has %d layers and faults %v", len(report.Layers), report.Faults)
	}
	events := h.run(0, "list", "--data", h.data)
	if last := events[len(events)-1]; last["event"] != "hole" || last["from"] != 2.0 || last["to"] != 2.0 {
		t.Errorf("the list ends with %v; want the hole at 2", last)
	}
}

func TestCheckFindsAFlippedBitOnTheDisk(t *testing.T) {
	h := newHQ(t)
	r := h.room("R1")
	dir, a := r.make(packtest.Spec{})
	h.run(0, "import", "--data", h.data, "--from", dir)
	at := slices.IndexFunc(a.Files, func(f wire.Part) bool { return f.Path == "data/media/cam0.mp4" })
	sum := a.Files[at].SHA256
	stored := filepath.Join(h.data, "parts", sum[:2], sum)
	h.must(os.Chmod(stored, 0o600))
	h.must(flip(stored, 3000))
	events := h.run(1, "check", "--data", h.data)
	faults := events[len(events)-1]["faults"].([]any)
	if len(faults) == 0 || faults[0].(map[string]any)["file"] != "data/media/cam0.mp4" {
		t.Errorf("the faults are %v", faults)
	}
	h.run(2, "export", "--data", h.data, "--id", "R1-000009", "--out", filepath.Join(t.TempDir(), "x.zip"))
}

func TestARevokedRoomIsTurnedAway(t *testing.T) {
	h := newHQ(t)
	r := h.room("R1")
	_, a := r.make(packtest.Spec{})
	h.run(0, "revoke", "--data", h.data, "--room", "R1", "--why", "stolen")
	if status, body := r.announce(a); status != 403 || !strings.Contains(body, "stolen") {
		t.Errorf("a revoked room is answered with %d %s", status, body)
	}
}

func TestWhatCannotBeDoneIsSaidInOneLine(t *testing.T) {
	h := newHQ(t)
	none := filepath.Join(t.TempDir(), "none")
	for _, args := range [][]string{
		{}, {"dance"}, {"init"}, {"init", "--data", h.data, "--name", "again"}, {"serve", "--data", none, "--listen", "127.0.0.1:0"},
		{"list", "--data", none}, {"list", "--data", h.data, "extra"}, {"list", "--what"},
		{"invite", "--data", h.data, "--room", "small letters", "--title", "x"},
		{"revoke", "--data", h.data, "--room", "R9", "--why", "never enrolled"},
		{"export", "--data", h.data, "--id", "R1-000001", "--out", filepath.Join(none, "x.zip")},
		{"import", "--data", h.data, "--from", none},
	} {
		if len(args) > 0 {
			h.run(2, args...)
		}
	}
	h.must(h.end(syscall.SIGTERM))
	h.run(2, "serve", "--data", h.data, "--listen", "127.0.0.1:0", "--store", "s3://bucket/evidence")
	h.run(2, "serve", "--data", h.data, "--listen", "127.0.0.1:0", "--db", "postgres://hq@db/minglu")
	h.run(2, "serve", "--data", h.data, "--listen", "nowhere")
}

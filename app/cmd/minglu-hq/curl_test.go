package main_test

import (
	"archive/zip"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
	"minglu/sync/wire"
)

func TestATechnicianDrivesAnUploadWithCurl(t *testing.T) {
	h := newHQ(t)
	r := h.room("R1")
	dir, a := r.make(packtest.Spec{Padding: 40_000})
	if status, body := r.announce(a); status != 200 {
		t.Fatalf("the announcement is answered with %d %s", status, body)
	}
	at := slices.IndexFunc(a.Files, func(f wire.Part) bool { return f.Path == "data/media/cam0.mp4" })
	media := a.Files[at]
	parts, tus := h.url+"/v1/parts/", []string{"-H", "Tus-Resumable: 1.0.0"}
	expect := func(want int, args ...string) {
		t.Helper()
		if status, body := r.curl(append(tus, args...)...); status != want {
			t.Fatalf("%v is answered with %d %s; want %d", args, status, body, want)
		}
	}
	expect(201, "-X", "POST", parts, "-H", "Upload-Length: "+strconv.FormatInt(media.Size, 10), "-H", metadata(media.SHA256))
	whole, err := os.ReadFile(filepath.Join(dir, media.Path))
	h.must(err)
	half := filepath.Join(t.TempDir(), "half")
	h.must(os.WriteFile(half, whole[:len(whole)/2], 0o600))
	chunk := []string{"-H", "Content-Type: application/offset+octet-stream", "-X", "PATCH", parts + media.SHA256}
	expect(204, append(chunk, "-H", "Upload-Offset: 0", "--data-binary", "@"+half)...)
	expect(409, append(chunk, "-H", "Upload-Offset: 0", "--data-binary", "@"+half)...)
	_, head := r.curl("-I", parts+media.SHA256, "-H", "Tus-Resumable: 1.0.0")
	if !strings.Contains(head, "Upload-Offset: "+strconv.Itoa(len(whole)/2)) {
		t.Errorf("headquarters stands at\n%s", head)
	}
	rest := filepath.Join(t.TempDir(), "rest")
	h.must(os.WriteFile(rest, whole[len(whole)/2:], 0o600))
	expect(204, append(chunk, "-H", "Upload-Offset: "+strconv.Itoa(len(whole)/2), "--data-binary", "@"+rest)...)
	r.upload(dir, a)
	status, body := r.curl("-X", "POST", h.url+"/v1/packages/"+a.ID+"/seal")
	if status != 200 {
		t.Fatalf("the seal is answered with %d %s", status, body)
	}
	again, same := r.curl("-X", "POST", h.url+"/v1/packages/"+a.ID+"/seal")
	got, receipt := r.curl(h.url + "/v1/packages/" + a.ID + "/receipt")
	if again != 200 || got != 200 || same != body || receipt != body {
		t.Errorf("the receipt asked for again is another one")
	}
	if l := h.run(0, "list", "--data", h.data); len(l) != 1 || l[0]["verdict"] != "AUTHENTIC" || l[0]["receipt"] == "" || l[0]["id"] != a.ID {
		t.Errorf("the list is %v", l)
	}
	if c := h.run(0, "check", "--data", h.data); c[0]["packages"] != 1.0 || len(c[0]["faults"].([]any)) != 0 {
		t.Errorf("the check is %v", c)
	}
	h.strangersAgree(r, a.ID)
}

// strangersAgree exports a package and checks it with other people's tools.
func (h *hq) strangersAgree(r *room, id string) {
	h.t.Helper()
	file := filepath.Join(h.t.TempDir(), "export.zip")
	h.run(0, "export", "--data", h.data, "--id", id, "--out", file)
	fsys, closer, err := evidence.OpenPackage(file)
	h.must(err)
	defer closer.Close()
	root, err := os.ReadFile(filepath.Join(r.home, "root.pem"))
	h.must(err)
	roots, err := evidence.ParseRoots(root)
	h.must(err)
	vkey, err := os.ReadFile(filepath.Join(r.home, "keys", "hq.vkey"))
	h.must(err)
	report, err := evidence.Verify(fsys, evidence.Options{Roots: roots, Whole: true, SM3: true, ID: id, LedgerKeys: []string{string(vkey)}})
	h.must(err)
	if report.Verdict != evidence.Authentic || report.Receipt == nil || !report.Receipt.Checked || len(report.Layers) != 3 || !report.Layers[2].Trusted {
		text, _ := json.MarshalIndent(report, "", " ")
		h.t.Errorf("the exported package is %s", text)
	}
	dir := h.unzip(file)
	for _, check := range []string{
		"cd " + id + " && sha256sum -c --quiet manifest-sha256.txt tagmanifest-sha256.txt",
		"cd " + id + " && openssl cms -verify -cades -binary -inform DER -in META-INF/signature003.p7s -content META-INF/ASiCManifest003.xml -CAfile ../p256.pem -out /dev/null",
	} {
		cmd := exec.Command("sh", "-c", check)
		cmd.Dir = dir
		h.must(copyFile(filepath.Join(r.home, "p256.pem"), filepath.Join(dir, "p256.pem")))
		if out, err := cmd.CombinedOutput(); err != nil {
			h.t.Errorf("%s: %v\n%s", check, err, out)
		}
	}
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}

func (h *hq) unzip(file string) string {
	h.t.Helper()
	z, err := zip.OpenReader(file)
	h.must(err)
	defer z.Close()
	dir := h.t.TempDir()
	h.must(os.CopyFS(dir, z))
	return dir
}

func TestATechnicianDrivesTheDutyLogWithCurl(t *testing.T) {
	h := newHQ(t)
	r, other := h.room("R1"), h.room("R2")
	entry := func(text string) string {
		return `{"v":1,"id":"0123456789abcdef0123456789abcdef","hall":"R1","day":"2026-11-25","machine":"R1","text":"` + text + `"}`
	}
	body := func(entries ...string) string {
		raw, err := json.Marshal(wire.DutyEntries{V: 1, Entries: entries})
		h.must(err)
		return string(raw)
	}
	at := h.url + "/v1/duty/R1/entries"
	for range 2 { // repeated, the answer is the same
		if status, got := r.curl(at, "-d", body(entry("<&>"))); status != 200 || !strings.Contains(got, `"newest":1`) {
			t.Errorf("sending is answered with %d %s", status, got)
		}
	}
	var page wire.DutyPage
	status, got := r.curl(at + "?after=0")
	if err := json.Unmarshal([]byte(got), &page); err != nil || status != 200 || len(page.Entries) != 1 || page.Entries[0].Entry != entry("<&>") || page.More {
		t.Errorf("fetching is answered with %d %s, %v", status, got, err)
	}
	for want, args := range map[int][]string{409: {at, "-d", body(entry("else"))}, 400: {at, "-d", body(`{}`)}, 404: {h.url + "/v1/duty/"}} {
		if status, got := r.curl(args...); status != want {
			t.Errorf("%v is answered with %d %s; want %d", args, status, got, want)
		}
	}
	for _, args := range [][]string{{at + "?after=0"}, {at, "-d", body(entry("x"))}} {
		if status, got := other.curl(args...); status != 403 {
			t.Errorf("another hall's machine is answered with %d %s", status, got)
		}
	}
	if status, got := r.curl(at + "?after=-1"); status != 400 {
		t.Errorf("a number below 0 is answered with %d %s", status, got)
	}
}

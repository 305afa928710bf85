package receive_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"minglu/capture/evidence"
	"minglu/sync/wire"
)

// announcement is p as JSON after a change.
func announcement(t *testing.T, p parcel, change func(*wire.Announcement)) string {
	t.Helper()
	a := p.Announcement
	a.Files = append([]wire.Part(nil), a.Files...)
	change(&a)
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryWrongRequestIsRefusedWithItsReason(t *testing.T) {
	h := newHQ(t)
	h.serve()
	r := h.room("R1")
	p := newParcel("R1-000001", 10)
	put, parts := "PUT /v1/packages/R1-000001", "/v1/parts/"
	digest := p.Files[1].SHA256
	r.create(digest, 10)
	with := func(change func(*wire.Announcement)) string { return announcement(t, p, change) }
	path := func(path string) string { return with(func(a *wire.Announcement) { a.Files[1].Path = path }) }
	tus := []string{"Tus-Resumable", "1.0.0"}
	for name, c := range map[string]struct {
		call, body string
		status     int
		header     []string
	}{
		"not JSON":             {put, "{", 400, nil},
		"unknown member":       {put, `{"v":1,"admin":true}`, 400, nil},
		"two values":           {put, with(func(*wire.Announcement) {}) + "{}", 400, nil},
		"over 4 MiB":           {put, `{"item":"` + strings.Repeat("x", 5<<20) + `"}`, 413, nil},
		"other id in address":  {"PUT /v1/packages/R1-000002", with(func(*wire.Announcement) {}), 400, nil},
		"short number":         {"POST /v1/packages/R1-1/seal", "", 400, nil},
		"number with sign":     {"POST /v1/packages/R1-+00001/seal", "", 400, nil},
		"small letters":        {"POST /v1/packages/r1-000001/seal", "", 400, nil},
		"path in id":           {"POST /v1/packages/..%2f..%2fR1-000001/seal", "", 400, nil},
		"number and id differ": {put, with(func(a *wire.Announcement) { a.Number = 2 }), 400, nil},
		"version 2":            {put, with(func(a *wire.Announcement) { a.V = 2 }), 400, nil},
		"unknown state":        {put, with(func(a *wire.Announcement) { a.State = "done" }), 400, nil},
		"start not UTC":        {put, with(func(a *wire.Announcement) { a.Start = "2026-10-01T08:00:00+08:00" }), 400, nil},
		"long item":            {put, with(func(a *wire.Announcement) { a.Item = strings.Repeat("i", 500) }), 400, nil},
		"running with files":   {put, with(func(a *wire.Announcement) { a.State = "recording" }), 400, nil},
		"other room":           {put, with(func(a *wire.Announcement) { a.Room = "R2" }), 403, nil},
		"seal of no file":      {put, with(func(a *wire.Announcement) { a.Seal = digest }), 400, nil},
		"no files":             {put, with(func(a *wire.Announcement) { a.Files = nil }), 400, nil},
		"too many files":       {put, with(func(a *wire.Announcement) { a.Files = make([]wire.Part, 5000) }), 400, nil},
		"digest of no form":    {put, with(func(a *wire.Announcement) { a.Files[1].SHA256 = strings.ToUpper(digest) }), 400, nil},
		"negative size":        {put, with(func(a *wire.Announcement) { a.Files[1].Size = -1 }), 400, nil},
		"path upwards":         {put, path("../../etc/passwd"), 400, nil},
		"absolute path":        {put, path("/etc/passwd"), 400, nil},
		"path of a drive":      {put, path(`C:\evidence`), 400, nil},
		"path with a newline":  {put, path("a\nb"), 400, nil},
		"path twice":           {put, path("META-INF/asicMANIFEST001.xml"), 400, nil},
		"our own receipt":      {put, path(evidence.FileReceipt), 400, nil},
		"seal unheard of":      {"POST /v1/packages/R1-000009/seal", "", 404, nil},
		"receipt unheard of":   {"GET /v1/packages/R1-000009/receipt", "", 404, nil},
		"audit of nonsense":    {"POST /v1/receipts/audit", `{"receipts":[{"id":"x"}]}`, 403, nil},
		"audit too long":       {"POST /v1/receipts/audit", `{"receipts":[{}` + strings.Repeat(",{}", 1000) + `]}`, 400, nil},
		"wrong method":         {"DELETE /v1/packages/R1-000001", "", 405, nil},
		"unknown call":         {"GET /v1/everything", "", 404, nil},
		"consistency of what":  {"GET /v1/consistency?from=x", "", 400, nil},
		"consistency ahead":    {"GET /v1/consistency?from=9", "", 400, nil},

		"part without version":    {"POST " + parts, "", 412, []string{"Upload-Length", "10", "Upload-Metadata", metadata(digest)}},
		"part without digest":     {"POST " + parts, "", 400, append(tus, "Upload-Length", "10")},
		"part of no digest":       {"POST " + parts, "", 400, append(tus, "Upload-Length", "10", "Upload-Metadata", metadata("../../x"))},
		"part without length":     {"POST " + parts, "", 400, append(tus, "Upload-Metadata", metadata(sum(nil)))},
		"part of negative size":   {"POST " + parts, "", 400, append(tus, "Upload-Length", "-5", "Upload-Metadata", metadata(sum(nil)))},
		"chunk of other type":     {"PATCH " + parts + digest, "x", 400, append(tus, "Upload-Offset", "0", "Content-Type", "text/plain")},
		"chunk without offset":    {"PATCH " + parts + digest, "x", 400, append(tus, "Content-Type", chunk)},
		"chunk ahead":             {"PATCH " + parts + digest, "x", 409, append(tus, "Content-Type", chunk, "Upload-Offset", "5")},
		"chunk over the end":      {"PATCH " + parts + digest, strings.Repeat("x", 11), 413, append(tus, "Content-Type", chunk, "Upload-Offset", "0")},
		"chunk of unknown part":   {"PATCH " + parts + sum(nil), "x", 404, append(tus, "Content-Type", chunk, "Upload-Offset", "0")},
		"chunk outside":           {"PATCH " + parts + "..%2f..%2fx", "x", 404, append(tus, "Content-Type", chunk, "Upload-Offset", "0")},
		"reading evidence back":   {"GET " + parts + digest, "", 405, tus},
		"deleting evidence":       {"DELETE " + parts + digest, "", 405, tus},
		"deleting in disguise":    {"POST " + parts + digest, "", 405, append(tus, "X-HTTP-Method-Override", "DELETE")},
		"creating at a part":      {"POST " + parts + digest, "", 405, tus},
		"patching the collection": {"PATCH " + parts, "x", 405, tus},
	} {
		method, at, _ := strings.Cut(c.call, " ")
		res, body := r.do(method, at, strings.NewReader(c.body), c.header...)
		if res.StatusCode != c.status {
			t.Errorf("%s: %s is answered with %d %s; want %d", name, c.call, res.StatusCode, body, c.status)
		}
		var refusal wire.Refusal
		if at := res.StatusCode; at != 405 && at < 410 && !strings.HasPrefix(c.call, "PATCH") && name != "unknown call" && !strings.Contains(c.call, parts) {
			if err := json.Unmarshal(body, &refusal); err != nil || refusal.Code == "" || len(refusal.Reasons) == 0 {
				t.Errorf("%s: the answer %s gives no reason", name, body)
			}
		}
	}
	if at := r.offset(digest); at != 0 {
		t.Errorf("after all that headquarters stands at %d", at)
	}
}

func TestHeadquartersIsHeldToItsOwnLedger(t *testing.T) {
	h := newHQ(t)
	h.serve()
	r := h.room("R1")
	var early, late evidence.BeaconBody
	r.send(newParcel("R1-000001"))
	r.call("GET", "/v1/beacon", nil, &early)
	for _, id := range []string{"R1-000002", "R1-000003", "R1-000004"} {
		r.send(newParcel(id))
	}
	var c wire.Consistency
	if status, refusal := r.call("GET", "/v1/consistency?from=1", nil, &c); status != 200 {
		t.Fatalf("%d %+v", status, refusal)
	}
	r.call("GET", "/v1/beacon", nil, &late)
	older, err := evidence.OpenTreeHead([]byte(early.Note), []string{h.key})
	h.must(err)
	newer, err := evidence.OpenTreeHead([]byte(c.Note), []string{h.key})
	h.must(err)
	var proof tlog.TreeProof
	for _, text := range c.Hashes {
		hash, err := tlog.ParseHash(text)
		h.must(err)
		proof = append(proof, hash)
	}
	if err := tlog.CheckTree(proof, newer.Tree.N, newer.Tree.Hash, older.Tree.N, older.Tree.Hash); err != nil || late.Size != 4 {
		t.Errorf("size %d: %v", late.Size, err)
	}
}

func TestTusSaysWhatItCan(t *testing.T) {
	h := newHQ(t)
	h.serve()
	res, _ := h.room("R1").do(http.MethodOptions, "/v1/parts/", nil)
	if got := res.Header; got.Get("Tus-Version") != "1.0.0" || !strings.Contains(got.Get("Tus-Extension"), "checksum") || got.Get("Tus-Checksum-Algorithm") != "sha1,sha256" {
		t.Errorf("the options are %v", got)
	}
}

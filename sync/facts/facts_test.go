package facts_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minglu/app/store"
	"minglu/sync/enrol"
	"minglu/sync/facts"
)

const health = `{"v":1,"at":"2026-10-01T08:00:00Z","version":"0.1.7","checks":[{"check":"disk","state":"%s","title":"磁盘","found":"5 h","do":"…"}],"later":true}`

func door(t *testing.T, room string, refused error) (*facts.Door, *http.ServeMux) {
	t.Helper()
	db, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "hq.db"), store.Schema{Name: "facts", Versions: facts.Versions()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &facts.Door{DB: db, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Admit: func(*tls.ConnectionState) (string, error) { return room, refused }}
	mux := http.NewServeMux()
	d.Routes(mux)
	return d, mux
}

func call(t *testing.T, mux *http.ServeMux, method, path, body string) (int, string) {
	t.Helper()
	server := httptest.NewServer(mux)
	defer server.Close()
	req, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func TestTheNewestOfEachRoomIsShown(t *testing.T) {
	d, mux := door(t, "R1", nil)
	for i, state := range []string{"ok", "fail"} {
		d.Now = func() time.Time { return time.Unix(1_800_000_000+int64(i), 0) }
		if status, said := call(t, mux, "PUT", "/v1/facts/doctor", fmt.Sprintf(health, state)); status != 200 {
			t.Fatalf("%d %s", status, said)
		}
	}
	if err := facts.Put(context.Background(), d.DB, facts.Fact{Room: "A9", Kind: facts.Doctor, Received: time.Now(), Body: []byte(fmt.Sprintf(health, "ok"))}); err != nil {
		t.Fatal(err)
	}
	list, err := facts.Newest(context.Background(), d.DB, facts.Doctor)
	if err != nil || len(list) != 2 || list[0].Room != "A9" || !strings.Contains(string(list[1].Body), `"fail"`) {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestWhatIsNoFactIsRefusedWithItsReason(t *testing.T) {
	_, mux := door(t, "R1", nil)
	for name, body := range map[string]string{
		"not JSON": "{", "another version": strings.Replace(fmt.Sprintf(health, "ok"), `"v":1`, `"v":2`, 1),
		"no checks": `{"v":1,"at":"2026-10-01T08:00:00Z","checks":[]}`, "no state": fmt.Sprintf(health, "fine"),
		"no time": strings.Replace(fmt.Sprintf(health, "ok"), "2026-10-01T08:00:00Z", "noon", 1),
	} {
		if status, said := call(t, mux, "PUT", "/v1/facts/doctor", body); status != 400 || !strings.Contains(said, `"code":"form"`) {
			t.Errorf("%s: %d %s", name, status, said)
		}
	}
	if status, _ := call(t, mux, "PUT", "/v1/facts/doctor", strings.Repeat(" ", 300<<10)); status != 413 {
		t.Errorf("too long: %d", status)
	}
	if status, _ := call(t, mux, "PUT", "/v1/facts/gossip", "{}"); status != 404 {
		t.Errorf("an unknown kind: %d", status)
	}
}

func TestOnlyAnAdmittedRoomIsHeard(t *testing.T) {
	_, mux := door(t, "", &enrol.Refused{Reasons: []string{"revoked"}})
	for _, c := range [][2]string{{"PUT", "/v1/facts/doctor"}, {"POST", "/v1/measure"}} {
		if status, said := call(t, mux, c[0], c[1], fmt.Sprintf(health, "ok")); status != 403 || !strings.Contains(said, "revoked") {
			t.Errorf("%v: %d %s", c, status, said)
		}
	}
}

func TestBytesAreCountedUpToABound(t *testing.T) {
	_, mux := door(t, "R1", nil)
	if status, said := call(t, mux, "POST", "/v1/measure", strings.Repeat("x", 70_000)); status != 200 || !strings.Contains(said, "70000") {
		t.Errorf("got %d %s", status, said)
	}
	if status, _ := call(t, mux, "POST", "/v1/measure", strings.Repeat("x", 5<<20)); status != 413 {
		t.Errorf("5 MiB: %d", status)
	}
}

func FuzzParseHealth(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(health, "ok")))
	f.Fuzz(func(t *testing.T, text []byte) {
		if h, err := facts.ParseHealth(text); err == nil && len(h.Checks) == 0 {
			t.Errorf("%q was let through", text)
		}
	})
}

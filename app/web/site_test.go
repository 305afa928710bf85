package web_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minglu/app/store"
	"minglu/app/web"
	"minglu/sync/enrol"
	"minglu/sync/facts"
)

// hq is a headquarters with two rooms, one of which is in trouble.
func hq(t *testing.T, now func() time.Time) (*web.Site, *httptest.Server) {
	t.Helper()
	dir := t.TempDir()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(os.WriteFile(filepath.Join(dir, "root.pem"), nil, 0o600))
	db, err := store.Open(context.Background(), filepath.Join(dir, "hq.db"), store.Schema{Name: "facts", Versions: facts.Versions()})
	check(err)
	body := `{"v":1,"at":"2026-10-01T08:00:00Z","version":"0.1.7","checks":[{"check":"disk","state":"fail","title":"磁盘","found":"<script>满</script>","do":"清理"}]}`
	check(facts.Put(context.Background(), db, facts.Fact{Room: "R1", Kind: facts.Doctor, Received: now(), Body: []byte(body)}))
	s := &web.Site{DB: db, Org: "示例局", Gate: web.Gate{Dir: dir, Now: now}, Log: slog.New(slog.DiscardHandler),
		Rooms: func() ([]enrol.Member, error) {
			return []enrol.Member{{Seat: enrol.Seat{Room: "R1", Title: "一号室"}}, {Seat: enrol.Seat{Room: "R2", Title: "二号室"}}}, nil
		}}
	mux := http.NewServeMux()
	s.Routes(mux)
	server := httptest.NewTLSServer(mux)
	t.Cleanup(func() {
		server.Close()
		check(db.Close())
	})
	return s, server
}

func browser(t *testing.T, server *httptest.Server) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := *server.Client()
	c.Jar = jar
	return &c
}

func read(t *testing.T, res *http.Response, err error) (int, string) {
	t.Helper()
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

func enter(t *testing.T, c *http.Client, server *httptest.Server, word string) (int, string) {
	t.Helper()
	res, err := c.PostForm(server.URL+"/admin/login", url.Values{"word": {word}})
	return read(t, res, err)
}

func TestAPasswordOpensOnceAndShowsEveryRoom(t *testing.T) {
	s, server := hq(t, time.Now)
	c := browser(t, server)
	word, _, err := s.Gate.Pass()
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Get(server.URL + "/admin/")
	if _, page := read(t, res, err); strings.Contains(page, "一号室") || !strings.Contains(page, "口令") {
		t.Errorf("without a password:\n%s", page)
	}
	status, page := enter(t, c, server, strings.ToLower(word))
	for _, want := range []string{"一号室", "1 项故障", "&lt;script&gt;满", "二号室", "从未上报"} {
		if status != 200 || !strings.Contains(page, want) {
			t.Errorf("%d: no %q in\n%s", status, want, page)
		}
	}
	if status, _ := enter(t, browser(t, server), server, word); status != 403 {
		t.Errorf("the second time: %d", status)
	}
	res, err = c.PostForm(server.URL+"/admin/logout", nil)
	if _, page := read(t, res, err); strings.Contains(page, "一号室") {
		t.Error("still inside after leaving")
	}
}

func TestGuessingAndWaitingLeadNowhere(t *testing.T) {
	now := time.Now()
	s, server := hq(t, func() time.Time { return now })
	word, expires, err := s.Gate.Pass()
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if status, _ := enter(t, browser(t, server), server, "AAAA-BBBB-CCCC-DDDD"); status != 403 {
			t.Errorf("a guess: %d", status)
		}
	}
	if status, _ := enter(t, browser(t, server), server, word); status != 403 {
		t.Errorf("the right one after five guesses: %d", status)
	}
	if word, _, err = s.Gate.Pass(); err != nil {
		t.Fatal(err)
	}
	now = expires.Add(time.Second)
	if right, err := s.Gate.Enter(word); right || err != nil {
		t.Errorf("too late: %v, %v", right, err)
	}
	if _, _, err := (web.Gate{Dir: t.TempDir(), Now: time.Now}).Pass(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a password for no headquarters: %v", err)
	}
}

func TestAnotherSitesFormIsRefused(t *testing.T) {
	s, server := hq(t, time.Now)
	word, _, err := s.Gate.Pass()
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest("POST", server.URL+"/admin/login", strings.NewReader("word="+word))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := server.Client().Do(req)
	if status, _ := read(t, res, err); status != http.StatusForbidden {
		t.Errorf("got %d", status)
	}
	if policy := res.Header.Get("Content-Security-Policy"); policy != "" && !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
}

package player_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"minglu/app/i18n"
	"minglu/app/player"
	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
)

// gate is a server of made-up packages with its access log and a clock that can be turned.
type gate struct {
	*player.Server
	bureau *packtest.Bureau
	pack   packtest.Package

	mu     sync.Mutex // guards what follows
	opened []string
	given  []string // back
	refuse error
	now    time.Time
}

func newGate(t testing.TB) *gate {
	t.Helper()
	g := &gate{bureau: packtest.NewBureau(t, "R1"), now: time.Now()}
	g.pack = g.bureau.Make(packtest.Spec{Pause: true})
	g.Server = player.New(player.Source{
		Find: func(_ context.Context, id string) (player.Recording, error) {
			if id != g.pack.ID {
				return player.Recording{}, fs.ErrNotExist
			}
			return player.Recording{ID: id, Files: g.pack.MapFS, Verify: g.bureau.Options(), Close: func() error {
				g.mu.Lock()
				defer g.mu.Unlock()
				g.given = append(g.given, id)
				return nil
			}}, nil
		},
		Opened: func(_ context.Context, id string) error {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.opened = append(g.opened, id)
			return g.refuse
		},
		Lang: func() i18n.Lang { return i18n.ZH }, Log: io.Discard,
		Now: func() time.Time {
			g.mu.Lock()
			defer g.mu.Unlock()
			return g.now
		},
	})
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

func (g *gate) open(t testing.TB, atMS int64) string {
	t.Helper()
	link, err := g.Open(t.Context(), g.pack.ID, atMS)
	if err != nil {
		t.Fatal(err)
	}
	return link
}

// visitor is a browser that keeps its cookies.
func visitor(t testing.TB) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: 20 * time.Second}
}

// get fetches a page and gives status, text and the address it came from.
func get(t testing.TB, c *http.Client, method, address string, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

func TestALinkWorksOnceAndForAMoment(t *testing.T) {
	g := newGate(t)
	link := g.open(t, 12_000)
	c := visitor(t)
	if res, _ := get(t, c, "HEAD", link, nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("a HEAD of the link: %s; want a refusal that does not use it up", res.Status)
	}
	res, text := get(t, c, "GET", link, nil)
	if res.StatusCode != 200 || res.Request.URL.RawQuery != "at=12000" || !strings.Contains(text, g.pack.ID) {
		t.Fatalf("%s from %s\n%s", res.Status, res.Request.URL, text)
	}
	if res.Request.URL.Query().Has("t") {
		t.Error("the address still has the secret")
	}
	if again, _ := get(t, c, "GET", res.Request.URL.String(), nil); again.StatusCode != 200 {
		t.Errorf("a reload: %s", again.Status)
	}
	if used, text := get(t, visitor(t), "GET", link, nil); used.StatusCode != 403 || !strings.Contains(text, "只能使用一次") {
		t.Errorf("the link again: %s %s", used.Status, text)
	}
	if other, _ := get(t, visitor(t), "GET", res.Request.URL.String(), nil); other.StatusCode != 403 {
		t.Errorf("somebody without the cookie: %s", other.Status)
	}
	late := g.open(t, 0)
	g.mu.Lock()
	g.now = g.now.Add(3 * time.Minute)
	g.mu.Unlock()
	if res, _ := get(t, visitor(t), "GET", late, nil); res.StatusCode != 403 {
		t.Errorf("a link after three minutes: %s", res.Status)
	}
}

func TestOnlyThisAddressThisPageAndReadingGetIn(t *testing.T) {
	g := newGate(t)
	c := visitor(t)
	res, _ := get(t, c, "GET", g.open(t, 0), nil)
	home := res.Request.URL.String()
	for name, change := range map[string]func(*http.Request){
		"another name for this machine": func(r *http.Request) { r.Host = "localhost:" + r.URL.Port() },
		"a name that was rebound":       func(r *http.Request) { r.Host = "evil.example" },
		"another page":                  func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a page of the same site":       func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"a cookie that was guessed":     func(r *http.Request) { r.Header.Set("Cookie", "minglu=guess") },
	} {
		client := c
		if strings.Contains(name, "guessed") {
			client = visitor(t)
		}
		if res, text := get(t, client, "GET", home, change); res.StatusCode != 403 || strings.Contains(text, g.pack.ID) {
			t.Errorf("%s: %s", name, res.Status)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"} {
		if res, _ := get(t, c, method, home, nil); res.StatusCode != 405 {
			t.Errorf("%s: %s", method, res.Status)
		}
	}
	res, text := get(t, c, "HEAD", home+"media/cam0.mp4", nil)
	if res.StatusCode != 200 || text != "" || res.ContentLength != int64(len(g.pack.MapFS["data/media/cam0.mp4"].Data)) {
		t.Errorf("HEAD: %s, %d bytes long", res.Status, res.ContentLength)
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if got := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; script-src 'self'") || strings.Contains(got, "unsafe") {
		t.Errorf("policy %q", got)
	}
}

func TestNothingButThePackagesMediaAndPapersIsServed(t *testing.T) {
	g := newGate(t)
	c := visitor(t)
	res, _ := get(t, c, "GET", g.open(t, 0), nil)
	home := res.Request.URL.String()
	for _, path := range []string{
		"media/nothing.mp4", "media/..%2f..%2fplan.json", "media/%2e%2e/plan.json", "data/plan.json", "media/", "media",
		"media/cam0.mp4/", "player.html", "../2/", "..%2f..%2fetc%2fpasswd", "media/cam0.mp4%00", "facts.json/x",
	} {
		if res, text := get(t, c, "GET", home+path, nil); res.StatusCode < 400 {
			t.Errorf("%s: %s\n%.200s", path, res.Status, text)
		}
	}
	res, pdf := get(t, c, "GET", home+"transcript.pdf", nil)
	if res.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(pdf, "%PDF") {
		t.Errorf("paper: %s %s", res.Status, res.Header.Get("Content-Type"))
	}
}

func TestMediaComeInRanges(t *testing.T) {
	g := newGate(t)
	c := visitor(t)
	res, _ := get(t, c, "GET", g.open(t, 0), nil)
	film := g.pack.MapFS["data/media/cam0.mp4"].Data
	for span, want := range map[string]string{
		"bytes=0-9": string(film[:10]), "bytes=100-": string(film[100:]), "bytes=-7": string(film[len(film)-7:]),
	} {
		part, text := get(t, c, "GET", res.Request.URL.String()+"media/cam0.mp4", func(r *http.Request) { r.Header.Set("Range", span) })
		if part.StatusCode != 206 || text != want || part.Header.Get("Content-Type") != "video/mp4" {
			t.Errorf("%s: %s, %d bytes", span, part.Status, len(text))
		}
	}
	past, _ := get(t, c, "GET", res.Request.URL.String()+"media/cam0.mp4", func(r *http.Request) {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", len(film)))
	})
	if past.StatusCode != 416 {
		t.Errorf("past the end: %s", past.Status)
	}
}

func TestAnOpeningIsLoggedBeforeAnythingIsShownOrNothingIs(t *testing.T) {
	g := newGate(t)
	g.open(t, 0)
	if !slices.Equal(g.opened, []string{g.pack.ID}) {
		t.Errorf("the log has %v", g.opened)
	}
	g.refuse = errors.New("the log's disk is full")
	if link, err := g.Open(t.Context(), g.pack.ID, 0); !errors.Is(err, g.refuse) || link != "" {
		t.Errorf("with a failing log: %q, %v", link, err)
	}
	if link, err := g.PaperOf(t.Context(), g.pack.ID, evidence.FilePDF); !errors.Is(err, g.refuse) || link != "" {
		t.Errorf("a paper with a failing log: %q, %v", link, err)
	}
	if !slices.Equal(g.given, []string{g.pack.ID, g.pack.ID}) {
		t.Errorf("what was not shown was given back %v times", g.given)
	}
	g.refuse = nil
	if _, err := g.Open(t.Context(), "R1-000099", 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a recording nobody knows: %v", err)
	}
	if len(g.opened) != 3 {
		t.Errorf("the log has %v", g.opened)
	}
	unlogged := player.New(player.Source{Find: nil, Lang: func() i18n.Lang { return i18n.EN }, Now: time.Now, Log: io.Discard})
	if _, err := unlogged.Open(t.Context(), g.pack.ID, 0); i18n.FaultCode(err) != "player.unlogged" {
		t.Errorf("without a log: %v", err)
	}
}

func TestAPaperIsShownByItself(t *testing.T) {
	g := newGate(t)
	link, err := g.Paper(t.Context(), "R1-000001/笔录", []byte("%PDF-1.4\nx"))
	if err != nil {
		t.Fatal(err)
	}
	res, text := get(t, visitor(t), "GET", link, nil)
	if res.StatusCode != 200 || text != "%PDF-1.4\nx" || res.Header.Get("Content-Type") != "application/pdf" || !strings.HasSuffix(res.Request.URL.Path, "/R1-000001-笔录.pdf") {
		t.Errorf("%s %s %q", res.Status, res.Request.URL, text)
	}
	if _, err := g.Paper(t.Context(), "x", []byte("<script>")); err == nil {
		t.Error("a page was taken for a paper")
	}
	if link, err = g.PaperOf(t.Context(), g.pack.ID, evidence.FilePDF); err != nil || len(g.opened) != 1 {
		t.Fatalf("%v; the log has %v", err, g.opened)
	}
	if res, text := get(t, visitor(t), "GET", link, nil); res.StatusCode != 200 || !strings.HasPrefix(text, "%PDF") {
		t.Errorf("%s", res.Status)
	}
}

func TestWhatIsClosedIsGivenBack(t *testing.T) {
	g := newGate(t)
	c := visitor(t)
	for range 18 {
		get(t, c, "GET", g.open(t, 0), nil)
	}
	if len(g.given) != 2 {
		t.Errorf("%d were given back while 18 were opened; want the two oldest", len(g.given))
	}
	if err := g.Close(); err != nil || len(g.given) != 18 {
		t.Errorf("%v; %d were given back", err, len(g.given))
	}
	if _, err := g.Open(t.Context(), g.pack.ID, 0); i18n.FaultCode(err) != "player.closed" {
		t.Errorf("after the end: %v", err)
	}
}

// Package web shows headquarters' people, in a browser, how the rooms are and what the halls' duty logs say.
//
// There is no script on the pages and nothing is loaded from elsewhere. A session lives in memory: it ends with
// the program.
package web

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"minglu/app/i18n"
	"minglu/sync/enrol"
)

// Path is where the pages are.
const Path = "/admin/"

//go:embed page.html halls.html style.css
var files embed.FS

// Site is the pages of one headquarters.
type Site struct {
	DB    *sql.DB
	Rooms func() ([]enrol.Member, error)
	Gate  Gate
	Org   string
	Log   *slog.Logger
	Halls *Halls // nil where no duty logs are shown

	mu       sync.Mutex
	sessions map[string]time.Time // digest of the cookie → its end
}

// How long a session lasts, and how many there may be.
const (
	sessionTime = 8 * time.Hour
	sessionMost = 64
	cookieName  = "__Secure-minglu"
	bodyMost    = 4 << 10
	pageTime    = 30 * time.Second
)

// Routes adds the pages to mux.
func (s *Site) Routes(mux *http.ServeMux) {
	s.sessions = map[string]time.Time{}
	guard := http.NewCrossOriginProtection()
	add := func(pattern string, h http.HandlerFunc) { mux.Handle(pattern, guard.Handler(s.decent(h))) }
	add("GET "+Path+"{$}", s.front)
	add("POST "+Path+"login", s.login)
	add("POST "+Path+"logout", s.logout)
	add("GET "+Path+"style.css", s.style)
	if s.Halls != nil {
		s.hallRoutes(add)
	}
}

// decent says to browsers what they may do with our answers.
func (s *Site) decent(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		line, end := http.NewResponseController(w), time.Now().Add(pageTime)
		_, _ = line.SetReadDeadline(end), line.SetWriteDeadline(end) // a test's writer has none
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, bodyMost)
		next(w, r)
	})
}

// language is what the browser asks for first.
func language(r *http.Request) i18n.Lang {
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en") {
		return i18n.EN
	}
	return i18n.ZH
}

// page is what page.html is filled with.
type page struct {
	Lang   i18n.Lang
	Title  string
	Inside bool
	Wrong  bool
	Rooms  []row
	Pages  bool // there are duty logs
	Halls  *hallsPage
	Hall   *hallPage
}

// Say gives the template its words.
func (p page) Say(key string) string { return i18n.Say(p.Lang, key) }

// Verdict puts a verdict into words.
func (p page) Verdict(v string) string { return i18n.Say(p.Lang, "web.verdict."+v) }

func (s *Site) front(w http.ResponseWriter, r *http.Request) {
	p := s.page(r)
	if p.Inside = s.inside(r); p.Inside {
		rooms, err := s.rows(r.Context(), p.Lang)
		if err != nil {
			s.trouble(w, r, err)
			return
		}
		p.Rooms = rooms
	}
	s.show(w, r, http.StatusOK, p)
}

func (s *Site) page(r *http.Request) page {
	lang := language(r)
	return page{Lang: lang, Title: i18n.Say(lang, "web.title", "org", s.Org), Pages: s.Halls != nil}
}

func (s *Site) show(w http.ResponseWriter, r *http.Request, status int, p page) {
	t, err := template.ParseFS(files, "page.html", "halls.html")
	var b bytes.Buffer
	if err == nil {
		err = t.Execute(&b, p)
	}
	if err != nil {
		s.trouble(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the browser went away
}

func (s *Site) trouble(w http.ResponseWriter, r *http.Request, err error) {
	s.Log.Error("show page", "path", r.URL.Path, "error", err)
	http.Error(w, i18n.Say(language(r), "web.trouble"), http.StatusInternalServerError)
}

func (s *Site) login(w http.ResponseWriter, r *http.Request) {
	right, err := s.Gate.Enter(r.PostFormValue("word"))
	if err != nil {
		s.trouble(w, r, err)
		return
	}
	if !right {
		s.Log.Warn("admin page: a wrong password", "from", r.RemoteAddr)
		p := s.page(r)
		p.Wrong = true
		s.show(w, r, http.StatusForbidden, p)
		return
	}
	s.Log.Info("admin page: somebody entered", "from", r.RemoteAddr)
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: s.begin(), Path: Path, MaxAge: int(sessionTime.Seconds()),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, Path, http.StatusSeeOther)
}

func (s *Site) logout(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(cookieName); err == nil {
		s.mu.Lock()
		delete(s.sessions, digest(c.Value))
		s.mu.Unlock()
	}
	http.Redirect(w, r, Path, http.StatusSeeOther)
}

// begin makes a session and forgets those that have ended, or the one that ends first when there are too many.
func (s *Site) begin() string {
	token := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Gate.Now()
	oldest := ""
	for id, end := range s.sessions {
		if !now.Before(end) {
			delete(s.sessions, id)
		} else if oldest == "" || end.Before(s.sessions[oldest]) {
			oldest = id
		}
	}
	if len(s.sessions) >= sessionMost {
		delete(s.sessions, oldest)
	}
	s.sessions[digest(token)] = now.Add(sessionTime)
	return token
}

func (s *Site) inside(r *http.Request) bool {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ok := s.sessions[digest(c.Value)]
	return ok && s.Gate.Now().Before(end)
}

func (s *Site) style(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	http.ServeFileFS(w, r, files, "style.css")
}

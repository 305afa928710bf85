// Package player shows one recording in a browser: pictures, sound, the transcript that follows, the time line with
// marks, breaks and gaps, and the verdict of a verification that runs meanwhile.
//
// Show is the page of one package. It knows no window and no way in: headquarters puts it behind its own gate.
// Server is the way in of a room: a loopback address, a link that works once, an access log before anything is shown.
package player

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"minglu/app/i18n"
	"minglu/capture/evidence"
)

//go:embed page
var pages embed.FS

// page is the one page, with its labels filled in.
var page = template.Must(template.ParseFS(pages, "page/player.html"))

// Recording is a package to be shown.
type Recording struct {
	ID    string
	Files fs.FS // as evidence.OpenPackage gives it
	// Verify says whom the verification trusts; its ID, Whole and Progress are the page's own.
	Verify evidence.Options
	// Close gives the package back; nil when there is nothing to give.
	Close func() error
}

// Show is an http.Handler for the page of one recording, below any path. Close ends it.
type Show struct {
	recording Recording
	lang      i18n.Lang
	mux       *http.ServeMux

	ctx    context.Context
	cancel context.CancelFunc
	once   sync.Once // begins the verification
	check  check
	work   sync.WaitGroup
}

// NewShow makes the page of a recording. lang is the language of a page whose address names none.
func NewShow(r Recording, lang i18n.Lang) *Show {
	s := &Show{recording: r, lang: lang, mux: http.NewServeMux()}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.mux.HandleFunc("GET /{$}", s.servePage)
	s.mux.HandleFunc("GET /player.js", asset("page/player.js", "text/javascript; charset=utf-8"))
	s.mux.HandleFunc("GET /player.css", asset("page/player.css", "text/css; charset=utf-8"))
	s.mux.HandleFunc("GET /facts.json", func(w http.ResponseWriter, r *http.Request) { answer(w, s.facts(s.langOf(r))) })
	s.mux.HandleFunc("GET /verdict.json", func(w http.ResponseWriter, r *http.Request) { answer(w, s.verdict(s.langOf(r))) })
	s.mux.HandleFunc("GET /media/{name}", s.serveMedia)
	s.mux.HandleFunc("GET /transcript.pdf", func(w http.ResponseWriter, r *http.Request) {
		s.serveFile(w, r, evidence.FilePDF, "application/pdf")
	})
	return s
}

// Close stops the verification, waits for it and gives the package back.
func (s *Show) Close() error {
	s.cancel()
	s.once.Do(func() {}) // none begins any more
	s.work.Wait()
	if s.recording.Close == nil {
		return nil
	}
	return s.recording.Close()
}

// policy lets the page use what this server gives, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard sets what keeps a recording out of caches, frames and other pages.
func guard(h http.Header) {
	for name, value := range map[string]string{
		"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
	} {
		h.Set(name, value)
	}
}

// ServeHTTP answers GET and HEAD.
func (s *Show) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	guard(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "GET or HEAD", http.StatusMethodNotAllowed)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Show) langOf(r *http.Request) i18n.Lang {
	switch l := i18n.Lang(r.URL.Query().Get("lang")); l {
	case i18n.ZH, i18n.EN:
		return l
	}
	return s.lang
}

// labels fill the page.
type labels struct {
	Lang, Other i18n.Lang
	Title       string
}

// Say gives a label's words.
func (l labels) Say(key string) string { return i18n.Say(l.Lang, key) }

func (s *Show) servePage(w http.ResponseWriter, r *http.Request) {
	s.once.Do(func() { s.work.Go(s.examine) })
	lang := s.langOf(r)
	l := labels{lang, i18n.EN, i18n.Say(lang, "player.title", "id", s.recording.ID)}
	if lang == i18n.EN {
		l.Other = i18n.ZH
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, l) // a browser that left needs no page
}

func asset(name, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data, err := pages.ReadFile(name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(data)
	}
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // strings only; a browser that left needs no answer
}

const mediaDir = "data/media"

// films lists the media files that hold something, in the order of their names: cameras, then a lone microphone.
func (s *Show) films() []string {
	entries, err := fs.ReadDir(s.recording.Files, mediaDir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && info.Size() > 0 && strings.HasSuffix(e.Name(), ".mp4") {
			names = append(names, e.Name())
		}
	}
	return names
}

func isPicture(name string) bool { return strings.HasPrefix(name, "cam") }

func (s *Show) serveMedia(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if !slices.Contains(s.films(), name) {
		http.NotFound(w, r)
		return
	}
	kind := "audio/mp4"
	if isPicture(name) {
		kind = "video/mp4"
	}
	s.serveFile(w, r, mediaDir+"/"+name, kind)
}

// serveFile gives a file of the package, whole or in ranges.
func (s *Show) serveFile(w http.ResponseWriter, r *http.Request, name, kind string) {
	f, err := s.recording.Files.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, "the file cannot be read", http.StatusInternalServerError)
		return
	}
	defer f.Close()
	seekable, ok := f.(io.ReadSeeker)
	if !ok { // a packed entry of a zip
		http.Error(w, "the file is packed; unpack the package first", http.StatusUnsupportedMediaType)
		return
	}
	w.Header().Set("Content-Type", kind)
	http.ServeContent(w, r, "", time.Time{}, seekable)
}

// small bounds what is read of a file into memory: a transcript's own bound, and the journal's of a long day.
const (
	smallFile   = 8 << 20
	journalFile = 256 << 20
)

func (s *Show) read(name string, limit int64) ([]byte, error) {
	f, err := s.recording.Files.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("read %s: over %d bytes", name, limit)
	}
	return data, errors.Join(err, f.Close())
}

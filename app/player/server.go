package player

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"minglu/app/i18n"
)

// Source is what a Server shows recordings of.
type Source struct {
	// Find opens the package of a recording.
	Find func(ctx context.Context, id string) (Recording, error)
	// Opened is told of each opening before anything is shown, and makes it durable: the access log. Its error
	// forbids the showing; without it no recording is shown.
	Opened func(ctx context.Context, id string) error
	Lang   func() i18n.Lang
	Now    func() time.Time
	Log    io.Writer
}

// Server shows recordings and papers to a browser on this machine. Nobody else gets in: it listens on the loopback
// address alone, answers to its own name alone, and each thing shown has a secret of its own, which the browser gets
// for a link that works once. It begins to listen when the first thing is shown.
type Server struct {
	source Source

	mu     sync.Mutex // guards what follows
	http   *http.Server
	host   string
	served chan struct{}
	next   int
	shown  []*shown
	closed bool
}

// shown is one thing behind its own secret.
type shown struct {
	path    string // /r/N/
	start   string // below path, where the link leads
	handler http.Handler
	close   func() error
	secret  string    // the browser's cookie
	ticket  string    // of the link; "" once it was used
	until   time.Time // the link works
}

const (
	ticketLife = 2 * time.Minute // how long a browser may take to start
	maxShown   = 16              // things shown at a time; the oldest gives way
	cookie     = "minglu"
)

// coded is an error with a code of i18n.
type coded struct{ code, what string }

func (e *coded) Error() string     { return e.what }
func (e *coded) FaultCode() string { return e.code }

var (
	errNoLog  = &coded{"player.unlogged", "no access log is there to note the opening in"}
	errClosed = &coded{"player.closed", "the player is closed"}
)

// New makes a server that shows nothing yet.
func New(s Source) *Server { return &Server{source: s} }

// Open notes the opening of a recording and gives the link to its page at a moment, in ms.
func (s *Server) Open(ctx context.Context, id string, atMS int64) (link string, err error) {
	if s.source.Opened == nil {
		return "", errNoLog
	}
	r, err := s.source.Find(ctx, id)
	if err != nil {
		return "", fmt.Errorf("open recording %s: %w", id, err)
	}
	show := NewShow(r, s.source.Lang())
	if err := s.source.Opened(ctx, id); err != nil {
		return "", errors.Join(fmt.Errorf("note the opening of %s: %w", id, err), show.Close())
	}
	return s.put(show, show.Close, startAt(atMS))
}

// Trial gives the link to the page of a test recording, which nobody needs to be told of.
func (s *Server) Trial(r Recording) (link string, err error) {
	show := NewShow(r, s.source.Lang())
	return s.put(show, show.Close, "")
}

// PaperOf notes the opening of a recording and gives the link to one of its papers, a file below its package.
func (s *Server) PaperOf(ctx context.Context, id, name string) (link string, err error) {
	if s.source.Opened == nil {
		return "", errNoLog
	}
	r, err := s.source.Find(ctx, id)
	if err != nil {
		return "", fmt.Errorf("open recording %s: %w", id, err)
	}
	show := NewShow(r, s.source.Lang())
	data, err := show.read(name, 8*smallFile)
	if err == nil {
		err = s.source.Opened(ctx, id)
	}
	if err = errors.Join(err, show.Close()); err != nil {
		return "", fmt.Errorf("open %s of %s: %w", name, id, err)
	}
	return s.Paper(ctx, id, data)
}

// Paper gives the link to a PDF for preview and print; name is what the browser calls it.
func (s *Server) Paper(_ context.Context, name string, pdf []byte) (link string, err error) {
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		return "", fmt.Errorf("show paper %s: it is no PDF", name)
	}
	file := url.PathEscape(strings.NewReplacer("/", "-", "\\", "-").Replace(name)) + ".pdf"
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		guard(w.Header())
		w.Header().Del("Content-Security-Policy") // the browser's own viewer is not ours to bind
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("Content-Disposition", "inline")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(pdf))
	})
	return s.put(h, func() error { return nil }, file)
}

func startAt(atMS int64) string {
	if atMS <= 0 {
		return ""
	}
	return "?at=" + strconv.FormatInt(atMS, 10)
}

// put shows something from now on and gives its link.
func (s *Server) put(h http.Handler, closer func() error, start string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return "", errors.Join(errClosed, closer())
	}
	if err := s.listen(); err != nil {
		return "", errors.Join(err, closer())
	}
	s.next++
	v := &shown{
		path: fmt.Sprintf("/r/%d/", s.next), start: start, handler: h, close: closer,
		secret: random(), ticket: random(), until: s.source.Now().Add(ticketLife),
	}
	s.shown = append(s.shown, v)
	if len(s.shown) > maxShown {
		oldest := s.shown[0]
		s.shown = s.shown[1:]
		if err := oldest.close(); err != nil {
			fmt.Fprintf(s.source.Log, "close what was shown: %v\n", err)
		}
	}
	return "http://" + s.host + "/open?t=" + v.ticket, nil
}

// random is a secret of 256 bits.
func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // crypto/rand.Read never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// listen opens the loopback address, once.
func (s *Server) listen() error {
	if s.http != nil {
		return nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("open the player: %w", err)
	}
	s.host, s.served = l.Addr().String(), make(chan struct{})
	s.http = &http.Server{
		Handler: s, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: log.New(s.source.Log, "player: ", 0),
	}
	server, served := s.http, s.served
	go func() { // ends with Close
		defer close(served)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintf(s.source.Log, "player: %v\n", err)
		}
	}()
	return nil
}

// Close shows nothing any more and waits until all is given back.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	server, all := s.http, s.shown
	s.shown = nil
	s.mu.Unlock()
	var err error
	if server != nil {
		err = server.Close()
		<-s.served
	}
	for _, v := range all {
		err = errors.Join(err, v.close())
	}
	return err
}

// ServeHTTP lets in who knows a secret, by the name of this very address, from no other page.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	guard(w.Header())
	site := r.Header.Get("Sec-Fetch-Site")
	switch {
	case r.Host != s.host, site != "" && site != "none" && site != "same-origin":
		s.refuse(w, http.StatusForbidden, "player.refused")
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		s.refuse(w, http.StatusMethodNotAllowed, "player.refused")
	case r.URL.Path == "/open":
		s.admit(w, r)
	default:
		v := s.find(r)
		if v == nil {
			s.refuse(w, http.StatusForbidden, "player.refused")
			return
		}
		http.StripPrefix(strings.TrimSuffix(v.path, "/"), v.handler).ServeHTTP(w, r)
	}
}

// admit changes a link's ticket, which works once, for the cookie of what it leads to.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) {
	v := s.redeem(r.URL.Query().Get("t"), r.Method == http.MethodGet)
	if v == nil {
		s.refuse(w, http.StatusForbidden, "player.used")
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookie, Value: v.secret, Path: v.path, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	http.Redirect(w, r, v.path+v.start, http.StatusSeeOther)
}

func (s *Server) redeem(ticket string, use bool) *shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.shown {
		if use && v.ticket != "" && same(v.ticket, ticket) && s.source.Now().Before(v.until) {
			v.ticket = ""
			return v
		}
	}
	return nil
}

// find gives what a request may see, or nil.
func (s *Server) find(r *http.Request) *shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.shown {
		if !strings.HasPrefix(r.URL.Path, v.path) {
			continue
		}
		for _, c := range r.CookiesNamed(cookie) {
			if same(c.Value, v.secret) {
				return v
			}
		}
	}
	return nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// refuse says in both languages that there is nothing to be seen.
func (s *Server) refuse(w http.ResponseWriter, status int, key string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "%s\n%s\n", i18n.Say(i18n.ZH, key), i18n.Say(i18n.EN, key))
}

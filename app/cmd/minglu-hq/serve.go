package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"minglu/app/web"
	"minglu/capture/lock"
	"minglu/sync/enrol"
	"minglu/sync/facts"
	"minglu/sync/offer"
	"minglu/sync/receive"
)

const (
	headerTime   = 15 * time.Second
	bodyTime     = time.Minute
	idleTime     = 2 * time.Minute
	goodbyeTime  = 3 * time.Second // for answers under way, before lines are cut
	maxHeader    = 32 << 10
	usualReserve = 2 << 30
)

func serve(f *flag.FlagSet) action {
	var p places
	f.StringVar(&p.Data, "data", "", "`D`")
	listen := f.String("listen", "", "`HOST:PORT`")
	f.StringVar(&p.Parts, "store", "", "`DIR`")
	f.StringVar(&p.Tables, "db", "", "`FILE`")
	reserve := f.Int64("reserve", usualReserve, "`BYTES`")
	return func(ctx context.Context, c console) error {
		only, err := lock.Take(filepath.Join(p.Data, "serve.lock"))
		switch {
		case errors.Is(err, lock.ErrHeld):
			return fault{"hq.busy", err}
		case errors.Is(err, fs.ErrNotExist):
			return fault{"hq.absent", err}
		case err != nil:
			return err
		}
		defer func() { _ = only.Close() }() // the end of the process would release it too
		h, err := openServing(ctx, p)
		if err != nil {
			return err
		}
		h.desk.Reserve = *reserve
		return errors.Join(h.serve(ctx, c, *listen), h.close())
	}
}

// openServing opens the data as before unless other places are named, and brings to its end what a crash left.
func openServing(ctx context.Context, p places) (*house, error) {
	p, err := p.absolute()
	if err == nil && p.Parts == "" && p.Tables == "" {
		p, err = remembered(p.Data)
	}
	if err != nil {
		return nil, err
	}
	h, err := open(ctx, p, false)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(p.remember(), h.desk.Repair(ctx)); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// serve answers until ctx ends; what is under way then is kept.
func (h *house) serve(ctx context.Context, c console, listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fault{"hq.listen", fmt.Errorf("read --listen: %w", err)}
	}
	config, err := h.authority.ServerTLS(host)
	if err != nil {
		return err
	}
	config.NextProtos = []string{"http/1.1"} // parallel parts need connections of their own on bad lines
	logger := slog.New(slog.NewTextHandler(c.people, nil))
	door := &receive.Door{Desk: h.desk, Admit: h.authority.Room, Log: logger}
	routes, err := h.routes(door, logger)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: routes, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
		ErrorLog:     log.New(quiet{}, "", 0), // every scan of a port would write a line
	}
	line, err := net.Listen("tcp", listen)
	if err != nil {
		return fault{"hq.listen", fmt.Errorf("listen: %w", err)}
	}
	url := "https://" + line.Addr().String()
	if err := c.event(map[string]string{"event": "listening", "url": url}); err != nil {
		return errors.Join(err, line.Close())
	}
	c.say("hq.serving", "url", url)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(tls.NewListener(line, config)) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	return h.stop(c, server, door, ended)
}

// stop lets short answers finish, cuts the long ones and waits until what they brought is kept.
func (h *house) stop(c console, server *http.Server, door *receive.Door, ended <-chan error) error {
	grace, cancel := context.WithTimeout(context.Background(), goodbyeTime)
	defer cancel()
	err := server.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	door.Wait()
	if serving := <-ended; !errors.Is(serving, http.ErrServerClosed) {
		err = errors.Join(err, serving)
	}
	if err == nil {
		c.say("hq.stopped")
	}
	return err
}

// routes is every call of headquarters.
func (h *house) routes(door *receive.Door, logger *slog.Logger) (http.Handler, error) {
	mux := http.NewServeMux()
	if err := door.Routes(mux); err != nil {
		return nil, err
	}
	h.halls.Routes(mux, door)
	admission := timely(enrol.Handler(h.authority))
	for _, path := range []string{"/v1/enrol", "/v1/renew", "/v1/crl", "/v1/roots"} {
		mux.Handle(path, admission)
	}
	mux.Handle("/v1/tsa", timely(h.time))
	(&facts.Door{DB: h.db, Admit: h.authority.Room, Now: time.Now, Log: logger}).Routes(mux)
	(&offer.Door{Folder: filepath.Join(h.data, "release"), Admit: h.authority.Room}).Routes(mux)
	halls, err := h.dutyLogs()
	if err != nil {
		return nil, err
	}
	(&web.Site{DB: h.db, Rooms: h.authority.Members, Gate: web.Gate{Dir: h.data, Now: time.Now}, Org: h.authority.Org, Log: logger, Halls: halls}).Routes(mux)
	return mux, nil
}

// timely gives up on a request whose body does not come.
func timely(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		line, end := http.NewResponseController(w), time.Now().Add(bodyTime)
		if err := errors.Join(line.SetReadDeadline(end), line.SetWriteDeadline(end)); err != nil {
			http.Error(w, "headquarters cannot answer now; try again", http.StatusInternalServerError)
			return
		}
		next.ServeHTTP(w, r)
	})
}

type quiet struct{}

func (quiet) Write(p []byte) (int, error) { return len(p), nil }

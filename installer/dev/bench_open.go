package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"
)

// page loads the film and says when its first picture is there.
const page = `<!doctype html><video id="v" preload="auto" muted src="/film.mp4"></video><script>
const v = document.getElementById("v"), from = performance.now();
const tell = word => fetch("/done?" + word);
v.onloadeddata = () => tell("ms=" + Math.round(performance.now() - from) + "&length=" + v.duration);
v.onerror = () => tell("fault=" + encodeURIComponent(v.error.message));
</script>`

// opening is what the browser reported.
type opening struct {
	ms, length float64
	fault      string
	requests   int64
}

// openInBrowser serves the package's film over HTTP ranges and counts what Chromium asks for until the first picture.
func (b *bench) openInBrowser(ctx context.Context, s sealed) error {
	film := filepath.Join(s.folder, "data", "media", "cam0.mp4")
	var times []float64
	var requests int64
	for range b.pairs {
		o, err := b.openOnce(ctx, film)
		if err != nil {
			return err
		}
		times, requests = append(times, o.ms/1000), max(requests, o.requests)
	}
	return errors.Join(b.bound("OPEN_CHROMIUM", "s", median(times), 0.5), b.bound("OPEN_REQUESTS", "", float64(requests), 10))
}

func (b *bench) openOnce(ctx context.Context, film string) (opening, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return opening{}, err
	}
	reported := make(chan opening, 1)
	server := &http.Server{Handler: cinema(film, reported), ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	profile, err := os.MkdirTemp(b.folder, "chromium-")
	if err != nil {
		return opening{}, err
	}
	browser := b.command(ctx, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
		"--disable-background-networking", "--user-data-dir="+profile, "--remote-debugging-port=0",
		"http://"+listener.Addr().String()+"/")
	browser.Stdout, browser.Stderr = b.log, b.log
	if err := browser.Start(); err != nil {
		return opening{}, err
	}
	var o opening
	select {
	case o = <-reported:
	case <-ctx.Done():
		o.fault = "no answer within a minute"
	}
	err = errors.Join(browser.Cancel(), server.Close())
	<-served
	_ = browser.Wait() // it was told to end
	if o.fault != "" {
		return o, errors.Join(fmt.Errorf("chromium: %s", o.fault), err)
	}
	return o, err
}

// cinema serves the page and the film, and passes on the browser's report with the count of requests.
func cinema(film string, reported chan<- opening) http.Handler {
	var requests atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, page) // a browser that left is noticed by its silence
	})
	mux.HandleFunc("GET /film.mp4", func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		http.ServeFile(w, r, film)
	})
	mux.HandleFunc("GET /done", func(_ http.ResponseWriter, r *http.Request) {
		o := opening{fault: r.FormValue("fault"), requests: requests.Load()}
		o.ms, _ = strconv.ParseFloat(r.FormValue("ms"), 64)
		o.length, _ = strconv.ParseFloat(r.FormValue("length"), 64)
		select {
		case reported <- o:
		default:
		}
	})
	return mux
}

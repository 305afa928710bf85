package player_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// serve runs a server until the test ends.
func serve(t testing.TB, s *http.Server) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		<-done
	})
	return "http://" + l.Addr().String()
}

// firstByte measures from the request to the first byte of the body; the rest is read unmeasured.
func firstByte(t testing.TB, c *http.Client, address, span string) time.Duration {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Range", span)
	began := time.Now()
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadFull(res.Body, make([]byte, 1))
	took := time.Since(began)
	_, rest := io.Copy(io.Discard, res.Body)
	if err = errors.Join(err, rest, res.Body.Close()); err != nil || res.StatusCode != 206 {
		t.Fatalf("%s %v", res.Status, err)
	}
	return took
}

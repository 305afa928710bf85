package player_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"minglu/app/player"
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

// The first byte of a range costs at most six times that of a plain file server: the figure of the requirements.
func TestTheFirstByteOfARangeIsNearAPlainFileServers(t *testing.T) {
	g := newGate(t)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "data", "media"), 0o700); err != nil {
		t.Fatal(err)
	}
	film := filepath.Join(dir, "data", "media", "cam0.mp4")
	if err := os.WriteFile(film, make([]byte, 64<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	link, err := g.Trial(player.Recording{ID: "TRIAL-000001", Files: root.FS(), Close: root.Close})
	if err != nil {
		t.Fatal(err)
	}
	c := visitor(t)
	home, _ := get(t, c, "GET", link, nil)
	plain := &http.Server{Handler: http.FileServer(http.Dir(dir))}
	address := serve(t, plain)
	ours := home.Request.URL.String() + "media/cam0.mp4"
	var mine, theirs []time.Duration
	for i := range 200 {
		span := fmt.Sprintf("bytes=%d-%d", i*300_000, i*300_000+1<<20-1)
		mine = append(mine, firstByte(t, c, ours, span))
		theirs = append(theirs, firstByte(t, c, address+"/data/media/cam0.mp4", span))
	}
	slices.Sort(mine)
	slices.Sort(theirs)
	t.Logf("FIRST_BYTE ours p50=%v p95=%v plain p50=%v p95=%v ratio=%.2f", mine[100], mine[190], theirs[100], theirs[190],
		float64(mine[100])/float64(theirs[100]))
	if mine[100] > 6*theirs[100] || mine[190] > 50*time.Millisecond {
		t.Errorf("p50 %v, p95 %v; a plain server has p50 %v", mine[100], mine[190], theirs[100])
	}
}

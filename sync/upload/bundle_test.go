package upload

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// counted is a connection that counts the calls of the system and breaks after some bytes, if told to.
type counted struct {
	net.Conn
	calls, bytes atomic.Int64
	breaks       int64
}

var errBroken = errors.New("the line is broken")

func (c *counted) Write(p []byte) (int, error) {
	c.calls.Add(1)
	if c.bytes.Add(int64(len(p))) > c.breaks && c.breaks > 0 {
		return 0, errBroken
	}
	return c.Conn.Write(p)
}

// post sends a body over one bundled line and returns what came of it.
func post(t *testing.T, body []byte, breaks int64) (got []byte, below *counted, err error) {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body) // a short body shows in what is compared
	}))
	defer server.Close()
	config := server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	config.ServerName = "example.com"
	config.DynamicRecordSizingDisabled = true
	client := http.Client{Transport: &http.Transport{
		DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
			wire, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				return nil, err
			}
			below = &counted{Conn: wire, breaks: breaks}
			return bundled(below, config), nil
		},
	}}
	defer client.CloseIdleConnections()
	req, err := http.NewRequest(http.MethodPost, server.URL, io.LimitReader(bytes.NewReader(body), int64(len(body))))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = int64(len(body))
	res, err := client.Do(req)
	if err == nil {
		err = res.Body.Close()
	}
	return got, below, err
}

func noise(n int) []byte {
	body := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{3}).Read(body) // it never fails
	return body
}

func TestARequestsBodyReachesTheSystemInBundlesAndWhole(t *testing.T) {
	body := noise(4<<20 + 17)
	got, below, err := post(t, body, 0)
	if err != nil || !bytes.Equal(got, body) {
		t.Fatalf("%d of %d bytes came, or others; %v", len(got), len(body), err)
	}
	records, most := len(body)/(16<<10), int64(len(body)/bundleSize+10)
	if calls := below.calls.Load(); calls > most {
		t.Errorf("%d calls for %d records; want at most %d", calls, records, most)
	}
}

func TestALineThatBreaksInABodyEndsTheRequest(t *testing.T) {
	for _, after := range []int64{200 << 10, 1 << 20} {
		if _, _, err := post(t, noise(4<<20), after); !errors.Is(err, errBroken) {
			t.Errorf("broken after %d bytes: %v; want what the line said", after, err)
		}
	}
}

func TestWhoNeverShakesHandsIsNotWaitedForLonger(t *testing.T) {
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	dial := secureDial(&net.Dialer{Timeout: 50 * time.Millisecond}, &tls.Config{MinVersion: tls.VersionTLS13})
	_, err = dial(t.Context(), "tcp", mute.Addr().String())
	var late net.Error
	if !errors.As(err, &late) || !late.Timeout() {
		t.Errorf("%v; want a time-out", err)
	}
}

func TestALineThatHangsIsClosedAtOnce(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.StartTLS()
	defer server.Close()
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // it shakes hands and reads no more
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	over := make(chan struct{})
	defer close(over)
	go func() {
		raw, err := deaf.Accept()
		if err == nil {
			_ = tls.Server(raw, server.TLS).Handshake() // what went wrong shows at the other end
			<-over
			_ = raw.Close()
		}
	}()
	config := server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	config.ServerName = "example.com"
	raw, err := net.Dial("tcp", deaf.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	line := bundled(raw, config)
	var written atomic.Int64
	ended := make(chan error, 1)
	go func() {
		for {
			n, err := line.Write(make([]byte, bundleSize/2)) // held whole, and written when TLS is done with it
			if written.Add(int64(n)); err != nil {
				ended <- err
				return
			}
		}
	}()
	for last := int64(-1); written.Load() != last || last == 0; time.Sleep(100 * time.Millisecond) {
		last = written.Load()
	}
	began := time.Now()
	_ = line.Close() // that nobody reads the farewell is no news
	if <-ended; time.Since(began) > 3*time.Second {
		t.Errorf("closing took %v", time.Since(began))
	}
}

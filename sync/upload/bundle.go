package upload

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
)

// bundleSize is how much of a part goes to the system in one call. A slow line must move it well within the line's
// patience.
const bundleSize = 64 << 10

// secureDial dials for a transport and speaks TLS, as the transport would do itself, in bundles.
func secureDial(dialer *net.Dialer, config *tls.Config) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		raw, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, errors.Join(err, raw.Close())
		}
		own := config.Clone()
		own.ServerName = host
		line := bundled(raw, own)
		shake, cancel := context.WithTimeout(ctx, dialer.Timeout)
		defer cancel()
		if err := line.HandshakeContext(shake); err != nil {
			return nil, errors.Join(err, raw.Close())
		}
		return line, nil
	}
}

// bundledLine is a TLS connection whose writes reach the system whole. A TLS record holds 16 kB at most, and a call
// of the system for each is a fifth of what sending costs.
type bundledLine struct {
	*tls.Conn
	below *bundle
}

func bundled(raw net.Conn, config *tls.Config) *bundledLine {
	below := &bundle{Conn: raw}
	return &bundledLine{Conn: tls.Client(below, config), below: below}
}

// Write implements io.Writer.
func (l *bundledLine) Write(p []byte) (int, error) {
	if err := l.Handshake(); err != nil { // its messages must not be held
		return 0, err
	}
	l.below.hold()
	n, err := l.Conn.Write(p)
	if gone := l.below.release(); err == nil {
		err = gone
	}
	return n, err
}

// Close implements io.Closer. Where the system takes no more the farewell of TLS would wait behind what was held; then
// the line is cut, as tls.Conn does with a write of its own.
func (l *bundledLine) Close() error {
	if !l.below.mu.TryLock() {
		return l.below.Conn.Close()
	}
	l.below.mu.Unlock()
	return l.Conn.Close()
}

// ReadFrom implements io.ReaderFrom; without it a request's body is written in pieces of 32 kB.
func (l *bundledLine) ReadFrom(src io.Reader) (n int64, err error) {
	buf := make([]byte, bundleSize)
	for {
		m, end := src.Read(buf)
		if m > 0 {
			w, err := l.Write(buf[:m])
			if n += int64(w); err != nil {
				return n, err
			}
		}
		switch {
		case end == io.EOF:
			return n, nil
		case end != nil:
			return n, end
		}
	}
}

// bundle is the connection below TLS. While it holds, what is written waits.
type bundle struct {
	net.Conn
	mu      sync.Mutex
	holding bool
	held    []byte
}

func (b *bundle) hold() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.holding = true
}

// release writes what was held.
func (b *bundle) release() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.holding = false
	return b.flush()
}

// Write implements io.Writer; what comes from another goroutine meanwhile, an alert, keeps its place.
func (b *bundle) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.holding {
		return b.Conn.Write(p)
	}
	b.held = append(b.held, p...)
	if len(b.held) < bundleSize {
		return len(p), nil
	}
	if err := b.flush(); err != nil {
		return 0, err
	}
	return len(p), nil
}

// flush empties held; the caller has the lock.
func (b *bundle) flush() error {
	if len(b.held) == 0 {
		return nil
	}
	_, err := b.Conn.Write(b.held)
	b.held = b.held[:0]
	return err
}

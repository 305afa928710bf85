package upload_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// badLine is a TCP proxy that behaves as lines do: each connection ends after a random number of bytes, some
// by falling silent first, some are slow.
type badLine struct {
	target atomic.Pointer[string]
	mean   float64      // bytes a connection lives for
	sent   atomic.Int64 // bytes from the room, twice when sent twice
	cuts   atomic.Int64 // connections that ended under way
	calm   atomic.Bool  // no more faults

	listener net.Listener
	crew     sync.WaitGroup
	over     chan struct{}
}

func newBadLine(t *testing.T, mean float64) *badLine {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	b := &badLine{listener: l, mean: mean, over: make(chan struct{})}
	b.crew.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b.crew.Go(func() { b.carry(c) })
		}
	})
	t.Cleanup(func() {
		close(b.over)
		must(t, l.Close())
		b.crew.Wait()
	})
	return b
}

// carry connects one caller with headquarters until the connection's life is over.
func (b *badLine) carry(room net.Conn) {
	defer room.Close()
	hq, err := net.Dial("tcp", *b.target.Load())
	if err != nil {
		return
	}
	defer hq.Close()
	var ends sync.WaitGroup
	defer ends.Wait()
	stop := make(chan struct{}, 2)
	ends.Go(func() {
		_, _ = io.Copy(room, hq)
		stop <- struct{}{}
	})
	ends.Go(func() {
		if errors.Is(b.pump(hq, room), errCut) {
			b.cuts.Add(1)
		}
		stop <- struct{}{}
	})
	select {
	case <-stop:
	case <-b.over:
	}
	_ = room.Close()
	_ = hq.Close()
}

var errCut = errors.New("the line is cut")

// pump forwards what the room says for as long as the line lives.
func (b *badLine) pump(hq io.Writer, room io.Reader) error {
	life := int64(rand.ExpFloat64() * b.mean)
	slow, silent := rand.Float64() < 0.2, rand.Float64() < 0.1
	buf := make([]byte, 32<<10)
	for {
		n, err := room.Read(buf)
		if err != nil {
			return err
		}
		b.sent.Add(int64(n))
		if life -= int64(n); life < 0 && !b.calm.Load() {
			if silent {
				b.pause(3 * time.Second)
			}
			return errCut
		}
		if slow {
			b.pause(time.Duration(n) * time.Second / (4 << 20)) // 4 MiB/s
		}
		if _, err := hq.Write(buf[:n]); err != nil {
			return err
		}
	}
}

func (b *badLine) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-b.over:
	}
}

package rtsp

import (
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/pion/rtp"

	"minglu/capture/clock"
)

// session is one connection to a camera, shared by its picture and its sound.
type session struct {
	client *gortsplib.Client
	clock  clock.Clock
	name   string // the URL without its password
	host   string
	users  atomic.Int32  // camera and microphone still open
	lost   chan struct{} // closed when the connection has ended
	once   sync.Once
	wait   sync.WaitGroup

	mutex sync.Mutex // of all timelines; packets come in the client's goroutine
	world lead       // the camera's wall clock on the boot clock
	heard time.Duration
}

func newSession(u *base.URL, protocol gortsplib.Protocol, c clock.Clock) *session {
	return &session{
		clock: c, name: (*url.URL)(u).Redacted(), host: u.Hostname(), lost: make(chan struct{}),
		client: &gortsplib.Client{
			Scheme: u.Scheme, Host: u.Host, Protocol: &protocol,
			ReadTimeout: patience / 2, WriteTimeout: patience / 2, UserAgent: "minglu",
			// Lost and broken packets show as gaps in the tracks themselves.
			OnPacketsLost: func(uint64) {},
			OnDecodeError: func(error) {},
		},
	}
}

// watch tells when the connection ends.
func (s *session) watch() {
	s.wait.Go(func() {
		s.client.Wait() // its error says no more than that the camera is gone
		close(s.lost)
	})
}

// release is called by camera and microphone when they are closed.
func (s *session) release() {
	if s.users.Add(-1) == 0 {
		s.close()
	}
}

func (s *session) close() {
	s.once.Do(s.client.Close)
	s.wait.Wait()
}

func (s *session) newTimeline(rate int) *timeline {
	return &timeline{rate: int64(rate), world: &s.world}
}

// arrive notes a packet on its track's timeline and returns its media time in ticks. last is how many ticks
// after its first the last unit of the packet was taken: a packet cannot leave before that.
func (s *session) arrive(media *description.Media, t *timeline, p *rtp.Packet, last int64) (ticks int64) {
	now := s.clock.Boot()
	wall, known := s.client.PacketNTP(media, p)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.heard = now
	ticks = t.unwrap(p.Timestamp)
	if known {
		t.report(ticks, wall.UnixNano(), now)
	}
	t.observe(ticks+last, now)
	return ticks
}

// stamp says when something was taken.
func (s *session) stamp(t *timeline, ticks int64) time.Duration {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return t.stamp(ticks)
}

func (s *session) lastHeard() time.Duration {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.heard
}

package capture

import (
	"image"
	"maps"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"minglu/capture/picture"
	"minglu/capture/source"
	"minglu/capture/watch"
)

// meters are the newest measurements, written by the media path and read by whoever looks.
type meters struct {
	free        atomic.Int64
	peak, level atomic.Uint64 // float64 bits, dBFS

	mu       sync.Mutex        // guards troubles
	troubles map[string]string // by track and role: what is wrong with the device now

	shots sync.Map // track → *shot
}

// changed notes a device's new state in the journal and keeps it for the screen.
func (s *Session) changed(track, role string, info source.Info, state watch.State) {
	s.device(role, info, string(state), "")
	s.trouble(track, role, state)
}

func (s *Session) trouble(track, role string, state watch.State) {
	s.meters.mu.Lock()
	defer s.meters.mu.Unlock()
	if s.meters.troubles == nil {
		s.meters.troubles = map[string]string{}
	}
	if state == watch.Seen || state == watch.Heard {
		delete(s.meters.troubles, track+" "+role)
	} else {
		s.meters.troubles[track+" "+role] = string(state)
	}
}

func (m *meters) troubled() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.troubles)
}

func (m *meters) setLevel(l watch.Level) {
	m.peak.Store(math.Float64bits(l.Peak))
	m.level.Store(math.Float64bits(l.RMS))
}

// The screen's picture: its size, how often at most it is made, and for how long after somebody asked.
const (
	shotWidth, shotHeight = 640, 360
	shotEvery             = time.Second / 15
	shotFor               = 2 * time.Second
)

// shot is the newest picture of a track for a screen. It is made only while somebody looks.
type shot struct {
	asked atomic.Int64 // boot clock, when somebody last looked
	made  time.Duration
	img   atomic.Pointer[image.RGBA]
}

func (s *Session) shot(track string) *shot {
	found, _ := s.meters.shots.LoadOrStore(track, &shot{})
	return found.(*shot)
}

// show keeps a small copy of a picture for the screen, if anybody looks and none was made just now.
func (s *Session) show(track string, img *image.YCbCr) {
	shot, now := s.shot(track), s.gear.Clock.Boot()
	if now-time.Duration(shot.asked.Load()) > shotFor || now-shot.made < shotEvery {
		return
	}
	shot.made = now
	small := image.NewRGBA(image.Rect(0, 0, shotWidth, shotHeight))
	picture.Preview(small, img)
	shot.img.Store(small)
}

// Preview is the newest picture of a track for a screen, 640x360, nil before the first. Asking keeps the
// pictures coming for two seconds. The picture is never changed again.
func (s *Session) Preview(track string) *image.RGBA {
	shot := s.shot(track)
	shot.asked.Store(int64(s.gear.Clock.Boot()))
	return shot.img.Load()
}

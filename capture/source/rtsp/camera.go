package rtsp

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtph264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/pion/rtp"

	"minglu/capture/source"
)

// camera is the H.264 stream of a session. packet and what it calls run in the client's goroutine.
type camera struct {
	s        *session
	media    *description.Media
	form     *format.H264
	decoder  *rtph264.Decoder
	timeline *timeline
	units    chan unit
	once     sync.Once
	done     chan struct{}

	// of the client's goroutine
	sequence  uint16 // of the last packet
	started   bool
	marked    bool  // the last packet ended its picture
	previous  int64 // its time
	missed    int   // pictures until a lost packet is forgotten
	cut       bool  // a packet of the picture being put together was lost
	playing   bool  // the first key picture has come
	seq       uint64
	lastTaken int64
	step      int64 // ticks from picture to picture, claimed or assumed
	order     *order

	// written before known is closed, read after
	known  chan struct{}
	sps    []byte
	pps    []byte
	mode   source.Mode
	broken error // why no mode can be known

	seen pictures // guarded by the session's mutex
}

// pictures are what a rate is measured from, for cameras that claim none.
type pictures struct{ first, last, count int64 }

// unit is a picture before it has its time.
type unit struct {
	taken, decode int64 // ticks
	seq           uint64
	data          []byte
	key           bool
}

// packet takes one RTP packet.
func (c *camera) packet(p *rtp.Packet) {
	ticks := c.s.arrive(c.media, c.timeline, p, 0)
	if c.started && p.SequenceNumber != c.sequence+1 {
		c.missed, c.cut = recent, !c.marked
	}
	nals, err := c.decoder.Decode(p)
	taken := ticks
	if c.started && !c.marked && ticks != c.previous {
		taken = c.previous // a camera that does not mark the end: the next picture's packet completed it
	}
	c.started, c.sequence, c.marked, c.previous = true, p.SequenceNumber, p.Marker, ticks
	switch {
	case err == nil:
		c.picture(nals, taken)
	case errors.Is(err, rtph264.ErrMorePacketsNeeded), errors.Is(err, rtph264.ErrNonStartingPacketAndNoPrevious):
	default:
		c.missed, c.cut = recent, true
	}
}

// picture queues one access unit. Before the first key picture nothing can be shown.
func (c *camera) picture(nals [][]byte, taken int64) {
	u := unit{taken: taken, data: make([]byte, 0, size(nals))}
	for _, nal := range nals {
		if len(nal) == 0 {
			continue
		}
		c.keep(nal)
		u.key = u.key || h264.NALUType(nal[0]&0x1f) == h264.NALUTypeIDR
		u.data = binary.BigEndian.AppendUint32(u.data, uint32(len(nal)))
		u.data = append(u.data, nal...)
	}
	torn := c.cut || c.missed == recent && !whole(nals)
	c.cut = false
	if len(u.data) == 0 || torn || !c.playing && !c.begin(u) {
		return
	}
	if u.key && taken < c.lastTaken { // nothing is shuffled over a key picture: the camera counts anew
		c.order = newOrder(taken, len(c.order.waiting), c.step)
	}
	before := c.order.last
	u.decode = c.order.next(taken)
	if c.missed > 0 { // what was lost is known by the time it would have filled, sooner or later
		c.missed--
		c.seq += uint64(max(0, (u.decode-before+c.step/2)/c.step-1))
	}
	u.seq, c.lastTaken = c.seq, taken
	c.seq++
	c.count(taken)
	select {
	case c.units <- u:
	default: // not read in time: a jump of seq
	}
}

// recent is for how many pictures a lost packet may explain a gap: shuffled pictures show it late.
const recent = mostReordered

// whole reports whether a picture has its first slice: first_mb_in_slice is 0, which is written as one 1.
func whole(nals [][]byte) bool {
	for _, nal := range nals {
		if len(nal) < 2 {
			continue
		}
		if kind := h264.NALUType(nal[0] & 0x1f); kind == h264.NALUTypeNonIDR || kind == h264.NALUTypeIDR {
			return nal[1]&0x80 != 0
		}
	}
	return false
}

func size(nals [][]byte) int {
	n := 0
	for _, nal := range nals {
		n += 4 + len(nal)
	}
	return n
}

// keep remembers parameter sets up to the first key picture.
func (c *camera) keep(nal []byte) {
	if c.playing || len(nal) == 0 {
		return
	}
	switch h264.NALUType(nal[0] & 0x1f) {
	case h264.NALUTypeSPS:
		c.sps = bytes.Clone(nal)
	case h264.NALUTypePPS:
		c.pps = bytes.Clone(nal)
	}
}

// begin learns the mode at the first key picture.
func (c *camera) begin(u unit) bool {
	if !u.key || c.sps == nil || c.pps == nil || c.broken != nil {
		return false
	}
	defer close(c.known)
	var sps h264.SPS
	if err := sps.Unmarshal(c.sps); err != nil {
		c.broken = fmt.Errorf("read the camera's SPS: %w", err)
		return false
	}
	c.mode = source.Mode{
		Width: sps.Width(), Height: sps.Height(), FPS: rate(sps), // 0: measured once some have come
		Encoded: &source.H264{SPS: c.sps, PPS: c.pps},
	}
	c.step = c.timeline.rate / int64(max(1, c.mode.FPS))
	if c.mode.FPS == 0 {
		c.step = c.timeline.rate / assumed
	}
	c.order = newOrder(u.taken, reordering(sps), c.step)
	c.missed, c.playing = 0, true
	return true
}

// assumed is the rate of cameras that claim none and send too few pictures to measure it.
const assumed = 25

// rate is the pictures a second the stream claims, 0 if it does not.
func rate(sps h264.SPS) int {
	if fps := sps.FPS(); fps >= 0.5 && fps <= 240 {
		return int(fps + 0.5)
	}
	return 0
}

func (c *camera) count(taken int64) {
	c.s.mutex.Lock()
	defer c.s.mutex.Unlock()
	if c.seen.count == 0 {
		c.seen.first = taken
	}
	c.seen.count++
	c.seen.last = max(c.seen.last, taken)
}

// measured is the rate of the pictures that have come.
func (c *camera) measured() int {
	c.s.mutex.Lock()
	defer c.s.mutex.Unlock()
	span := c.seen.last - c.seen.first
	if c.seen.count < 5 || span <= 0 {
		return assumed
	}
	fps := ((c.seen.count-1)*c.timeline.rate + span/2) / span
	return int(max(1, min(240, fps)))
}

// await waits for the mode and for the arrivals to settle.
func (c *camera) await(ctx context.Context) error {
	select {
	case <-c.known:
	case <-c.s.lost:
		return source.ErrLost
	case <-ctx.Done():
		return fmt.Errorf("wait for a key picture: %w", ctx.Err())
	}
	if c.broken != nil {
		return c.broken
	}
	select {
	case <-time.After(settle):
	case <-ctx.Done():
		return ctx.Err()
	}
	if c.mode.FPS == 0 {
		c.mode.FPS = c.measured()
	}
	return nil
}

// Info names the camera by its URL.
func (c *camera) Info() source.Info { return source.Info{ID: c.s.name, Title: c.s.host} }

// Mode is what the camera said of its first key picture.
func (c *camera) Mode() source.Mode { return c.mode }

// Read waits for the next picture.
func (c *camera) Read(ctx context.Context) (source.Picture, error) {
	u, err := next(ctx, c.s, c.units, c.done)
	if err != nil {
		return source.Picture{}, fmt.Errorf("read RTSP camera %s: %w", c.s.host, err)
	}
	decode := c.s.stamp(c.timeline, u.decode)
	return source.Picture{
		At: decode + c.timeline.span(u.taken-u.decode), Decode: decode, Seq: u.seq,
		Unit: u.data, Key: u.key, Release: func() {},
	}, nil
}

// Close ends a Read that waits, and the connection if the microphone is closed too.
func (c *camera) Close() error {
	c.once.Do(func() {
		close(c.done)
		c.s.release()
	})
	return nil
}

// next waits for a queue of the session; what came before the connection ended is still handed out.
func next[T any](ctx context.Context, s *session, queue <-chan T, done <-chan struct{}) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	for {
		select {
		case <-done:
			return none, os.ErrClosed
		case u := <-queue:
			return u, nil
		default:
		}
		quiet := time.NewTimer(silence - (s.clock.Boot() - s.lastHeard()))
		lost := false
		select {
		case u := <-queue:
			quiet.Stop()
			return u, nil
		case <-quiet.C:
			lost = s.clock.Boot()-s.lastHeard() >= silence
		case <-s.lost:
			lost = true
		case <-done:
		case <-ctx.Done():
			quiet.Stop()
			return none, ctx.Err()
		}
		quiet.Stop()
		if lost && len(queue) == 0 {
			return none, source.ErrLost
		}
	}
}

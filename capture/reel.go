package capture

import (
	"fmt"
	"sync"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/fmp4"
	"minglu/capture/vault"
)

const (
	// fragment is how much a segment holds: what a crash can take is this and the time to write it.
	fragment = 480 * time.Millisecond
	// patience is how long a segment waits for the later of its tracks.
	patience = 400 * time.Millisecond
	// backlog is how many segments may wait for a stalled disk: five minutes.
	backlog = 600
)

// reel is one media file: it collects compressed samples and hands them on, a segment at a time, to its own
// writer, so that neither camera nor encoder ever waits for the disk.
type reel struct {
	track  string
	file   *vault.Media
	header fmp4.Header
	video  *lane // nil without pictures
	sound  *lane // nil without sound

	mu    sync.Mutex // guards the lanes and cutAt
	cutAt time.Duration
	cuts  chan cut
}

// lane is one track of a reel. A sample waits in held until the next one tells how long it lasts.
type lane struct {
	id     uint32
	clock  int64 // ticks a second
	base   int64 // decode time of the first waiting sample
	next   int64 // decode time after the last complete one
	ready  []fmp4.Sample
	held   *fmp4.Sample
	heldAt int64
	ended  bool
}

// cut is a segment before it is written.
type cut struct {
	runs           []fmp4.Run
	from, to       int64 // ms
	frames, sounds int64
}

func newReel(track string, file *vault.Media) *reel {
	return &reel{track: track, file: file, cutAt: fragment, cuts: make(chan cut, backlog)}
}

// push adds a sample at a position, in the lane's ticks, which only grow. Its data are copied.
func (r *reel) push(l *lane, pos int64, sample fmp4.Sample) {
	sample.Data = append([]byte(nil), sample.Data...)
	r.mu.Lock()
	defer r.mu.Unlock()
	l.settle(pos)
	l.held, l.heldAt = &sample, pos
	r.cut(false)
}

// end closes a lane at a position: its last sample lasts until then.
func (r *reel) end(l *lane, pos int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l.settle(max(pos, l.heldAt+1))
	l.ended = true
	r.cut(false)
}

// settle gives the waiting sample its duration. The first sample of a lane begins at zero: what was missing
// before it is a gap of the journal, not of the file.
func (l *lane) settle(pos int64) {
	if l.held == nil {
		return
	}
	from := l.next
	if len(l.ready) == 0 {
		l.base = from
	}
	l.held.Duration = uint32(pos - from)
	l.ready = append(l.ready, *l.held)
	l.next = pos
	l.held = nil
}

// reached is how far the lane is known, as recording time.
func (l *lane) reached() time.Duration {
	if l == nil || l.ended {
		return 1<<63 - 1
	}
	return span(l.next, l.clock)
}

// tick cuts what has waited too long for a track that fell silent.
func (r *reel) tick(now time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut(now > r.cutAt+patience)
}

// cut hands on a segment when all tracks reach its end, or at once when forced. A full queue keeps the
// samples for the next segment: memory grows, nothing is lost.
func (r *reel) cut(force bool) {
	if !force && min(r.video.reached(), r.sound.reached()) < r.cutAt {
		return
	}
	c := cut{from: 1<<63 - 1}
	for _, l := range []*lane{r.video, r.sound} {
		if l == nil || len(l.ready) == 0 {
			continue
		}
		c.runs = append(c.runs, fmp4.Run{Track: l.id, Base: uint64(l.base), Samples: l.ready})
		c.from = min(c.from, millis(l.base, l.clock))
		c.to = max(c.to, millis(l.next, l.clock))
		if l == r.video {
			c.frames = int64(len(l.ready))
		} else {
			c.sounds = int64(len(l.ready))
		}
	}
	if len(c.runs) == 0 {
		return
	}
	select {
	case r.cuts <- c:
	default:
		return
	}
	for _, l := range []*lane{r.video, r.sound} {
		if l != nil {
			l.ready = nil
		}
	}
	for end := time.Duration(c.to) * time.Millisecond; r.cutAt <= end; {
		r.cutAt += fragment
	}
}

// waiting is how many segments the disk has not taken yet.
func (r *reel) waiting() int { return len(r.cuts) }

// finish hands on what is left and lets the writer end.
func (r *reel) finish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut(true)
	close(r.cuts)
}

// head writes the file's head, segment 0.
func (r *reel) head(tracks []fmp4.Track, created time.Time) (evidence.SegmentBody, error) {
	head, err := fmp4.Head(tracks, created)
	if err != nil {
		return evidence.SegmentBody{}, fmt.Errorf("begin %s: %w", r.track, err)
	}
	r.header = fmp4.Header{Tracks: tracks, Created: created}
	return r.keep(head, evidence.SegmentBody{Track: r.track})
}

// keep makes bytes durable and describes them.
func (r *reel) keep(p []byte, b evidence.SegmentBody) (evidence.SegmentBody, error) {
	off, err := r.file.Append(p)
	if err != nil {
		return b, err
	}
	b.Off, b.Len = off, int64(len(p))
	b.SHA256, b.SM3 = evidence.Digests(p)
	return b, nil
}

// write takes segments until the reel is finished; durable hears of each once its bytes are on the disk. The
// first error ends the writing and is told at once to fail; segments after it are not on the disk.
func (r *reel) write(zero time.Time, durable func(evidence.SegmentBody) error, fail func(error)) {
	seq := int64(1)
	var failed error
	for c := range r.cuts {
		if failed != nil {
			continue
		}
		utc := zero.Add(time.Duration(c.from) * time.Millisecond)
		p, err := r.header.Fragment(uint32(seq), utc, c.runs)
		if err == nil {
			var b evidence.SegmentBody
			b, err = r.keep(p, evidence.SegmentBody{
				Track: r.track, Seq: seq, FromMS: c.from, ToMS: c.to, Frames: c.frames, Sounds: c.sounds,
			})
			if err == nil {
				err = durable(b)
			}
		}
		if err != nil {
			failed = fmt.Errorf("keep segment %d of %s: %w", seq, r.track, err)
			fail(failed)
			continue
		}
		seq++
	}
}

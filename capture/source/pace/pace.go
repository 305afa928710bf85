// Package pace makes sources without hardware keep time, lose pictures and queue sound as hardware does.
//
// Nothing runs in the background: what a device would have done since the last read is worked out when
// the next read asks, from the boot clock alone.
package pace

import (
	"context"
	"math"
	"os"
	"time"

	"minglu/capture/clock"
)

// Depth is how many unread pictures wait; V4L2 cameras are usually opened with four buffers.
const Depth = 4

// Until sleeps until the boot clock shows at. It ends early with the context's error, or with
// os.ErrClosed when done is closed.
func Until(ctx context.Context, c clock.Clock, done <-chan struct{}, at time.Duration) error {
	for {
		select {
		case <-done:
			return os.ErrClosed
		default:
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rest := at - c.Boot()
		if rest <= 0 {
			return nil
		}
		timer := time.NewTimer(rest)
		select {
		case <-timer.C:
		case <-done:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// Rate is pictures a second as a fraction: Num pictures in Den seconds.
type Rate struct{ Num, Den int64 }

// NewRate reduces a file's fraction to one small enough to reckon with exactly, by rounding to thousandths
// of a picture a second where it must. ok is false outside 1 picture a minute … 1000 a second.
func NewRate(num, den int64) (r Rate, ok bool) {
	if num <= 0 || den <= 0 || num/den >= 1000 || den/num >= 60 {
		return Rate{}, false
	}
	a, b := num, den
	for b != 0 {
		a, b = b, a%b
	}
	num, den = num/a, den/a
	if den > 1001 || num > 240_000 {
		num, den = int64(math.Round(float64(num)/float64(den)*1000)), 1000
	}
	return Rate{num, den}, true
}

// PerSecond rounds to whole pictures a second, at least one.
func (r Rate) PerSecond() int { return int(max(1, (r.Num+r.Den/2)/r.Den)) }

// Pictures is the clockwork of a camera: picture n is taken at Start + n/Rate. Like a driver with Depth
// buffers it keeps the oldest unread pictures and loses the new ones while all buffers are full.
type Pictures struct {
	Clock  clock.Clock
	Start  time.Duration
	Rate   Rate
	taken  int64 // pictures taken so far, kept or lost
	queue  [Depth]int64
	queued int
}

// Time is when picture n is taken.
func (p *Pictures) Time(n int64) time.Duration {
	whole, part := n/p.Rate.Num, n%p.Rate.Num
	return p.Start + time.Duration(whole*p.Rate.Den)*time.Second + time.Duration(part*p.Rate.Den*int64(time.Second)/p.Rate.Num)
}

// passed counts the pictures taken up to now.
func (p *Pictures) passed(now time.Duration) int64 {
	if now < p.Start {
		return 0
	}
	run := now - p.Start
	seconds, rest := int64(run/time.Second), int64(run%time.Second)
	r := p.Rate
	n := seconds/r.Den*r.Num + (seconds%r.Den*int64(time.Second)+rest)*r.Num/(r.Den*int64(time.Second))
	for p.Time(n) <= now { // also heals what the divisions rounded off
		n++
	}
	return n
}

// Skip forgets the pictures taken before now, as a camera does that has just been opened, and returns the
// number of the next.
func (p *Pictures) Skip() int64 {
	p.taken, p.queued = p.passed(p.Clock.Boot()), 0
	return p.taken
}

// Next waits for a picture and returns its number and when it was taken.
func (p *Pictures) Next(ctx context.Context, done <-chan struct{}) (n int64, at time.Duration, err error) {
	p.catchUp()
	if p.queued == 0 {
		if err := Until(ctx, p.Clock, done, p.Time(p.taken)); err != nil {
			return 0, 0, err
		}
		p.catchUp()
	}
	n = p.queue[0]
	copy(p.queue[:], p.queue[1:p.queued])
	p.queued--
	return n, p.Time(n), nil
}

func (p *Pictures) catchUp() {
	passed := p.passed(p.Clock.Boot())
	for ; p.taken < passed && p.queued < Depth; p.taken++ {
		p.queue[p.queued] = p.taken
		p.queued++
	}
	p.taken = max(p.taken, passed)
}

// Samples is the clockwork of a microphone that hands out chunks of equal size. Up to Keep of unread
// sound waits; older sound is lost and counted.
type Samples struct {
	Clock clock.Clock
	Start time.Duration
	Rate  float64 // true samples a second on the boot clock; 48000 with a perfect crystal
	Chunk int64
	Keep  time.Duration
	next  int64
}

// Time is when sample n is taken.
func (s *Samples) Time(n int64) time.Duration {
	return s.Start + time.Duration(float64(n)/s.Rate*float64(time.Second))
}

// Next waits until a chunk is complete and returns its first sample's number and how many samples were
// lost right before it.
func (s *Samples) Next(ctx context.Context, done <-chan struct{}) (first, lost int64, err error) {
	if late := s.Clock.Boot() - s.Time(s.next+s.Chunk) - s.Keep; late > 0 {
		chunks := int64(late.Seconds()*s.Rate)/s.Chunk + 1
		lost = chunks * s.Chunk
		s.next += lost
	}
	if err := Until(ctx, s.Clock, done, s.Time(s.next+s.Chunk)); err != nil {
		s.next -= lost // told by the next read that succeeds
		return 0, 0, err
	}
	first = s.next
	s.next += s.Chunk
	return first, lost, nil
}

package watch

import (
	"image"
	"time"
)

const (
	blackMean     = 20  // mean luma of a covered lens stays below
	blackVariance = 9.0 // and varies no more than sensor noise
	blackFor      = 2 * time.Second
	frozenFor     = 3 * time.Second
	step          = 8 // every eighth sample of every eighth line is looked at
)

// Picture watches a camera. The zero Picture has seen nothing yet.
type Picture struct {
	state      State
	seen       bool
	hash       uint64
	blackSince time.Duration // -1 when the picture is not black
	sameSince  time.Duration
}

// See looks at the picture taken at the given time of the recording. It reports true when the camera's
// state is another than before.
func (p *Picture) See(img *image.YCbCr, at time.Duration) (State, bool) {
	black, hash := look(img)
	if !p.seen {
		p.seen, p.state, p.hash = true, Seen, hash+1
		p.blackSince = -1
	}
	if hash != p.hash {
		p.hash, p.sameSince = hash, at
	}
	switch {
	case !black:
		p.blackSince = -1
	case p.blackSince < 0:
		p.blackSince = at
	}
	now := Seen
	switch {
	case p.blackSince >= 0 && at-p.blackSince >= blackFor:
		now = Black
	case at-p.sameSince >= frozenFor:
		now = Frozen
	}
	changed := now != p.state
	p.state = now
	return now, changed
}

// look samples the luma: whether it is black, and a hash of the samples.
func look(img *image.YCbCr) (black bool, hash uint64) {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a, 64 bit
	var n, sum, squares uint64
	hash = offset
	r := img.Rect
	for y := r.Min.Y; y < r.Max.Y; y += step {
		row := img.Y[img.YOffset(r.Min.X, y):][:r.Dx()]
		for x := 0; x < len(row); x += step {
			v := uint64(row[x])
			n++
			sum += v
			squares += v * v
			hash = (hash ^ v) * prime
		}
	}
	if n == 0 {
		return true, hash
	}
	mean := float64(sum) / float64(n)
	return mean < blackMean && float64(squares)/float64(n)-mean*mean < blackVariance, hash
}

package source

import (
	"image"
	"sync/atomic"
)

// Pool lends pictures of one size, so that a camera makes no garbage. A picture lent out is never written
// to again until it is released: a slow reader costs memory, never a torn picture.
type Pool struct {
	width, height int
	free          chan *image.YCbCr
}

// NewPool lends 4:2:0 pictures of width x height and keeps up to keep of them for the next borrower.
func NewPool(width, height, keep int) *Pool {
	return &Pool{width, height, make(chan *image.YCbCr, keep)}
}

// Borrow returns a picture with old contents and the function that gives it back; calling that again
// does nothing.
func (p *Pool) Borrow() (*image.YCbCr, func()) {
	var lent *image.YCbCr
	select {
	case lent = <-p.free:
	default:
		lent = image.NewYCbCr(image.Rect(0, 0, p.width, p.height), image.YCbCrSubsampleRatio420)
	}
	var back atomic.Bool
	return lent, func() {
		if back.Swap(true) {
			return
		}
		select {
		case p.free <- lent:
		default: // enough are waiting; this one is garbage
		}
	}
}

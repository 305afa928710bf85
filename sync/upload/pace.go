package upload

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Sizes and times of the pace.
const (
	chunkMin  = 256 << 10
	chunkMax  = 16 << 20
	chunkFast = 10 * time.Second // a PATCH that took less may grow
	chunkSlow = 30 * time.Second // one that took more shrinks
	backBase  = time.Second
	backCap   = 5 * time.Minute
)

// resize chooses the next PATCH from the last one. Bytes once received are kept, so a large PATCH costs
// nothing on a bad line but a coarse view of the progress.
func resize(chunk int64, took time.Duration) int64 {
	switch {
	case took < chunkFast:
		return min(2*chunk, chunkMax)
	case took > chunkSlow:
		return max(chunk/2, chunkMin)
	}
	return chunk
}

// backOff is the wait before the next try after tries in vain: full jitter over a doubling span, never less
// than headquarters asked for. random lies in [0,1).
func backOff(tries int, after time.Duration, random float64) time.Duration {
	span := backCap
	if tries < 16 {
		span = min(backBase<<tries, backCap)
	}
	return max(time.Duration(random*float64(span)), after, 10*time.Millisecond)
}

// limiter is the token bucket of a limit in bytes a second; its burst is a tenth of a second.
func limiter(limit int64) *rate.Limiter {
	if limit <= 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(limit), int(min(max(limit/10, 512), chunkMin)))
}

// flow is a request body that keeps to the limit, counts, and tells when a byte moves.
type flow struct {
	ctx   context.Context
	src   io.Reader
	limit *rate.Limiter
	moved func(n int)
	// failed is what the disk said; the transport goes on reading after the exchange has ended.
	failed atomic.Pointer[error]
}

// Read reads no more than the limit allows at once.
func (f *flow) Read(p []byte) (int, error) {
	if burst := f.limit.Burst(); f.limit.Limit() != rate.Inf && len(p) > burst {
		p = p[:burst]
	}
	n, err := f.src.Read(p)
	if err != nil && err != io.EOF {
		f.failed.Store(&err)
	}
	if n > 0 && f.limit.Limit() != rate.Inf {
		if wait := f.limit.WaitN(f.ctx, n); wait != nil {
			return 0, wait
		}
	}
	f.moved(n)
	return n, err
}

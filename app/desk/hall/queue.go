package hall

import (
	"context"
	"sync"
)

// queue is what was asked for and is not done yet. Asking never waits.
type queue struct {
	turn chan struct{} // something was put in

	mu   sync.Mutex
	list []func(context.Context)
}

func newQueue() *queue { return &queue{turn: make(chan struct{}, 1)} }

func (q *queue) put(do func(context.Context)) {
	q.mu.Lock()
	q.list = append(q.list, do)
	q.mu.Unlock()
	nudge(q.turn)
}

// take gives all of it, in order.
func (q *queue) take() []func(context.Context) {
	q.mu.Lock()
	defer q.mu.Unlock()
	list := q.list
	q.list = nil
	return list
}

// run does what is asked for until ctx ends.
func (q *queue) run(ctx context.Context) {
	for {
		for _, do := range q.take() {
			if ctx.Err() == nil {
				do(ctx)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-q.turn:
		}
	}
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

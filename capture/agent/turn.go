package agent

import (
	"context"
	"sync"
)

// turns give the devices to one user at a time, while nothing is recorded. A recording may always take them.
type turns struct {
	next sync.Mutex // held by the one who waits for its turn

	mu  sync.Mutex // guards now
	now *turn
}

// turn is one user's. A firm one is waited for, another ends as soon as somebody else comes.
type turn struct {
	firm bool
	stop context.CancelFunc
	done chan struct{}
}

func (t *turns) current() *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

func (t *turns) give(to *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = to
}

// takeDevices gives the devices to a caller until it leaves, or until the context that it gets is over: then
// somebody else wants them. Whoever had them before has let go of them.
func (a *Agent) takeDevices(ctx context.Context, firm bool) (_ context.Context, leave func(), err error) {
	t := &a.turns
	t.next.Lock()
	defer t.next.Unlock()
	if before := t.current(); before != nil {
		if !before.firm {
			before.stop()
		}
		<-before.done
	}
	ctx, stop := context.WithCancel(ctx)
	me := &turn{firm, stop, make(chan struct{})}
	t.give(me)
	leave = func() { stop(); close(me.done) }
	if a.taken() { // asked after the turn is given: a recording that begins now finds and ends it
		leave()
		return nil, nil, ErrBusy
	}
	a.room.Paired()
	return ctx, leave, nil
}

// taken reports whether a recording has the devices, or is about to.
func (a *Agent) taken() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.session != nil || a.busy
}

// freeDevices takes the devices from whoever uses them, and waits until they are free.
func (a *Agent) freeDevices() {
	if now := a.turns.current(); now != nil {
		now.stop()
		<-now.done
	}
}

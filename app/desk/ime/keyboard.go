package ime

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Times of a conversation with a method. A first key may take seconds while dictionaries load.
const (
	patience  = 30 * time.Millisecond  // the window may stand still this long for one answer
	farewell  = 100 * time.Millisecond // for the last words of a composition when the control is left
	slowAfter = time.Second            // then the person is told
	limit     = 10 * time.Second       // then the keys go into the text as typed
)

// State is how the input method does, for a person to see.
type State struct {
	Method string // "" when there is none
	Slow   bool   // it has owed an answer for over a second
}

// Keyboard stands between the keys of a window and its text controls. All its methods are called on the
// window's goroutine, where Post runs functions; the work behind it ends with Close. A nil Keyboard is one
// without an input method.
type Keyboard struct {
	post     func(func())
	onState  func(State)
	limit    time.Duration
	method   Method
	owner    Owner
	rect     Rect
	composed string
	queue    []press // keys whose turn has not come; the first is with the method
	settling bool    // a key that waited is being acted on
	hung     bool    // nothing is asked until a Reset is answered
	state    State
	woken    atomic.Bool
	ctx      context.Context // of the goroutines below; ends in Close
	cancel   context.CancelFunc
	work     sync.WaitGroup
}

// press is a key that waits, and what to do if the method does not want it.
type press struct {
	key    Key
	replay func()
}

// Options are what a Keyboard needs of its window.
type Options struct {
	Post    func(func())  // runs a function on the window's goroutine, soon, from any goroutine
	OnState func(State)   // may be nil; called on the window's goroutine
	Limit   time.Duration // 0: ten seconds
	Find    Find
}

// Find connects to whatever method runs now; wake is called, from any goroutine, when Ops has something new.
type Find func(ctx context.Context, wake func()) (Method, error)

// Start begins to look for an input method, now and whenever there is none.
func Start(o Options) *Keyboard {
	k := &Keyboard{post: o.Post, onState: o.OnState, limit: o.Limit}
	if k.limit == 0 {
		k.limit = limit
	}
	if k.onState == nil {
		k.onState = func(State) {}
	}
	k.ctx, k.cancel = context.WithCancel(context.Background())
	if o.Find != nil {
		k.work.Go(func() { k.seek(o.Find) })
	}
	return k
}

// Close ends the conversation and waits for all that belongs to it.
func (k *Keyboard) Close() {
	if k == nil {
		return
	}
	k.cancel()
	k.work.Wait()
}

// seek keeps a method connected.
func (k *Keyboard) seek(find Find) {
	for k.ctx.Err() == nil {
		if m, err := find(k.ctx, k.wake); err == nil {
			k.post(func() { k.adopt(m) })
			select {
			case <-m.Lost():
			case <-k.ctx.Done():
			}
			k.post(func() { k.drop(m) })
			_ = m.Close() // it is gone already, or we are
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-k.ctx.Done():
		}
	}
}

// wake has what the method did of itself, by a click on a candidate for one, done soon.
func (k *Keyboard) wake() {
	if k.woken.CompareAndSwap(false, true) {
		k.post(func() {
			k.woken.Store(false)
			k.drain()
		})
	}
}

func (k *Keyboard) adopt(m Method) {
	k.method, k.hung = m, false
	if k.owner != nil {
		m.Focus(true)
		m.Place(k.rect)
	}
	k.tell(false)
}

func (k *Keyboard) drop(m Method) {
	if k.method != m {
		return
	}
	k.drain()
	k.method = nil
	k.release()
	k.tell(false)
}

// release writes what is being composed and what waits into the text, as typed.
func (k *Keyboard) release() {
	k.spell()
	waiting := k.queue
	k.queue = nil
	for _, p := range waiting {
		p.replay()
	}
}

// spell writes the composition into the text as it stands.
func (k *Keyboard) spell() {
	text := k.composed
	k.compose("", 0)
	if text != "" && k.owner != nil {
		k.owner.Commit(text)
	}
}

func (k *Keyboard) compose(text string, caret int) {
	if k.composed == "" && text == "" {
		return
	}
	k.composed = text
	if k.owner != nil {
		k.owner.Compose(text, caret)
	}
}

func (k *Keyboard) tell(slow bool) {
	now := State{Slow: slow}
	if k.method != nil {
		now.Method = k.method.Name()
	}
	if now != k.state {
		k.state = now
		k.onState(now)
	}
}

// Composing reports whether something is composed and not yet written.
func (k *Keyboard) Composing() bool { return k != nil && (k.composed != "" || len(k.queue) > 0) }

// Focus makes o the control that takes text.
func (k *Keyboard) Focus(o Owner) {
	if k == nil || k.owner == o {
		return
	}
	if k.owner != nil {
		k.Blur(k.owner)
	}
	k.owner = o
	if k.method != nil {
		k.method.Focus(true)
	}
}

// Owned reports whether o is the control that takes text.
func (k *Keyboard) Owned(o Owner) bool { return k == nil || k.owner == o }

// Blur says that o takes no more text. What is being composed is written into it first.
func (k *Keyboard) Blur(o Owner) {
	if k == nil || k.owner != o {
		return
	}
	if k.method == nil {
		k.owner = nil
		return
	}
	if len(k.queue) > 0 && !k.settling {
		k.giveUp()
	}
	open := k.composed != ""
	done := k.method.Focus(false)
	if open {
		select {
		case <-done:
		case <-time.After(farewell):
		}
		if !k.drain() {
			k.spell()
		}
	}
	k.compose("", 0)
	k.owner = nil
}

// Place says where the caret is on the screen.
func (k *Keyboard) Place(r Rect) {
	if k == nil || k.rect == r {
		return
	}
	k.rect = r
	if k.method != nil && k.owner != nil {
		k.method.Place(r)
	}
}

// Drop forgets the composition: the text it stood in is no longer there.
func (k *Keyboard) Drop() {
	if k == nil || k.method == nil || k.composed == "" {
		return
	}
	k.method.Reset()
	k.compose("", 0)
}

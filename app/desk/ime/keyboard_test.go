package ime_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"minglu/app/desk/ime"
)

// method is an input method made of rules: small letters are composed, a space commits them in capitals, all
// else is not its own. It answers after delay; hung, it answers when it is let go.
type method struct {
	mu       sync.Mutex
	delay    time.Duration
	hung     chan struct{} // closed: answers
	composed string
	ops      []ime.Op
	lost     chan struct{}
	asked    []ime.Key
	wake     func()
	last     chan struct{} // closed when the key before is answered
}

func newMethod(delay time.Duration) *method { return &method{delay: delay} }

// open makes the channels, which must belong to the time the test runs in.
func (m *method) open() {
	m.hung, m.last, m.lost = make(chan struct{}), make(chan struct{}), make(chan struct{})
	close(m.hung)
	close(m.last)
}

func (m *method) Name() string { return "fake" }

func (m *method) Ask(k ime.Key) <-chan ime.Answer {
	answer := make(chan ime.Answer, 1)
	m.mu.Lock()
	m.asked = append(m.asked, k)
	hung, delay, before, mine := m.hung, m.delay, m.last, make(chan struct{})
	m.last = mine
	m.mu.Unlock()
	go func() {
		defer close(mine)
		<-before
		select {
		case <-hung:
		case <-m.lost:
			answer <- ime.Answer{Err: errors.New("gone")}
			return
		}
		time.Sleep(delay)
		answer <- ime.Answer{Eaten: m.take(k)}
	}()
	return answer
}

func (m *method) take(k ime.Key) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case k.Release:
		return false
	case k.Sym >= 'a' && k.Sym <= 'z':
		m.composed += string(rune(k.Sym))
	case k.Sym == ' ' && m.composed != "":
		m.ops = append(m.ops, ime.Op{Act: ime.Commit, Text: strings.ToUpper(m.composed)})
		m.composed = ""
	default:
		return false
	}
	m.ops = append(m.ops, ime.Op{Act: ime.Compose, Text: m.composed, Caret: len(m.composed)})
	return true
}

func done() <-chan error {
	c := make(chan error, 1)
	c <- nil
	return c
}

func (m *method) Focus(bool) <-chan error { return done() }

func (m *method) Reset() <-chan error {
	c := make(chan error, 1)
	m.mu.Lock()
	hung, before, mine := m.hung, m.last, make(chan struct{})
	m.last = mine
	m.mu.Unlock()
	go func() {
		defer close(mine)
		<-before // a daemon does what it is asked in its order
		select {
		case <-hung:
		case <-m.lost:
		}
		m.mu.Lock()
		m.composed = ""
		m.mu.Unlock()
		c <- nil
	}()
	return c
}

func (m *method) Place(ime.Rect) {}

func (m *method) Ops() []ime.Op {
	m.mu.Lock()
	defer m.mu.Unlock()
	ops := m.ops
	m.ops = nil
	return ops
}

func (m *method) Lost() <-chan struct{} { return m.lost }
func (m *method) Close() error          { return nil }

// hang keeps the answers back until the function it returns is called.
func (m *method) hang() (free func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	gate := make(chan struct{})
	m.hung = gate
	return func() { close(gate) }
}

// page is a text control.
type page struct{ text, composed string }

func (p *page) Commit(s string)         { p.text += s }
func (p *page) Compose(s string, _ int) { p.composed = s }
func (p *page) Erase(int, int)          {}
func (p *page) Forward(ime.Key)         {}

// room is a window: one goroutine that runs what is posted.
type room struct {
	k     *ime.Keyboard
	page  *page
	posts chan func()
	slow  bool
}

// in runs f with a keyboard that finds the methods, one after the other, in a time of its own.
func in(t *testing.T, f func(r *room), methods ...*method) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &room{page: new(page), posts: make(chan func(), 1000)}
		for _, m := range methods {
			m.open()
		}
		next := 0
		r.k = ime.Start(ime.Options{
			Post:    func(f func()) { r.posts <- f },
			OnState: func(s ime.State) { r.slow = s.Slow },
			Find: func(_ context.Context, wake func()) (ime.Method, error) {
				if next == len(methods) {
					return nil, ime.ErrNone
				}
				next++
				methods[next-1].wake = wake
				return methods[next-1], nil
			},
		})
		r.k.Focus(r.page)
		r.wait(time.Second)
		f(r)
		r.k.Close()
		for _, m := range methods {
			select {
			case <-m.lost:
			default:
				close(m.lost)
			}
		}
		synctest.Wait()
	})
}

// wait lets time pass in the window.
func (r *room) wait(d time.Duration) {
	end := time.After(d)
	for {
		select {
		case f := <-r.posts:
			f()
		case <-end:
			return
		}
	}
}

// typed types characters as a control does.
func (r *room) typed(text string) {
	for _, c := range text {
		raw := func() { r.page.text += string(c) }
		if !r.k.Press(ime.Key{Sym: ime.SymOf(c)}, raw) {
			raw()
		}
	}
}

func want(t *testing.T, r *room, text, composed string) {
	t.Helper()
	if r.page.text != text || r.page.composed != composed {
		t.Errorf("the page has %q and composes %q; want %q and %q", r.page.text, r.page.composed, text, composed)
	}
}

func TestKeysComeOutInOrderHoweverSlowTheMethodIs(t *testing.T) {
	for _, delay := range []time.Duration{0, 10 * time.Millisecond, 100 * time.Millisecond, 2 * time.Second} {
		in(t, func(r *room) {
			r.typed("ab 1,cd 2ef")
			r.wait(time.Minute)
			want(t, r, "AB1,CD2", "ef")
			if r.slow {
				t.Error("still said to be slow")
			}
		}, newMethod(delay))
	}
}

func TestAWindowWithoutAMethodTypesAtOnce(t *testing.T) {
	in(t, func(r *room) {
		r.typed("abc 1")
		want(t, r, "abc 1", "")
	})
}

func TestAMethodThatDiesLeavesWhatItComposed(t *testing.T) {
	m, second := newMethod(0), newMethod(0)
	in(t, func(r *room) {
		r.typed("ab cd")
		m.hang()
		r.typed("ef 1")
		r.wait(100 * time.Millisecond)
		close(m.lost)
		r.wait(5 * time.Second)
		want(t, r, "ABcdef 1", "")
		r.typed("gh ")
		want(t, r, "ABcdef 1GH", "") // the next method is asked without a change of focus
	}, m, second)
}

func TestAHungMethodHoldsNothingForLong(t *testing.T) {
	m := newMethod(0)
	in(t, func(r *room) {
		r.typed("ab")
		free := m.hang()
		r.typed("cd 1")
		r.wait(2 * time.Second)
		want(t, r, "", "ab")
		if !r.slow {
			t.Error("nobody is told that the method is slow")
		}
		r.wait(9 * time.Second)
		want(t, r, "abcd 1", "")
		r.typed("x")
		want(t, r, "abcd 1x", "") // it is not asked again
		free()
		r.wait(time.Second)
		r.typed("ef ")
		r.wait(time.Second)
		want(t, r, "abcd 1xEF", "")
	}, m)
}

func TestLeavingAControlWritesWhatIsComposed(t *testing.T) {
	in(t, func(r *room) {
		first := r.page
		r.typed("ab cd")
		r.page = new(page)
		r.k.Focus(r.page)
		if first.text != "ABcd" || first.composed != "" {
			t.Errorf("the control that was left has %+v", first)
		}
		want(t, r, "", "")
	}, newMethod(0))
}

func TestAClickOnACandidateIsWritten(t *testing.T) {
	m := newMethod(0)
	in(t, func(r *room) {
		r.typed("ab")
		m.mu.Lock()
		m.ops = append(m.ops, ime.Op{Act: ime.Commit, Text: "按"}, ime.Op{Act: ime.Compose})
		m.mu.Unlock()
		m.wake()
		r.wait(time.Second)
		want(t, r, "按", "")
	}, m)
}

func TestAReleaseKeepsItsPlace(t *testing.T) {
	m := newMethod(time.Second)
	in(t, func(r *room) {
		r.typed("a")
		r.k.Release(ime.Key{Sym: 'a'})
		r.typed("b")
		r.wait(10 * time.Second)
		var order []string
		for _, k := range m.asked {
			order = append(order, string(rune(k.Sym))+map[bool]string{true: "^"}[k.Release])
		}
		if !slices.Equal(order, []string{"a", "a^", "b"}) {
			t.Errorf("asked %v", order)
		}
	}, m)
}

func TestKeysBehindOneThatMovesTheFocusGoToTheNextControl(t *testing.T) {
	for _, delay := range []time.Duration{0, 100 * time.Millisecond, 2 * time.Second} {
		in(t, func(r *room) {
			first, second := r.page, new(page)
			moves := func() {
				r.page = second
				r.k.Focus(second)
			}
			r.typed("ab ")
			if !r.k.Press(ime.Key{Sym: '\r'}, moves) {
				moves()
			}
			r.typed("cd 1ef")
			r.wait(time.Minute)
			if first.text != "AB" || first.composed != "" {
				t.Errorf("the first control has %q and composes %q", first.text, first.composed)
			}
			want(t, r, "CD1", "ef")
		}, newMethod(delay))
	}
}

func TestKeysBehindOneThatLeavesAllControlsAreActedOn(t *testing.T) {
	in(t, func(r *room) {
		pressed := 0
		r.typed("ab")
		if !r.k.Press(ime.Key{Sym: '\t'}, func() { r.k.Blur(r.page) }) {
			t.Fatal("the method is not slow")
		}
		r.k.Press(ime.Key{Sym: '\r'}, func() { pressed++ })
		r.wait(time.Minute)
		want(t, r, "ab", "")
		if pressed != 1 {
			t.Errorf("the key behind was acted on %d times", pressed)
		}
	}, newMethod(100*time.Millisecond))
}

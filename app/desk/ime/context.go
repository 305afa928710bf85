package ime

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"
)

// inputContext is what fcitx and ibus have in common: an object on a bus that is asked and that tells.
type inputContext struct {
	conn  *dbus.Conn
	face  string // D-Bus interface of object
	read  func(member string, body []any) (Op, bool)
	wake  func()
	lost  chan struct{}
	once  sync.Once // closes lost
	calls sync.WaitGroup

	mu     sync.Mutex
	object dbus.BusObject // nil until it is created
	owner  string         // unique name on the bus of who made it
	ops    []Op
}

// DeliverSignal takes in a signal on the goroutine that reads the bus, so that everything sent before an
// answer is in ops when the answer comes.
func (c *inputContext) DeliverSignal(_, _ string, s *dbus.Signal) {
	if c.left(s) {
		c.lose()
		return
	}
	member, ours := strings.CutPrefix(s.Name, c.face+".")
	if object := c.bound(); !ours || object == nil || s.Path != object.Path() {
		return
	}
	if op, ok := c.read(member, s.Body); ok {
		c.mu.Lock()
		c.ops = append(c.ops, op)
		c.mu.Unlock()
		c.wake()
	}
}

// bind sets the object this context speaks for.
func (c *inputContext) bind(owner string, object dbus.BusObject) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.owner, c.object = owner, object
}

func (c *inputContext) bound() dbus.BusObject {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.object
}

// left reports whether the maker of the context has left the bus.
func (c *inputContext) left(s *dbus.Signal) bool {
	var name, before, after string
	if s.Name != "org.freedesktop.DBus.NameOwnerChanged" || dbus.Store(s.Body, &name, &before, &after) != nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return before != "" && before == c.owner
}

// dial opens a bus. The context is lost with the connection.
func (c *inputContext) dial(ctx context.Context, address string) error {
	if address == "" {
		return ErrNone
	}
	conn, err := dbus.Connect(address, dbus.WithSignalHandler(c), dbus.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("open bus: %w", err)
	}
	c.conn = conn
	c.calls.Go(func() {
		<-conn.Context().Done()
		c.lose()
	})
	return nil
}

func (c *inputContext) lose() { c.once.Do(func() { close(c.lost) }) }

// call asks without waiting; then is given the answer.
func (c *inputContext) call(member string, then func(*dbus.Call), arguments ...any) {
	call := c.bound().Go(c.face+"."+member, dbus.FlagNoAutoStart, make(chan *dbus.Call, 1), arguments...)
	c.calls.Go(func() { then(<-call.Done) }) // ends with the connection at the latest
}

// tell is call for those who need to know only that it was done.
func (c *inputContext) tell(member string, arguments ...any) <-chan error {
	done := make(chan error, 1)
	c.call(member, func(call *dbus.Call) { done <- call.Err }, arguments...)
	return done
}

// ask is call for a question about a key.
func (c *inputContext) ask(member string, arguments ...any) <-chan Answer {
	answer := make(chan Answer, 1)
	c.call(member, func(call *dbus.Call) {
		var a Answer
		a.Err = call.Store(&a.Eaten)
		answer <- a
	}, arguments...)
	return answer
}

// Focus says whether the control in focus takes text.
func (c *inputContext) Focus(in bool) <-chan error {
	if in {
		return c.tell("FocusIn")
	}
	return c.tell("FocusOut")
}

// Reset forgets the composition.
func (c *inputContext) Reset() <-chan error { return c.tell("Reset") }

// Ops gives what came since the last call.
func (c *inputContext) Ops() []Op {
	c.mu.Lock()
	defer c.mu.Unlock()
	ops := c.ops
	c.ops = nil
	return ops
}

// Lost is closed when the method is gone.
func (c *inputContext) Lost() <-chan struct{} { return c.lost }

// Close leaves the bus and waits for the calls under way.
func (c *inputContext) Close() error {
	err := c.conn.Close()
	c.calls.Wait()
	return err
}

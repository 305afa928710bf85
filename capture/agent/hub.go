package agent

import (
	"sync"

	"minglu/capture/attach"
)

// hub hands the events of one recording to its watchers. One that joins late first hears what matters of
// what it missed.
type hub struct {
	mu       sync.Mutex
	began    *attach.Event // recording
	last     *attach.Event // sealed or failed
	watchers map[chan attach.Event]bool
}

func newHub() *hub { return &hub{watchers: map[chan attach.Event]bool{}} }

// join gives the events from now on; the channel is closed after the last. leave must be called.
func (h *hub) join() (events <-chan attach.Event, leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := make(chan attach.Event, 256)
	if h.began != nil {
		c <- *h.began
	}
	if h.last != nil {
		c <- *h.last
		close(c)
		return c, func() {}
	}
	h.watchers[c] = true
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.watchers[c] {
			delete(h.watchers, c)
			close(c)
		}
	}
}

// tell never waits: a watcher whose channel is full misses the event.
func (h *hub) tell(e attach.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.Event == attach.EventRecording {
		h.began = &e
	}
	for c := range h.watchers {
		select {
		case c <- e:
		default:
		}
	}
}

// end tells the last event, which nobody misses, and closes.
func (h *hub) end(e attach.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = &e
	for c := range h.watchers {
		for len(c) == cap(c) {
			<-c // room for the last word
		}
		c <- e
		close(c)
		delete(h.watchers, c)
	}
}

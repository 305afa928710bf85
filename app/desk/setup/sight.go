package setup

import (
	"context"
	"encoding/json"
	"image"
	"slices"
	"time"

	"minglu/app/desk/look"
	"minglu/capture/agent"
	"minglu/capture/attach"
)

// Sight is what a chosen device delivers at this moment.
type Sight struct {
	agent.Look
	Image *image.RGBA // nil before the first picture, and of microphones
}

// Show says whether the screen is shown: nobody's camera is on without need.
func (m *Model) Show(on bool) {
	m.mu.Lock()
	m.shown = on
	m.mu.Unlock()
	m.look()
}

// look makes the watching begin anew.
func (m *Model) look() {
	select {
	case m.turn <- struct{}{}:
	default:
	}
}

// lookAgain is how long the devices are left to whoever took them.
const lookAgain = 2 * time.Second

// watch looks at the chosen devices while the screen is shown.
func (m *Model) watch(ctx context.Context) {
	for ctx.Err() == nil {
		run, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			m.stream(run)
		}()
		select {
		case <-ctx.Done():
		case <-m.turn:
		}
		stop()
		<-done
	}
}

// stream looks until ctx ends, and once more whenever the devices come free.
func (m *Model) stream(ctx context.Context) {
	m.mu.Lock()
	shown, want := m.shown, order(m.now.Room)
	m.mu.Unlock()
	if !shown {
		m.see(nil)
		return
	}
	for ctx.Err() == nil {
		m.streamOnce(ctx, want)
		m.see(nil)
		select {
		case <-ctx.Done():
		case <-time.After(lookAgain):
		}
	}
}

func (m *Model) streamOnce(ctx context.Context, want attach.Order) {
	s, err := m.recorder.Open(ctx, attach.Request{Op: attach.OpLook, Order: &want})
	if err != nil {
		return // the strip says that the recorder is away
	}
	defer s.Close()
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	screens := map[int]*look.Screen{}
	for {
		e, err := s.Next()
		if err != nil || e.Event != attach.EventLook {
			return // somebody else has the devices: a recording, a test
		}
		var looks []agent.Look
		if json.Unmarshal(e.Data, &looks) != nil {
			continue
		}
		var all []Sight
		for i, l := range looks {
			if screens[i] == nil {
				screens[i] = &look.Screen{}
			}
			sight := Sight{Look: l}
			if len(l.Picture) > 0 {
				sight.Image = screens[i].Decode(l.Picture)
			}
			all = append(all, sight)
		}
		m.see(all)
	}
}

// see publishes what is seen; a device that begins or ceases to work changes what can be kept.
func (m *Model) see(all []Sight) {
	before := m.Sight.Newest()
	m.Sight.Publish(all)
	if !equal(before, all) {
		m.publish(func(*Snapshot) {})
	}
}

func equal(a, b []Sight) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Source != b[i].Source || a[i].Fault != b[i].Fault || a[i].Title != b[i].Title {
			return false
		}
	}
	return true
}

func (s Sight) fault() error { return &attach.Refused{Code: s.Code, Detail: s.Fault} }

// Delivers reports whether every chosen device delivers at this moment.
func (m *Model) Delivers() bool {
	o := order(m.Feed.Newest().Room)
	all := m.Sight.Newest()
	works := func(camera bool, source string) bool {
		return slices.ContainsFunc(all, func(s Sight) bool {
			return s.Camera == camera && s.Source == source && s.Fault == "" && s.Title != ""
		})
	}
	for _, c := range o.Cameras {
		if !works(true, c) {
			return false
		}
	}
	return works(false, o.Microphone)
}

// chosen is what each field asks the recorder for.
func (m *Model) chosen() map[Field]string {
	o := order(m.Feed.Newest().Room)
	return map[Field]string{Camera: at(o.Cameras, 0), Camera2: at(o.Cameras, 1), Microphone: o.Microphone}
}

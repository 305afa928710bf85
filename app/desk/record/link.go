package record

import (
	"context"
	"encoding/json"
	"errors"
	"image"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"minglu/app/desk/feed"
	"minglu/app/desk/look"
	"minglu/capture/attach"
	"minglu/capture/evidence"
)

// Times of the link.
const (
	lookEvery = time.Second            // for a recording that somebody else began
	pollEvery = 150 * time.Millisecond // picture and levels: what software OpenGL draws with a quarter of a core
	retry     = 2 * time.Second
	// steady is how long a recording must have run for it to be begun again by itself after a crash.
	steady = 10 * time.Second
)

// Link keeps the window attached to the recorder of a home: starts it, follows the recording that runs, and
// says what happens. Set the fields before Run.
type Link struct {
	Home   string
	Ensure func(context.Context) error // starts the recorder if none answers
	Feed   feed.Feed[Live]
	// Sources are the room's devices, for a recording that must be begun again.
	Sources func() (cameras []string, microphone string)

	starting sync.Mutex // held while the recorder is started

	mu     sync.Mutex
	live   Live
	order  *attach.Order // of the recording this window began
	again  *attach.Order // to be begun after a crash
	told   []string      // of recordings that were cut off
	orders chan attach.Order
	acts   chan attach.Request
	causes chan Cause
}

// NewLink makes a link to the recorder of a home.
func NewLink(home string, ensure func(context.Context) error) *Link {
	l := &Link{Home: home, Ensure: ensure, orders: make(chan attach.Order, 1), acts: make(chan attach.Request, 64),
		causes: make(chan Cause, 16)}
	l.live.Phase, l.live.Track = Away, "cam0"
	l.Feed.Publish(l.live)
	return l
}

// Run keeps the link until ctx ends. The recorder and its recording stay.
func (l *Link) Run(ctx context.Context) {
	var hands sync.WaitGroup
	defer hands.Wait()
	hands.Go(func() { l.act(ctx) })
	hands.Go(func() { l.file(ctx) })
	for ready := false; ctx.Err() == nil; {
		if err := l.ensure(ctx); err != nil {
			if ctx.Err() == nil {
				l.change(func(v *Live) { v.Phase = Away })
				l.Tell(err)
				pause(ctx, retry)
			}
			ready = false
			continue
		}
		if !ready {
			l.mend(ctx)
			ready = true
		}
		l.change(func(v *Live) {
			if v.Phase == Away {
				v.Phase = Idle
			}
		})
		ready = l.turn(ctx)
	}
}

// turn waits a moment for an order, or looks whether a recording runs. False means the recorder is gone.
func (l *Link) turn(ctx context.Context) (ready bool) {
	if order := l.takeAgain(); order != nil {
		return l.follow(ctx, attach.Request{Op: attach.OpStart, Order: order})
	}
	select {
	case <-ctx.Done():
		return true
	case order := <-l.orders:
		l.mu.Lock()
		l.order = &order
		l.mu.Unlock()
		return l.follow(ctx, attach.Request{Op: attach.OpStart, Order: &order})
	default:
	}
	if ok := l.follow(ctx, attach.Request{Op: attach.OpWatch}); !ok {
		return false
	}
	select {
	case <-ctx.Done():
	case order := <-l.orders:
		l.orders <- order // taken up by the next turn
	case <-time.After(lookEvery):
	}
	return true
}

func (l *Link) takeAgain() *attach.Order {
	l.mu.Lock()
	defer l.mu.Unlock()
	order := l.again
	l.again = nil
	return order
}

// Record asks for a recording. Its events come through the feed.
func (l *Link) Record(order attach.Order) {
	l.change(func(v *Live) {
		v.Phase, v.Plan, v.ID, v.Marks, v.Picture, v.Track = Starting, order.Plan, "", nil, nil, "cam0"
		v.Status.AtMS, v.Status.DurableMS = 0, 0
	})
	select {
	case l.orders <- order:
	default: // one is on its way already
	}
}

// Act does something in the running recording without holding up the caller. A refusal becomes a notice.
func (l *Link) Act(r attach.Request) {
	select {
	case l.acts <- r:
	default:
		l.notice(Notice{Kind: NoticeFault, Fault: context.DeadlineExceeded})
	}
}

// act does what was asked for, one after the other.
func (l *Link) act(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case r := <-l.acts:
			each, cancel := context.WithTimeout(ctx, 15*time.Second)
			if _, err := attach.Once(each, l.Home, r); err != nil && ctx.Err() == nil {
				l.notice(Notice{Kind: NoticeFault, Fault: err})
			}
			cancel()
		}
	}
}

// Ask asks the recorder something and waits for its answer.
func (l *Link) Ask(ctx context.Context, r attach.Request) (attach.Event, error) {
	if err := l.ensure(ctx); err != nil {
		return attach.Event{}, err
	}
	return attach.Once(ctx, l.Home, r)
}

// Open asks the recorder something that it answers with many events. The caller closes the stream.
func (l *Link) Open(ctx context.Context, r attach.Request) (*attach.Stream, error) {
	if err := l.ensure(ctx); err != nil {
		return nil, err
	}
	return attach.Ask(ctx, l.Home, r)
}

// ensure starts the recorder, one caller at a time: two would race to be the one.
func (l *Link) ensure(ctx context.Context) error {
	l.starting.Lock()
	defer l.starting.Unlock()
	return l.Ensure(ctx)
}

// Look chooses the camera that is shown.
func (l *Link) Look(track string) {
	l.change(func(v *Live) { v.Track, v.Picture = track, nil })
}

// PutAway drops the notice that is shown. A question stays until it is answered.
func (l *Link) PutAway() {
	l.change(func(v *Live) {
		if i := v.shown(); i >= 0 && v.Notices[i].Kind != NoticeCutOff {
			v.Notices = slices.Delete(slices.Clone(v.Notices), i, i+1)
		}
	})
}

func (l *Link) change(f func(*Live)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.live)
	l.Feed.Publish(l.live)
}

// notices bounds what waits to be read; questions are never dropped.
const notices = 20

func (l *Link) notice(n Notice) {
	l.change(func(v *Live) {
		all := append(slices.Clone(v.Notices), n)
		old := slices.IndexFunc(all, func(n Notice) bool { return n.Kind != NoticeCutOff })
		if len(all) > notices && old >= 0 {
			all = slices.Delete(all, old, old+1)
		}
		v.Notices = all
	})
}

// Tell shows a fault, once even if it comes again with each try.
func (l *Link) Tell(err error) {
	for _, n := range l.Feed.Newest().Notices {
		if n.Fault != nil && n.Fault.Error() == err.Error() {
			return
		}
	}
	l.notice(Notice{Kind: NoticeFault, Fault: err})
}

// poll shows level and picture of the running recording until ctx ends.
func (l *Link) poll(ctx context.Context) {
	t := time.NewTicker(pollEvery)
	defer t.Stop()
	var screen look.Screen
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		status, err := attach.Once(ctx, l.Home, attach.Request{Op: attach.OpStatus})
		if err != nil || len(status.Data) == 0 {
			continue // the events say it if the recorder is gone
		}
		track := l.Feed.Newest().Track
		var picture *image.RGBA
		shot, err := attach.Once(ctx, l.Home, attach.Request{Op: attach.OpPreview, Track: track})
		if err == nil && len(shot.Data) > 0 {
			picture = screen.Decode(shot.Data)
		}
		l.change(func(v *Live) {
			if json.Unmarshal(status.Data, &v.Status) != nil || v.Track != track {
				return
			}
			if picture != nil {
				v.Picture = picture
			}
		})
	}
}

// story is what the journal of a running recording says so far.
type story struct {
	marks  []Mark
	tracks []string // those with a camera
}

// known reads what the package of a running recording says: who and what, its cameras, and the markers so far.
func (l *Link) known(id string) (plan evidence.Plan, so story) {
	dir := filepath.Join(l.Home, "vault", filepath.Base(id))
	if raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(evidence.FilePlan))); err == nil {
		_ = json.Unmarshal(raw, &plan) // shown only; a plan that cannot be read shows less
	}
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(evidence.FileJournal)))
	if err != nil {
		return plan, so
	}
	defer f.Close()
	_, _ = evidence.ReadJournal(f, func(e evidence.Entry) error { // its last line may be half written
		so.take(e.Line)
		return nil
	})
	return plan, so
}

func (so *story) take(line evidence.Line) {
	switch line.Kind {
	case evidence.KindOpen:
		var b evidence.OpenBody
		_ = json.Unmarshal(line.Body, &b)
		for _, t := range b.Tracks {
			if t.Camera != "" {
				so.tracks = append(so.tracks, t.Track)
			}
		}
	case evidence.KindMark:
		var b evidence.MarkBody
		if json.Unmarshal(line.Body, &b) == nil {
			so.marks = append(so.marks, Mark{b.Mark, b.AtMS})
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

var errGone = errors.New("the recorder ended")

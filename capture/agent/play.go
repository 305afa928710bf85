package agent

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"minglu/capture"
	"minglu/capture/attach"
	"minglu/capture/evidence"
)

// speaker is what the room hears of a recording: one stretch at a time.
type speaker struct {
	turn sync.Mutex // held while one stretch gives way to the next

	mu   sync.Mutex // guards what follows
	stop context.CancelFunc
	done chan struct{} // closed when it is quiet again; nil before the first
}

// hush ends what is being played and waits until it is quiet.
func (s *speaker) hush() {
	s.mu.Lock()
	stop, done := s.stop, s.done
	s.mu.Unlock()
	if done != nil {
		stop()
		<-done
	}
}

// busy reports whether something is being played.
func (s *speaker) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done == nil {
		return false
	}
	select {
	case <-s.done:
		return false
	default:
		return true
	}
}

var errRange = fmt.Errorf("play at most %d s from a moment that has been", attach.MaxPlay/1000)

// play plays a stretch of a recording in the room instead of what is being played, and returns when it begins
// to be heard. A recording under way says in its journal from when to when its microphones heard it; it waits
// for nothing here: the sound is opened and played by a process of its own.
func (a *Agent) play(ctx context.Context, r attach.Request) error {
	if _, _, err := evidence.ParseID(r.ID); err != nil && r.ToMS > r.FromMS {
		return err
	}
	a.speaker.turn.Lock()
	defer a.speaker.turn.Unlock()
	a.speaker.hush()
	if r.ToMS <= r.FromMS {
		return nil
	}
	if r.FromMS < 0 || r.ToMS-r.FromMS > attach.MaxPlay {
		return errRange
	}
	run, stop := context.WithCancel(ctx)
	done, began := make(chan struct{}), make(chan error, 1)
	a.speaker.mu.Lock()
	a.speaker.stop, a.speaker.done = stop, done
	a.speaker.mu.Unlock()
	a.work.Go(func() {
		defer close(done)
		defer stop()
		began <- a.sound(run, r, began)
	})
	return <-began
}

// sound plays a stretch to its end. began hears nil before the first sound.
func (a *Agent) sound(ctx context.Context, r attach.Request, began chan<- error) error {
	detail := fmt.Sprintf("%s %d-%d", r.ID, r.FromMS, r.ToMS)
	var title string
	var heard *capture.Session // in whose journal it stands
	err := a.room.Play(ctx, r.ID, r.FromMS, r.ToMS, func(speaker string) {
		title = speaker
		if s := a.running(); s != nil && a.noted(s.Speaker(title, "play", detail)) {
			heard = s
		}
		select {
		case began <- nil:
		default:
		}
	})
	if heard != nil {
		a.noted(heard.Speaker(title, "stop", detail))
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintf(a.log, "play %s: %v\n", detail, err)
	}
	return err
}

// noted reports whether a line could be written. A recording that ended in between needs none.
func (a *Agent) noted(err error) bool {
	if err != nil && !errors.Is(err, capture.ErrEnded) {
		fmt.Fprintf(a.log, "note the loudspeaker: %v\n", err)
	}
	return err == nil
}

package record

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"minglu/capture/attach"
)

// follow sends a request and follows the recording until its end. False means the recorder is gone.
func (l *Link) follow(ctx context.Context, r attach.Request) bool {
	s, err := attach.Ask(ctx, l.Home, r)
	if err != nil {
		return false
	}
	defer s.Close()
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	look, stop := context.WithCancel(ctx)
	var poll sync.WaitGroup
	defer poll.Wait()
	defer stop()
	began := sync.OnceFunc(func() { poll.Go(func() { l.poll(look) }) })
	for {
		e, err := s.Next()
		switch {
		case ctx.Err() != nil:
			return true
		case errors.Is(err, io.EOF) && !l.Feed.Newest().Recording():
			return true
		case err != nil:
			l.died()
			return false
		}
		if over := l.hear(e, r, began); over {
			return true
		}
	}
}

// hear takes up one event. True ends the following.
func (l *Link) hear(e attach.Event, r attach.Request, began func()) (over bool) {
	switch e.Event {
	case attach.EventIdle:
		l.idle()
		return true
	case attach.EventRecording:
		l.began(e.ID)
		began()
	case attach.EventMark:
		l.change(func(v *Live) { v.Marks = append(slices.Clone(v.Marks), Mark{e.Kind, e.MS}) })
	case "stopping":
		l.change(func(v *Live) { v.Phase = Sealing })
	case attach.EventSealed:
		l.notice(Notice{Kind: NoticeSealed, ID: e.ID, Event: e})
		l.idle()
		return true
	case attach.EventFailed:
		l.notice(Notice{Kind: NoticeFault, ID: e.ID, Fault: &attach.Refused{Code: e.Code, Detail: e.Detail}})
		l.idle()
		return true
	}
	return false
}

func (l *Link) idle() {
	l.change(func(v *Live) {
		v.Phase, v.ID, v.Picture, v.Status.Troubles = Idle, "", nil, nil
	})
}

// began shows the recording that runs, one that this window finds as well as one it began.
func (l *Link) began(id string) {
	plan, told := l.known(id)
	l.change(func(v *Live) {
		v.Phase, v.ID, v.Plan, v.Marks, v.Tracks = Running, id, plan, told.marks, told.tracks
		if len(v.Tracks) > 0 && !slices.Contains(v.Tracks, v.Track) {
			v.Track = v.Tracks[0]
		}
	})
}

// died tells that the recorder ended in a recording. A recording that ran well is begun again as soon as the
// recorder is back, and names the one it goes on from: the interview does not wait.
func (l *Link) died() {
	v := l.Feed.Newest()
	l.notice(Notice{Kind: NoticeDied, ID: v.ID, Fault: errGone})
	l.change(func(v *Live) { v.Phase, v.Picture = Away, nil })
	if v.Phase != Running || time.Duration(v.Status.AtMS)*time.Millisecond < steady {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	order := attach.Order{Plan: v.Plan}
	if l.order != nil {
		order = *l.order
	} else if l.Sources != nil {
		order.Cameras, order.Microphone = l.Sources()
	}
	order.Plan.ID = ""
	order.Plan.Relates = append(slices.Clone(order.Plan.Relates), v.ID)
	l.again = &order
}

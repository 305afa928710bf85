package record

import (
	"context"
	"slices"
	"time"

	"minglu/capture/attach"
)

// Cause is why a recording was cut off, as a person says after the next start.
type Cause struct {
	ID   string
	Code string // of the catalogue's interruptions; "" when nobody said
	By   string
	Text string
}

// Times of a recording that was cut off. Its lines are signed up to the last one, so that it may wait for its
// reason; headquarters shall have it the same day.
const (
	causeWait  = 4 * time.Hour // then it is sealed without one
	causeEvery = time.Minute
	sealTime   = 2 * time.Minute
)

// mend has what a crash left made whole, and asks why it was cut off.
func (l *Link) mend(ctx context.Context) {
	s, err := attach.Ask(ctx, l.Home, attach.Request{Op: attach.OpMend})
	if err != nil {
		return // the next turn finds the recorder gone
	}
	defer s.Close()
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	for {
		e, err := s.Next()
		if err != nil || e.Event == attach.EventDone {
			return
		}
		l.hearMended(e)
	}
}

func (l *Link) hearMended(e attach.Event) {
	switch e.Event {
	case attach.EventCutOff:
		plan, _ := l.known(e.ID)
		l.once(Notice{Kind: NoticeCutOff, ID: e.ID, Event: e, By: Live{Plan: plan}.By(), At: time.Now()})
	case attach.EventRecovered:
		l.once(Notice{Kind: NoticeRecovered, ID: e.ID, Event: e})
	case attach.EventFailed:
		l.Tell(&attach.Refused{Code: e.Code, Detail: e.Detail})
	}
}

// once tells something of a recording unless it was told before: each start of the recorder looks again.
func (l *Link) once(n Notice) {
	key := string(n.Kind) + " " + n.ID
	l.mu.Lock()
	told := slices.Contains(l.told, key)
	l.told = append(l.told, key)
	l.mu.Unlock()
	if !told {
		l.notice(n)
	}
}

// File keeps why a recording was cut off, in its package, which is then sealed. How it went comes as a notice.
func (l *Link) File(c Cause) {
	select {
	case l.causes <- c:
	default: // the same was pressed many times
	}
}

// file hands the causes to the recorder, one after the other, and those that nobody gave in time.
func (l *Link) file(ctx context.Context) {
	late := time.NewTicker(causeEvery)
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-l.causes:
			l.fileOne(ctx, c)
		case now := <-late.C:
			for _, n := range l.Feed.Newest().Notices {
				if n.Kind == NoticeCutOff && now.Sub(n.At) > causeWait {
					l.fileOne(ctx, Cause{ID: n.ID})
				}
			}
		}
	}
}

func (l *Link) fileOne(ctx context.Context, c Cause) {
	ctx, cancel := context.WithTimeout(ctx, sealTime)
	defer cancel()
	r := attach.Request{Op: attach.OpRecover, ID: c.ID, Kind: c.Code, By: c.By, Text: c.Text}
	e, err := attach.Once(ctx, l.Home, r)
	if err != nil {
		l.Tell(err)
		return
	}
	l.change(func(v *Live) {
		v.Notices = slices.DeleteFunc(slices.Clone(v.Notices), func(n Notice) bool { return n.Kind == NoticeCutOff && n.ID == c.ID })
	})
	if e.Event == attach.EventRecovered { // else somebody sealed it before
		l.once(Notice{Kind: NoticeRecovered, ID: e.ID, Event: e})
	}
}

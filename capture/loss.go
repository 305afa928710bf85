package capture

import (
	"sync"

	"minglu/capture/evidence"
	"minglu/capture/source"
)

// causes lists the causes of lost media in the order their gaps are written.
var causes = [...]string{
	evidence.CauseDevice, evidence.CauseSource, evidence.CauseEncoder, evidence.CauseDisk, evidence.CauseBreak,
}

// losses counts pictures lost, by cause, until the next picture that is kept.
type losses struct {
	mu    sync.Mutex
	count map[string]int64
}

func (l *losses) add(cause string, n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count == nil {
		l.count = map[string]int64{}
	}
	l.count[cause] += n
}

// take empties the count.
func (l *losses) take() map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.count
	l.count = nil
	return c
}

// gap notes missing media.
func (s *Session) gap(b evidence.GapBody) { s.note(evidence.KindGap, b) }

// device notes what a device did.
func (s *Session) device(role string, info source.Info, what, detail string) {
	s.note(evidence.KindDevice, evidence.DeviceBody{
		Role: role, Name: info.Title, What: what, AtMS: s.at().Milliseconds(), Detail: detail,
	})
}

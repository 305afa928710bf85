package capture

import (
	"minglu/capture/evidence"
	"minglu/capture/source"
)

// causes lists the causes of lost media in the order their gaps are written.
var causes = [...]string{
	evidence.CauseDevice, evidence.CauseSource, evidence.CauseEncoder, evidence.CauseDisk, evidence.CauseBreak,
}

// losses counts lost pictures by cause.
type losses map[string]int64

func (l *losses) add(cause string, n int64) {
	if n == 0 {
		return
	}
	if *l == nil {
		*l = losses{}
	}
	(*l)[cause] += n
}

// with is both counts together.
func (l losses) with(other losses) losses {
	sum := losses{}
	for _, count := range []losses{l, other} {
		for cause, n := range count {
			sum[cause] += n
		}
	}
	return sum
}

// gap notes missing media.
func (s *Session) gap(b evidence.GapBody) { s.note(evidence.KindGap, b) }

// device notes what a device did.
func (s *Session) device(role string, info source.Info, what, detail string) {
	s.note(evidence.KindDevice, evidence.DeviceBody{
		Role: role, Name: info.Title, What: what, AtMS: s.at().Milliseconds(), Detail: detail,
	})
}

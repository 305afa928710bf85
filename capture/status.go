package capture

import (
	"math"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/seal"
)

// Status is what a screen shows of a running recording. It is published whole and never changed.
type Status struct {
	ID        string             `json:"id"`
	AtMS      int64              `json:"at_ms"`      // recording time
	DurableMS int64              `json:"durable_ms"` // on the disk up to here
	Frames    int64              `json:"frames"`
	Dropped   int64              `json:"dropped"`
	Line      int64              `json:"line"` // newest journal line
	Head      string             `json:"head"`
	Waiting   int                `json:"waiting"` // segments the disk has not taken
	FreeBytes int64              `json:"free_bytes"`
	Paused    bool               `json:"paused"`
	PeakDB    float64            `json:"peak_db"` // dBFS of the newest sound
	LevelDB   float64            `json:"level_db"`
	Troubles  map[string]string  `json:"troubles"` // "cam0 microphone": silent, dead, clipped, black, frozen, lost
	Clock     evidence.ClockBody `json:"clock"`
}

// Status is the newest published status; nil until the first.
func (s *Session) Status() *Status { return s.status.Load() }

// publish makes a status of what is known without waiting.
func (s *Session) publish() {
	n := s.chain.Newest()
	st := Status{
		ID: s.setup.Plan.ID, AtMS: s.at().Milliseconds(), Line: n.Line, Head: n.Head,
		FreeBytes: s.meters.free.Load(), Paused: s.onBreak(),
		PeakDB: math.Float64frombits(s.meters.peak.Load()), LevelDB: math.Float64frombits(s.meters.level.Load()),
		Troubles: s.meters.troubled(),
	}
	s.chain.Look(func(t *seal.Tally) {
		st.DurableMS, st.Clock = t.DurationMS(), t.Clock
		st.Frames, st.Dropped = t.Frames()
	})
	for _, r := range s.reels {
		st.Waiting += r.waiting()
	}
	s.status.Store(&st)
}

// zeroKnown reports whether recording time has begun.
func (s *Session) zeroKnown() bool {
	select {
	case <-s.zeroSet:
		return true
	default:
		return false
	}
}

func (s *Session) onBreak() bool { return s.breakReason() != "" }

// breakReason is why the recording is interrupted at the moment, "" when it is not.
func (s *Session) breakReason() string {
	if reason := s.paused.Load(); reason != nil {
		return *reason
	}
	return ""
}

// grace is how long the other tracks may take to reach the end that one has reached.
const grace = 400 * time.Millisecond

// inputEnded is told by a track that reached the limit or the end of its source. The recording stops when
// all have, or a moment after the first camera did.
func (s *Session) inputEnded(reason string, camera bool) {
	if s.live.Add(-1) <= 0 {
		s.stop(reason)
	} else if camera || reason == StopLimit {
		time.AfterFunc(grace, func() { s.stop(reason) })
	}
}

// tellNote tells the watchers of a line they care about.
func (s *Session) tellNote(n note) {
	switch b := n.body.(type) {
	case evidence.GapBody:
		s.tell(Event{Name: "gap", Track: b.Track, MS: b.FromMS, Kind: b.Cause, Detail: b.Medium})
	case evidence.DeviceBody:
		s.tell(Event{Name: "device", MS: b.AtMS, Kind: b.What, Detail: b.Name + ": " + b.Detail})
	}
}

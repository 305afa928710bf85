// Package record is the screen of the red button: it prepares a recording, runs it and shows how it goes.
//
// Link speaks to the recorder, Model holds what is being prepared, View draws both. A recording belongs to the
// recorder's process alone: whatever happens to the window, it goes on.
package record

import (
	"image"
	"slices"
	"time"

	"minglu/capture"
	"minglu/capture/attach"
	"minglu/capture/evidence"
)

// Phase is where the recorder stands.
type Phase string

// The phases.
const (
	Away     Phase = "away"     // no recorder answers; it is being started
	Idle     Phase = "idle"     // ready
	Starting Phase = "starting" // asked to record, nothing on the disk yet
	Running  Phase = "running"
	Sealing  Phase = "sealing" // stopped; the package is being closed
)

// Live is what the window knows of the recorder.
type Live struct {
	Phase   Phase
	ID      string
	Plan    evidence.Plan  // of the recording that runs
	Status  capture.Status // newest; zero before the first
	Picture *image.RGBA    // newest of the shown camera, nil before the first
	Track   string         // the shown camera
	Tracks  []string       // the cameras there are
	Marks   []Mark

	Notices []Notice // what a person should read, oldest first, until put away
}

// Mark is a marker that is on the disk.
type Mark struct {
	Kind string
	AtMS int64
}

// Marked finds the first marker of a kind.
func (l Live) Marked(kind string) (Mark, bool) {
	i := slices.IndexFunc(l.Marks, func(m Mark) bool { return m.Kind == kind })
	if i < 0 {
		return Mark{}, false
	}
	return l.Marks[i], true
}

// Recording reports whether a recording is under way, its closing included.
func (l Live) Recording() bool {
	return l.Phase == Starting || l.Phase == Running || l.Phase == Sealing
}

// NoticeKind says what a notice is about.
type NoticeKind string

// The kinds.
const (
	NoticeSealed    NoticeKind = "sealed"    // a recording is finished
	NoticeCutOff    NoticeKind = "cut_off"   // what a crash left is saved, and waits for the reason
	NoticeRecovered NoticeKind = "recovered" // what a crash left is sealed
	NoticeDied      NoticeKind = "died"      // the recorder ended in a recording
	NoticeFault     NoticeKind = "fault"
)

// Notice is one thing to be read.
type Notice struct {
	Kind  NoticeKind
	ID    string
	Event attach.Event // sealed, cut off, recovered
	By    string       // cut off: who would know why
	At    time.Time    // cut off: when it was asked
	Fault error        // fault
}

// Shown is the notice to be read next: the oldest, but no question goes before news.
func (l Live) Shown() (Notice, bool) {
	if i := l.shown(); i >= 0 {
		return l.Notices[i], true
	}
	return Notice{}, false
}

func (l Live) shown() int {
	news := slices.IndexFunc(l.Notices, func(n Notice) bool { return n.Kind != NoticeCutOff })
	if news < 0 && len(l.Notices) > 0 {
		return 0
	}
	return news
}

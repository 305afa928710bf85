// Package check is the screen of the doctor: how this machine is, what to do, whom to ask.
//
// It looks by itself once a day, as soon as the window is open and nothing is being recorded, so that the first
// recording of a day begins on a machine that was looked at.
package check

import (
	"context"
	"path/filepath"
	"sync"
	"time"

	"minglu/app/desk/feed"
	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/app/release"
	"minglu/capture/durable"
)

// Snapshot is what the screen shows.
type Snapshot struct {
	Looking bool
	Newest  doctor.Examination // grows while Looking
	Waits   bool               // for the end of a recording
	Told    Told
	Paper   string // path of the paper that was printed last
	Fault   error
}

// Told is whether headquarters knows.
type Told string

// The states of Told.
const (
	Untold  Told = ""
	Telling Told = "telling"
	Heard   Told = "heard"
	Missed  Told = "missed" // headquarters could not be reached; the next examination goes there again
)

// Model examines, keeps, tells and prints.
type Model struct {
	Feed feed.Feed[Snapshot]

	home      string
	patient   func() doctor.Room
	recording func() bool
	now       func() time.Time
	every     time.Duration
	wake      chan struct{}

	mu   sync.Mutex
	lang i18n.Lang
	kept Snapshot
	want bool // a person asked for an examination
	ink  bool // a person asked for the paper
}

// asking is how often the model asks itself whether an examination is due.
const asking = time.Minute

// NewModel makes the model of a home. patient is the room as it is now; recording tells whether the devices are
// in use.
func NewModel(home string, lang i18n.Lang, patient func() doctor.Room, recording func() bool) *Model {
	m := &Model{home: home, lang: lang, patient: patient, recording: recording, now: time.Now, every: asking, wake: make(chan struct{}, 1)}
	newest, err := doctor.Newest(home)
	m.publish(func(s *Snapshot) { s.Newest, s.Fault = newest, err })
	return m
}

func (m *Model) publish(change func(*Snapshot)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.kept)
	m.Feed.Publish(m.kept)
}

// Use speaks another language from the next examination on.
func (m *Model) Use(lang i18n.Lang) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lang = lang
}

// Again asks for an examination now; in a recording it waits for its end.
func (m *Model) Again() {
	m.mu.Lock()
	m.want = true
	m.mu.Unlock()
	m.rouse()
}

func (m *Model) rouse() {
	select {
	case m.wake <- struct{}{}:
	default: // it will wake anyway
	}
}

// Run examines once a day and when asked, until ctx ends.
func (m *Model) Run(ctx context.Context) {
	tick := time.NewTicker(m.every)
	defer tick.Stop()
	for {
		m.perhaps(ctx)
		m.printed()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-m.wake:
		}
	}
}

// perhaps examines if it is time to, and not while something is recorded: the devices are in use.
func (m *Model) perhaps(ctx context.Context) {
	m.mu.Lock()
	due := m.want || m.kept.Newest.Due(m.now())
	m.mu.Unlock()
	busy := due && m.recording()
	m.publish(func(s *Snapshot) { s.Waits = busy })
	if !due || busy {
		return
	}
	m.examine(ctx)
}

func (m *Model) examine(ctx context.Context) {
	m.mu.Lock()
	m.want = false
	lang := m.lang
	m.mu.Unlock()
	look := m.patient()
	e := doctor.Examination{At: m.now(), Version: release.Version()}
	m.publish(func(s *Snapshot) { s.Looking, s.Told, s.Fault, s.Newest = true, Untold, nil, e })
	doctor.Run(ctx, look.Checks(), lang, func(r doctor.Result) {
		if r.Check == "settings" {
			e.Room, e.Title = look.Named()
		}
		e.Results = append(e.Results[:len(e.Results):len(e.Results)], r)
		m.publish(func(s *Snapshot) { s.Newest = e })
	})
	if ctx.Err() != nil {
		return // the window closed: half an examination is none
	}
	err := doctor.Keep(m.home, e)
	m.publish(func(s *Snapshot) { s.Looking, s.Fault, s.Told = false, err, Telling })
	told := Heard
	if look.Tell(ctx, e) != nil {
		told = Missed
	}
	m.publish(func(s *Snapshot) { s.Told = told })
}

// Print asks for the newest examination as a paper, in the home beside the recordings.
func (m *Model) Print() {
	m.mu.Lock()
	m.ink = true
	m.mu.Unlock()
	m.rouse()
}

// printed writes the paper if one was asked for.
func (m *Model) printed() {
	m.mu.Lock()
	asked, lang, e := m.ink, m.lang, m.kept.Newest
	m.ink = false
	m.mu.Unlock()
	if !asked || len(e.Results) == 0 {
		return
	}
	path := filepath.Join(m.home, "doctor-"+e.At.Local().Format("20060102-150405")+".pdf")
	text, err := doctor.Paper(e, lang)
	if err == nil {
		err = durable.WriteFile(durable.OS{}, path, text)
	}
	m.publish(func(s *Snapshot) {
		if s.Fault = err; err == nil {
			s.Paper = path
		}
	})
}

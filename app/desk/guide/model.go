package guide

import (
	"context"
	"slices"
	"sync"

	"minglu/app/desk/feed"
	"minglu/app/desk/setup"
	"minglu/app/doctor"
	"minglu/app/i18n"
)

// Snapshot is what the screen shows.
type Snapshot struct {
	Progress
	Looking bool            // the doctor looks at what the step is about
	Found   []doctor.Result // what it found so far
	Seen    bool            // a person saw and heard the test recording
	Well    bool            // the step's question is answered
	Closed  bool            // the set-up makes room for the window of every day
	Fault   error
}

// Model leads from step to step.
type Model struct {
	Feed  feed.Feed[Snapshot]
	Setup *setup.Model // the devices, the test recording and the time server

	home   string
	checks func() []doctor.Check
	jobs   chan func(context.Context)

	mu   sync.Mutex
	lang i18n.Lang
	now  Snapshot
}

// NewModel makes the model of a room whose set-up came as far as p; fault is what was wrong with the record of it.
// checks are the doctor's, of which those of the step are used.
func NewModel(home string, p Progress, fault error, lang i18n.Lang, devices *setup.Model, checks func() []doctor.Check) *Model {
	if slices.Index(Steps(), p.Step) < slices.Index(Steps(), Devices) {
		p.Step = Devices // the room is enrolled, whatever was written down last
	}
	m := &Model{home: home, lang: lang, Setup: devices, checks: checks, jobs: make(chan func(context.Context), 4)}
	m.publish(func(s *Snapshot) { s.Progress, s.Fault = p, fault })
	return m
}

func (m *Model) publish(change func(*Snapshot)) Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.now)
	m.now.Well = m.well(m.now)
	m.Feed.Publish(m.now)
	return m.now
}

// well reports whether the question of a snapshot's step is answered.
func (m *Model) well(s Snapshot) bool {
	switch s.Step {
	case Devices:
		return m.Setup.Delivers()
	case Trial:
		t := m.Setup.Feed.Newest().Trial
		return s.Seen && t != nil && t.Verdict.Accepted() && len(t.Troubles) == 0
	case Clock, Disk:
		good := func(r doctor.Result) bool { return r.State == doctor.OK }
		return !s.Looking && len(s.Found) > 0 && !slices.ContainsFunc(s.Found, func(r doctor.Result) bool { return !good(r) })
	}
	return true
}

func (m *Model) queue(job func(context.Context)) {
	select {
	case m.jobs <- job:
	default: // the same was asked for a moment ago
	}
}

// Run does what is asked for, one after the other, until ctx ends.
func (m *Model) Run(ctx context.Context) {
	turned := make(chan struct{}, 1)
	turn := func() {
		select {
		case turned <- struct{}{}:
		default:
		}
	}
	leave, unlook := m.Setup.Feed.Watch(turn), m.Setup.Sight.Watch(turn)
	defer leave()
	defer unlook()
	m.enter(ctx)
	for {
		select {
		case <-ctx.Done():
			m.Setup.Show(false)
			return
		case job := <-m.jobs:
			job(ctx)
		case <-turned:
			if now := m.Feed.Newest(); m.well(now) != now.Well {
				m.publish(func(*Snapshot) {})
			}
		}
	}
}

// enter begins what the step needs.
func (m *Model) enter(ctx context.Context) {
	s := m.publish(func(s *Snapshot) { s.Found, s.Looking, s.Seen = nil, false, false })
	m.Setup.Show(s.Step == Devices && !s.Closed)
	if !s.Closed {
		m.examine(ctx, s.Step)
	}
}

// asked are the doctor's checks of a step, and those they stand on.
func asked(s Step) (names, ground []string) {
	switch s {
	case Clock:
		return []string{"clock", "ntp", "hq_offset"}, []string{"settings", "keys", "hq_name", "hq_tcp", "hq_tls", "hq_health"}
	case Disk:
		return []string{"disk", "health"}, nil
	}
	return nil, nil
}

// examine lets the doctor look at what the step is about. Of the checks these stand on only failures are told.
func (m *Model) examine(ctx context.Context, step Step) {
	names, ground := asked(step)
	if len(names) == 0 {
		return
	}
	m.mu.Lock()
	lang := m.lang
	m.mu.Unlock()
	m.publish(func(s *Snapshot) { s.Found, s.Looking = nil, true })
	checks := slices.DeleteFunc(m.checks(), func(c doctor.Check) bool {
		return !slices.Contains(names, c.Name) && !slices.Contains(ground, c.Name)
	})
	doctor.Run(ctx, checks, lang, func(r doctor.Result) {
		if slices.Contains(names, r.Check) || r.State == doctor.Fail {
			m.publish(func(s *Snapshot) { s.Found = append(slices.Clone(s.Found), r) })
		}
	})
	m.publish(func(s *Snapshot) { s.Looking = false })
}

// Again lets the doctor look once more, after what was changed on the screen has been kept.
func (m *Model) Again() {
	m.queue(func(ctx context.Context) {
		if m.kept() {
			m.examine(ctx, m.Feed.Newest().Step)
		}
	})
}

// Open reports whether the set-up is shown; a nil one is not.
func (m *Model) Open() bool { return m != nil && !m.Feed.Newest().Closed }

// Use speaks another language; a nil model has none.
func (m *Model) Use(lang i18n.Lang) {
	if m == nil {
		return
	}
	m.mu.Lock()
	m.lang = lang
	m.mu.Unlock()
	m.queue(func(ctx context.Context) { m.examine(ctx, m.Feed.Newest().Step) })
}

// Saw notes that a person saw and heard the test recording, or did not.
func (m *Model) Saw(yes bool) { m.publish(func(s *Snapshot) { s.Seen = yes }) }

// kept writes what was chosen on the screen; a fault is told and answers false.
func (m *Model) kept() bool {
	err := m.Setup.Write()
	m.publish(func(s *Snapshot) { s.Fault = err })
	return err == nil
}

// Next goes on. A step whose question is not answered is noted as left; behind the last the set-up is over.
func (m *Model) Next() {
	m.queue(func(ctx context.Context) {
		now := m.Feed.Newest()
		if now.Step == Ready {
			m.end()
			return
		}
		if m.kept() {
			left := slices.DeleteFunc(slices.Clone(now.Left), func(s Step) bool { return s == now.Step })
			if !now.Well {
				left = append(left, now.Step)
			}
			m.move(ctx, now.Step.At(1), left)
		}
	})
}

// Go returns to a step.
func (m *Model) Go(to Step) {
	m.queue(func(ctx context.Context) { m.move(ctx, to, m.Feed.Newest().Left) })
}

// Back returns to the step before; the first of them stays.
func (m *Model) Back() {
	if now := m.Feed.Newest().Step; now != Devices {
		m.Go(now.At(-1))
	}
}

// move writes the next step down and then shows it: a machine that is switched off in between has lost nothing.
func (m *Model) move(ctx context.Context, to Step, left []Step) {
	p := m.Feed.Newest().Progress
	p.Step, p.Left = to, left
	err := p.Save(m.home)
	m.publish(func(s *Snapshot) {
		if s.Fault = err; err == nil {
			s.Progress = p
		}
	})
	if err == nil {
		m.enter(ctx)
	}
}

func (m *Model) end() {
	err := clear(m.home)
	m.publish(func(s *Snapshot) { s.Fault, s.Closed = err, err == nil })
	m.Setup.Show(false)
}

// Later makes room for the window now; the next start goes on at this step.
func (m *Model) Later() {
	m.publish(func(s *Snapshot) { s.Closed = true })
	m.Setup.Show(false)
}

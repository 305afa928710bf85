// Package setup is the screen of the room's devices and settings: chosen by name, tried, and only then kept.
package setup

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"minglu/app/desk/feed"
	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/app/settings"
	"minglu/capture/attach"
	"minglu/capture/source"
)

// Snapshot is what the screen shows, apart from pictures and levels.
type Snapshot struct {
	Room        settings.Room // as chosen on the screen, perhaps not kept yet
	Kept        bool          // Room is what the file holds
	Faults      []Fault       // what keeps Room from being kept
	Cameras     []Device
	Microphones []Device
	Fault       error // of the devices' list or of the writing

	Asking bool            // headquarters is being asked
	HQ     []doctor.Result // how far the way to it goes

	Trying     bool          // the test recording runs
	Trial      *attach.Trial // the newest
	TrialFault error
}

// Device is something that can be chosen.
type Device struct {
	Source string // as the settings write it
	Title  string
}

// Fault is what is wrong with one setting.
type Fault struct {
	Field Field
	Err   error
}

// Field is a setting of this screen.
type Field string

// The fields.
const (
	Camera     Field = "camera"
	Camera2    Field = "camera2"
	Microphone Field = "microphone"
	Place      Field = "place"
	NTP        Field = "ntp"
)

// Recorder is what the screen asks of the recording process, and Play, which shows a test recording.
type Recorder struct {
	Ask  func(context.Context, attach.Request) (attach.Event, error)
	Open func(context.Context, attach.Request) (*attach.Stream, error)
	Play func(folder, roots string) error
}

// Model lists, tries and keeps.
type Model struct {
	Feed  feed.Feed[Snapshot]
	Sight feed.Feed[[]Sight] // of the chosen devices, while the screen is shown

	recorder Recorder
	kept     *settings.Kept
	checks   func() []doctor.Check
	jobs     chan func(context.Context)
	turn     chan struct{} // another screen, or other devices

	mu    sync.Mutex
	shown bool
	now   Snapshot
}

// NewModel makes the model of a room's settings. checks are the doctor's, of which those of headquarters are used.
func NewModel(kept *settings.Kept, recorder Recorder, checks func() []doctor.Check) *Model {
	m := &Model{recorder: recorder, kept: kept, checks: checks,
		jobs: make(chan func(context.Context), 4), turn: make(chan struct{}, 1)}
	m.publish(func(s *Snapshot) { s.Room = kept.Now() })
	kept.Watch(func(room settings.Room) {
		m.publish(func(s *Snapshot) { s.Room = merged(room, s.Room) })
	})
	return m
}

// merged is what the file holds with what the screen has changed.
func merged(file, screen settings.Room) settings.Room {
	file.Cameras, file.Microphone, file.Place, file.NTP = screen.Cameras, screen.Microphone, screen.Place, screen.NTP
	return file
}

// Run lists the devices and does what is asked for, one after the other, until ctx ends.
func (m *Model) Run(ctx context.Context) {
	var eyes sync.WaitGroup
	defer eyes.Wait()
	eyes.Go(func() { m.watch(ctx) })
	m.List()
	for {
		select {
		case <-ctx.Done():
			return
		case job := <-m.jobs:
			job(ctx)
		}
	}
}

func (m *Model) publish(f func(*Snapshot)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.now)
	m.now.Kept = same(m.now.Room, merged(m.now.Room, m.kept.Now()))
	m.now.Faults = append(faults(m.now.Room), m.blind()...)
	m.Feed.Publish(m.now)
}

func same(a, b settings.Room) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

func (m *Model) queue(job func(context.Context)) {
	select {
	case m.jobs <- job:
	default: // the same was asked for a moment ago
	}
}

// List asks which devices this machine has.
func (m *Model) List() {
	m.queue(func(ctx context.Context) {
		e, err := m.recorder.Ask(ctx, attach.Request{Op: attach.OpDevices})
		var found struct{ Cameras, Microphones []source.Info }
		if err == nil {
			err = json.Unmarshal(e.Data, &found)
		}
		if ctx.Err() != nil {
			return
		}
		m.publish(func(s *Snapshot) {
			s.Fault, s.Cameras, s.Microphones = err, devices(found.Cameras), devices(found.Microphones)
		})
	})
}

func devices(infos []source.Info) []Device {
	var all []Device
	for _, i := range infos {
		all = append(all, Device{"device:" + i.ID, i.Title})
	}
	return all
}

// Edit changes the settings on the screen.
func (m *Model) Edit(f func(*settings.Room)) {
	m.publish(func(s *Snapshot) {
		s.Room.Cameras = slices.Clone(s.Room.Cameras)
		f(&s.Room)
		s.Fault = nil
	})
	m.look()
}

// Keep writes the settings. While something is wrong with them nothing is written.
func (m *Model) Keep() {
	m.queue(func(context.Context) {
		if len(m.Feed.Newest().Faults) == 0 {
			_ = m.Write() // the snapshot tells it
		}
	})
}

// Write writes the settings on the screen and waits for it; the error is the first thing that is wrong with them.
func (m *Model) Write() error {
	now := m.Feed.Newest()
	if len(now.Faults) > 0 {
		return now.Faults[0].Err
	}
	err := m.kept.Change(func(r *settings.Room) { *r = merged(*r, now.Room) })
	m.publish(func(s *Snapshot) { s.Fault = err })
	return err
}

// Language keeps the language that was chosen, apart from whatever else is on the screen.
func (m *Model) Language(lang i18n.Lang) {
	m.queue(func(context.Context) {
		err := m.kept.Change(func(r *settings.Room) { r.Language = string(lang) })
		m.publish(func(s *Snapshot) { s.Fault = err })
	})
}

// Ask walks the way to headquarters, in the words of a language.
func (m *Model) Ask(lang i18n.Lang) {
	m.publish(func(s *Snapshot) { s.Asking, s.HQ = true, nil })
	m.queue(func(ctx context.Context) {
		way := slices.DeleteFunc(m.checks(), func(c doctor.Check) bool {
			return !isHQ(c.Name) && c.Name != "settings" && c.Name != "keys" // on which the way stands
		})
		doctor.Run(ctx, way, lang, func(r doctor.Result) {
			if isHQ(r.Check) {
				m.publish(func(s *Snapshot) { s.HQ = append(slices.Clone(s.HQ), r) })
			}
		})
		m.publish(func(s *Snapshot) { s.Asking = false })
	})
}

func isHQ(check string) bool { return strings.HasPrefix(check, "hq_") }

// Test makes a test recording with the devices on the screen.
func (m *Model) Test() {
	m.publish(func(s *Snapshot) { s.Trying, s.Trial, s.TrialFault = true, nil, nil })
	m.queue(func(ctx context.Context) {
		trial, err := m.test(ctx)
		m.publish(func(s *Snapshot) { s.Trying, s.Trial, s.TrialFault = false, trial, err })
	})
}

func (m *Model) test(ctx context.Context) (*attach.Trial, error) {
	room := m.Feed.Newest().Room
	o := order(room)
	o.Plan.Language = room.Language
	e, err := m.recorder.Ask(ctx, attach.Request{Op: attach.OpTrial, Order: &o})
	if err != nil {
		return nil, err
	}
	var t attach.Trial
	if err := json.Unmarshal(e.Data, &t); err != nil {
		return nil, fmt.Errorf("read the test recording's facts: %w", err)
	}
	return &t, nil
}

// Play shows the last test recording.
func (m *Model) Play() {
	trial := m.Feed.Newest().Trial
	if trial == nil {
		return
	}
	m.queue(func(context.Context) {
		if err := m.recorder.Play(trial.Package, trial.Roots); err != nil {
			m.publish(func(s *Snapshot) { s.TrialFault = err })
		}
	})
}

// order is the devices of a room as the recorder takes them.
func order(room settings.Room) attach.Order {
	var o attach.Order
	o.Cameras, o.Microphone = room.Sources()
	return o
}

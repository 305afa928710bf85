// Package setup is the screen of the room's devices and settings: chosen by name, tried, and only then kept.
package setup

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"minglu/app/desk/feed"
	"minglu/app/settings"
	"minglu/capture/agent"
	"minglu/capture/attach"
	"minglu/capture/durable"
	"minglu/capture/source"
)

// Snapshot is what the screen shows.
type Snapshot struct {
	Room        settings.Room // as chosen on the screen, perhaps not kept yet
	Kept        bool          // Room is what the file holds
	Cameras     []Device
	Microphones []Device
	Trying      bool
	Found       []agent.Probe // of the last try
	Fault       error
}

// Device is something that can be chosen.
type Device struct {
	Source string // as the settings write it
	Title  string
}

// Model lists, tries and keeps.
type Model struct {
	Feed feed.Feed[Snapshot]

	home string
	ask  func(context.Context, attach.Request) (attach.Event, error)
	used func(settings.Room) // told of kept settings
	jobs chan func(context.Context)

	mu   sync.Mutex
	file settings.Room
	now  Snapshot
}

// NewModel makes the model of a home. ask asks the recorder; used is told of settings that were kept.
func NewModel(home string, room settings.Room, ask func(context.Context, attach.Request) (attach.Event, error), used func(settings.Room)) *Model {
	m := &Model{home: home, ask: ask, used: used, file: room, jobs: make(chan func(context.Context), 4)}
	m.publish(func(s *Snapshot) { s.Room = room })
	return m
}

// Run lists the devices and does what is asked for, one after the other, until ctx ends.
func (m *Model) Run(ctx context.Context) {
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
	m.now.Kept = same(m.now.Room, m.file)
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
		e, err := m.ask(ctx, attach.Request{Op: attach.OpDevices})
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
	})
}

// Try opens the chosen devices for a moment.
func (m *Model) Try() {
	m.publish(func(s *Snapshot) { s.Trying, s.Found, s.Fault = true, nil, nil })
	m.queue(func(ctx context.Context) {
		room := m.Feed.Newest().Room
		order := attach.Order{Cameras: room.Cameras, Microphone: room.Microphone}
		if len(order.Cameras) == 0 {
			order.Cameras = []string{"device:"}
		}
		if order.Microphone == "" {
			order.Microphone = "device:"
		}
		e, err := m.ask(ctx, attach.Request{Op: attach.OpProbe, Order: &order})
		var found []agent.Probe
		if err == nil {
			err = json.Unmarshal(e.Data, &found)
		}
		m.publish(func(s *Snapshot) { s.Trying, s.Found, s.Fault = false, found, err })
	})
}

// Keep writes the settings. What is wrong is not written, and said.
func (m *Model) Keep() {
	room := m.Feed.Newest().Room
	err := room.Save(durable.OS{}, m.home)
	if err == nil {
		m.mu.Lock()
		m.file = room
		m.mu.Unlock()
		m.used(room)
	}
	m.publish(func(s *Snapshot) { s.Fault = errors.Join(err) })
}

// Language keeps the language that was chosen, apart from whatever else is on the screen.
func (m *Model) Language(lang string) {
	m.mu.Lock()
	file := m.file
	file.Language = lang
	err := file.Save(durable.OS{}, m.home)
	if err == nil {
		m.file = file
	}
	m.mu.Unlock()
	m.publish(func(s *Snapshot) { s.Room.Language, s.Fault = lang, err })
}

package hall

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"minglu/app/office/duty"
)

// filmItem is the act under which an emergency in a hall is recorded.
const filmItem = "S08"

// Film is an emergency to be recorded.
type Film struct {
	Item   string
	Case   string // by it the recording finds back to its emergency
	Title  string
	Leader string
	key    string
}

// filmCase is what the recording of an emergency has in place of a case.
func filmCase(matter string) string { return "DUTY-" + matter[:min(12, len(matter))] }

// Film begins a hall recording of an emergency. Once it runs it is entered as a step, whichever program sees it first.
// Only one that could not begin is answered.
func (m *Model) Film(c Clocked) (key string) {
	key = duty.NewID()
	select {
	case m.films <- Film{key: key, Item: filmItem, Case: filmCase(c.ID), Title: c.Title, Leader: m.Typed.Newest().Author}:
	default: // one is being begun
	}
	return key
}

// shoot begins the recordings that are asked for, until ctx ends.
func (m *Model) shoot(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case f := <-m.films:
			if err := m.ports.Film(ctx, f); err != nil && ctx.Err() == nil {
				m.answer(Answer{Key: f.key, Err: err})
			}
		}
	}
}

// CanFilm says whether this machine can begin a recording now.
func (m *Model) CanFilm() bool {
	return m.ports.Film != nil && m.ports.Recorder != nil && !m.ports.Recorder().Busy
}

// link enters a running recording into the emergency it was begun for. The step's id follows from both, so that
// nothing is entered twice.
func (m *Model) link(t Today) {
	if m.ports.Recorder == nil || t.Closed() {
		return
	}
	r := m.ports.Recorder()
	if !r.Running || r.Item != filmItem {
		return
	}
	for _, c := range t.Open {
		if c.Emergency == "" || filmCase(c.ID) != r.Case || slices.Contains(c.Recording, r.ID) {
			continue
		}
		sum := sha256.Sum256([]byte(c.ID + " " + r.ID))
		m.Add(duty.Entry{ID: hex.EncodeToString(sum[:16]), Act: duty.Step, Matter: c.ID, Incident: c.ID, Recording: r.ID,
			Text: r.ID, Author: c.Owner})
	}
}

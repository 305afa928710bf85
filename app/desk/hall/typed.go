package hall

import (
	"context"
	"encoding/json"
	"strings"

	"minglu/app/office/duty"
)

// Typed is the line that takes an entry from any page.
type Typed struct {
	ID     string `json:"id"` // of the entry it becomes
	Text   string `json:"text"`
	Kind   string `json:"kind"`
	Chosen bool   `json:"chosen"` // the kind was chosen, and is not guessed any more
	Author string `json:"author"` // who keeps the log at this machine
	Last   string `json:"last"`   // kind of the entry before

	Rev     int   `json:"-"` // counts when the text was replaced by something else than typing
	Sending bool  `json:"-"`
	Sent    int   `json:"-"` // entries taken since the program began
	Gone    int   `json:"-"` // characters that a pasted text lost
	Fault   error `json:"-"`
}

// slotTyped is where the unsent line is kept.
const slotTyped = "typed"

// restore takes up the line that was being typed when the program ended. If it had been entered already, only the
// forgetting was lost.
func (m *Model) restore(ctx context.Context) {
	kept, err := m.Log.Line(ctx, slotTyped)
	var t Typed
	if err == nil && kept != "" {
		err = json.Unmarshal([]byte(kept), &t)
	}
	if err == nil && t.ID != "" {
		if _, entered, _ := m.Log.Entry(ctx, t.ID); entered {
			t.ID, t.Text, t.Chosen = "", "", false
		}
	}
	m.change(func(now *Typed) {
		if now.Text == "" && now.Author == "" {
			t.Rev = now.Rev + 1
			*now = t
		}
		now.Fault = err
		m.guess(now)
	})
	guidance, errGuidance := m.Log.Line(ctx, slotGuidance)
	notices, errNotices := m.Log.Line(ctx, slotNotices)
	if errGuidance == nil && errNotices == nil {
		m.publicly(func(p *Public) { p.Guidance, p.Notices = guidance, notices })
	}
}

// change changes the line and publishes it.
func (m *Model) change(f func(*Typed)) {
	m.mu.Lock()
	f(&m.typed)
	m.dirty = true
	now := m.typed
	m.Typed.Publish(now)
	m.mu.Unlock()
	nudge(m.turn)
}

// guess finds the kind that the text is likely to be, unless it was chosen.
func (m *Model) guess(t *Typed) {
	if !t.Chosen {
		t.Kind = m.Log.Rules.Guess(t.Text, t.Last)
	}
}

// Type changes the line as a person types. Pasted characters that cannot be printed go, and are counted.
func (m *Model) Type(text string) {
	clean, gone := duty.Clean(text)
	m.change(func(t *Typed) {
		t.Text, t.Fault = clean, nil
		if t.Gone = gone; gone > 0 {
			t.Rev++
		}
		if t.ID == "" {
			t.ID = duty.NewID()
		}
		m.guess(t)
	})
}

// Choose says what kind the line is.
func (m *Model) Choose(kind string) {
	m.change(func(t *Typed) { t.Kind, t.Chosen = kind, true })
}

// Step turns the kind of the line to the one before or behind.
func (m *Model) Step(by int) {
	kinds := m.Log.Rules.KindCodes()
	m.change(func(t *Typed) {
		for i, k := range kinds {
			if k.Code == t.Kind {
				t.Kind, t.Chosen = kinds[((i+by)%len(kinds)+len(kinds))%len(kinds)].Code, true
				return
			}
		}
	})
}

// Sign says who keeps the log at this machine.
func (m *Model) Sign(name string) {
	m.change(func(t *Typed) { t.Author = strings.TrimSpace(name) })
}

// Enter makes an entry of the line. The line is empty again once the entry is on the disk; refused, it stays.
func (m *Model) Enter() {
	m.mu.Lock()
	t := m.typed
	m.mu.Unlock()
	if strings.TrimSpace(t.Text) == "" || t.Sending {
		return
	}
	m.change(func(t *Typed) { t.Sending, t.Fault = true, nil })
	e := m.entry(t)
	m.order(func(ctx context.Context) {
		_, err := m.Log.Add(ctx, e)
		m.look(ctx, 0) // the entry is seen when the line is put away
		m.change(func(now *Typed) {
			now.Sending, now.Fault = false, err
			if err != nil {
				return
			}
			now.Last = t.Kind
			now.Sent++
			if now.ID == t.ID && now.Text == t.Text {
				now.ID, now.Text, now.Chosen, now.Gone = "", "", false, 0
				now.Rev++
			} else {
				now.ID = duty.NewID() // more was typed meanwhile: it is another entry
			}
			m.guess(now)
		})
	})
}

// entry is what the line becomes.
func (m *Model) entry(t Typed) duty.Entry {
	e := duty.Entry{ID: t.ID, Text: strings.TrimSpace(t.Text), Kind: t.Kind, Author: t.Author}
	if t.Kind == "INCIDENT" {
		e.Code = m.Emergency(t.Text)
	}
	return e
}

// Emergency guesses the kind of an emergency from words about it: that whose name, or two characters of it, is
// among them.
func (m *Model) Emergency(text string) string {
	low := strings.ToLower(text)
	for _, term := range m.Log.Rules.Words().Emergencies {
		name := []rune(term.ZH)
		if strings.Contains(low, term.ZH) || strings.Contains(low, strings.ToLower(term.EN)) || len(name) >= 4 && strings.Contains(low, string(name[:2])) {
			return term.Code
		}
	}
	return "other"
}

// keepTyped writes the line down if it changed since.
func (m *Model) keepTyped(ctx context.Context) {
	m.mu.Lock()
	t, dirty := m.typed, m.dirty
	m.dirty = false
	m.mu.Unlock()
	if !dirty {
		return
	}
	kept, err := json.Marshal(t)
	if err == nil {
		err = m.Log.SaveLine(ctx, slotTyped, string(kept))
	}
	if err != nil {
		m.mu.Lock()
		m.typed.Fault = err
		m.Typed.Publish(m.typed)
		m.mu.Unlock()
	}
}

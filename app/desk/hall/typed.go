package hall

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"minglu/app/i18n"
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
	// Going is on its way into the log; the line is free for the next entry meanwhile.
	Going *Going `json:"going,omitempty"`

	Rev   int   `json:"-"` // counts when the text was replaced by something else than typing
	Sent  int   `json:"-"` // entries taken since the program began
	Gone  int   `json:"-"` // characters that a pasted text lost
	Fault error `json:"-"`
}

// Going is a line that was entered and is not acknowledged yet.
type Going struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	Kind string `json:"kind"`
}

// back puts a line that did not get into the log before what was typed since.
func (t *Typed) back() {
	if t.Going != nil {
		t.ID, t.Text, t.Kind, t.Chosen = t.Going.ID, t.Going.Text+t.Text, t.Going.Kind, true
		t.Going = nil
		t.Rev++
	}
}

// incident is the kind of emergencies.
const incident = "INCIDENT"

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
	if err == nil && t.Going != nil {
		if _, entered, _ := m.Log.Entry(ctx, t.Going.ID); entered {
			t.Going = nil
		}
		t.back()
	}
	m.change(func(now *Typed) {
		if now.Text == "" && now.Author == "" {
			t.Rev = now.Rev + 1
			*now = t
		}
		now.Fault = err
		m.guess(now)
	})
}

// change changes the line and publishes it.
func (m *Model) change(f func(*Typed)) {
	m.mu.Lock()
	f(&m.typed)
	m.dirty = true
	now := m.typed
	m.Typed.Publish(now)
	m.mu.Unlock()
	nudge(m.writes.turn)
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

// Phrase puts a whole phrase into the line, behind what was typed by hand.
func (m *Model) Phrase(p duty.Phrase, lang i18n.Lang) {
	m.change(func(t *Typed) {
		whole := func(o duty.Phrase) bool { return o.In(string(lang)) == t.Text }
		if t.Text != "" && !slices.ContainsFunc(m.Log.Rules.Phrases, whole) {
			t.Text += " "
		} else {
			t.Text = ""
		}
		t.Text += p.In(string(lang))
		t.Kind, t.Chosen, t.Gone, t.Fault = p.Kind, true, 0, nil
		t.Rev++
		if t.ID == "" {
			t.ID = duty.NewID()
		}
	})
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

// Enter makes an entry of the line, which is free for the next one at once. Refused, it comes back with its reason.
func (m *Model) Enter() {
	m.mu.Lock()
	t := m.typed
	m.mu.Unlock()
	if strings.TrimSpace(t.Text) == "" || t.Going != nil {
		return
	}
	m.change(func(now *Typed) {
		now.Going = &Going{t.ID, t.Text, t.Kind}
		now.ID, now.Text, now.Chosen, now.Gone, now.Fault = "", "", false, 0, nil
		now.Rev++
		m.guess(now)
	})
	e := m.entry(t)
	m.writes.put(func(ctx context.Context) {
		m.keepTyped(ctx) // a crash from here on brings the line back, unless its entry is there
		_, err := m.Log.Add(ctx, e)
		m.look(ctx, true) // the entry is seen when the line is put away
		m.change(func(now *Typed) {
			if now.Fault = err; err != nil {
				now.back()
				return
			}
			now.Going = nil
			now.Sent++
			if t.Kind != incident { // words that say nothing must not open a second one
				now.Last = t.Kind
			}
			m.guess(now)
		})
	})
}

// entry is what the line becomes.
func (m *Model) entry(t Typed) duty.Entry {
	e := duty.Entry{ID: t.ID, Text: strings.TrimSpace(t.Text), Kind: t.Kind, Author: t.Author}
	if t.Kind == incident {
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

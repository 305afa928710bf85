package hall

import (
	"context"
	"strings"
	"time"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
)

// Found is what a search over all days found, newest first.
type Found struct {
	Words  string
	Rows   []Row
	More   bool // there are older ones
	Busy   bool
	Fault  error
	before int64
}

// wanted is what is to be looked for next.
type wanted struct {
	words string
	more  bool
	due   bool
}

// Times and sizes of a search.
const (
	searchPause = 150 * time.Millisecond // after the last key
	searchPage  = 100
)

// Search looks for words in all days, once no more is typed for a moment.
func (m *Model) Search(words string) {
	m.mu.Lock()
	m.wanted = wanted{words: words, due: true}
	m.mu.Unlock()
	nudge(m.find)
}

// More asks for older entries of the search that is shown.
func (m *Model) More() {
	now := m.Found.Newest()
	if !now.More || now.Busy {
		return
	}
	m.mu.Lock()
	if !m.wanted.due {
		m.wanted = wanted{words: now.Words, more: true, due: true}
	}
	m.mu.Unlock()
	nudge(m.find)
}

// seek searches until ctx ends. It has a goroutine of its own, so that entering waits for no search.
func (m *Model) seek(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.find:
		}
		for m.waits() && !m.rest(ctx) {
			// more was typed: wait again
		}
		m.mu.Lock()
		w := m.wanted
		m.wanted.due = false
		m.mu.Unlock()
		if w.due && ctx.Err() == nil {
			m.search(ctx, w)
		}
	}
}

// waits reports whether a new search was typed, as against one that goes on.
func (m *Model) waits() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.wanted.due && !m.wanted.more
}

// rest waits for the typing to end; false means that more was typed.
func (m *Model) rest(ctx context.Context) bool {
	pause := time.NewTimer(searchPause)
	defer pause.Stop()
	select {
	case <-ctx.Done():
	case <-pause.C:
	case <-m.find:
		return false
	}
	return true
}

func (m *Model) search(ctx context.Context, w wanted) {
	next := Found{Words: w.words}
	if w.more {
		next = m.Found.Newest()
	}
	next.Busy = true
	m.Found.Publish(next)
	next.Busy = false
	if strings.TrimSpace(w.words) == "" {
		m.Found.Publish(Found{})
		return
	}
	page, err := m.Log.Search(ctx, w.words, next.before, searchPage)
	if ctx.Err() != nil {
		return
	}
	next.Fault, next.before, next.More = err, page.Before, page.Before > 0
	// Behind the rows that were published nobody looks: they are not copied for each page.
	for _, e := range page.Entries {
		next.Rows = append(next.Rows, Row{Entry: e})
	}
	m.Found.Publish(next)
}

// Past is a day that was opened in the calendar.
type Past struct {
	Day    *duty.Day
	Rows   []Row
	Lacks  []duty.Lack
	Sealed []Sealed
	Fault  error
}

// Open shows a day.
func (m *Model) Open(day calendar.Day) {
	m.reads.put(func(ctx context.Context) {
		d, err := m.Log.Day(ctx, day)
		p := Past{Day: d, Fault: err}
		if err == nil {
			p.Rows, p.Lacks = rows(d), d.Lacks()
			var sums []duty.DaySum
			if sums, p.Fault = m.Log.Days(ctx, day, day); len(sums) == 1 {
				for _, id := range sums[0].Packages {
					p.Sealed = append(p.Sealed, Sealed{ID: id})
				}
				p.Sealed = m.packages(ctx, p.Sealed)
			}
		}
		m.Past.Publish(p)
	})
}

// reopen shows a day again if it is the one that is shown.
func (m *Model) reopen(day calendar.Day) {
	if p := m.Past.Newest(); p.Day != nil && p.Day.Day == day {
		m.Open(day)
	}
}

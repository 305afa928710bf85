package hall

import (
	"context"
	"slices"
	"time"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
)

// Public is what the hall may see: on the board, and at a counter. Nothing in it comes from what was entered about
// taxpayers.
type Public struct {
	Day    calendar.Day
	Leader string
	Seats  []Seat
	Board  duty.Board
	Now    time.Time
	Closed bool // no more ratings are taken today
	Thanks bool // a rating was just given
	// RateFault is why the last rating was not taken.
	RateFault error
}

// Seat is who sits where today.
type Seat struct {
	Zone   string // code of the zone
	People []string
}

// publish tells the board and the counter of a change.
func (m *Model) publish(t Today) {
	m.publicly(func(p *Public) {
		p.Now = t.Now
		if t.Day == nil {
			return
		}
		p.Day, p.Leader, p.Seats, p.Board, p.Closed = t.Day.Day, "", seats(t.Day.Roster), t.Board, t.Closed()
		if s, on := t.Leading(); on {
			p.Leader = s.Leader
		}
	})
}

// seats are the newest roster of each zone.
func seats(roster []duty.Entry) []Seat {
	var list []Seat
	for _, e := range roster {
		i := slices.IndexFunc(list, func(s Seat) bool { return s.Zone == e.Zone })
		if i < 0 {
			list = append(list, Seat{Zone: e.Zone})
			i = len(list) - 1
		}
		list[i].People = e.People
	}
	return list
}

// WriteBoard enters what the board says from now on; in an empty part nothing is said.
func (m *Model) WriteBoard(b duty.Board) (key string) {
	key = duty.NewID()
	m.mu.Lock()
	author := m.typed.Author
	m.mu.Unlock()
	m.writes.put(func(ctx context.Context) {
		err := m.Log.Post(ctx, author, b)
		m.look(ctx, true)
		m.answer(Answer{Key: key, Err: err})
	})
	return key
}

// thanksFor is how long thanks are said, and no other rating is taken.
const thanksFor = 3 * time.Second

// Rate takes a taxpayer's rating at a counter. It is anonymous: nothing but the level and the counter is kept.
func (m *Model) Rate(desk, level string) {
	id := duty.NewID()
	m.publicly(func(p *Public) { p.Thanks, p.RateFault = true, nil })
	m.writes.put(func(ctx context.Context) {
		_, err := m.Log.Add(ctx, duty.Entry{ID: id, Act: duty.Rate, Code: level, Desk: desk})
		if err != nil {
			m.publicly(func(p *Public) { p.Thanks, p.RateFault = false, err })
			return
		}
		m.thanked = m.Log.Now()
		m.look(ctx, true)
	})
}

// publicly changes what the public sees.
func (m *Model) publicly(f func(*Public)) {
	m.mu.Lock()
	f(&m.public)
	m.Public.Publish(m.public)
	m.mu.Unlock()
}

// unthank ends the thanks.
func (m *Model) unthank() {
	if !m.thanked.IsZero() && m.Log.Now().Sub(m.thanked).Abs() >= thanksFor {
		m.thanked = time.Time{}
		m.publicly(func(p *Public) { p.Thanks = false })
	}
}

package hall

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
)

// Public is what the hall may see: on the board, and at a counter. Nothing in it comes from what was entered about
// taxpayers.
type Public struct {
	Day      calendar.Day
	Leader   string
	Seats    []Seat
	Guidance string
	Notices  string
	Now      time.Time
	Closed   bool // no more ratings are taken today
	Thanks   bool // a rating was just given
	// RateFault is why the last rating was not taken.
	RateFault error
}

// Seat is who sits where today.
type Seat struct {
	Zone   string // code of the zone
	People []string
}

// Slots of what the board says, written at this machine.
const (
	slotGuidance = "board.guidance"
	slotNotices  = "board.notices"
)

// publish tells the board and the counter of a change.
func (m *Model) publish(t Today) {
	m.publicly(func(p *Public) {
		p.Now = t.Now
		if t.Day == nil {
			return
		}
		p.Day, p.Leader, p.Seats, p.Closed = t.Day.Day, "", seats(t.Day.Roster), t.Closed()
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

// WriteBoard keeps what the board says. Lines with something that must be masked are refused.
func (m *Model) WriteBoard(guidance, notices string) (key string) {
	key = duty.NewID()
	m.writes.put(func(ctx context.Context) {
		a := Answer{Key: key}
		for _, line := range strings.Split(guidance+"\n"+notices, "\n") {
			if private(line) {
				m.answer(Answer{Key: key, Err: &Masked{Line: strings.TrimSpace(line)}})
				return
			}
		}
		guidance, _ = duty.Clean(strings.TrimSpace(guidance))
		notices, _ = duty.Clean(strings.TrimSpace(notices))
		if a.Err = m.Log.SaveLine(ctx, slotGuidance, guidance); a.Err == nil {
			a.Err = m.Log.SaveLine(ctx, slotNotices, notices)
		}
		if a.Err == nil {
			m.publicly(func(p *Public) { p.Guidance, p.Notices = guidance, notices })
		}
		m.answer(a)
	})
	return key
}

// Masked refuses a line for the board.
type Masked struct{ Line string }

func (b *Masked) Error() string { return "show on the board: " + b.Line }

// FaultCode is the key of the sentence.
func (b *Masked) FaultCode() string { return "duty.masked" }

// Pairs fill the sentence.
func (b *Masked) Pairs() []string { return []string{"got", b.Line} }

// privateDigits is how long a number is that can be a mobile phone, an account, an identity or a taxpayer's code.
const privateDigits = 11

// private reports whether a line holds such a number, spaces and hyphens in it or not. Office telephones are shorter.
func private(line string) bool {
	n, letters := 0, 0
	for _, r := range line {
		switch {
		case unicode.IsDigit(r):
			n++
		case r < 128 && unicode.IsLetter(r) && n > 0:
			letters++ // a taxpayer's code has some
		case r == ' ' && n > 0 || r == '-' && n > 4:
			continue
		default:
			n, letters = 0, 0
		}
		if n+letters >= privateDigits && n > letters {
			return true
		}
	}
	return false
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

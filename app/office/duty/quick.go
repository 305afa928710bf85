package duty

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"minglu/app/office/calendar"
	"minglu/capture/evidence"
)

// quick reads the JSON that this program writes, several times faster than encoding/json: a day is opened with
// every entry of it. It knows the form of MarshalBody and nothing else. What is spelled otherwise makes it odd, and is
// read by encoding/json.
type quick struct {
	rest string
	odd  bool
}

// is takes a sign if it comes next.
func (q *quick) is(sign byte) bool {
	if q.rest == "" || q.rest[0] != sign {
		return false
	}
	q.rest = q.rest[1:]
	return true
}

func (q *quick) need(sign byte) {
	q.odd = q.odd || !q.is(sign)
}

// text is a string; it shares the memory of what is read.
func (q *quick) text() string {
	q.need('"')
	for i := 0; i < len(q.rest) && !q.odd; i++ {
		switch c := q.rest[i]; {
		case c == '"':
			text := q.rest[:i]
			q.rest = q.rest[i+1:]
			q.odd = !utf8.ValidString(text)
			return text
		case c == '\\' || c < ' ':
			q.odd = true
		}
	}
	q.odd = true
	return ""
}

func (q *quick) number() int64 {
	n := 0
	for n < len(q.rest) && strings.IndexByte("-0123456789", q.rest[n]) >= 0 {
		n++
	}
	v, err := strconv.ParseInt(q.rest[:n], 10, 64)
	q.odd = q.odd || err != nil || strconv.FormatInt(v, 10) != q.rest[:n]
	q.rest = q.rest[n:]
	return v
}

func (q *quick) yes() bool {
	rest, ok := strings.CutPrefix(q.rest, "true")
	q.rest, q.odd = rest, q.odd || !ok // no is left out
	return ok
}

// each reads an object; take must take the value behind each key.
func (q *quick) each(take func(key string)) {
	q.need('{')
	if q.is('}') {
		return
	}
	for !q.odd {
		key := q.text()
		q.need(':')
		take(key)
		if !q.is(',') {
			q.need('}')
			return
		}
	}
}

// all reads an array.
func all[T any](q *quick, one func() T) []T {
	list := []T{}
	q.need('[')
	if q.is(']') {
		return list
	}
	for !q.odd {
		list = append(list, one())
		if !q.is(',') {
			q.need(']')
			break
		}
	}
	return list
}

// done reports whether all was read, and in the form it knows.
func (q *quick) done() bool { return !q.odd && q.rest == "" }

func (q *quick) taxpayer() (p evidence.Taxpayer) {
	q.each(func(key string) {
		switch key {
		case "name":
			p.Name = q.text()
		case "uscc":
			p.USCC = q.text()
		default:
			q.odd = true
		}
	})
	return p
}

func (q *quick) entry() (e Entry) {
	q.each(func(key string) {
		if to := e.word(key); to != nil {
			*to = q.text()
			return
		}
		switch key {
		case "v":
			e.V = int(q.number())
		case "day":
			e.Day = calendar.Day(q.text())
		case "stamp":
			e.Stamp = q.stamp()
		case "boot_ms":
			e.BootMS = q.number()
		case "act":
			e.Act = Act(q.text())
		case "taxpayer":
			e.Taxpayer = q.taxpayer()
		case "lacks":
			e.Lacks = all(q, q.text)
		case "people":
			e.People = all(q, q.text)
		case "count":
			e.Count = q.number()
		default:
			q.odd = true
		}
	})
	return e
}

// word is where an entry keeps the text of a key; nil for what is no plain text.
func (e *Entry) word(key string) *string {
	switch key {
	case "id":
		return &e.ID
	case "hall":
		return &e.Hall
	case "machine":
		return &e.Machine
	case "recorded":
		return &e.Recorded
	case "boot_id":
		return &e.BootID
	case "author":
		return &e.Author
	case "stated":
		return &e.Stated
	case "zone":
		return &e.Zone
	case "desk":
		return &e.Desk
	case "kind":
		return &e.Kind
	case "text":
		return &e.Text
	case "corrects":
		return &e.Corrects
	case "recording":
		return &e.Recording
	case "matter":
		return &e.Matter
	case "incident":
		return &e.Incident
	case "owner":
		return &e.Owner
	case "tier":
		return &e.Tier
	case "limit":
		return &e.Limit
	case "due":
		return &e.Due
	case "code":
		return &e.Code
	case "reason":
		return &e.Reason
	case "outcome":
		return &e.Outcome
	}
	return nil
}

func (q *quick) stamp() (s Stamp) {
	q.each(func(key string) {
		switch key {
		case "ms":
			s.MS = q.number()
		case "n":
			s.N = q.number()
		default:
			q.odd = true
		}
	})
	return s
}

func (q *quick) matter() (m Matter) {
	q.each(func(key string) {
		if to := m.word(key); to != nil {
			*to = q.text()
			return
		}
		switch key {
		case "taxpayer":
			m.Taxpayer = q.taxpayer()
		case "day":
			m.Day = calendar.Day(q.text())
		case "done_day":
			m.DoneDay = calendar.Day(q.text())
		case "state":
			m.State = State(q.text())
		case "steps":
			m.Steps = all(q, q.text)
		case "recordings":
			m.Recording = all(q, q.text)
		case "conflicts":
			m.Conflicts = all(q, q.text)
		case "overdue":
			m.Overdue = q.yes()
		default: // what happens to few: pauses, hands, carried
			q.odd = true
		}
	})
	return m
}

// word is where a matter keeps the text of a key; nil for what is no plain text.
func (m *Matter) word(key string) *string {
	switch key {
	case "id":
		return &m.ID
	case "hall":
		return &m.Hall
	case "kind":
		return &m.Kind
	case "emergency":
		return &m.Emergency
	case "title":
		return &m.Title
	case "opened":
		return &m.Opened
	case "author":
		return &m.Author
	case "owner":
		return &m.Owner
	case "tier":
		return &m.Tier
	case "limit":
		return &m.Limit
	case "due":
		return &m.Due
	case "warn":
		return &m.Warn
	case "outcome":
		return &m.Outcome
	case "done":
		return &m.Done
	case "done_by":
		return &m.DoneBy
	}
	return nil
}

package duty

import (
	"slices"
	"time"

	"minglu/app/office/calendar"
	"minglu/capture/evidence"
)

// State of a matter.
type State string

// The states.
const (
	MatterOpen   State = "open"
	MatterPaused State = "paused"
	MatterDone   State = "done"
)

// Alarm says how a matter stands to its time limit.
type Alarm string

// The alarms, for colours.
const (
	Calm  Alarm = ""
	Amber Alarm = "amber" // the limit is near
	Red   Alarm = "red"   // it has passed
)

// Matter is something that must be brought to an end: a question, a complaint, an emergency. Nobody writes it; it
// is what the entries under its id amount to.
type Matter struct {
	ID        string            `json:"id"` // of its opening entry
	Hall      string            `json:"hall"`
	Kind      string            `json:"kind"`
	Emergency string            `json:"emergency,omitempty"` // kind of emergency
	Title     string            `json:"title"`
	Taxpayer  evidence.Taxpayer `json:"taxpayer,omitzero"`
	Day       calendar.Day      `json:"day"`    // opened
	Opened    string            `json:"opened"` // UTC
	Author    string            `json:"author"` // who opened it
	Owner     string            `json:"owner"`
	Tier      string            `json:"tier,omitempty"`
	Limit     string            `json:"limit,omitempty"`
	State     State             `json:"state"`
	Due       string            `json:"due,omitempty"` // UTC; of a paused one, as it was
	Warn      string            `json:"warn,omitempty"`
	Pauses    []Break           `json:"pauses,omitempty"`
	Hands     []HandOver        `json:"hands,omitempty"`
	Carried   []CarryOver       `json:"carried,omitempty"`
	Steps     []string          `json:"steps,omitempty"` // ids of entries, the opening one first
	Recording []string          `json:"recordings,omitempty"`
	Outcome   string            `json:"outcome,omitempty"`
	Done      string            `json:"done,omitempty"` // UTC
	DoneDay   calendar.Day      `json:"done_day,omitempty"`
	DoneBy    string            `json:"done_by,omitempty"`
	Overdue   bool              `json:"overdue,omitempty"` // the log says that the limit passed
	Conflicts []string          `json:"conflicts,omitempty"`
}

// Break is a pause of the clock; To is "" while it lasts.
type Break struct {
	From   string `json:"from"`
	To     string `json:"to,omitempty"`
	Reason string `json:"reason"`
	By     string `json:"by"`
}

// HandOver is one step of a matter from hand to hand.
type HandOver struct {
	At     string `json:"at"`
	From   string `json:"from"`
	To     string `json:"to"`
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

// CarryOver says why a matter stays open over a day's end, and who keeps it.
type CarryOver struct {
	Day    calendar.Day `json:"day"`
	Reason string       `json:"reason"`
	Owner  string       `json:"owner"`
	By     string       `json:"by"`
}

// Alarm is how the matter stands at a moment.
func (m Matter) Alarm(now time.Time) Alarm {
	if m.State != MatterOpen || m.Due == "" {
		return Calm
	}
	at := evidence.FormatTime(now)
	switch {
	case at >= m.Due:
		return Red
	case at >= m.Warn:
		return Amber
	}
	return Calm
}

// CarriedOver reports whether the matter was carried over the end of a day.
func (m Matter) CarriedOver(day calendar.Day) bool {
	return slices.ContainsFunc(m.Carried, func(c CarryOver) bool { return c.Day == day })
}

// OpenAfter reports whether the matter was still open when a day ended, as the log tells it.
func (m Matter) OpenAfter(day calendar.Day) bool {
	return m.Day <= day && (m.DoneDay == "" || m.DoneDay > day)
}

// Opens reports whether an entry opens a matter under its own id.
func (e Entry) Opens() bool {
	return e.Act == Begin || e.Act == Rate && (e.Code == "1" || e.Code == "2")
}

// FoldMatter is the matter that entries, in the order of their stamps, amount to; ok false when none opens it. An
// entry that no longer fits, as a second end written on a machine that had not heard of the first, changes nothing
// and is named among the conflicts.
func (r *Rules) FoldMatter(entries []Entry) (m Matter, ok bool) {
	for _, e := range entries {
		switch {
		case ok:
			r.follow(&m, e)
		case e.Opens():
			m, ok = r.opened(e), true
		}
	}
	return m, ok
}

// follow applies the next entry of an opened matter.
func (r *Rules) follow(m *Matter, e Entry) {
	m.Steps = append(m.Steps, e.ID)
	if e.Recording != "" && !slices.Contains(m.Recording, e.Recording) {
		m.Recording = append(m.Recording, e.Recording)
	}
	if what := r.move(m, e); what != "" {
		m.Conflicts = append(m.Conflicts, e.ID+" "+what)
	}
}

func (r *Rules) opened(e Entry) Matter {
	m := Matter{
		ID: e.ID, Hall: e.Hall, Kind: e.Kind, Title: e.Text, Taxpayer: e.Taxpayer, Day: e.Day, Opened: e.When(), Author: e.Author,
		Owner: e.Owner, Tier: e.Tier, Limit: e.Limit, State: MatterOpen, Due: e.Due, Steps: []string{e.ID},
	}
	if e.Act == Rate {
		m.Kind, m.Limit = "RATING", followUp
	}
	if m.Owner == "" {
		m.Owner = e.Author
	}
	if e.Kind == "INCIDENT" {
		m.Emergency = e.Code
	}
	if e.Recording != "" {
		m.Recording = []string{e.Recording}
	}
	start, err := evidence.ParseTime(m.Opened)
	if due, has := r.Due(m.Limit, start); m.Due == "" && has && err == nil {
		m.Due = evidence.FormatTime(due)
	}
	r.warn(&m)
	return m
}

func (r *Rules) warn(m *Matter) {
	if due, err := evidence.ParseTime(m.Due); err == nil {
		m.Warn = evidence.FormatTime(r.warning(m.Limit, due))
	}
}

// move applies an entry; what says why it could not, as a word.
func (r *Rules) move(m *Matter, e Entry) (what string) {
	if m.State == MatterDone && e.Act != Note && e.Act != Step {
		return "after_done"
	}
	switch e.Act {
	case Hand:
		m.Hands = append(m.Hands, HandOver{At: e.When(), From: m.Owner, To: e.Owner, By: e.Author, Reason: e.Reason})
		m.Owner = e.Owner
		if e.Tier != "" {
			m.Tier = e.Tier
		}
	case Pause:
		if m.State == MatterPaused {
			return "paused_twice"
		}
		m.State = MatterPaused
		m.Pauses = append(m.Pauses, Break{From: e.When(), Reason: e.Reason, By: e.Author})
	case Resume:
		if m.State != MatterPaused {
			return "not_paused"
		}
		r.resume(m, e.When())
	case Done:
		if m.State == MatterPaused {
			r.resume(m, e.When())
		}
		m.State, m.Outcome, m.Done, m.DoneDay, m.DoneBy = MatterDone, e.Outcome, e.When(), e.Day, e.Author
	case Carry:
		m.Carried = append(m.Carried, CarryOver{Day: e.Day, Reason: e.Reason, Owner: e.Owner, By: e.Author})
		if e.Owner != "" {
			m.Owner = e.Owner
		}
	case Note, Step, Review:
		m.Overdue = m.Overdue || e.Kind == "OVERDUE"
	}
	return ""
}

func (r *Rules) resume(m *Matter, at string) {
	m.State = MatterOpen
	last := &m.Pauses[len(m.Pauses)-1]
	last.To = at
	from, errFrom := evidence.ParseTime(last.From)
	to, errTo := evidence.ParseTime(at)
	due, errDue := evidence.ParseTime(m.Due)
	if errFrom == nil && errTo == nil && errDue == nil {
		m.Due = evidence.FormatTime(r.shift(m.Limit, due, from, to))
		r.warn(m)
	}
}

package duty

import (
	"context"
	"fmt"
	"slices"

	"minglu/app/office/calendar"
	"minglu/capture/evidence"
)

// Stats is what a stretch of days amounts to: numbers of work, never of people.
type Stats struct {
	From     calendar.Day     `json:"from"`
	To       calendar.Day     `json:"to"`
	Days     int              `json:"days"` // with entries
	Entries  int              `json:"entries"`
	Kinds    map[string]int   `json:"kinds"`
	Hours    [24]int          `json:"hours"`   // entries by hour of legal time
	Desks    map[string]int   `json:"desks"`   // entries by desk
	PerDay   map[string]int   `json:"per_day"` // by day
	Ratings  [5]int           `json:"ratings"` // 1 … 5
	Opened   int              `json:"opened"`  // matters
	Done     int              `json:"done"`
	InTime   int              `json:"in_time"` // of those done
	Overdue  int              `json:"overdue"` // limits passed
	Incident map[string]int   `json:"incidents"`
	States   map[DayState]int `json:"states"`
}

// Stats sums up the days from … to, both included.
func (l *Log) Stats(ctx context.Context, from, to calendar.Day) (Stats, error) {
	s := newStats(from, to)
	days, err := l.Days(ctx, from, to)
	if err != nil {
		return s, err
	}
	s.Days = len(days)
	for _, d := range days {
		s.States[d.State]++
	}
	list, err := entries(ctx, l.db, `hall = $1 AND day BETWEEN $2 AND $3`, l.Hall, from, to)
	if err != nil {
		return s, fmt.Errorf("sum up %s … %s: %w", from, to, err)
	}
	for _, e := range list {
		s.count(e)
	}
	matters, err := l.matters(ctx, `done BETWEEN $2 AND $3`, l.Hall, from, to)
	if err != nil {
		return s, fmt.Errorf("sum up %s … %s: %w", from, to, err)
	}
	for _, m := range matters {
		s.done(m)
	}
	return s, nil
}

func newStats(from, to calendar.Day) Stats {
	return Stats{From: from, To: to, Kinds: map[string]int{}, Desks: map[string]int{}, PerDay: map[string]int{}, Incident: map[string]int{}, States: map[DayState]int{}}
}

// StatsOf sums up days that were read elsewhere, as from their packages, each once.
func StatsOf(from, to calendar.Day, days []*Day) Stats {
	s := newStats(from, to)
	s.Days = len(days)
	for _, d := range days {
		s.States[d.State]++
		for _, e := range d.Entries {
			s.count(e)
		}
		for _, m := range d.Matters {
			if m.DoneDay == d.Day {
				s.done(m)
			}
		}
	}
	return s
}

func (s *Stats) done(m Matter) {
	s.Done++
	if m.Due == "" || m.Done <= m.Due {
		s.InTime++
	}
}

func (s *Stats) count(e Entry) {
	if e.Act == DayClose {
		return
	}
	s.Entries++
	if e.Act != Rate { // ratings are counted by themselves
		s.Kinds[e.Kind]++
	}
	s.PerDay[string(e.Day)]++
	if e.Desk != "" {
		s.Desks[e.Desk]++
	}
	if at, err := evidence.ParseTime(e.When()); err == nil {
		s.Hours[at.In(calendar.Legal()).Hour()]++
	}
	if i := slices.Index([]string{"1", "2", "3", "4", "5"}, e.Code); e.Act == Rate && i >= 0 {
		s.Ratings[i]++
	}
	switch {
	case e.Opens() && e.Kind == "INCIDENT":
		s.Incident[e.Code]++
	case e.Opens():
		s.Opened++
	case e.Kind == "OVERDUE" && e.Author == System:
		s.Overdue++
	}
}

package hall

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
)

// Month is a month of days with their states, and what they add up to.
type Month struct {
	Month string // 2026-11
	Days  []Box  // every day of it
	Stats Stats
	Fault error
}

// Box is a day in a calendar.
type Box struct {
	Day     calendar.Day
	State   duty.DayState
	Entries int64
	Working bool
	Holiday string // its Chinese name, "" for none
	Future  bool
}

// Stats are a month's numbers. They count what happened in the hall, and say nothing of persons.
type Stats struct {
	Entries                  int
	Kinds                    map[string]int
	Desks                    []Count // the busiest first
	Hours                    [24]int // by the stated time
	Ratings                  [5]int
	Opened, Done, Late, Left int // matters: Late were ended after their limit, Left are open still
	Incidents                int
	Closed, System, Unclosed int // days
}

// Count is how often something was named.
type Count struct {
	Name string
	N    int
}

// ShowMonth turns to a month, written 2026-11.
func (m *Model) ShowMonth(month string) {
	first, err := time.ParseInLocation("2006-01", month, calendar.Legal())
	if err != nil {
		return
	}
	m.mu.Lock()
	m.shown = month
	m.mu.Unlock()
	m.reads.put(func(ctx context.Context) {
		m.mu.Lock()
		late := m.shown != month // the person is further already
		m.mu.Unlock()
		if !late {
			m.Month.Publish(m.readMonth(ctx, first))
		}
	})
}

// TurnMonth turns to the month by months from the shown one.
func (m *Model) TurnMonth(by int) {
	m.mu.Lock()
	shown := cmp.Or(m.shown, m.Log.Today().Month())
	m.mu.Unlock()
	if first, err := time.ParseInLocation("2006-01", shown, calendar.Legal()); err == nil {
		m.ShowMonth(first.AddDate(0, by, 0).Format("2006-01"))
	}
}

func (m *Model) readMonth(ctx context.Context, first time.Time) Month {
	month := Month{Month: first.Format("2006-01")}
	from, end := calendar.DayOf(first), calendar.DayOf(first.AddDate(0, 1, -1))
	sums, err := m.Log.Days(ctx, from, end)
	if err != nil {
		month.Fault = err
		return month
	}
	today, days := m.Log.Today(), m.Log.Rules.Calendar()
	var read []*duty.Day
	for day := from; day <= end; day = day.Plus(1) {
		b := Box{Day: day, State: duty.DayEmpty, Working: days.Working(day), Holiday: days.Holiday(day), Future: day > today}
		if i := slices.IndexFunc(sums, func(s duty.DaySum) bool { return s.Day == day }); i >= 0 {
			b.State, b.Entries = sums[i].State, sums[i].Entries
			d, err := m.Log.Day(ctx, day)
			if err != nil {
				month.Fault = err
				return month
			}
			read = append(read, d)
		}
		month.Days = append(month.Days, b)
	}
	month.Stats = Sum(read, today)
	return month
}

// Sum counts days.
func Sum(days []*duty.Day, today calendar.Day) Stats {
	s := Stats{Kinds: map[string]int{}}
	desks := map[string]int{}
	for _, d := range days {
		s.day(d, today)
		for _, e := range d.Entries {
			s.entry(e)
			if e.Desk != "" {
				desks[e.Desk]++
			}
		}
		for _, r := range d.Ratings {
			s.Entries -= r // ratings are counted by themselves
		}
		for i, n := range d.Ratings {
			s.Ratings[i] += n
		}
	}
	for name, n := range desks {
		s.Desks = append(s.Desks, Count{name, n})
	}
	slices.SortFunc(s.Desks, func(a, b Count) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Name, b.Name)) })
	if len(days) > 0 {
		last := days[len(days)-1]
		for _, matter := range last.Matters {
			if matter.OpenAfter(last.Day) {
				s.Left++
			}
		}
	}
	return s
}

func (s *Stats) day(d *duty.Day, today calendar.Day) {
	switch {
	case d.State == duty.DayClosed:
		s.Closed++
	case d.State == duty.DaySystem:
		s.System++
	case d.Day < today:
		s.Unclosed++
	}
	for _, matter := range d.Matters {
		if matter.Day == d.Day {
			s.Opened++
			if matter.Emergency != "" {
				s.Incidents++
			}
		}
		if matter.DoneDay == d.Day {
			s.Done++
			if matter.Due != "" && matter.Done > matter.Due {
				s.Late++
			}
		}
	}
}

func (s *Stats) entry(e duty.Entry) {
	if e.Act == duty.DayClose {
		return
	}
	s.Entries++
	if e.Act == duty.Rate {
		return
	}
	s.Kinds[e.Kind]++
	if at, ok := moment(e.When()); ok {
		s.Hours[at.In(calendar.Legal()).Hour()]++
	}
}

// Satisfied is the share of ratings that are fairly satisfied or better, as people write it; "—" without any.
func (s Stats) Satisfied() string {
	all := 0
	for _, n := range s.Ratings {
		all += n
	}
	if all == 0 {
		return "—"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(s.Ratings[2]+s.Ratings[3]+s.Ratings[4])/float64(all))
}

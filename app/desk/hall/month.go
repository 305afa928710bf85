package hall

import (
	"cmp"
	"context"
	"slices"
	"time"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
)

// Month is a month of days with their states, and what they add up to.
type Month struct {
	Month string // 2026-11
	Days  []Box  // every day of it
	Stats duty.Stats
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
	month.Stats = duty.Sum(read, today)
	return month
}

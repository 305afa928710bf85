package hall

import (
	"cmp"
	"context"
	"slices"
	"time"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/sync/outbox"
)

// Today is the day as it stands.
type Today struct {
	Day    *duty.Day // nil before the first look
	Rows   []Row     // newest first
	Open   []Clocked // every open matter of the hall, the most urgent first
	Lacks  []duty.Lack
	Glance Glance
	Board  duty.Board
	Now    time.Time
	Sealed []Sealed // packages of the day, first to last
	Late   []duty.DaySum
	Rules  error // what is wrong with the bureau's own rules
	Tended error // why the log could not be tended
	Fault  error
}

// Row is one entry with what is said about it elsewhere in the day.
type Row struct {
	duty.Entry
	Amended []string // times of the entries that put it right
	Amends  string   // time of the entry it puts right
}

// Clocked is an open matter with its clock.
type Clocked struct {
	duty.Matter
	Alarm duty.Alarm
	Left  time.Duration // to the limit, below zero when it has passed; of a matter with Due
}

// Glance is the day in one look.
type Glance struct {
	Open, Amber, Red int
	Incidents        int // emergencies that are open
	Ratings          [5]int
	Rooms            int      // interview rooms that are recording, as far as this machine knows
	InUse            []string // those of them that are not this one
}

// Sealed is a package of a closed day on its way.
type Sealed struct {
	ID    string
	State outbox.State // "" where nothing is known
}

// lateDays is how far back days that nobody closed are looked for.
const lateDays = 31

// clocksEvery is how often the clocks of the matters turn.
const clocksEvery = 5 * time.Second

// look reads the log if it changed, and turns the clocks now and then, or now.
func (m *Model) look(ctx context.Context, now bool) {
	old := m.Today.Newest()
	version, err := m.Log.Version(ctx)
	day := m.Log.Today()
	fresh := err == nil && (version != m.seen || old.Day == nil || old.Day.Day != day)
	if !fresh && err == nil && !now && m.Log.Now().Sub(old.Now).Abs() < clocksEvery {
		return
	}
	next := old
	next.Now, next.Fault, next.Rules, next.Tended = m.Log.Now(), err, m.Log.Faulty, m.tended
	if fresh {
		next, err = m.read(ctx, next, day)
		if next.Fault = err; err == nil {
			m.seen = version
		}
	}
	if ctx.Err() != nil {
		return
	}
	next.Open = clocked(matters(next.Open), next.Now)
	next.Glance = m.glance(next)
	next.Sealed = m.packages(ctx, next.Sealed)
	m.Today.Publish(next)
	m.publish(next)
	m.link(next)
}

func (m *Model) read(ctx context.Context, t Today, day calendar.Day) (Today, error) {
	d, err := m.Log.Day(ctx, day)
	if err != nil {
		return t, err
	}
	open, err := m.Log.OpenMatters(ctx)
	if err != nil {
		return t, err
	}
	sums, err := m.Log.Days(ctx, day.Plus(-lateDays), day)
	if err != nil {
		return t, err
	}
	if t.Board, err = m.Log.Board(ctx); err != nil {
		return t, err
	}
	t.Day, t.Rows, t.Lacks, t.Late, t.Sealed = d, rows(d), d.Lacks(), nil, nil
	t.Open = clocked(open, t.Now)
	for _, s := range sums {
		if s.Day == day {
			for _, id := range s.Packages {
				t.Sealed = append(t.Sealed, Sealed{ID: id})
			}
		} else if s.State == duty.DayOpen || s.State == duty.DayReopened {
			t.Late = append(t.Late, s)
		}
	}
	return t, nil
}

// goodRating is the worst level that is no complaint. Better ones are counted, and not listed one by one.
const goodRating = "3"

// rows turns a day round: newest first, each with what puts it right.
func rows(d *duty.Day) []Row {
	when := make(map[string]string, len(d.Entries))
	for _, e := range d.Entries {
		when[e.ID] = e.When()
	}
	list := make([]Row, 0, len(d.Entries))
	for _, e := range slices.Backward(d.Entries) {
		if e.Act == duty.Rate && e.Code >= goodRating {
			continue
		}
		r := Row{Entry: e, Amends: when[e.Corrects]}
		for _, id := range d.Corrected(e.ID) {
			r.Amended = append(r.Amended, when[id])
		}
		list = append(list, r)
	}
	return list
}

func matters(list []Clocked) []duty.Matter {
	plain := make([]duty.Matter, len(list))
	for i, c := range list {
		plain[i] = c.Matter
	}
	return plain
}

// clocked puts the clock to each matter; emergencies come first.
func clocked(list []duty.Matter, now time.Time) []Clocked {
	all := make([]Clocked, len(list))
	for i, matter := range list {
		all[i] = Clocked{Matter: matter, Alarm: matter.Alarm(now)}
		if due, ok := moment(matter.Due); ok {
			all[i].Left = due.Sub(now)
		}
	}
	slices.SortStableFunc(all, func(a, b Clocked) int { return -cmp.Compare(min(len(a.Emergency), 1), min(len(b.Emergency), 1)) })
	return all
}

func (m *Model) glance(t Today) Glance {
	g := Glance{Open: len(t.Open)}
	for _, c := range t.Open {
		switch c.Alarm {
		case duty.Amber:
			g.Amber++
		case duty.Red:
			g.Red++
		}
		if c.Emergency != "" {
			g.Incidents++
		}
	}
	if t.Day != nil {
		g.Ratings = t.Day.Ratings
	}
	if m.ports.Recorder != nil && m.ports.Recorder().Running {
		g.Rooms++
	}
	if m.ports.InUse != nil {
		g.InUse = m.ports.InUse()
		g.Rooms += len(g.InUse)
	}
	return g
}

// packages asks how far the sealed days are.
func (m *Model) packages(ctx context.Context, list []Sealed) []Sealed {
	if m.ports.Package == nil || len(list) == 0 {
		return list
	}
	list = slices.Clone(list)
	for i, p := range list {
		if p.State == outbox.Received || p.State == outbox.Released {
			continue
		}
		if row, err := m.ports.Package(ctx, p.ID); err == nil {
			list[i].State = row.State
		}
	}
	return list
}

// Leading is the shift that runs, and whether one does.
func (t Today) Leading() (duty.Shift, bool) {
	if t.Day == nil || len(t.Day.Shifts) == 0 {
		return duty.Shift{}, false
	}
	last := t.Day.Shifts[len(t.Day.Shifts)-1]
	return last, last.To == ""
}

// Closed reports whether the day takes no more entries.
func (t Today) Closed() bool { return t.Day != nil && len(t.Day.Closings) > 0 }

// Matter finds an open matter.
func (t Today) Matter(id string) (Clocked, bool) {
	i := slices.IndexFunc(t.Open, func(c Clocked) bool { return c.ID == id })
	if i < 0 {
		return Clocked{}, false
	}
	return t.Open[i], true
}

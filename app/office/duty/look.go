package duty

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

	"minglu/app/office/calendar"
	"minglu/app/store"
)

// Day is a day of the hall as it stands now: its entries and every matter that was open in it. A day that was
// opened lately is read again only when something was entered since.
func (l *Log) Day(ctx context.Context, day calendar.Day) (*Day, error) {
	version, err := l.Version(ctx)
	if err != nil {
		return nil, fmt.Errorf("open day %s: %w", day, err)
	}
	if d := l.opened.at(day, version); d != nil {
		return d, nil
	}
	d, err := l.read(ctx, day)
	if err == nil {
		l.opened.keep(day, version, d)
	}
	return d, err
}

func (l *Log) read(ctx context.Context, day calendar.Day) (*Day, error) {
	list, err := entries(ctx, l.db, `hall = $1 AND day = $2`, l.Hall, day)
	if err != nil {
		return nil, fmt.Errorf("open day %s: %w", day, err)
	}
	matters, err := l.matters(ctx, `(done = '' OR done >= $2) AND opened <= $2`, l.Hall, day)
	if err != nil {
		return nil, fmt.Errorf("open day %s: %w", day, err)
	}
	return FoldDay(l.Hall, day, list, matters), nil
}

// openedMost is how many days are remembered: those that people turn between.
const openedMost = 8

// opened is the days that were opened last, each with the version of the log it was read at.
type opened struct {
	mu   sync.Mutex
	days map[calendar.Day]seen
}

type seen struct {
	version int64
	day     *Day
}

func (o *opened) at(day calendar.Day, version int64) *Day {
	o.mu.Lock()
	defer o.mu.Unlock()
	if s := o.days[day]; s.version == version {
		return s.day
	}
	return nil
}

func (o *opened) keep(day calendar.Day, version int64, d *Day) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.days == nil || len(o.days) >= openedMost {
		o.days = map[calendar.Day]seen{}
	}
	o.days[day] = seen{version, d}
}

// OpenMatters lists what nothing has ended yet, whatever day it is from.
func (l *Log) OpenMatters(ctx context.Context) ([]Matter, error) {
	list, err := l.matters(ctx, `done = ''`, l.Hall)
	if err != nil {
		return nil, fmt.Errorf("list open matters: %w", err)
	}
	return (&Day{Day: "9999-12-31", Matters: list}).Open(), nil
}

// Matter finds a matter; ok false when there is none under this id.
func (l *Log) Matter(ctx context.Context, id string) (m Matter, ok bool, err error) {
	list, err := l.matters(ctx, `id = $2`, l.Hall, id)
	if err != nil || len(list) == 0 {
		return m, false, err
	}
	return list[0], true, nil
}

func (l *Log) matters(ctx context.Context, where string, args ...any) (list []Matter, err error) {
	texts, err := lines(ctx, l.db, `SELECT raw FROM matter WHERE hall = $1 AND `+where, args...)
	if err != nil || texts == "" {
		return nil, err
	}
	list = make([]Matter, 0, strings.Count(texts, "\n")+1)
	for raw := range strings.SplitSeq(texts, "\n") {
		m, err := decodeMatter(raw)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// decodeMatter reads a matter of our own database.
func decodeMatter(raw string) (m Matter, err error) {
	q := quick{rest: raw}
	if m = q.matter(); !q.done() {
		m = Matter{}
		err = json.Unmarshal([]byte(raw), &m)
	}
	return m, err
}

// Entry finds an entry by its id; ok false when there is none.
func (l *Log) Entry(ctx context.Context, id string) (e Entry, ok bool, err error) {
	list, err := entries(ctx, l.db, `id = $1`, id)
	if err != nil || len(list) == 0 {
		return e, false, err
	}
	return list[0], true, nil
}

// Found is one page of entries, newest first. Before is what the next page begins before; 0 when there is none.
type Found struct {
	Entries []Entry
	Before  int64
}

// Search finds entries by words of any length, newest first as they came to this machine. before is 0 for the first
// page, limit at most 500. Nothing typed lists all.
func (l *Log) Search(ctx context.Context, typed string, before int64, limit int) (Found, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	limit = min(max(limit, 1), 500)
	match := store.Match(typed)
	text, args := `SELECT seq, raw FROM entry WHERE seq < $1 AND hall = $2 ORDER BY seq DESC LIMIT $3`, []any{before, l.Hall, limit + 1}
	if match != "" {
		text = `SELECT e.seq, e.raw FROM entry_word w JOIN entry e ON e.seq = w.rowid
			WHERE entry_word MATCH $4 AND w.rowid < $1 AND e.hall = $2 ORDER BY w.rowid DESC LIMIT $3`
		args = append(args, match)
	} else if typed != "" && match == "" {
		return Found{}, nil // nothing that could be searched for
	}
	rows, err := l.db.QueryContext(ctx, text, args...)
	if err != nil {
		return Found{}, fmt.Errorf("search entries: %w", err)
	}
	return page(rows, limit)
}

func page(rows *sql.Rows, limit int) (f Found, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	var last int64
	for rows.Next() {
		var seq int64
		var raw string
		if err := rows.Scan(&seq, &raw); err != nil {
			return f, err
		}
		if len(f.Entries) == limit {
			f.Before = last
			break
		}
		e, err := decode(raw, []byte(raw))
		if err != nil {
			return f, err
		}
		f.Entries, last = append(f.Entries, e), seq
	}
	return f, rows.Err()
}

// DaySum is one day in a calendar of days.
type DaySum struct {
	Day       calendar.Day `json:"day"`
	Entries   int64        `json:"entries"`
	State     DayState     `json:"state"`
	Packages  []string     `json:"packages"` // sealed here, first to last
	Uncovered int64        `json:"uncovered"`
}

// Days sums up the days from … to, both included; days without entries are left out.
func (l *Log) Days(ctx context.Context, from, to calendar.Day) (list []DaySum, err error) {
	rows, err := l.db.QueryContext(ctx, `SELECT d.day, d.entries, d.closed, d.covered,
		(SELECT json_group_array(p.id) FROM package p WHERE p.hall = d.hall AND p.day = d.day AND p.state = 'sealed')
		FROM day d WHERE d.hall = $1 AND d.day BETWEEN $2 AND $3 ORDER BY d.day`, l.Hall, from, to)
	if err != nil {
		return nil, fmt.Errorf("list days: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s DaySum
		var closed, packages string
		var covered int64
		if err := rows.Scan(&s.Day, &s.Entries, &closed, &covered, &packages); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(packages), &s.Packages); err != nil {
			return nil, err
		}
		s.Uncovered = s.Entries - covered
		s.State = stateOf(closed, s.Uncovered)
		list = append(list, s)
	}
	return list, rows.Err()
}

func stateOf(closed string, uncovered int64) DayState {
	switch {
	case closed == "":
		return DayOpen
	case uncovered > 0:
		return DayReopened
	case closed == System:
		return DaySystem
	}
	return DayClosed
}

// Version changes with every entry, whoever made it; a screen asks for it to know whether to look again.
func (l *Log) Version(ctx context.Context) (v int64, err error) {
	err = l.db.QueryRowContext(context.WithoutCancel(ctx), `SELECT coalesce(max(seq), 0) FROM entry`).Scan(&v)
	return v, err
}

// SaveLine keeps a line that is being typed, under the name of its field; "" forgets it. It is durable on return.
func (l *Log) SaveLine(ctx context.Context, slot, text string) error {
	_, err := l.db.ExecContext(ctx, `INSERT INTO line (slot, text) VALUES ($1, $2) ON CONFLICT (slot) DO UPDATE SET text = excluded.text`, slot, text)
	return err
}

// Line is what was being typed when the program ended, "" for nothing.
func (l *Log) Line(ctx context.Context, slot string) (text string, err error) {
	err = l.db.QueryRowContext(ctx, `SELECT text FROM line WHERE slot = $1`, slot).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return text, err
}

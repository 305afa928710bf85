package duty

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"minglu/app/office/calendar"
	"minglu/app/store"
	"minglu/capture/clock"
	"minglu/capture/evidence"
)

// File is the log's database in a home.
const File = "duty.db"

// Who says whose log it is: the hall, and the room code of this machine.
type Who struct {
	Hall    string
	Machine string
}

// Log is a hall's duty log on this machine. Its methods may be called from any goroutine, and several processes
// may have it open. What Add returns is durable.
type Log struct {
	Who
	Rules *Rules
	// Faulty is what is wrong with the bureau's own rules or calendar, whose last good ones are in force; nil for nothing.
	Faulty error

	db    *sql.DB
	clock clock.Clock

	opened opened
}

// Open opens the log in a home. Rules and calendar are the home's own files where it has them and they are right.
func Open(ctx context.Context, home string, who Who, c clock.Clock) (*Log, error) {
	db, err := store.Open(ctx, filepath.Join(home, File), schema())
	if err != nil {
		return nil, err
	}
	l := &Log{Who: who, db: db, clock: c}
	if l.Rules, l.Faulty, err = loadBooks(ctx, db, home); err != nil {
		return nil, errors.Join(fmt.Errorf("open duty log %s: %w", home, err), db.Close())
	}
	return l, nil
}

// Close closes the database.
func (l *Log) Close() error { return l.db.Close() }

// Today is the day it is now, in legal time.
func (l *Log) Today() calendar.Day { return calendar.DayOf(l.clock.Now()) }

// Now is the machine's wall clock.
func (l *Log) Now() time.Time { return l.clock.Now() }

// NewID makes an id for an entry. Give it to an entry before Add, and Add may be repeated.
func NewID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // it never fails: crypto/rand
	return hex.EncodeToString(b)
}

// within runs do in a transaction that is durable when within returns nil.
func (l *Log) within(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Add enters a new entry: the caller says what happened, Add gives it its id, hall, day, machine, stamp and times,
// checks that it can be done now, and returns when it is durable. An id given before is kept; the same id again
// answers the entry that is there and adds none. A refusal is a *Fault.
func (l *Log) Add(ctx context.Context, e Entry) (Entry, error) {
	switch {
	case e.Act == DayClose:
		return Entry{}, fault("act", "", string(e.Act)) // CloseDay does it, when nothing lacks
	case e.Author == System:
		return Entry{}, fault("author")
	}
	e.Count = 0
	return l.enter(ctx, e)
}

// enter is Add for people and for what comes by itself.
func (l *Log) enter(ctx context.Context, e Entry) (Entry, error) {
	if e.ID == "" {
		e.ID = NewID()
	}
	err := l.within(ctx, func(tx *sql.Tx) error {
		old, err := find(ctx, tx, e.ID)
		if err == nil {
			e = old
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if e, err = l.prepare(ctx, tx, e); err != nil {
			return err
		}
		return l.insert(ctx, tx, e, 0)
	})
	if err != nil {
		return Entry{}, fmt.Errorf("add entry: %w", err)
	}
	return e, nil
}

// prepare fills an entry in and checks it against the log.
func (l *Log) prepare(ctx context.Context, tx *sql.Tx, e Entry) (Entry, error) {
	now := l.clock.Now()
	e.V, e.Hall, e.Machine = 1, l.Hall, l.Machine
	e.Recorded, e.BootMS, e.BootID = evidence.FormatTime(now), l.clock.Boot().Milliseconds(), l.clock.BootID
	if e.Day == "" {
		e.Day = calendar.DayOf(now)
	}
	if err := l.admit(ctx, tx, &e, now); err != nil {
		return e, err
	}
	var err error
	if e.Stamp, err = tick(ctx, tx, now.UnixMilli()); err != nil {
		return e, err
	}
	if e.Raw, err = evidence.MarshalBody(e); err != nil {
		return e, err
	}
	return e, e.check()
}

// tick is the next stamp of the hybrid clock.
func tick(ctx context.Context, tx *sql.Tx, ms int64) (s Stamp, err error) {
	if err := tx.QueryRowContext(ctx, `SELECT ms, n FROM stamp`).Scan(&s.MS, &s.N); err != nil {
		return s, err
	}
	if ms > s.MS {
		s = Stamp{MS: ms}
	} else {
		s.N++
	}
	return s, keepStamp(ctx, tx, s)
}

func keepStamp(ctx context.Context, tx *sql.Tx, s Stamp) error {
	_, err := tx.ExecContext(ctx, `UPDATE stamp SET ms = $1, n = $2 WHERE ms < $1 OR (ms = $1 AND n < $2)`, s.MS, s.N)
	return err
}

func find(ctx context.Context, tx *sql.Tx, id string) (Entry, error) {
	var raw string
	if err := tx.QueryRowContext(ctx, `SELECT raw FROM entry WHERE id = $1`, id).Scan(&raw); err != nil {
		return Entry{}, err
	}
	return decode(raw, []byte(raw))
}

// decode reads an entry of our own database, given as text and as bytes that are the entry's to keep.
func decode(raw string, bytes []byte) (Entry, error) {
	q := quick{rest: raw}
	e, err := q.entry(), error(nil)
	if !q.done() {
		e = Entry{}
		err = json.Unmarshal(bytes, &e)
	}
	e.Raw = bytes
	return e, err
}

// insert writes an entry and what follows from it: its words, its matter, its day.
func (l *Log) insert(ctx context.Context, tx *sql.Tx, e Entry, sent int) error {
	matter := e.Matter
	if e.Opens() {
		matter = e.ID
	}
	var seq int64
	err := tx.QueryRowContext(ctx, `INSERT INTO entry (id, hall, day, ms, n, machine, kind, act, matter, sent, raw)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING seq`,
		e.ID, e.Hall, e.Day, e.Stamp.MS, e.Stamp.N, e.Machine, e.Kind, e.Act, matter, sent, string(e.Raw)).Scan(&seq)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO entry_word (rowid, words) VALUES ($1, $2)`, seq, store.Terms(l.searchable(e))); err != nil {
		return err
	}
	if matter != "" {
		if err := l.refold(ctx, tx, matter); err != nil {
			return err
		}
	}
	return l.tally(ctx, tx, e, seq)
}

// searchable is all the words under which an entry is found.
func (l *Log) searchable(e Entry) string {
	words := append([]string{e.Text, e.Author, e.Owner, e.Taxpayer.Name, e.Taxpayer.USCC, e.Outcome, e.Reason, e.Desk, e.Recording,
		l.Rules.KindName(e.Kind, "zh")}, e.People...)
	return strings.Join(append(words, e.Lacks...), "\n")
}

// refold makes a matter anew of all its entries.
func (l *Log) refold(ctx context.Context, tx *sql.Tx, id string) error {
	steps, err := entries(ctx, tx, `matter = $1 AND matter <> ''`, id)
	if err != nil {
		return err
	}
	m, ok := l.Rules.FoldMatter(steps)
	if !ok {
		return nil // its opening entry has not come yet
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO matter (id, hall, opened, done, raw) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET opened = excluded.opened, done = excluded.done, raw = excluded.raw`,
		m.ID, m.Hall, m.Day, m.DoneDay, string(raw))
	return err
}

// tally keeps the row of the entry's day. A closing made here wants a package.
func (l *Log) tally(ctx context.Context, tx *sql.Tx, e Entry, seq int64) error {
	counts, closed, covered := 1, "", int64(0)
	if e.Act == DayClose {
		counts, closed, covered = 0, "leader", e.Count
		if e.Author == System {
			closed = System
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO day (hall, day, entries, closed, covered) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (hall, day) DO UPDATE SET entries = entries + excluded.entries,
		closed = CASE WHEN closed = '' THEN excluded.closed ELSE closed END, covered = max(covered, excluded.covered)`,
		e.Hall, e.Day, counts, closed, covered)
	if err != nil || e.Act != DayClose || e.Machine != l.Machine {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO package (hall, day, entry, part, upto, id, state)
		SELECT $1, $2, $3, coalesce(max(part), 0) + 1, $4, '', 'wanted' FROM package WHERE hall = $1 AND day = $2`, e.Hall, e.Day, e.ID, seq)
	return err
}

type querier interface {
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

// entries reads the entries for which where holds, in the order of their stamps.
func entries(ctx context.Context, from querier, where string, args ...any) ([]Entry, error) {
	texts, err := lines(ctx, from, `SELECT raw FROM entry WHERE `+where+` ORDER BY ms, n, machine, id`, args...)
	if err != nil || texts == "" {
		return nil, err
	}
	raws := []byte(texts)
	list := make([]Entry, 0, strings.Count(texts, "\n")+1)
	for at := 0; at < len(texts); {
		end := at + len(line(texts[at:]))
		e, err := decode(texts[at:end], raws[at:end:end])
		if err != nil {
			return nil, err
		}
		list, at = append(list, e), end+1
	}
	return list, nil
}

// lines reads texts, none of which has a newline in it, each a line. One row, and no watch over it, is read in a part of the time that rows take.
func lines(ctx context.Context, from querier, text string, args ...any) (texts string, err error) {
	err = from.QueryRowContext(context.WithoutCancel(ctx), `SELECT coalesce(group_concat(raw, char(10)), '') FROM (`+text+`)`, args...).Scan(&texts)
	return texts, err
}

// days reads days, one a row.
func days(ctx context.Context, db *sql.DB, text string, args ...any) (list []calendar.Day, err error) {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var d calendar.Day
		if err := rows.Scan(&d); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// line is the first line of texts.
func line(texts string) string {
	first, _, _ := strings.Cut(texts, "\n")
	return first
}

// Take brings in entries that other machines of the hall made, as their JSON. Those that are here already count for
// nothing; an entry that differs from the one here under its id is left out and told. Added says how many were new.
func (l *Log) Take(ctx context.Context, raws [][]byte) (added int, err error) {
	var faults []error
	err = l.within(ctx, func(tx *sql.Tx) error {
		for _, raw := range raws {
			fresh, err := l.take(ctx, tx, raw)
			var fault *Fault
			if errors.As(err, &fault) {
				faults = append(faults, err)
				continue
			}
			if err != nil {
				return err
			}
			if fresh {
				added++
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("take entries: %w", err)
	}
	return added, errors.Join(faults...)
}

func (l *Log) take(ctx context.Context, tx *sql.Tx, raw []byte) (fresh bool, err error) {
	e, err := Parse(raw)
	if err != nil || e.Hall != l.Hall {
		return false, &Fault{Code: "duty.foreign", Got: fmt.Sprint(err)}
	}
	old, err := find(ctx, tx, e.ID)
	if err == nil {
		if string(old.Raw) != string(raw) {
			return false, &Fault{Code: "duty.conflict", Got: e.ID}
		}
		return false, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	if err := keepStamp(ctx, tx, e.Stamp); err != nil {
		return false, err
	}
	return true, l.insert(ctx, tx, e, 1)
}

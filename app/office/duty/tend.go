package duty

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"minglu/app/office/calendar"
	"minglu/capture/evidence"
)

// Fact is something that happened without anybody writing it: a room was used, a recording broke off, a camera is
// gone. It is told as it is and never counts for or against a person.
type Fact struct {
	Key       string // the same fact has the same key, so that it is entered once
	Kind      string // RECORDING, EQUIP, …
	Text      string
	At        time.Time
	Recording string
}

// Source gives facts, new and old. Sources are the home's outbox and doctor; of the hall's other rooms Hear learns
// from headquarters.
type Source func(ctx context.Context) ([]Fact, error)

// factAge is how far back facts are entered: a log that begins today does not tell last year.
const factAge = 48 * time.Hour

// Gather enters what the sources tell and the log lacks; it goes on after a source that fails.
func (l *Log) Gather(ctx context.Context, sources ...Source) (added int, err error) {
	for _, source := range sources {
		facts, errSource := source(ctx)
		err = errors.Join(err, errSource)
		for _, f := range facts {
			if f.At.Before(l.clock.Now().Add(-factAge)) {
				continue
			}
			fresh, errAdd := l.fact(ctx, f)
			if !errors.Is(errAdd, errWaits) {
				err = errors.Join(err, errAdd)
			}
			if fresh {
				added++
			}
		}
	}
	return added, err
}

// factID is the id of a fact's entry on this machine.
func (l *Log) factID(key string) string {
	sum := sha256.Sum256([]byte("fact\n" + l.Hall + "\n" + l.Machine + "\n" + key))
	return hex.EncodeToString(sum[:16])
}

// errWaits says that a fact cannot be entered before tomorrow.
var errWaits = errors.New("today is closed")

// fact enters a fact into its day, or into today when its day is closed; while today is closed too it waits.
func (l *Log) fact(ctx context.Context, f Fact) (fresh bool, err error) {
	id := l.factID(f.Key)
	if _, there, err := l.Entry(ctx, id); there || err != nil {
		return false, err
	}
	text, _ := Clean(f.Text)
	at := f.At
	if now := l.clock.Now(); at.After(now) {
		at = now
	}
	for _, day := range []calendar.Day{calendar.DayOf(at), l.Today()} {
		_, err = l.enter(ctx, Entry{ID: id, Day: day, Act: Note, Kind: f.Kind, Author: System, Text: text, Recording: f.Recording, Stated: evidence.FormatTime(at)})
		var closed *Fault
		if err == nil || !errors.As(err, &closed) || closed.Code != "duty.day_closed" {
			return err == nil, err
		}
	}
	return false, errWaits
}

// Overdue enters, once for each matter, that its limit has passed. say puts it into words for the leader.
func (l *Log) Overdue(ctx context.Context, say func(Matter) string) (added int, err error) {
	open, err := l.OpenMatters(ctx)
	if err != nil {
		return 0, err
	}
	for _, m := range open {
		if m.Overdue || m.Alarm(l.clock.Now()) != Red {
			continue
		}
		_, err := l.enter(ctx, Entry{ID: l.factID("overdue " + m.ID), Act: Note, Kind: "OVERDUE", Author: System, Matter: m.ID, Owner: m.Owner, Text: say(m)})
		var closed *Fault
		if errors.As(err, &closed) && closed.Code == "duty.day_closed" {
			return added, nil // it is told tomorrow
		}
		if err != nil {
			return added, err
		}
		added++
	}
	return added, nil
}

// CloseDue closes by the system the days whose leader did not, and again those that entries came to after they were
// closed here. It lists the days.
func (l *Log) CloseDue(ctx context.Context) (closed []calendar.Day, err error) {
	due, err := l.Due(ctx)
	if err != nil {
		return nil, err
	}
	for _, day := range due {
		mine, err := l.mine(ctx, day)
		if err != nil {
			return closed, err
		}
		if !mine && l.clock.Now().Before(day.At(l.Rules.Hours.CloseBy).Add(grace)) {
			continue
		}
		closed = append(closed, day)
	}
	late, err := l.lateDays(ctx)
	closed = append(closed, late...)
	for _, day := range closed {
		if _, errDay := l.CloseDay(ctx, day, System); errDay != nil {
			err = errors.Join(err, fmt.Errorf("close day %s: %w", day, errDay))
		}
	}
	return closed, err
}

// grace is how long the hall's other machines leave a day to the one that has its last shift.
const grace = time.Hour

// mine reports whether this machine is the one that closes a day: that of the day's last shift, else of its last entry.
func (l *Log) mine(ctx context.Context, day calendar.Day) (bool, error) {
	var machine string
	err := l.db.QueryRowContext(ctx, `SELECT machine FROM entry WHERE hall = $1 AND day = $2
		ORDER BY act IN ('shift_start', 'shift_accept') DESC, ms DESC, n DESC, machine DESC, id DESC LIMIT 1`, l.Hall, day).Scan(&machine)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return machine == l.Machine, err
}

// lateDays are the days closed here that entries have come to since.
func (l *Log) lateDays(ctx context.Context) ([]calendar.Day, error) {
	return days(ctx, l.db, `SELECT DISTINCT d.day FROM day d JOIN package p ON p.hall = d.hall AND p.day = d.day
		WHERE d.hall = $1 AND d.closed <> '' AND d.entries > d.covered ORDER BY d.day`, l.Hall)
}

package duty

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"minglu/app/office/calendar"
)

// Lacking refuses to close a day; it lists what lacks.
type Lacking struct {
	Day   calendar.Day
	Lacks []Lack
}

func (l *Lacking) Error() string {
	var parts []string
	for _, lack := range l.Lacks {
		parts = append(parts, strings.TrimSpace(lack.Code+" "+lack.Title+" "+lack.Owner))
	}
	return fmt.Sprintf("close day %s: %s", l.Day, strings.Join(parts, "; "))
}

// FaultCode is the key of the sentence.
func (l *Lacking) FaultCode() string { return "duty.lacking" }

// CloseDay enters the closing of a day; from then on nothing more is entered into it here, and a package of it is
// wanted. A leader must have every matter done or carried over, else the error is *Lacking; the System closes any
// day. Closing a closed day that lacks nothing answers the closing that is there and adds none; one that lacks
// entries that came later gets a second closing over all of them.
func (l *Log) CloseDay(ctx context.Context, day calendar.Day, by string) (Entry, error) {
	for {
		d, err := l.Day(ctx, day)
		if err != nil {
			return Entry{}, err
		}
		if n := len(d.Closings); n > 0 && d.Uncover == 0 {
			e, _, err := l.Entry(ctx, d.Closings[n-1].Entry)
			return e, err
		}
		if d.State == DayEmpty && by != System {
			return Entry{}, fault("day_empty", "", string(day))
		}
		if lacks := d.Lacks(); len(lacks) > 0 && by != System && len(d.Closings) == 0 {
			return Entry{}, &Lacking{day, lacks}
		}
		e, err := l.closing(ctx, d, by)
		if errors.Is(err, errMoved) {
			continue // somebody entered something while we looked
		}
		return e, err
	}
}

var errMoved = errors.New("the day has changed meanwhile")

// closing enters the closing if the day is still as it was seen.
func (l *Log) closing(ctx context.Context, d *Day, by string) (e Entry, err error) {
	err = l.within(ctx, func(tx *sql.Tx) error {
		var n int64
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM entry WHERE hall = $1 AND day = $2`, l.Hall, d.Day).Scan(&n)
		if err != nil {
			return err
		}
		if n != int64(len(d.Entries)) {
			return errMoved
		}
		e, err = l.prepare(ctx, tx, Entry{ID: NewID(), Day: d.Day, Act: DayClose, Author: by, Count: d.Count()})
		if err != nil {
			return err
		}
		return l.insert(ctx, tx, e, 0)
	})
	return e, err
}

// Due lists the days that the system has to close: past their time, with entries, and not closed by anybody.
func (l *Log) Due(ctx context.Context) ([]calendar.Day, error) {
	last := l.Today()
	if l.clock.Now().Before(last.At(l.Rules.Hours.CloseBy)) {
		last = last.Plus(-1)
	}
	return days(ctx, l.db, `SELECT day FROM day WHERE hall = $1 AND day <= $2 AND closed = '' ORDER BY day`, l.Hall, last)
}

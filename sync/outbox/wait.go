package outbox

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// attemptsKept bounds the log of one recording; the newest are kept.
const attemptsKept = 100

// Attempt is one try that did not succeed.
type Attempt struct {
	At   time.Time
	Wait Wait
}

// Delay notes a try that failed and will be repeated at w.Next. The state stays.
func (b *Box) Delay(ctx context.Context, id string, w Wait, at time.Time) error {
	err := b.within(ctx, func(tx *sql.Tx) error {
		err := one(tx.Exec(`UPDATE package SET cause = ?, why = ?, next_try = ?, tries = tries + 1, changed = ?
			WHERE id = ? AND state NOT IN (?, ?, ?, ?)`, w.Cause, w.Why, millis(w.Next), at.UnixMilli(),
			id, Received, Released, Refused, Lost))
		if err != nil {
			return err
		}
		return log(tx, id, w, at)
	})
	return about("delay", id, err)
}

// Stop ends the tries of a package until a person acts: Refused for good, Blocked with a look every hour.
func (b *Box) Stop(ctx context.Context, id string, to State, w Wait, at time.Time) error {
	if to != Refused && to != Blocked {
		return about("stop", id, errors.Join(ErrState, errors.New("only refused and blocked stop")))
	}
	err := b.within(ctx, func(tx *sql.Tx) error {
		err := move(tx, id, to, w, at, Sealed, Queued, Announced, Uploading, Verifying, Blocked)
		if err != nil {
			return err
		}
		return log(tx, id, w, at)
	})
	return about("stop", id, err)
}

// DelayAll makes everything that could go now wait with w, for what stops one stops all: no connection.
func (b *Box) DelayAll(ctx context.Context, w Wait) error {
	err := b.within(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE package SET cause = ?, why = ?, next_try = ? WHERE next_try < ? AND (`+unsettled+`)`,
			w.Cause, w.Why, millis(w.Next), millis(w.Next))
		return err
	})
	return about("delay", "everything", err)
}

// Wake lets everything go now that waited for one of these causes.
func (b *Box) Wake(ctx context.Context, at time.Time, causes ...Cause) error {
	err := b.within(ctx, func(tx *sql.Tx) error {
		for _, cause := range causes {
			_, err := tx.Exec(`UPDATE package SET cause = ?, why = ?, next_try = ?
				WHERE cause = ? AND next_try > ? AND (`+unsettled+`)`,
				CauseTurn, "waits for its turn", at.UnixMilli(), cause, at.UnixMilli())
			if err != nil {
				return err
			}
		}
		return nil
	})
	return about("wake", "what waits", err)
}

// Attempts lists the failed tries of a recording, newest first.
func (b *Box) Attempts(ctx context.Context, id string) ([]Attempt, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT at, cause, why, next_try FROM attempt WHERE id = ? ORDER BY seq DESC`, id)
	if err != nil {
		return nil, about("list the attempts of", id, err)
	}
	var all []Attempt
	for rows.Next() {
		var at int64
		var next sql.NullInt64
		var a Attempt
		if err = rows.Scan(&at, &a.Wait.Cause, &a.Wait.Why, &next); err != nil {
			break
		}
		a.At, a.Wait.Next = time.UnixMilli(at).UTC(), moment(next)
		all = append(all, a)
	}
	return all, about("list the attempts of", id, errors.Join(err, rows.Err(), rows.Close()))
}

func log(tx *sql.Tx, id string, w Wait, at time.Time) error {
	_, err := tx.Exec(`INSERT INTO attempt (id, at, cause, why, next_try) VALUES (?, ?, ?, ?, ?)`,
		id, at.UnixMilli(), w.Cause, w.Why, millis(w.Next))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM attempt WHERE id = ? AND seq <= (
		SELECT seq FROM attempt WHERE id = ? ORDER BY seq DESC LIMIT 1 OFFSET ?)`, id, id, attemptsKept)
	return err
}

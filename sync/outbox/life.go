package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"minglu/sync/wire"
)

// ErrState reports a step that the recording's state does not allow.
var ErrState = errors.New("not possible in this state")

// pending is what the recording waits for while nothing is wrong.
func pending(why string, at time.Time) Wait { return Wait{CauseTurn, why, at} }

// Describe notes what the announcement says of a recording: its item and its start (evidence.TimeLayout).
func (b *Box) Describe(ctx context.Context, id, item, start string) error {
	err := b.within(ctx, func(tx *sql.Tx) error {
		return one(tx.Exec(`UPDATE package SET item = ?, start = ? WHERE id = ?`, item, start, id))
	})
	return about("describe", id, err)
}

// Interrupt notes that the recorder died; recovery will seal what it left.
func (b *Box) Interrupt(ctx context.Context, id string, at time.Time) error {
	w := Wait{CauseInterrupted, "the recording was cut off; recovery seals it", at}
	return b.step(ctx, id, Interrupted, w, at, Recording, Interrupted)
}

// Seal notes that the package is sealed on this disk; seal is its seal digest in hex. Repeating it with the
// same digest changes nothing.
func (b *Box) Seal(ctx context.Context, id, seal string, at time.Time) error {
	err := b.within(ctx, func(tx *sql.Tx) error {
		var state State
		var have string
		if err := tx.QueryRow(`SELECT state, seal FROM package WHERE id = ?`, id).Scan(&state, &have); err != nil {
			return err
		}
		if have == seal && seal != "" {
			return nil
		}
		if have != "" || seal == "" {
			return fmt.Errorf("%w: its seal is %q, not %q", ErrState, have, seal)
		}
		if _, err := tx.Exec(`UPDATE package SET seal = ? WHERE id = ?`, seal, id); err != nil {
			return err
		}
		return move(tx, id, Sealed, pending("sealed; its parts are listed next", at), at, Recording, Interrupted)
	})
	return about("seal", id, err)
}

// Queue lists the parts of a sealed package. From here on they are frozen.
func (b *Box) Queue(ctx context.Context, id string, parts []wire.Part, at time.Time) error {
	err := b.within(ctx, func(tx *sql.Tx) error {
		for i, p := range parts {
			_, err := tx.Exec(`INSERT INTO part (id, idx, path, size, sha256) VALUES (?, ?, ?, ?, ?)`,
				id, i, p.Path, p.Size, p.SHA256)
			if err != nil {
				return fmt.Errorf("list part %s: %w", p.Path, err)
			}
		}
		return move(tx, id, Queued, pending("queued; it will be announced", at), at, Sealed)
	})
	return about("queue", id, err)
}

// Tell notes that headquarters accepted the announcement of this state, Recording or Sealed.
func (b *Box) Tell(ctx context.Context, id string, told State, at time.Time) error {
	err := b.within(ctx, func(tx *sql.Tx) error {
		err := one(tx.Exec(`UPDATE package SET told = ?, tries = 0 WHERE id = ?`, told, id))
		if err != nil || told != Sealed {
			return err
		}
		w := pending("announced; waits for its turn", at)
		return move(tx, id, Announced, w, at, Queued, Blocked, Announced, Uploading, Verifying)
	})
	return about("announce", id, err)
}

// Acknowledge notes that headquarters durably holds the first acked bytes of the part with this digest.
func (b *Box) Acknowledge(ctx context.Context, id, sha256 string, acked int64, at time.Time) error {
	err := b.within(ctx, func(tx *sql.Tx) error {
		res, err := tx.Exec(`UPDATE part SET acked = min(size, ?) WHERE id = ? AND sha256 = ?`, acked, id, sha256)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("no part %s", sha256))
		}
		if err := move(tx, id, Uploading, pending("sending", at), at, Announced, Uploading, Verifying); err != nil {
			return err
		}
		return one(tx.Exec(`UPDATE package SET tries = 0 WHERE id = ?`, id))
	})
	return about("acknowledge a part of", id, err)
}

// Verify notes that every part is there and the receipt has been asked for.
func (b *Box) Verify(ctx context.Context, id string, at time.Time) error {
	w := pending("headquarters verifies it", at)
	return b.step(ctx, id, Verifying, w, at, Announced, Uploading, Verifying)
}

// Receive settles a package: its receipt has been verified and its files are durable in the package's
// folder. The files are kept here too, so that a later receipt never pushes out an earlier one.
func (b *Box) Receive(ctx context.Context, id string, files []wire.File, hqTime, at time.Time) error {
	err := b.within(ctx, func(tx *sql.Tx) error {
		for _, f := range files {
			_, err := tx.Exec(`INSERT OR IGNORE INTO receipt (id, at, path, data) VALUES (?, ?, ?, ?)`,
				id, hqTime.UnixMilli(), f.Path, f.Data)
			if err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`UPDATE part SET acked = size WHERE id = ?`, id); err != nil {
			return err
		}
		return one(tx.Exec(`UPDATE package SET state = ?, cause = '', why = '', next_try = NULL, tries = 0, told = ?,
			changed = ?, received = ?, confirmed = ? WHERE id = ? AND seal <> '' AND state <> ?`,
			Received, Sealed, at.UnixMilli(), hqTime.UnixMilli(), at.UnixMilli(), id, Released))
	})
	return about("settle", id, err)
}

// Retry lets a blocked or refused package go on because a person has acted.
func (b *Box) Retry(ctx context.Context, id string, at time.Time) error {
	err := b.within(ctx, func(tx *sql.Tx) error {
		return requeue(tx, id, pending("sent again by hand", at), at, Blocked, Refused)
	})
	return about("retry", id, err)
}

// Prioritise changes a package's place in the queue: 0 first, 9 last.
func (b *Box) Prioritise(ctx context.Context, id string, priority int) error {
	err := b.within(ctx, func(tx *sql.Tx) error {
		return one(tx.Exec(`UPDATE package SET priority = ? WHERE id = ?`, priority, id))
	})
	return about("prioritise", id, err)
}

func (b *Box) step(ctx context.Context, id string, to State, w Wait, at time.Time, from ...State) error {
	err := b.within(ctx, func(tx *sql.Tx) error { return move(tx, id, to, w, at, from...) })
	return about("move to "+string(to), id, err)
}

// move sets a state that is reached only from one of from.
func move(tx *sql.Tx, id string, to State, w Wait, at time.Time, from ...State) error {
	args := []any{to, w.Cause, w.Why, millis(w.Next), at.UnixMilli(), id}
	for _, s := range from {
		args = append(args, s)
	}
	return one(tx.Exec(`UPDATE package SET state = ?, cause = ?, why = ?, next_try = ?, changed = ?
		WHERE id = ? AND state IN (`+strings.Repeat("?, ", len(from)-1)+`?)`, args...))
}

// requeue sends a package round again from the place its parts allow.
func requeue(tx *sql.Tx, id string, w Wait, at time.Time, from ...State) error {
	var parts int
	var seal string
	err := tx.QueryRow(`SELECT seal, (SELECT count(*) FROM part WHERE id = package.id) FROM package WHERE id = ?`, id).
		Scan(&seal, &parts)
	if err != nil {
		return err
	}
	to := Queued
	switch {
	case seal == "":
		to = Interrupted
	case parts == 0:
		to = Sealed
	}
	if _, err := tx.Exec(`UPDATE part SET acked = 0 WHERE id = ?`, id); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE package SET told = '', tries = 0 WHERE id = ?`, id); err != nil {
		return err
	}
	return move(tx, id, to, w, at, from...)
}

// one turns an update that met no row into an error.
func one(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return ErrState
}

func about(verb, id string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", verb, id, named(err))
}

// millis is how a time is kept; the zero time is no time.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

package outbox

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"minglu/sync/wire"
)

// Held lists up to limit receipts of ids after the given one, by id, for headquarters to confirm.
func (b *Box) Held(ctx context.Context, after string, limit int) ([]wire.Held, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT id, seal FROM package
		WHERE state IN ('received', 'released') AND id > ? ORDER BY id LIMIT ?`, after, limit)
	if err != nil {
		return nil, about("list", "receipts", err)
	}
	var held []wire.Held
	for rows.Next() {
		var h wire.Held
		if err = rows.Scan(&h.ID, &h.Seal); err != nil {
			break
		}
		held = append(held, h)
	}
	return held, about("list", "receipts", errors.Join(err, rows.Err(), rows.Close()))
}

// Confirm takes in headquarters' answer about held receipts: those it forgot return to the queue, or become
// an alarm when their space was released; the others are confirmed.
func (b *Box) Confirm(ctx context.Context, held []wire.Held, forgotten []string, at time.Time) error {
	lacks := make(map[string]bool, len(forgotten))
	for _, id := range forgotten {
		lacks[id] = true
	}
	err := b.within(ctx, func(tx *sql.Tx) error {
		for _, h := range held {
			var err error
			if lacks[h.ID] {
				err = forget(tx, h.ID, at)
			} else {
				_, err = tx.Exec(`UPDATE package SET confirmed = ? WHERE id = ?`, at.UnixMilli(), h.ID)
			}
			if err != nil {
				return about("confirm", h.ID, err)
			}
		}
		return nil
	})
	return about("confirm", "receipts", err)
}

func forget(tx *sql.Tx, id string, at time.Time) error {
	var state State
	if err := tx.QueryRow(`SELECT state FROM package WHERE id = ?`, id).Scan(&state); err != nil {
		return err
	}
	if state == Released {
		w := Wait{Cause: CauseForgotten, Why: "headquarters no longer holds it and its space here was released"}
		return errors.Join(move(tx, id, Lost, w, at, Released), log(tx, id, w, at))
	}
	w := Wait{CauseForgotten, "headquarters no longer holds it; it is sent again", at}
	return errors.Join(requeue(tx, id, w, at, Received), log(tx, id, w, at))
}

// LastAudit is when all receipts were last put to headquarters.
func (b *Box) LastAudit(ctx context.Context) (time.Time, error) {
	var t sql.NullInt64
	err := b.db.QueryRowContext(ctx, `SELECT max(value) FROM fact WHERE name = 'audited'`).Scan(&t)
	return moment(t), about("find", "the last audit", err)
}

// Audited notes a complete audit.
func (b *Box) Audited(ctx context.Context, at time.Time) error {
	err := b.within(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO fact VALUES ('audited', ?) ON CONFLICT DO UPDATE SET value = excluded.value`,
			at.UnixMilli())
		return err
	})
	return about("note", "the audit", err)
}

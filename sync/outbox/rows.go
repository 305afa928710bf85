package outbox

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"minglu/sync/wire"
)

// Conditions on rows: what headquarters must be told of, what is to be sent, and both.
const (
	toTell    = `state IN ('recording', 'interrupted') AND told = '' AND start <> '' OR state IN ('sealed', 'queued', 'blocked')`
	toSend    = `state IN ('announced', 'uploading', 'verifying')`
	unsettled = toTell + ` OR ` + toSend
)

const (
	standing = `SELECT id, room, n, state, priority, item, start, seal, told, cause, why, next_try, tries, created,
	changed, received, confirmed, `
	columns = standing + `(SELECT coalesce(sum(size), 0) FROM part WHERE part.id = package.id),
	(SELECT coalesce(sum(acked), 0) FROM part WHERE part.id = package.id) FROM package `
)

// Part is one file of a queued package and how much of it headquarters holds.
type Part struct {
	wire.Part
	Acked int64
}

// Rows lists every recording of the room, by number.
func (b *Box) Rows(ctx context.Context) ([]Row, error) { return b.rows(ctx, `ORDER BY room, n`) }

// Newest lists at most limit recordings, the last number first.
func (b *Box) Newest(ctx context.Context, limit int) ([]Row, error) {
	return b.rows(ctx, `ORDER BY room DESC, n DESC LIMIT ?`, limit)
}

// Changed lists the recordings that moved at or after a moment, by number, for those who follow all of them:
// their parts are not summed up, Bytes and Acked are 0.
func (b *Box) Changed(ctx context.Context, since time.Time) ([]Row, error) {
	return b.read(ctx, standing+`0, 0 FROM package WHERE changed >= ? ORDER BY room, n`, since.UnixMilli())
}

// Row finds one recording.
func (b *Box) Row(ctx context.Context, id string) (Row, error) {
	rows, err := b.rows(ctx, `WHERE id = ?`, id)
	if err == nil && len(rows) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return Row{}, about("find", id, err)
	}
	return rows[0], nil
}

// Waiting lists what has not come to an end, in the order in which it will go.
func (b *Box) Waiting(ctx context.Context) ([]Row, error) {
	return b.rows(ctx, `WHERE state NOT IN ('received', 'released') ORDER BY priority, n`)
}

// Pending counts the sealed packages that still go on by themselves.
func (b *Box) Pending(ctx context.Context) (n int, err error) {
	err = b.db.QueryRowContext(ctx, `SELECT count(*) FROM package
		WHERE state IN ('sealed', 'queued') OR `+toSend).Scan(&n)
	return n, about("count", "what is pending", err)
}

// Tellable lists the rows headquarters is to be told of by now, at most limit.
func (b *Box) Tellable(ctx context.Context, now time.Time, limit int) ([]Row, error) {
	return b.rows(ctx, `WHERE next_try <= ? AND (`+toTell+`) ORDER BY priority, n LIMIT ?`, now.UnixMilli(), limit)
}

// Sendable lists the rows whose parts are to be sent by now, at most limit.
func (b *Box) Sendable(ctx context.Context, now time.Time, limit int) ([]Row, error) {
	return b.rows(ctx, `WHERE next_try <= ? AND `+toSend+` ORDER BY priority, n LIMIT ?`, now.UnixMilli(), limit)
}

// Next is when the next row falls due after now, zero when none will.
func (b *Box) Next(ctx context.Context, now time.Time) (time.Time, error) {
	var next sql.NullInt64
	err := b.db.QueryRowContext(ctx, `SELECT min(next_try) FROM package WHERE next_try > ? AND (`+unsettled+`)`,
		now.UnixMilli()).Scan(&next)
	return moment(next), about("find", "the next try", err)
}

// Parts lists the parts of a queued package in the order of sending.
func (b *Box) Parts(ctx context.Context, id string) ([]Part, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT path, size, sha256, acked FROM part WHERE id = ? ORDER BY idx`, id)
	if err != nil {
		return nil, about("list the parts of", id, err)
	}
	var parts []Part
	for rows.Next() {
		var p Part
		if err = rows.Scan(&p.Path, &p.Size, &p.SHA256, &p.Acked); err != nil {
			break
		}
		parts = append(parts, p)
	}
	return parts, about("list the parts of", id, errors.Join(err, rows.Err(), rows.Close()))
}

// LastReceipt is headquarters' time on the newest receipt, zero before the first: the clock cannot be earlier.
func (b *Box) LastReceipt(ctx context.Context) (time.Time, error) {
	var t sql.NullInt64
	err := b.db.QueryRowContext(ctx, `SELECT max(received) FROM package`).Scan(&t)
	return moment(t), about("find", "the last receipt", err)
}

func (b *Box) rows(ctx context.Context, where string, args ...any) ([]Row, error) {
	return b.read(ctx, columns+where, args...)
}

func (b *Box) read(ctx context.Context, query string, args ...any) ([]Row, error) {
	rows, err := b.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, about("list", "recordings", err)
	}
	var all []Row
	for rows.Next() {
		var r Row
		var created, changed int64
		var next, received, confirmed sql.NullInt64
		err = rows.Scan(&r.ID, &r.Room, &r.Number, &r.State, &r.Priority, &r.Item, &r.Start, &r.Seal, &r.Told,
			&r.Wait.Cause, &r.Wait.Why, &next, &r.Tries, &created, &changed, &received, &confirmed, &r.Bytes, &r.Acked)
		if err != nil {
			break
		}
		r.Created, r.Changed = time.UnixMilli(created).UTC(), time.UnixMilli(changed).UTC()
		r.Wait.Next, r.Received, r.Confirmed = moment(next), moment(received), moment(confirmed)
		all = append(all, r)
	}
	return all, about("list", "recordings", errors.Join(err, rows.Err(), rows.Close()))
}

func moment(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}

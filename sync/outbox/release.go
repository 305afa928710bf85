package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Bounds of a release beside the retention: how long the room keeps what headquarters has, in case it must
// collect again, and how fresh its confirmation must be.
const (
	KeepAfterReceipt = 30 * 24 * time.Hour
	FreshConfirm     = 24 * time.Hour
)

// ErrHeld reports a package whose space may not be used again yet.
var ErrHeld = errors.New("must be kept")

// Order is a person's decision to use a package's space again.
type Order struct {
	ID     string
	Person string
	Reason string
	Until  time.Time // end of the retention
}

// Release records the order and returns the id whose folder may now be deleted and its bytes. Without a
// verified receipt, a fresh confirmation, the end of the retention, a name and a reason it is refused.
func (b *Box) Release(ctx context.Context, o Order, at time.Time) (freed int64, err error) {
	r, err := b.Row(ctx, o.ID)
	if err != nil {
		return 0, about("release", o.ID, err)
	}
	if faults := held(r, o, at); faults != nil {
		return 0, about("release", o.ID, fmt.Errorf("%w: %w", ErrHeld, errors.Join(faults...)))
	}
	err = b.within(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO release (id, at, person, reason, bytes) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (id) DO NOTHING`, o.ID, at.UnixMilli(), o.Person, o.Reason, r.Bytes)
		if err != nil {
			return err
		}
		// The same confirmation as was judged: an audit in between stops the release.
		return one(tx.Exec(`UPDATE package SET state = ?, changed = ? WHERE id = ? AND state = ? AND confirmed = ?`,
			Released, at.UnixMilli(), o.ID, Received, r.Confirmed.UnixMilli()))
	})
	return r.Bytes, about("release", o.ID, err)
}

// held lists everything that forbids the release.
func held(r Row, o Order, at time.Time) []error {
	var faults []error
	hold := func(when bool, format string, args ...any) {
		if when {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	hold(o.Person == "", "nobody is named")
	hold(o.Reason == "", "no reason is given")
	hold(r.State != Received, "it is %s, there is no verified receipt", r.State)
	if r.State == Received {
		hold(o.Until.IsZero() || at.Before(o.Until), "its retention has not ended")
		hold(at.Sub(r.Received) < KeepAfterReceipt, "it was received less than %d days ago", KeepAfterReceipt/(24*time.Hour))
		hold(at.Sub(r.Confirmed) > FreshConfirm, "headquarters has not confirmed it in the last %v", FreshConfirm)
	}
	return faults
}

// Ordered finds who released a package and why.
func (b *Box) Ordered(ctx context.Context, id string) (person, reason string, at time.Time, err error) {
	var ms sql.NullInt64
	err = b.db.QueryRowContext(ctx, `SELECT person, reason, at FROM release WHERE id = ?`, id).Scan(&person, &reason, &ms)
	return person, reason, moment(ms), about("find the release of", id, err)
}

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

// ErrHeld reports a package whose space may not be used again yet. Beside it stand the Holds.
var ErrHeld error = coded{"held", "must be kept"}

// coded is an error that has words.
type coded struct{ code, what string }

func (c coded) Error() string     { return c.what }
func (c coded) FaultCode() string { return c.code }

// Hold is one thing that forbids a release, a code that screens can translate.
type Hold string

// The holds.
const (
	HoldPerson      Hold = "person"      // nobody is named
	HoldReason      Hold = "reason"      // no reason is given
	HoldReceipt     Hold = "receipt"     // there is no verified receipt
	HoldRetention   Hold = "retention"   // its retention has not ended
	HoldYoung       Hold = "young"       // it was received less than KeepAfterReceipt ago
	HoldUnconfirmed Hold = "unconfirmed" // headquarters has not confirmed it lately
)

func (h Hold) Error() string {
	switch h {
	case HoldPerson:
		return "nobody is named"
	case HoldReason:
		return "no reason is given"
	case HoldReceipt:
		return "there is no verified receipt"
	case HoldRetention:
		return "its retention has not ended"
	case HoldYoung:
		return fmt.Sprintf("it was received less than %d days ago", KeepAfterReceipt/(24*time.Hour))
	}
	return fmt.Sprintf("headquarters has not confirmed it in the last %v", FreshConfirm)
}

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

// held lists everything that forbids the release, as errors.
func held(r Row, o Order, at time.Time) (faults []error) {
	holds := Holds(r, o.Until, at)
	if o.Person == "" {
		holds = append(holds, HoldPerson)
	}
	if o.Reason == "" {
		holds = append(holds, HoldReason)
	}
	for _, h := range holds {
		faults = append(faults, h)
	}
	return faults
}

// Holds lists what forbids the release of a package whoever orders it; until is the end of its retention.
func Holds(r Row, until, at time.Time) (holds []Hold) {
	if r.State != Received {
		return []Hold{HoldReceipt}
	}
	hold := func(when bool, h Hold) {
		if when {
			holds = append(holds, h)
		}
	}
	hold(until.IsZero() || at.Before(until), HoldRetention)
	hold(at.Sub(r.Received) < KeepAfterReceipt, HoldYoung)
	hold(at.Sub(r.Confirmed) > FreshConfirm, HoldUnconfirmed)
	return holds
}

// Ordered finds who released a package and why.
func (b *Box) Ordered(ctx context.Context, id string) (person, reason string, at time.Time, err error) {
	var ms sql.NullInt64
	err = b.db.QueryRowContext(ctx, `SELECT person, reason, at FROM release WHERE id = ?`, id).Scan(&person, &reason, &ms)
	return person, reason, moment(ms), about("find the release of", id, err)
}

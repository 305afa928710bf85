package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"minglu/capture/evidence"
)

// Grace is how long row and folder may differ because another process is at work: the recorder reserves the
// number before it makes the folder.
const Grace = time.Minute

// Folder is one package folder found on the disk.
type Folder struct {
	ID   string
	Seal string // seal digest, "" when it is not sealed
	Live bool   // a recorder is writing it now
}

// Finding is something a start found out of step and what it did about it.
type Finding struct {
	ID   string
	What string // added, foreign, interrupted, sealed, back, damaged, lost, leftover
	Text string
}

// Reconcile brings rows and folders together when a program starts. A folder without a row gets one; a row
// without a folder becomes an alarm; nothing is dropped.
func (b *Box) Reconcile(ctx context.Context, folders []Folder, at time.Time) ([]Finding, error) {
	rows, err := b.Rows(ctx)
	if err != nil {
		return nil, about("reconcile", "the outbox", err)
	}
	known := make(map[string]Row, len(rows))
	for _, r := range rows {
		known[r.ID] = r
	}
	var found []Finding
	err = b.within(ctx, func(tx *sql.Tx) error {
		note := func(id string, f *Finding, err error) error {
			if f != nil {
				found = append(found, *f)
			}
			return about("reconcile", id, err)
		}
		for _, f := range folders {
			step, err := b.pair(tx, known, f, at)
			if err := note(f.ID, step, err); err != nil {
				return err
			}
			delete(known, f.ID)
		}
		for _, r := range rows {
			if _, alone := known[r.ID]; !alone {
				continue
			}
			step, err := miss(tx, r, at)
			if err := note(r.ID, step, err); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

func (b *Box) pair(tx *sql.Tx, known map[string]Row, f Folder, at time.Time) (*Finding, error) {
	if r, ok := known[f.ID]; ok {
		return meet(tx, r, f, at)
	}
	return b.adopt(tx, f, at)
}

// adopt makes the row of a folder that has none, as after the outbox itself was lost.
func (b *Box) adopt(tx *sql.Tx, f Folder, at time.Time) (*Finding, error) {
	room, n, err := evidence.ParseID(f.ID)
	if err != nil || room != b.room {
		return &Finding{f.ID, "foreign", "the folder is not one of this room's recordings; it is left alone"}, nil
	}
	state, w := Interrupted, Wait{CauseInterrupted, "found without a row; recovery seals it", at}
	switch {
	case f.Live:
		state, w = Recording, pending("found without a row while it is recorded", at)
	case f.Seal != "":
		state, w = Sealed, pending("found without a row; its parts are listed next", at)
	}
	_, err = tx.Exec(`INSERT INTO package (id, room, n, state, seal, created, changed, next_try, cause, why)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, f.ID, room, n, state, f.Seal, at.UnixMilli(), at.UnixMilli(),
		millis(w.Next), w.Cause, w.Why)
	return &Finding{f.ID, "added", "the folder had no row; it has one now"}, err
}

// meet compares a row with its folder.
func meet(tx *sql.Tx, r Row, f Folder, at time.Time) (*Finding, error) {
	switch {
	case f.Live:
		return nil, nil
	case r.State == Released:
		return &Finding{r.ID, "leftover", "its space was released and the folder is still here"}, nil
	case r.Sealing() && f.Seal != "":
		if _, err := tx.Exec(`UPDATE package SET seal = ? WHERE id = ?`, f.Seal, r.ID); err != nil {
			return nil, err
		}
		w := pending("sealed; its parts are listed next", at)
		return &Finding{r.ID, "sealed", "it was sealed without its row"}, move(tx, r.ID, Sealed, w, at, r.State)
	case r.State == Recording:
		w := Wait{CauseInterrupted, "the recording was cut off; recovery seals it", at}
		return &Finding{r.ID, "interrupted", w.Why}, move(tx, r.ID, Interrupted, w, at, Recording)
	case r.State == Interrupted:
		return nil, nil
	case f.Seal != r.Seal && r.State == Lost && r.Seal == "":
		if _, err := tx.Exec(`UPDATE package SET seal = ? WHERE id = ?`, f.Seal, r.ID); err != nil {
			return nil, err
		}
	case f.Seal == "" && at.Sub(r.Changed) < Grace:
		return nil, nil // sealed by another process after the folder was looked at
	case f.Seal != r.Seal:
		w := Wait{Cause: CauseDamaged, Why: fmt.Sprintf("its seal here is %q and was %q", f.Seal, r.Seal)}
		if r.Wait.Cause == CauseDamaged {
			return nil, nil
		}
		return &Finding{r.ID, "damaged", w.Why}, move(tx, r.ID, Refused, w, at, r.State)
	}
	if r.State != Lost {
		return nil, nil
	}
	w := pending("its folder is back", at)
	return &Finding{r.ID, "back", w.Why}, requeue(tx, r.ID, w, at, Lost)
}

// miss judges a row whose folder is not there.
func miss(tx *sql.Tx, r Row, at time.Time) (*Finding, error) {
	young := r.State == Recording && at.Sub(r.Created) < Grace
	if r.State == Released || r.State == Lost || young {
		return nil, nil
	}
	w := Wait{Cause: CauseMissing, Why: fmt.Sprintf("its folder is gone; it was %s", r.State)}
	if err := move(tx, r.ID, Lost, w, at, r.State); err != nil {
		return nil, err
	}
	return &Finding{r.ID, "lost", w.Why}, log(tx, r.ID, w, at)
}

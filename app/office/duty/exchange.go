package duty

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"minglu/sync/wire"
)

// Line is the way to headquarters, and through it to the hall's other machines.
type Line interface {
	Share(ctx context.Context, hall string, e wire.DutyEntries) (wire.DutyTaken, error)
	Shared(ctx context.Context, hall string, after int64) (wire.DutyPage, error)
	Told(ctx context.Context, hall string, n wire.DutyNoted) (wire.DutyFacts, error)
}

// Exchanged is what one exchange moved.
type Exchanged struct {
	Sent int `json:"sent"`
	Came int `json:"came"`
}

// sendFull bounds one call, in bytes of entries.
const sendFull = 1 << 20

// Exchange sends headquarters the entries made here that it lacks and brings those of the hall's other machines. It
// may be cut off anywhere and done again; without headquarters nothing is lost, only late.
func (l *Log) Exchange(ctx context.Context, line Line) (x Exchanged, err error) {
	if x.Sent, err = l.send(ctx, line); err != nil {
		return x, fmt.Errorf("send entries: %w", err)
	}
	x.Came, err = l.fetch(ctx, line)
	if err != nil {
		return x, fmt.Errorf("fetch entries: %w", err)
	}
	return x, nil
}

func (l *Log) send(ctx context.Context, line Line) (sent int, err error) {
	for {
		seqs, raws, err := l.unsent(ctx)
		if err != nil || len(raws) == 0 {
			return sent, err
		}
		if _, err := line.Share(ctx, l.Hall, wire.DutyEntries{V: 1, Entries: raws}); err != nil {
			return sent, err
		}
		err = l.within(ctx, func(tx *sql.Tx) error {
			for _, seq := range seqs {
				if _, err := tx.ExecContext(ctx, `UPDATE entry SET sent = 1 WHERE seq = $1`, seq); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return sent, err
		}
		sent += len(seqs)
	}
}

// unsent is the next entries that headquarters lacks, as many as one call carries.
func (l *Log) unsent(ctx context.Context) (seqs []int64, raws []string, err error) {
	rows, err := l.db.QueryContext(ctx, `SELECT seq, raw FROM entry WHERE sent = 0 ORDER BY seq LIMIT $1`, wire.MaxDutyEntries)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	size := 0
	for rows.Next() && size < sendFull {
		var seq int64
		var raw string
		if err := rows.Scan(&seq, &raw); err != nil {
			return nil, nil, err
		}
		seqs, raws = append(seqs, seq), append(raws, raw)
		size += len(raw)
	}
	return seqs, raws, rows.Err()
}

func (l *Log) fetch(ctx context.Context, line Line) (came int, err error) {
	var after int64
	err = l.db.QueryRowContext(ctx, `SELECT after FROM cursor WHERE hall = $1`, l.Hall).Scan(&after)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	for {
		p, err := line.Shared(ctx, l.Hall, after)
		if err != nil {
			return came, err
		}
		if p.Newest < after { // headquarters stands on an older copy: it gets everything anew
			return came, l.startOver(ctx)
		}
		var raws [][]byte
		for _, e := range p.Entries {
			raws, after = append(raws, []byte(e.Entry)), e.Seq
		}
		added, err := l.Take(ctx, raws)
		came += added
		var foreign *Fault
		if err != nil && !errors.As(err, &foreign) {
			return came, err
		}
		if errKept := l.keepCursor(ctx, after); errKept != nil {
			return came, errKept
		}
		if err != nil || !p.More {
			return came, err // one that differs is told once; those behind it come with the next exchange
		}
	}
}

func (l *Log) keepCursor(ctx context.Context, after int64) error {
	_, err := l.db.ExecContext(ctx, `INSERT INTO cursor (hall, after) VALUES ($1, $2) ON CONFLICT (hall) DO UPDATE SET after = excluded.after`, l.Hall, after)
	return err
}

// startOver makes the next exchange send and fetch all.
func (l *Log) startOver(ctx context.Context) error {
	return l.within(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE entry SET sent = 0 WHERE machine = $1`, l.Machine); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM cursor WHERE hall = $1`, l.Hall)
		return err
	})
}

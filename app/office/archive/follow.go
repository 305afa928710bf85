package archive

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"minglu/sync/outbox"
)

// seen is what the follower remembers between two looks.
type seen struct {
	vault   time.Time           // when the vault's folder changed last
	pending map[string]bool     // packages that are still being made
	whole   time.Time           // when everything was compared last
	ids     map[string]struct{} // packages met in the vault
}

// How often the follower looks for something new, and how often at everything: somebody may have changed a file.
const (
	lookEvery  = 2 * time.Second
	wholeEvery = 10 * time.Minute
)

// batch is how many recordings are filed in one transaction.
const batch = 100

// Sync brings the index to what vault and outbox hold now and says how many recordings were filed.
func (a *Archive) Sync(ctx context.Context) (filed int, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.compareAll(ctx)
}

// Rebuild forgets everything that can be read again, and reads it again. What is only in the index stays: the
// recordings whose packages are no longer here.
func (a *Archive) Rebuild(ctx context.Context) (filed int, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.db.ExecContext(ctx, `UPDATE recording SET stamp = '?' WHERE stamp <> ''`); err != nil {
		return 0, fmt.Errorf("rebuild archive: %w", err)
	}
	return a.compareAll(ctx)
}

// Follow keeps the index at what vault and outbox hold until ctx ends. After each look heard learns whether
// something was filed, or what went wrong.
func (a *Archive) Follow(ctx context.Context, heard func(filed int, err error)) {
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	for {
		filed, err := a.step(ctx)
		if ctx.Err() != nil {
			return
		}
		heard(filed, err)
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// step looks at everything, or only at what may be new.
func (a *Archive) step(ctx context.Context) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen.ids == nil || time.Since(a.seen.whole) > wholeEvery {
		return a.compareAll(ctx)
	}
	return a.compareNew(ctx)
}

// compareAll compares every package with its stamp in the index.
func (a *Archive) compareAll(ctx context.Context) (int, error) {
	stamps, err := a.stamps(ctx)
	if err != nil {
		return 0, err
	}
	rows, err := a.moves(ctx, time.Time{})
	if err != nil {
		return 0, err
	}
	ids, err := a.list()
	if err != nil {
		return 0, err
	}
	due := make([]string, 0, len(ids))
	met := map[string]struct{}{}
	for _, id := range ids {
		met[id] = struct{}{}
		if known, ok := stamps[id]; !ok || !known.is(a.stamp(id), rows[id]) {
			due = append(due, id)
		}
	}
	for id, row := range rows {
		known, ok := stamps[id]
		if _, here := met[id]; !here && (!ok || !known.is("", row)) {
			due = append(due, id)
		}
	}
	a.seen.ids, a.seen.pending, a.seen.whole = met, map[string]bool{}, time.Now()
	return a.fileAll(ctx, due, rows)
}

// compareNew looks at new folders, at what is still being made and at what moved in the outbox.
func (a *Archive) compareNew(ctx context.Context) (int, error) {
	rows, err := a.moves(ctx, a.moved)
	if err != nil {
		return 0, err
	}
	due := map[string]bool{}
	for id := range rows {
		due[id] = true
	}
	for id := range a.seen.pending {
		due[id] = true
	}
	if info, err := os.Stat(a.vaultDir()); err == nil && info.ModTime() != a.seen.vault {
		ids, err := a.list()
		if err != nil {
			return 0, err
		}
		for _, id := range ids {
			if _, ok := a.seen.ids[id]; !ok {
				due[id], a.seen.ids[id] = true, struct{}{}
			}
		}
	}
	var list []string
	for id := range due {
		if fresh, err := a.fresh(ctx, id, rows); err != nil {
			return 0, err
		} else if fresh {
			list = append(list, id)
		}
	}
	return a.fileAll(ctx, list, rows)
}

// fresh reports whether the index knows something else of a recording than vault and outbox. The rows get what
// the outbox says of it.
func (a *Archive) fresh(ctx context.Context, id string, rows map[string]outbox.Row) (bool, error) {
	if _, ok := rows[id]; !ok {
		if row, err := a.room.Box.Row(ctx, id); err == nil { // one that has no row yet has none
			rows[id] = row
		}
	}
	known, err := a.stampOf(ctx, id)
	return !known.is(a.stamp(id), rows[id]) || a.seen.pending[id], err
}

func (a *Archive) vaultDir() string { return filepath.Dir(a.room.Vault.Dir("x")) }

// list lists the vault and remembers when it changed last: before it was listed, so that nothing is passed over.
func (a *Archive) list() ([]string, error) {
	if info, err := os.Stat(a.vaultDir()); err == nil {
		a.seen.vault = info.ModTime()
	}
	return a.room.Vault.IDs()
}

// moves gives the outbox's rows that moved at or after since.
func (a *Archive) moves(ctx context.Context, since time.Time) (map[string]outbox.Row, error) {
	if since.IsZero() {
		since = time.UnixMilli(0)
	}
	list, err := a.room.Box.Changed(ctx, since)
	if err != nil {
		return nil, err
	}
	rows := make(map[string]outbox.Row, len(list))
	for _, r := range list {
		rows[r.ID] = r
		if r.Changed.After(a.moved) {
			a.moved = r.Changed
		}
	}
	return rows, nil
}

// fileAll reads and files recordings, some at a time.
func (a *Archive) fileAll(ctx context.Context, ids []string, rows map[string]outbox.Row) (filed int, err error) {
	for len(ids) > 0 && err == nil {
		some := ids[:min(batch, len(ids))]
		ids = ids[len(some):]
		var all []*filing
		for _, id := range some {
			if ctx.Err() != nil {
				return filed, ctx.Err()
			}
			delete(a.seen.pending, id)
			f := a.look(id, rows[id])
			if f == nil {
				a.seen.pending[id] = true
				continue
			}
			all = append(all, f)
		}
		if err = a.file(ctx, all); err == nil {
			filed += len(all)
		}
	}
	return filed, err
}

// known is what the index has of a recording.
type known struct {
	stamp string
	state outbox.State
}

// is reports whether a recording is still what the index knows. One without a row in the outbox has no state there.
func (k known) is(stamp string, row outbox.Row) bool {
	return k.stamp == stamp && (row.ID == "" || k.state == row.State)
}

func (a *Archive) stamps(ctx context.Context) (map[string]known, error) {
	all := map[string]known{}
	err := a.each(ctx, `SELECT id, stamp, state FROM recording`, nil, func(scan func(...any) error) error {
		var id string
		var k known
		err := scan(&id, &k.stamp, &k.state)
		all[id] = k
		return err
	})
	return all, err
}

func (a *Archive) stampOf(ctx context.Context, id string) (k known, err error) {
	err = a.each(ctx, `SELECT stamp, state FROM recording WHERE id = $1`, []any{id}, func(scan func(...any) error) error {
		return scan(&k.stamp, &k.state)
	})
	return k, err
}

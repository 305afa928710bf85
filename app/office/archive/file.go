package archive

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"minglu/capture/evidence"
	"minglu/sync/outbox"
)

// filing is one recording as it goes into the index.
type filing struct {
	card  Card
	stamp string
	body  []string
	keep  bool // what the index knows of it already stays; only state and fault are new
}

// look reads one recording of the vault as far as it can be read. It answers nil for one that is not to be filed:
// it is still being made.
func (a *Archive) look(id string, row outbox.Row) *filing {
	f := &filing{stamp: a.stamp(id), card: Card{ID: id, State: row.State, Item: row.Item}}
	f.card.StartMS = begun(row)
	switch {
	case f.stamp == "":
		f.keep = true
		if row.State != outbox.Released {
			if row.Sealing() {
				return nil // a crash, or another program, is at work on it
			}
			f.card.Fault, f.card.State = FaultMissing, outbox.Lost
		}
		return f
	case !a.sealed(id):
		if row.ID == "" || row.Sealing() {
			return nil
		}
		f.card.Fault, f.keep = FaultUnsealed, true
		return f
	}
	f.read(a.Dir(id))
	return f
}

// begun is what the outbox knows of a recording's start, in milliseconds since 1970.
func begun(row outbox.Row) int64 {
	if at, err := evidence.ParseTime(row.Start); err == nil {
		return at.UnixMilli()
	}
	if row.Created.IsZero() {
		return 0
	}
	return row.Created.UnixMilli()
}

// read fills the filing from the package in dir, or with what is wrong with it.
func (f *filing) read(dir string) {
	story, err := readDir(dir)
	if err == nil && story.Record.ID != f.card.ID {
		f.card.Fault, f.card.Why, f.keep = FaultID, "record.json is of "+story.Record.ID, true
		return
	}
	if err != nil {
		f.card.Fault, f.card.Why, f.keep = Told(err), err.Error(), true
		return
	}
	card := story.card()
	card.State = f.card.State
	if card.State == "" {
		card.State = outbox.Sealed
		if card.ReceivedMS > 0 {
			card.State = outbox.Received
		}
	}
	if story.Transcript != nil {
		card.Fault, card.Why = FaultForm, story.Transcript.Error()
	}
	f.card, f.body = card, story.texts()
}

// readDir reads the package in a folder.
func readDir(dir string) (*Story, error) {
	fsys, closer, err := evidence.OpenPackage(dir)
	if err != nil {
		return nil, err
	}
	story, err := Read(fsys)
	if err := errors.Join(err, closer.Close()); err != nil {
		return nil, err
	}
	return story, nil
}

// sealed reports whether the room's first signature lies in the package.
func (a *Archive) sealed(id string) bool {
	_, err := os.Lstat(filepath.Join(a.Dir(id), filepath.FromSlash(evidence.SealPath(1, evidence.LayerSignature))))
	return err == nil
}

// stamp is the same while the package is; "" when its folder is gone. The folder's own time tells of a receipt.
func (a *Archive) stamp(id string) string {
	stamp := ""
	for i, name := range []string{".", evidence.FileRecord, evidence.FileTranscript, evidence.FileTexts} {
		info, err := os.Lstat(filepath.Join(a.Dir(id), filepath.FromSlash(name)))
		switch {
		case err == nil && info.IsDir():
			stamp += fmt.Sprintf("%d ", info.ModTime().UnixNano())
		case err == nil:
			stamp += fmt.Sprintf("%d/%d ", info.ModTime().UnixNano(), info.Size())
		case i == 0 && errors.Is(err, fs.ErrNotExist):
			return ""
		default:
			stamp += "- "
		}
	}
	return stamp
}

// file enters recordings into the index, all of them or none.
func (a *Archive) file(ctx context.Context, all []*filing) error {
	if len(all) == 0 {
		return nil
	}
	tx, err := a.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("file recordings: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	for _, f := range all {
		if err := f.enter(ctx, tx); err != nil {
			return fmt.Errorf("file %s: %w", f.card.ID, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("file recordings: %w", err)
	}
	return nil
}

// Filed is a recording as headquarters, or an older index, tells of it.
type Filed struct {
	Card Card
	Body []string // its texts
}

// Restore enters recordings whose packages are not on this machine, so that they can be found. What lies in the
// vault is read from there.
func (a *Archive) Restore(ctx context.Context, all []Filed) error {
	list := make([]*filing, len(all))
	for i, f := range all {
		list[i] = &filing{card: f.Card, body: f.Body}
	}
	return a.file(ctx, list)
}

const nextEdit = `(SELECT coalesce(max(edit), 0) + 1 FROM recording)`

// enter writes one recording in place of what the index knew of it.
func (f *filing) enter(ctx context.Context, tx *sql.Tx) error {
	var old int64
	err := tx.QueryRowContext(ctx, `SELECT key FROM recording WHERE id = $1`, f.card.ID).Scan(&old)
	known := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if known && f.keep {
		_, err := tx.ExecContext(ctx, `UPDATE recording SET stamp = $1, state = $2, fault = $3, card = json_set(card, '$.w', $4),
			edit = `+nextEdit+` WHERE key = $5`, f.stamp, f.card.State, f.card.Fault, f.card.Why, old)
		return err
	}
	if known {
		if err := remove(ctx, tx, old); err != nil {
			return err
		}
	}
	key, err := free(ctx, tx, f.card.key())
	if err != nil {
		return err
	}
	return f.insert(ctx, tx, key)
}

func remove(ctx context.Context, tx *sql.Tx, key int64) error {
	for _, text := range []string{`DELETE FROM recording WHERE key = $1`, `DELETE FROM words WHERE rowid = $1`} {
		if _, err := tx.ExecContext(ctx, text, key); err != nil {
			return err
		}
	}
	return nil
}

// free is the first key from key on that nobody has.
func free(ctx context.Context, tx *sql.Tx, key int64) (int64, error) {
	for ; ; key++ {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM recording WHERE key = $1`, key).Scan(&n); err != nil || n == 0 {
			return key, err
		}
	}
}

func (f *filing) insert(ctx context.Context, tx *sql.Tx, key int64) error {
	card, err := json.Marshal(f.card)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO recording (key, id, stamp, state, fault, card, edit)
		VALUES ($1, $2, $3, $4, $5, $6, `+nextEdit+`)`, key, f.card.ID, f.stamp, f.card.State, f.card.Fault, string(card))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO words (rowid, item, household, person, officer, casenr, body, tie)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, append([]any{key}, f.card.words(f.body)...)...)
	return err
}

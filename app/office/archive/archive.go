// Package archive files the sealed recordings of a home by household (一户式), person (一人式), officer, case, item
// and date.
//
// It is an index and nothing more: what it knows comes from the packages in the vault and from the outbox, and is
// read again whenever they change. One thing it keeps for longer: a recording whose space was freed stays findable
// by what was read before; headquarters holds it.
package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"minglu/app/office/access"
	"minglu/app/room"
	"minglu/app/store"
)

// File is the name of the index in a home.
const File = "archive.db"

// schema: key orders by the start of the recording, so that both tables give the newest first without sorting.
// words holds no text, only where each word stands; tie holds made-up words that nobody types, one for each
// household and person.
func schema() store.Schema {
	return store.Schema{Name: "archive", Versions: []string{`
CREATE TABLE recording (
	key    BIGINT PRIMARY KEY,
	id     TEXT NOT NULL UNIQUE,
	stamp  TEXT NOT NULL,
	state  TEXT NOT NULL,
	fault  TEXT NOT NULL,
	card   TEXT NOT NULL,
	edit   BIGINT NOT NULL
);
CREATE INDEX recording_edit ON recording (edit);
CREATE INDEX recording_fault ON recording (key) WHERE fault <> '';
CREATE VIRTUAL TABLE words USING fts5(item, household, person, officer, casenr, body, tie,
	content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0");
`}}
}

// Archive is the archive of a home. It is safe for concurrent use; several processes may have it open.
type Archive struct {
	db   *sql.DB
	room *room.Room
	log  *access.Log

	mu    sync.Mutex // guards what the follower remembers
	seen  seen
	moved time.Time // the newest change of the outbox that was followed
}

// Open opens the archive of a room. An index that is damaged is put aside and begun anew: Sync fills it.
func Open(ctx context.Context, r *room.Room) (*Archive, error) {
	path := filepath.Join(r.Home, File)
	db, err := openIndex(ctx, path)
	if store.Damaged(err) {
		if err = putAside(path, r.Clock.Now()); err == nil {
			db, err = openIndex(ctx, path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	return &Archive{db: db, room: r, log: access.Open(r.Home, r.Clock.Now)}, nil
}

// openIndex opens the database and reads from each table, for damage shows only then.
func openIndex(ctx context.Context, path string) (*sql.DB, error) {
	db, err := store.Open(ctx, path, schema())
	if err != nil {
		return nil, err
	}
	var n int
	for _, table := range []string{"recording", "words"} {
		err = db.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT rowid FROM `+table+` LIMIT 1)`).Scan(&n)
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

// putAside renames a damaged index with its companions; a person may still want to look at it.
func putAside(path string, now time.Time) error {
	for _, end := range []string{"", "-wal", "-shm"} {
		err := os.Rename(path+end, path+".damaged-"+now.UTC().Format("20060102T150405")+end)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Close closes the index.
func (a *Archive) Close() error { return a.db.Close() }

// Log is the log of who looked at which recording.
func (a *Archive) Log() *access.Log { return a.log }

// Dir is where the package of a recording lies, or lay.
func (a *Archive) Dir(id string) string { return a.room.Vault.Dir(id) }

// Package store opens the database and brings its tables up to date.
//
// One SQL text serves both engines: $1 parameters, BIGINT milliseconds for times, BYTEA for bytes. This version
// opens SQLite; PostgreSQL takes the same schemas next.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"modernc.org/sqlite" // also the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Schema is the tables of one part. Versions[0] makes them, each later one brings them further; what was
// released is never edited, only followed.
type Schema struct {
	Name     string
	Versions []string
}

// Errors a caller chooses by.
var (
	ErrNewer  = errors.New("it was written by a newer version of this program; install that one")
	ErrEngine = errors.New("this version keeps its tables in SQLite only; leave --db away or name a file")
)

// Damaged reports whether an error says that the database's file is not, or no longer, a database.
func Damaged(err error) bool {
	var fault *sqlite.Error
	if !errors.As(err, &fault) {
		return false
	}
	code := fault.Code() & 0xff
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// Open opens the database at target, a file's path or a sqlite: URL, and brings the schemas up to date. What
// it commits survives a power cut. Several processes may have it open.
func Open(ctx context.Context, target string, schemas ...Schema) (*sql.DB, error) {
	path, err := sqlitePath(target)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	for _, s := range schemas {
		if err := upgrade(ctx, db, s); err != nil {
			return nil, errors.Join(fmt.Errorf("open database %s: tables of %s: %w", path, s.Name, err), db.Close())
		}
	}
	return db, nil
}

func sqlitePath(target string) (string, error) {
	scheme, rest, ok := strings.Cut(target, ":")
	switch {
	case !ok || len(scheme) == 1: // a drive letter is no scheme
		return target, nil
	case scheme == "sqlite":
		return strings.TrimPrefix(rest, "//"), nil
	}
	return "", fmt.Errorf("open database %s: %w", scheme+":…", ErrEngine)
}

// dsn makes every commit durable (FULL: in the write-ahead log with NORMAL, a power cut forgets receipts) and
// every transaction a writer from its start, so that two of them wait for each other instead of failing.
func dsn(path string) string {
	pragmas := url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"},
		"_txlock": {"immediate"},
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + pragmas.Encode()
}

// upgrade runs the versions that lack, each in its own transaction together with the note that it ran.
func upgrade(ctx context.Context, db *sql.DB, s Schema) error {
	const table = `CREATE TABLE IF NOT EXISTS schema_version (name TEXT PRIMARY KEY, version BIGINT NOT NULL)`
	if _, err := db.ExecContext(ctx, table); err != nil {
		return err
	}
	for {
		done, err := step(ctx, db, s)
		if done || err != nil {
			return err
		}
	}
}

// step runs the one version that comes next.
func step(ctx context.Context, db *sql.DB, s Schema) (done bool, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	var version int
	err = tx.QueryRowContext(ctx, `SELECT version FROM schema_version WHERE name = $1`, s.Name).Scan(&version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	switch {
	case version > len(s.Versions):
		return false, fmt.Errorf("version %d: %w", version, ErrNewer)
	case version == len(s.Versions):
		return true, nil
	}
	if _, err := tx.ExecContext(ctx, s.Versions[version]); err != nil {
		return false, fmt.Errorf("bring to version %d: %w", version+1, err)
	}
	const note = `INSERT INTO schema_version (name, version) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET version = excluded.version`
	if _, err := tx.ExecContext(ctx, note, s.Name, version+1); err != nil {
		return false, err
	}
	return false, tx.Commit()
}

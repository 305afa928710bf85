// Package outbox remembers what headquarters has not yet acknowledged.
//
// It is one SQLite file in the room's home. A row is durable before the first media byte of its recording
// exists and is never deleted, so that every number of the room can be accounted for. Each call is one
// transaction, committed with synchronous=FULL before it returns.
package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"syscall"
	"time"

	"modernc.org/sqlite" // also the database/sql driver
	sqlite3 "modernc.org/sqlite/lib"

	"minglu/capture/durable"
	"minglu/capture/evidence"
)

// Box is a room's outbox. Several processes may hold the same one open.
type Box struct {
	db   *sql.DB
	room string
}

// ErrNewer reports an outbox written by a newer program; it is left untouched.
var ErrNewer = errors.New("written by a newer program")

// pragmas are the measured choice: NORMAL forgets acknowledged rows when the power fails.
const pragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(1)&_txlock=immediate"

// Open opens the outbox at path for the room with this code, making or upgrading it as needed.
func Open(path, room string) (*Box, error) {
	return open(path, room, pragmas)
}

func open(path, room, pragmas string) (*Box, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open outbox %s: %w", path, err)
	}
	name := filepath.ToSlash(abs)
	if name[0] != '/' {
		name = "/" + name // a drive letter
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: name}).EscapedPath()+"?"+pragmas)
	if err != nil {
		return nil, fmt.Errorf("open outbox %s: %w", path, err)
	}
	db.SetMaxOpenConns(1) // one writer; every read below is a few rows
	b := &Box{db: db, room: room}
	if err = b.migrate(); err == nil {
		err = durable.OS{}.SyncDir(filepath.Dir(abs))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open outbox %s: %w", path, err), db.Close())
	}
	return b, nil
}

// Close closes the outbox.
func (b *Box) Close() error { return b.db.Close() }

// Room is the room's code.
func (b *Box) Room() string { return b.room }

// Reserve takes the room's next number and makes its row, in state recording. When it returns, the number
// is durable: the first media byte may be written.
func (b *Box) Reserve(ctx context.Context, at time.Time) (int64, error) {
	var n int64
	err := b.within(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRow(`SELECT coalesce(max(n), 0) + 1 FROM package WHERE room = ?`, b.room).Scan(&n); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO package (id, room, n, state, created, changed, next_try, cause, why)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, evidence.MakeID(b.room, n), b.room, n, Recording,
			at.UnixMilli(), at.UnixMilli(), at.UnixMilli(), CauseTurn, "the recording has begun")
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("reserve a number for room %s: %w", b.room, err)
	}
	return n, nil
}

// within runs do in one transaction.
func (b *Box) within(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return named(err)
	}
	if err := do(tx); err != nil {
		return named(errors.Join(err, tx.Rollback()))
	}
	return named(tx.Commit())
}

// ErrBusy reports that another program keeps the outbox to itself, ErrDamaged that its file is none any more.
var (
	ErrBusy    error = coded{"database.busy", "another program keeps the outbox locked"}
	ErrDamaged error = coded{"database.damaged", "the outbox is damaged"}
)

// named gives what the disk did the system's name beside SQLite's, so that it is known as what it is.
func named(err error) error {
	var fault *sqlite.Error
	if !errors.As(err, &fault) {
		return err
	}
	names := map[int]error{
		sqlite3.SQLITE_FULL: syscall.ENOSPC, sqlite3.SQLITE_READONLY: syscall.EROFS, sqlite3.SQLITE_IOERR: syscall.EIO,
		sqlite3.SQLITE_BUSY: ErrBusy, sqlite3.SQLITE_LOCKED: ErrBusy,
		sqlite3.SQLITE_CORRUPT: ErrDamaged, sqlite3.SQLITE_NOTADB: ErrDamaged,
	}
	if name := names[fault.Code()&0xff]; name != nil {
		return fmt.Errorf("%w: %w", name, err)
	}
	return err
}

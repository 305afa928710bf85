package outbox

import (
	"context"
	"database/sql"
	"fmt"
)

// migrations are the steps of the schema; step i takes user_version i to i+1. A step that was ever released
// is never changed.
func migrations() []string { return []string{schema1} }

// schema1 is the first schema. Times are milliseconds since 1970, UTC.
const schema1 = `
CREATE TABLE package (
	id        TEXT PRIMARY KEY,
	room      TEXT NOT NULL,
	n         INTEGER NOT NULL CHECK (n > 0),
	state     TEXT NOT NULL,
	priority  INTEGER NOT NULL DEFAULT 5 CHECK (priority BETWEEN 0 AND 9),
	item      TEXT NOT NULL DEFAULT '',
	start     TEXT NOT NULL DEFAULT '',
	seal      TEXT NOT NULL DEFAULT '',
	told      TEXT NOT NULL DEFAULT '', -- the state headquarters was last told
	cause     TEXT NOT NULL DEFAULT '',
	why       TEXT NOT NULL DEFAULT '',
	next_try  INTEGER,
	tries     INTEGER NOT NULL DEFAULT 0, -- since the last byte got through
	created   INTEGER NOT NULL,
	changed   INTEGER NOT NULL,
	received  INTEGER, -- headquarters' time
	confirmed INTEGER, -- when headquarters last said that it holds it
	UNIQUE (room, n),
	CHECK (state IN ('received', 'released') OR (cause <> '' AND why <> '')),
	CHECK (state IN ('received', 'released', 'refused', 'lost') OR next_try IS NOT NULL),
	CHECK (state NOT IN ('received', 'released') OR (received IS NOT NULL AND confirmed IS NOT NULL))
) STRICT;
CREATE INDEX package_due ON package (next_try, priority, n) WHERE next_try IS NOT NULL;
CREATE TABLE part (
	id     TEXT NOT NULL REFERENCES package,
	idx    INTEGER NOT NULL,
	path   TEXT NOT NULL,
	size   INTEGER NOT NULL CHECK (size >= 0),
	sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
	acked  INTEGER NOT NULL DEFAULT 0 CHECK (acked BETWEEN 0 AND size),
	PRIMARY KEY (id, idx),
	UNIQUE (id, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE attempt (
	seq   INTEGER PRIMARY KEY,
	id    TEXT NOT NULL REFERENCES package,
	at    INTEGER NOT NULL,
	cause TEXT NOT NULL,
	why   TEXT NOT NULL,
	next_try INTEGER
) STRICT;
CREATE INDEX attempt_id ON attempt (id, seq);
CREATE TABLE receipt (
	id   TEXT NOT NULL REFERENCES package,
	at   INTEGER NOT NULL,
	path TEXT NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (id, at, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE release (
	id     TEXT PRIMARY KEY REFERENCES package,
	at     INTEGER NOT NULL,
	person TEXT NOT NULL CHECK (person <> ''),
	reason TEXT NOT NULL CHECK (reason <> ''),
	bytes  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE fact (
	name  TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;`

// migrate brings the schema up to date, all steps in one transaction.
func (b *Box) migrate() error {
	return b.within(context.Background(), func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil {
			return err
		}
		steps := migrations()
		if version > len(steps) {
			return fmt.Errorf("schema %d, this program knows %d: %w", version, len(steps), ErrNewer)
		}
		if version == len(steps) {
			return nil
		}
		for i, step := range steps[version:] {
			if _, err := tx.Exec(step); err != nil {
				return fmt.Errorf("upgrade schema to %d: %w", version+i+1, err)
			}
		}
		_, err := tx.Exec(fmt.Sprintf(`PRAGMA user_version = %d`, len(steps)))
		return err
	})
}

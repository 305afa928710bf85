package ledger

import (
	"database/sql"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Versions are the tables of SQL, oldest first, for whoever opens the database. What was released is never
// edited, only followed.
func Versions() []string {
	return []string{`
CREATE TABLE ledger_entry (n BIGINT PRIMARY KEY, entry BYTEA NOT NULL);
CREATE TABLE ledger_hash (i BIGINT PRIMARY KEY, hash BYTEA NOT NULL);`}
}

// Querier is a database or a transaction in it.
type Querier interface {
	Exec(query string, args ...any) (sql.Result, error)
	QueryRow(query string, args ...any) *sql.Row
}

// SQL is a ledger's storage in a database. Over a transaction, an entry is there if and only if what else the
// transaction says is there.
type SQL struct{ Tx Querier }

var _ Storage = SQL{}

// Size implements Storage.
func (s SQL) Size() (int64, error) {
	var n int64
	err := s.Tx.QueryRow(`SELECT COALESCE(MAX(n) + 1, 0) FROM ledger_entry`).Scan(&n)
	return n, err
}

// Entry implements Storage.
func (s SQL) Entry(n int64) ([]byte, error) {
	var entry []byte
	if err := s.Tx.QueryRow(`SELECT entry FROM ledger_entry WHERE n = $1`, n).Scan(&entry); err != nil {
		return nil, fmt.Errorf("read ledger entry %d: %w", n, err)
	}
	return entry, nil
}

// ReadHashes implements Storage.
func (s SQL) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		var raw []byte
		if err := s.Tx.QueryRow(`SELECT hash FROM ledger_hash WHERE i = $1`, index).Scan(&raw); err != nil {
			return nil, fmt.Errorf("read ledger hash %d: %w", index, err)
		}
		if len(raw) != tlog.HashSize {
			return nil, fmt.Errorf("ledger hash %d has %d bytes", index, len(raw))
		}
		found[i] = tlog.Hash(raw)
	}
	return found, nil
}

// Append implements Storage. Two writers cannot both add entry n: it is the primary key.
func (s SQL) Append(n int64, entry []byte, hashes []tlog.Hash) error {
	if _, err := s.Tx.Exec(`INSERT INTO ledger_entry (n, entry) VALUES ($1, $2)`, n, entry); err != nil {
		return err
	}
	first := tlog.StoredHashIndex(0, n)
	for i, h := range hashes {
		if _, err := s.Tx.Exec(`INSERT INTO ledger_hash (i, hash) VALUES ($1, $2)`, first+int64(i), h[:]); err != nil {
			return err
		}
	}
	return nil
}

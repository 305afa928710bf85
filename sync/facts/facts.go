// Package facts keeps at headquarters what rooms say about themselves: how their machines are, not evidence.
//
// Of each kind the newest of a room is shown and the rest kept for a while, so that one can see since when
// something was wrong.
package facts

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// Doctor is the kind of a room's self-examination: a Health.
const Doctor = "doctor"

// Health is what a room's doctor found.
type Health struct {
	V       int     `json:"v"`
	At      string  `json:"at"`      // when the room looked, by its clock
	Version string  `json:"version"` // release of the room's programs
	Checks  []Check `json:"checks"`
}

// Check is one thing looked at; the words are in the room's language.
type Check struct {
	Check string `json:"check"`
	State string `json:"state"` // ok, warn, fail, skipped
	Title string `json:"title"`
	Found string `json:"found"`
	Do    string `json:"do"`
}

// Fact is something a room said.
type Fact struct {
	Room     string
	Kind     string
	Received time.Time
	Body     []byte
}

// Versions are the tables of facts.
func Versions() []string {
	return []string{`
CREATE TABLE fact (
	room TEXT NOT NULL, kind TEXT NOT NULL, received BIGINT NOT NULL, body BYTEA NOT NULL);
CREATE INDEX fact_newest ON fact (kind, room, received);`}
}

// keepFor is how long an older fact is kept.
const keepFor = 90 * 24 * time.Hour

// Put keeps a fact; when it returns, the fact survives a power cut.
func Put(ctx context.Context, db *sql.DB, f Fact) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("keep fact of %s: %w", f.Room, err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	const old = `DELETE FROM fact WHERE room = $1 AND kind = $2 AND received < $3`
	if _, err := tx.ExecContext(ctx, old, f.Room, f.Kind, f.Received.Add(-keepFor).UnixMilli()); err != nil {
		return fmt.Errorf("keep fact of %s: %w", f.Room, err)
	}
	const add = `INSERT INTO fact (room, kind, received, body) VALUES ($1, $2, $3, $4)`
	if _, err := tx.ExecContext(ctx, add, f.Room, f.Kind, f.Received.UnixMilli(), f.Body); err != nil {
		return fmt.Errorf("keep fact of %s: %w", f.Room, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("keep fact of %s: %w", f.Room, err)
	}
	return nil
}

// Newest lists the newest fact of a kind of every room, by room.
func Newest(ctx context.Context, db *sql.DB, kind string) (list []Fact, err error) {
	rows, err := db.QueryContext(ctx, `SELECT room, received, body FROM fact AS f WHERE kind = $1 AND received =
		(SELECT MAX(received) FROM fact WHERE kind = f.kind AND room = f.room) GROUP BY room ORDER BY room`, kind)
	if err != nil {
		return nil, fmt.Errorf("list facts: %w", err)
	}
	defer func() {
		if shut := rows.Close(); err == nil {
			err = shut
		}
	}()
	for rows.Next() {
		f := Fact{Kind: kind}
		var at int64
		if err := rows.Scan(&f.Room, &at, &f.Body); err != nil {
			return nil, fmt.Errorf("list facts: %w", err)
		}
		f.Received = time.UnixMilli(at).UTC()
		list = append(list, f)
	}
	return list, rows.Err()
}

// ParseHealth reads a Health and refuses what is none. Unknown members are let pass: rooms may be newer.
func ParseHealth(text []byte) (Health, error) {
	var h Health
	if err := json.Unmarshal(text, &h); err != nil {
		return h, fmt.Errorf("read health: %w", err)
	}
	if h.V != 1 || len(h.Checks) == 0 || len(h.Checks) > 200 {
		return h, fmt.Errorf("read health: version %d with %d checks; want version 1 with 1 to 200", h.V, len(h.Checks))
	}
	if _, err := time.Parse(time.RFC3339, h.At); err != nil {
		return h, fmt.Errorf("read health: at: %w", err)
	}
	for _, c := range h.Checks {
		switch c.State {
		case "ok", "warn", "fail", "skipped":
		default:
			return h, fmt.Errorf("read health: %q is no state", c.State)
		}
	}
	return h, nil
}

package receive

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/wire"
)

// States of a package at headquarters.
const (
	stateRecording = "recording" // announced, not sealed yet
	stateSealed    = "sealed"    // its parts are known, not all of them here or not yet verified
	stateRefused   = "refused"   // verified and not accepted; the reasons are in quarantine
	stateEntered   = "entered"   // in the ledger; headquarters' layer lacks
	stateReceived  = "received"  // the receipt stands
)

// Versions are the desk's tables, oldest first, for whoever opens the database. What was released is never
// edited, only followed.
func Versions() []string {
	return []string{`
CREATE TABLE package (
	id TEXT PRIMARY KEY, room TEXT NOT NULL, n BIGINT NOT NULL, state TEXT NOT NULL,
	item TEXT NOT NULL, start TEXT NOT NULL, seal TEXT NOT NULL,
	announced BIGINT NOT NULL, changed BIGINT NOT NULL,
	case_no TEXT NOT NULL DEFAULT '', taxpayer TEXT NOT NULL DEFAULT '', duration_ms BIGINT NOT NULL DEFAULT 0,
	verdict TEXT NOT NULL DEFAULT '', entry BIGINT, proof BYTEA,
	UNIQUE (room, n));
CREATE TABLE package_file (
	id TEXT NOT NULL REFERENCES package (id), path TEXT NOT NULL, size BIGINT NOT NULL, sha256 TEXT NOT NULL,
	ours BIGINT NOT NULL, PRIMARY KEY (id, path));
CREATE TABLE upload (
	room TEXT NOT NULL, sha256 TEXT NOT NULL, size BIGINT NOT NULL, off BIGINT NOT NULL, hash BYTEA NOT NULL,
	PRIMARY KEY (room, sha256));
CREATE TABLE quarantine (
	id TEXT NOT NULL, seal TEXT NOT NULL, code TEXT NOT NULL, room TEXT NOT NULL,
	first BIGINT NOT NULL, last BIGINT NOT NULL, times BIGINT NOT NULL, reasons TEXT NOT NULL, files TEXT NOT NULL,
	PRIMARY KEY (id, seal, code));`}
}

// querier is a database or a transaction in it.
type querier interface {
	Exec(query string, args ...any) (sql.Result, error)
	Query(query string, args ...any) (*sql.Rows, error)
	QueryRow(query string, args ...any) *sql.Row
}

// row is a package as the tables have it.
type row struct {
	id, room, state, item, start, seal    string
	n                                     int64
	caseNo, taxpayer, verdict             string
	durationMS, entry, announced, changed int64 // entry is -1 before there is one
	proof                                 []byte
	files                                 []file
}

type file struct {
	wire.Part
	ours bool // added by headquarters
}

// entered reports whether the ledger speaks of the package: from then on it is what it is.
func (r row) entered() bool { return r.entry >= 0 }

// parts are all files of the package, headquarters' among them.
func (r row) parts() []wire.Part {
	parts := make([]wire.Part, len(r.files))
	for i, f := range r.files {
		parts[i] = f.Part
	}
	return parts
}

const columns = `id, room, n, state, item, start, seal, case_no, taxpayer, verdict, duration_ms, COALESCE(entry, -1), proof, announced, changed`

func (r *row) scan(scan func(...any) error) error {
	return scan(&r.id, &r.room, &r.n, &r.state, &r.item, &r.start, &r.seal, &r.caseNo, &r.taxpayer, &r.verdict,
		&r.durationMS, &r.entry, &r.proof, &r.announced, &r.changed)
}

// load reads a package with its files; sql.ErrNoRows says that there is none.
func load(q querier, id string) (row, error) {
	var r row
	if err := r.scan(q.QueryRow(`SELECT `+columns+` FROM package WHERE id = $1`, id).Scan); err != nil {
		return row{}, fmt.Errorf("read package %s: %w", id, err)
	}
	var err error
	r.files, err = loadFiles(q, id)
	return r, err
}

func loadFiles(q querier, id string) (files []file, err error) {
	rows, err := q.Query(`SELECT path, size, sha256, ours FROM package_file WHERE id = $1 ORDER BY path`, id)
	if err != nil {
		return nil, fmt.Errorf("read files of %s: %w", id, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var f file
		if err := rows.Scan(&f.Path, &f.Size, &f.SHA256, &f.ours); err != nil {
			return nil, fmt.Errorf("read files of %s: %w", id, err)
		}
		files = append(files, f)
	}
	return files, rows.Err()
}

func insert(tx querier, a wire.Announcement, at time.Time) error {
	_, err := tx.Exec(`INSERT INTO package (id, room, n, state, item, start, seal, announced, changed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
		a.ID, a.Room, a.Number, a.State, a.Item, a.Start, a.Seal, at.UnixMilli())
	if err != nil {
		return fmt.Errorf("keep announcement of %s: %w", a.ID, err)
	}
	return insertFiles(tx, a.ID, a.Files, false)
}

// replace puts what a sealed package consists of in place of what was announced before.
func replace(tx querier, a wire.Announcement, at time.Time) error {
	_, err := tx.Exec(`UPDATE package SET state = $2, item = $3, start = $4, seal = $5, changed = $6 WHERE id = $1`,
		a.ID, a.State, a.Item, a.Start, a.Seal, at.UnixMilli())
	if err == nil {
		_, err = tx.Exec(`DELETE FROM package_file WHERE id = $1`, a.ID)
	}
	if err != nil {
		return fmt.Errorf("keep announcement of %s: %w", a.ID, err)
	}
	return insertFiles(tx, a.ID, a.Files, false)
}

func insertFiles(tx querier, id string, files []wire.Part, ours bool) error {
	for _, f := range files {
		_, err := tx.Exec(`INSERT INTO package_file (id, path, size, sha256, ours) VALUES ($1, $2, $3, $4, $5)`,
			id, f.Path, f.Size, f.SHA256, ours)
		if err != nil {
			return fmt.Errorf("keep file %s of %s: %w", f.Path, id, err)
		}
	}
	return nil
}

// setState moves a package on.
func setState(tx querier, id, state string, at time.Time) error {
	if _, err := tx.Exec(`UPDATE package SET state = $2, changed = $3 WHERE id = $1`, id, state, at.UnixMilli()); err != nil {
		return fmt.Errorf("move package %s to %s: %w", id, state, err)
	}
	return nil
}

// setEntry writes down what the ledger says of a package and what its record says of itself.
func setEntry(tx querier, r row, at time.Time) error {
	_, err := tx.Exec(`UPDATE package SET state = $2, entry = $3, proof = $4, case_no = $5, taxpayer = $6, item = $7,
		start = $8, duration_ms = $9, verdict = $10, changed = $11 WHERE id = $1`,
		r.id, stateEntered, r.entry, r.proof, r.caseNo, r.taxpayer, r.item, r.start, r.durationMS, r.verdict, at.UnixMilli())
	if err != nil {
		return fmt.Errorf("enter package %s: %w", r.id, err)
	}
	return nil
}

// describe takes over what the verified record says.
func (r *row) describe(report *evidence.Report) {
	r.verdict = string(report.Verdict)
	r.durationMS = report.Duration
	if report.Start != "" {
		r.start = report.Start
	}
	if report.Plan != nil {
		r.item, r.caseNo, r.taxpayer = report.Plan.Item, report.Plan.Case, report.Plan.Taxpayer.Name
	}
}

// quarantined is a package that was not accepted; its parts stay in the blob store.
type quarantined struct {
	id, seal, room, code string
	reasons              []string
	files                []wire.Part
}

// keep writes the refusal down once; repeats are counted.
func (q quarantined) keep(tx querier, at time.Time) error {
	reasons, err := json.Marshal(q.reasons)
	if err != nil {
		return err
	}
	files, err := json.Marshal(q.files)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO quarantine (id, seal, code, room, first, last, times, reasons, files)
		VALUES ($1, $2, $3, $4, $5, $5, 1, $6, $7)
		ON CONFLICT (id, seal, code) DO UPDATE SET last = excluded.last, times = quarantine.times + 1,
			reasons = excluded.reasons, files = excluded.files`,
		q.id, q.seal, q.code, q.room, at.UnixMilli(), string(reasons), string(files))
	if err != nil {
		return fmt.Errorf("quarantine %s: %w", q.id, err)
	}
	return nil
}

// packageIDs lists the packages in a state, in the order of their numbers.
func packageIDs(q querier, state string) (ids []string, err error) {
	rows, err := q.Query(`SELECT id FROM package WHERE state = $1 ORDER BY room, n`, state)
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("list packages: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// Package exchange keeps the entries of halls' duty logs at headquarters and hands them to the halls' other machines.
//
// Entries come as they are made, long before their day is sealed, so that two machines of one hall show one log. They
// are no evidence here: the sealed day is. Headquarters numbers them as they come and changes nothing.
package exchange

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/enrol"
	"minglu/sync/receive"
	"minglu/sync/wire"
)

// Desk takes entries in and gives them out. All its methods may be repeated and run at once.
type Desk struct {
	DB *sql.DB // with the tables of Versions
	// Hall is the hall that an admitted room keeps the log of.
	Hall func(room string) (string, error)
	Now  func() time.Time
	// What is known of rooms, for the facts that go into a hall's log.
	Members func() ([]enrol.Member, error)
	Changed func(ctx context.Context, room string, since time.Time) ([]receive.Recording, error)
	Broken  func(id string) (bool, error) // whether a received recording was interrupted

	writing sync.Mutex // one writer here; other processes wait in SQLite
}

// Versions are the tables, for store.Open.
func Versions() []string {
	return []string{`
CREATE TABLE duty_entry (
	seq BIGINT NOT NULL, hall TEXT NOT NULL, id TEXT NOT NULL, day TEXT NOT NULL, machine TEXT NOT NULL,
	came BIGINT NOT NULL, raw TEXT NOT NULL, PRIMARY KEY (hall, seq), UNIQUE (hall, id))`, `
CREATE INDEX duty_machine ON duty_entry (hall, machine);
CREATE TABLE hall_fact (
	hall TEXT NOT NULL, key TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL,
	teller TEXT NOT NULL, told BIGINT NOT NULL, -- the machine it was told to last, and when
	noted BIGINT NOT NULL, PRIMARY KEY (hall, key));
CREATE INDEX hall_fact_open ON hall_fact (hall, at) WHERE noted = 0`}
}

// Bounds of one answer: entries, and bytes of them.
const (
	maxEntry = 256 << 10
	pageSize = 500
	pageFull = 2 << 20
)

// Routes adds the calls to mux; door admits the rooms.
func (d *Desk) Routes(mux *http.ServeMux, door *receive.Door) {
	mux.HandleFunc("POST /v1/duty/{hall}/entries", door.Room(d.take))
	mux.HandleFunc("GET /v1/duty/{hall}/entries", door.Room(d.give))
	mux.HandleFunc("POST /v1/duty/{hall}/facts", door.Room(d.tell))
}

// member demands that a room keeps the log of the hall it names.
func (d *Desk) member(room string, r *http.Request) (string, error) {
	hall := r.PathValue("hall")
	own, err := d.Hall(room)
	if err != nil {
		return "", err
	}
	if own != hall || !evidence.IsRoom(hall) {
		return "", receive.Refuse(403, wire.RefuseCertificate, fmt.Sprintf("room %s keeps the duty log of hall %s, not of %.20q", room, own, hall))
	}
	return hall, nil
}

// header is what headquarters reads of an entry.
type header struct {
	V       int    `json:"v"`
	ID      string `json:"id"`
	Hall    string `json:"hall"`
	Day     string `json:"day"`
	Machine string `json:"machine"`
}

var idForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

func parse(raw, hall, room string) (h header, err error) {
	if len(raw) > maxEntry {
		return h, fmt.Errorf("an entry of %d bytes is over the bound of %d", len(raw), maxEntry)
	}
	if err := json.Unmarshal([]byte(raw), &h); err != nil {
		return h, fmt.Errorf("an entry is not JSON: %w", err)
	}
	_, errDay := time.Parse(time.DateOnly, h.Day)
	if h.V != 1 || !idForm.MatchString(h.ID) || h.Hall != hall || h.Machine != room || errDay != nil {
		return h, fmt.Errorf("entry %.40q of hall %.20q, day %.20q, machine %.20q is not one of room %s in hall %s", h.ID, h.Hall, h.Day, h.Machine, room, hall)
	}
	return h, nil
}

// take keeps what a machine sends. Its answer comes after the commit is on the disk.
func (d *Desk) take(room string, _ http.ResponseWriter, r *http.Request) (any, error) {
	hall, err := d.member(room, r)
	if err != nil {
		return nil, err
	}
	var sent wire.DutyEntries
	if err := receive.Read(r, &sent); err != nil {
		return nil, err
	}
	var heads []header
	var reasons []string
	for _, raw := range sent.Entries {
		h, err := parse(raw, hall, room)
		if err != nil {
			reasons = append(reasons, err.Error())
		}
		heads = append(heads, h)
	}
	if sent.V != 1 || len(sent.Entries) > wire.MaxDutyEntries {
		reasons = append(reasons, fmt.Sprintf("version %d, %d entries; at most %d of version 1 are taken", sent.V, len(sent.Entries), wire.MaxDutyEntries))
	}
	if len(reasons) > 0 {
		return nil, receive.Refuse(400, wire.RefuseForm, reasons...)
	}
	return d.keep(r.Context(), hall, heads, sent.Entries)
}

// keep writes what is new; an entry that differs from the one here under its id is refused with all that came with it.
func (d *Desk) keep(ctx context.Context, hall string, heads []header, raws []string) (answer wire.DutyTaken, err error) {
	d.writing.Lock()
	defer d.writing.Unlock()
	tx, err := d.DB.BeginTx(ctx, nil)
	if err != nil {
		return answer, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	if answer.Newest, err = newest(ctx, tx, hall); err != nil {
		return answer, err
	}
	for i, h := range heads {
		var old string
		err := tx.QueryRowContext(ctx, `SELECT raw FROM duty_entry WHERE hall = $1 AND id = $2`, hall, h.ID).Scan(&old)
		switch {
		case err == nil && old != raws[i]:
			return answer, receive.Refuse(409, wire.RefuseConflict, "entry "+h.ID+" is here with other words; the first one stands")
		case err == nil:
			continue
		case !errors.Is(err, sql.ErrNoRows):
			return answer, err
		}
		answer.Newest++
		_, err = tx.ExecContext(ctx, `INSERT INTO duty_entry (seq, hall, id, day, machine, came, raw) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			answer.Newest, hall, h.ID, h.Day, h.Machine, d.Now().UnixMilli(), raws[i])
		if err != nil {
			return answer, err
		}
	}
	answer.Taken = len(heads)
	return answer, tx.Commit()
}

type querier interface {
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

func newest(ctx context.Context, from querier, hall string) (n int64, err error) {
	err = from.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM duty_entry WHERE hall = $1`, hall).Scan(&n)
	return n, err
}

// give answers one page of a hall's entries.
func (d *Desk) give(room string, _ http.ResponseWriter, r *http.Request) (any, error) {
	hall, err := d.member(room, r)
	if err != nil {
		return nil, err
	}
	after, err := strconv.ParseInt(r.FormValue("after"), 10, 64)
	if err != nil || after < 0 {
		return nil, receive.Refuse(400, wire.RefuseForm, "after is not a number from 0")
	}
	return d.page(r.Context(), hall, after)
}

func (d *Desk) page(ctx context.Context, hall string, after int64) (p wire.DutyPage, err error) {
	p.Entries = []wire.DutyEntry{}
	if p.Newest, err = newest(ctx, d.DB, hall); err != nil {
		return p, err
	}
	rows, err := d.DB.QueryContext(ctx, `SELECT seq, raw FROM duty_entry WHERE hall = $1 AND seq > $2 ORDER BY seq LIMIT $3`, hall, after, pageSize)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	last, size := after, 0
	for rows.Next() && size < pageFull {
		var e wire.DutyEntry
		if err := rows.Scan(&e.Seq, &e.Entry); err != nil {
			return p, err
		}
		p.Entries, last = append(p.Entries, e), e.Seq
		size += len(e.Entry)
	}
	p.More = last < p.Newest
	return p, rows.Err()
}

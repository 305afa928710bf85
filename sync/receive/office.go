package receive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/blob"
)

// Recording is one line of headquarters' list.
type Recording struct {
	ID         string `json:"id"`
	Room       string `json:"room"`
	State      string `json:"state"` // recording, sealed, refused, entered, received
	Item       string `json:"item"`
	Case       string `json:"case"`
	Taxpayer   string `json:"taxpayer"`
	Start      string `json:"start"`
	DurationMS int64  `json:"duration_ms"`
	Verdict    string `json:"verdict"` // "" before it was verified
	Receipt    string `json:"receipt"` // ledger and index, "" before there is one
	// Came is when headquarters came to this state.
	Came time.Time `json:"-"`
}

// Hole is a range of a room's numbers of which headquarters has heard nothing: recordings not sent, or gone.
type Hole struct {
	Room string `json:"room"`
	From int64  `json:"from"`
	To   int64  `json:"to"`
}

// List answers all recordings that headquarters has heard of, by room and number, and the holes between them.
func (d *Desk) List() (list []Recording, holes []Hole, err error) {
	rows, err := d.DB.Query(`SELECT ` + columns + ` FROM package ORDER BY room, n`)
	if err != nil {
		return nil, nil, fmt.Errorf("list recordings: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var room string
	var next int64
	for rows.Next() {
		var r row
		if err := r.scan(rows.Scan); err != nil {
			return nil, nil, fmt.Errorf("list recordings: %w", err)
		}
		if r.room != room {
			room, next = r.room, 1
		}
		if r.n > next {
			holes = append(holes, Hole{room, next, r.n - 1})
		}
		next = r.n + 1
		list = append(list, d.describe(r))
	}
	return list, holes, rows.Err()
}

// Changed answers the recordings of a room that something happened to since a moment, the oldest number first.
func (d *Desk) Changed(ctx context.Context, room string, since time.Time) (list []Recording, err error) {
	return d.some(ctx, `room = $1 AND changed >= $2 ORDER BY n`, room, since.UnixMilli())
}

// Cases answers the recordings of an act whose case lies in a range, and those whose case is not known yet because
// they are not received; by room and number.
func (d *Desk) Cases(ctx context.Context, item, from, to string) ([]Recording, error) {
	return d.some(ctx, `item = $1 AND (case_no BETWEEN $2 AND $3 OR case_no = '') ORDER BY room, n`, item, from, to)
}

// FirstCase answers, by room, the first case of an act.
func (d *Desk) FirstCase(ctx context.Context, item string) (first map[string]string, err error) {
	rows, err := d.DB.QueryContext(ctx, `SELECT room, MIN(case_no) FROM package WHERE item = $1 AND case_no <> '' GROUP BY room`, item)
	if err != nil {
		return nil, fmt.Errorf("list recordings: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	first = map[string]string{}
	for rows.Next() {
		var room, no string
		if err := rows.Scan(&room, &no); err != nil {
			return nil, fmt.Errorf("list recordings: %w", err)
		}
		first[room] = no
	}
	return first, rows.Err()
}

func (d *Desk) some(ctx context.Context, where string, args ...any) (list []Recording, err error) {
	rows, err := d.DB.QueryContext(ctx, `SELECT `+columns+` FROM package WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list recordings: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r row
		if err := r.scan(rows.Scan); err != nil {
			return nil, fmt.Errorf("list recordings: %w", err)
		}
		list = append(list, d.describe(r))
	}
	return list, rows.Err()
}

// File reads one file of a received package; ErrUnknown when it is not received. One over most bytes is an error.
func (d *Desk) File(id, path string, most int64) (data []byte, err error) {
	p, err := load(d.DB, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && p.state != stateReceived {
		return nil, fmt.Errorf("read %s of %s: %w", path, id, ErrUnknown)
	}
	if err != nil {
		return nil, err
	}
	f, err := d.view(p).Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err = io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("read %s of %s: it is over %d bytes", path, id, most)
	}
	return data, err
}

func (d *Desk) describe(r row) Recording {
	l := Recording{ID: r.id, Room: r.room, State: r.state, Item: r.item, Case: r.caseNo, Taxpayer: r.taxpayer,
		Start: r.start, DurationMS: r.durationMS, Verdict: r.verdict, Came: time.UnixMilli(r.changed).UTC()}
	if r.state == stateReceived {
		l.Receipt = d.Note.Name() + "#" + strconv.FormatInt(r.entry, 10)
	}
	return l
}

// Fault is something wrong with what headquarters stores.
type Fault struct {
	ID   string `json:"id"`   // "" when it is about the store as a whole
	File string `json:"file"` // a path in the package, or a digest
	What string `json:"what"`
}

// Checked is what Check found.
type Checked struct {
	Packages int     `json:"packages"`
	Bytes    int64   `json:"bytes"`
	Faults   []Fault `json:"faults"`
}

// Check reads everything stored again: every blob against its digest, every received package as a stranger
// would verify it, the ledger against its tree and the receipts. It goes on after faults.
func (d *Desk) Check(ctx context.Context) (Checked, error) {
	c := Checked{Faults: []Fault{}}
	broken := map[string]bool{}
	for info, err := range d.Blobs.List(ctx) {
		if err != nil {
			return c, err
		}
		c.Bytes += info.Size
		err := d.Blobs.Verify(ctx, info.Digest)
		if ctx.Err() != nil {
			return c, ctx.Err()
		}
		if err != nil {
			broken[info.Digest.String()] = true
			if !errors.Is(err, blob.ErrDigest) {
				c.Faults = append(c.Faults, Fault{File: info.Digest.String(), What: err.Error()})
			}
		}
	}
	if err := d.ledger(d.DB).Check(); err != nil {
		c.Faults = append(c.Faults, Fault{File: "ledger", What: err.Error()})
	}
	for _, state := range []string{stateReceived, stateEntered} {
		ids, err := packageIDs(d.DB, state)
		if err != nil {
			return c, err
		}
		for _, id := range ids {
			if err := ctx.Err(); err != nil {
				return c, err
			}
			c.Packages++
			faults, err := d.checkPackage(id, broken)
			if err != nil {
				return c, err
			}
			c.Faults = append(c.Faults, faults...)
		}
	}
	return c, nil
}

// checkPackage verifies one package on blobs whose digests were just taken.
func (d *Desk) checkPackage(id string, broken map[string]bool) (faults []Fault, err error) {
	p, err := load(d.DB, id)
	if err != nil {
		return nil, err
	}
	digests := map[string]string{}
	for _, f := range p.files {
		if broken[f.SHA256] {
			faults = append(faults, Fault{id, f.Path, "its bytes on the disk have changed"})
			continue
		}
		digests[f.Path] = f.SHA256
	}
	report, err := d.Verify(d.view(p), digests)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return append(faults, Fault{id, "", "parts are missing: " + err.Error()}), nil
	case err != nil:
		return append(faults, Fault{id, "", err.Error()}), nil
	}
	for _, reason := range objections(p, report) {
		faults = append(faults, Fault{id, "", reason})
	}
	return append(faults, d.checkEntry(p)...), nil
}

// checkEntry compares a package's receipt with what the ledger says where the receipt points.
func (d *Desk) checkEntry(p row) []Fault {
	proof, err := evidence.ParseProof(p.proof)
	if err != nil {
		return []Fault{{p.id, evidence.FileReceipt, err.Error()}}
	}
	entry, err := d.ledger(d.DB).Entry(p.entry)
	if err != nil || string(entry) != string(proof.Extra) || proof.Index != p.entry {
		return []Fault{{p.id, evidence.FileReceipt, fmt.Sprintf("entry %d of the ledger is not the receipt's", p.entry)}}
	}
	return nil
}

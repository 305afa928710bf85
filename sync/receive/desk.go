// Package receive takes in evidence at headquarters, verifies it and answers with a signed receipt.
//
// The order of a receipt: every part durable under its digest; the package verified; the ledger entry, its
// proof and the package's row in one commit; headquarters' layer over everything; the layer's files and the
// package's last state in a second commit; the answer. A crash between any two steps is repaired by the next
// start or by the room asking again, and the receipt is the same one.
package receive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"minglu/capture/evidence"
	"minglu/sync/blob"
	"minglu/sync/blob/disk"
	"minglu/sync/ledger"
	"minglu/sync/wire"
)

// Desk is headquarters' side of the calls in sync/wire. All its methods may be repeated and run at once.
type Desk struct {
	DB    *sql.DB     // with the tables of Versions and ledger.Versions
	Blobs blob.Store  // finished parts
	Spool *disk.Store // parts that are arriving; the same as Blobs when those are on this disk

	// Verify judges a package before it is received. The digests, SHA-256 in hex by path, were taken of these
	// very bytes as they arrived.
	Verify  func(fsys fs.FS, digests map[string]string) (*evidence.Report, error)
	Signer  evidence.Signer  // headquarters' layer
	Stamper evidence.Stamper // the time in it
	Note    note.Signer      // headquarters' ledger

	Now     func() time.Time
	Free    func() (int64, error) // bytes left for parts
	Reserve int64                 // bytes of them that are not given away

	writing   sync.Mutex // one writer here; other processes wait in SQLite
	sealing   keyed      // by package
	finishing keyed      // by draft
}

// Announce takes note of a recording, or of what a sealed package consists of, and answers what lacks.
func (d *Desk) Announce(ctx context.Context, room string, a wire.Announcement) (wire.Lacking, error) {
	if err := checkAnnouncement(room, a); err != nil {
		return wire.Lacking{}, err
	}
	if err := d.within(ctx, func(tx *sql.Tx) error { return d.note(tx, a) }); err != nil {
		return wire.Lacking{}, err
	}
	missing, err := d.missing(ctx, a.Files)
	if err != nil {
		return wire.Lacking{}, err
	}
	beacon, err := d.ledger(d.DB).Checkpoint()
	if err != nil {
		return wire.Lacking{}, err
	}
	return wire.Lacking{Missing: missing, HQTime: evidence.FormatTime(d.Now()), Beacon: string(beacon.Note)}, nil
}

// note brings the announcement into the tables. What has a receipt stays as it is.
func (d *Desk) note(tx *sql.Tx, a wire.Announcement) error {
	old, err := load(tx, a.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return insert(tx, a, d.Now())
	}
	if err != nil {
		return err
	}
	switch {
	case a.State == stateRecording:
		return nil // it has been heard of, perhaps even sealed: an old announcement came late
	case old.seal != "" && old.seal != a.Seal:
		return d.conflict(tx, old, a)
	case old.entered():
		return nil
	}
	return replace(tx, a, d.Now())
}

// conflict keeps what a second package under the same number claims, for a person to judge.
func (d *Desk) conflict(tx *sql.Tx, old row, a wire.Announcement) error {
	reason := fmt.Sprintf("%s was announced before with seal %s; this one has seal %s", a.ID, old.seal, a.Seal)
	q := quarantined{id: a.ID, seal: a.Seal, room: a.Room, code: wire.RefuseConflict, reasons: []string{reason}, files: a.Files}
	if err := q.keep(tx, d.Now()); err != nil {
		return err
	}
	return refuse(409, wire.RefuseConflict, reason)
}

// missing lists the digests of files that are not stored whole, each once, in the order of the files.
func (d *Desk) missing(ctx context.Context, files []wire.Part) ([]string, error) {
	lack, seen := []string{}, map[string]bool{}
	for _, f := range files {
		if seen[f.SHA256] {
			continue
		}
		seen[f.SHA256] = true
		digest, err := blob.ParseDigest(f.SHA256)
		if err != nil {
			return nil, err
		}
		info, err := d.Blobs.Stat(ctx, digest)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			lack = append(lack, f.SHA256)
		case err != nil:
			return nil, err
		case info.Size != f.Size:
			return nil, refuse(400, wire.RefuseForm, fmt.Sprintf("%s has %d bytes, not %d", f.SHA256, info.Size, f.Size))
		}
	}
	return lack, nil
}

// Receipt answers the files headquarters added to a package it has received.
func (d *Desk) Receipt(ctx context.Context, room, id string) (wire.Receipt, error) {
	p, err := d.own(ctx, room, id)
	if err != nil {
		return wire.Receipt{}, err
	}
	if p.state != stateReceived {
		return wire.Receipt{}, refuse(404, wire.RefuseMissing, "there is no receipt for "+id+" yet; it is "+p.state)
	}
	return d.answer(ctx, p)
}

// answer reads back what was added to a received package.
func (d *Desk) answer(ctx context.Context, p row) (wire.Receipt, error) {
	r := wire.Receipt{ID: p.id, Seal: p.seal, Files: []wire.File{}}
	for _, f := range p.files {
		if !f.ours {
			continue
		}
		data, err := fs.ReadFile(d.view(p), f.Path)
		if err != nil {
			return wire.Receipt{}, fmt.Errorf("read receipt of %s: %w", p.id, err)
		}
		r.Files = append(r.Files, wire.File{Path: f.Path, Data: data})
	}
	return r, nil
}

// Audit answers which of the receipts a room holds headquarters does not know, or whose parts it has lost.
func (d *Desk) Audit(ctx context.Context, room string, a wire.Audit) (wire.Forgotten, error) {
	if len(a.Receipts) > maxAudit {
		return wire.Forgotten{}, refuse(400, wire.RefuseForm, fmt.Sprintf("an audit is of at most %d receipts", maxAudit))
	}
	forgotten := wire.Forgotten{IDs: []string{}}
	for _, held := range a.Receipts {
		if owner, _, err := evidence.ParseID(held.ID); err != nil || owner != room {
			return wire.Forgotten{}, refuse(403, wire.RefuseCertificate, fmt.Sprintf("%.40q is not a recording of room %s", held.ID, room))
		}
		p, err := load(d.DB, held.ID)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return wire.Forgotten{}, err
		}
		lost := err != nil || p.state != stateReceived || p.seal != held.Seal
		if !lost {
			lack, err := d.missing(ctx, p.parts())
			if err != nil {
				return wire.Forgotten{}, err
			}
			lost = len(lack) > 0
		}
		if lost {
			forgotten.IDs = append(forgotten.IDs, held.ID)
		}
	}
	return forgotten, nil
}

// Beacon is headquarters' newest statement about its ledger: what quotes it is not older.
func (d *Desk) Beacon() (evidence.BeaconBody, error) {
	c, err := d.ledger(d.DB).Checkpoint()
	if err != nil {
		return evidence.BeaconBody{}, err
	}
	return evidence.BeaconBody{
		Time: evidence.FormatTime(c.Time), Size: c.Tree.N, Root: fmt.Sprintf("%x", c.Tree.Hash[:]), Note: string(c.Note),
	}, nil
}

func (d *Desk) ledger(tx ledger.Querier) *ledger.Ledger {
	return ledger.New(ledger.SQL{Tx: tx}, d.Note, d.Now)
}

// own loads a package that the room may touch.
func (d *Desk) own(ctx context.Context, room, id string) (row, error) {
	owner, _, err := evidence.ParseID(id)
	if err != nil {
		return row{}, refuse(400, wire.RefuseForm, err.Error())
	}
	if owner != room {
		return row{}, refuse(403, wire.RefuseCertificate, fmt.Sprintf("%s is not a recording of room %s", id, room))
	}
	p, err := load(d.DB, id)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, refuse(404, wire.RefuseForm, id+" has not been announced")
	}
	return p, err
}

// within runs do in a transaction that is durable when within returns nil.
func (d *Desk) within(ctx context.Context, do func(*sql.Tx) error) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	tx, err := d.DB.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	err = do(tx)
	var refused *Refused
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	if commit := tx.Commit(); commit != nil {
		return fmt.Errorf("commit: %w", commit)
	}
	return err // a refusal is kept like an acceptance
}

// keyed is a lock for each name.
type keyed struct {
	mu    sync.Mutex
	locks map[string]*held
}

type held struct {
	sync.Mutex
	users int
}

// lock waits for the name and answers how to let it go.
func (k *keyed) lock(name string) (unlock func()) {
	k.mu.Lock()
	if k.locks == nil {
		k.locks = map[string]*held{}
	}
	h := k.locks[name]
	if h == nil {
		h = &held{}
		k.locks[name] = h
	}
	h.users++
	k.mu.Unlock()
	h.Lock()
	return func() {
		h.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		if h.users--; h.users == 0 {
			delete(k.locks, name)
		}
	}
}

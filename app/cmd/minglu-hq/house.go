package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"minglu/app/store"
	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/stamp"
	"minglu/sync/blob/disk"
	"minglu/sync/enrol"
	"minglu/sync/exchange"
	"minglu/sync/facts"
	"minglu/sync/ledger"
	"minglu/sync/receive"
)

// house is everything headquarters has open.
type house struct {
	authority *enrol.Authority
	time      stamp.Authority
	db        *sql.DB
	data      string
	desk      *receive.Desk
	halls     *exchange.Desk
}

// places say where headquarters keeps things; the zero values of Parts and Tables are below Data.
type places struct {
	Data   string `json:"-"`
	Parts  string `json:"store"`
	Tables string `json:"db"`
}

// absolute makes paths hold for commands started elsewhere.
func (p places) absolute() (places, error) {
	for _, path := range []*string{&p.Parts, &p.Tables} {
		if *path == "" || strings.Contains(*path, "://") {
			continue
		}
		whole, err := filepath.Abs(strings.TrimPrefix(*path, "sqlite:"))
		if err != nil {
			return p, err
		}
		*path = whole
	}
	return p, nil
}

// open opens headquarters' data. With thorough, verification also takes the SM3 digests of media, three times
// the work of everything else.
func open(ctx context.Context, p places, thorough bool) (*house, error) {
	authority, err := enrol.Open(p.Data)
	if err != nil {
		return nil, err
	}
	if p.Tables == "" {
		p.Tables = filepath.Join(p.Data, "hq.db")
	}
	parts, err := partsFolder(p)
	if err != nil {
		return nil, err
	}
	blobs, err := disk.Open(durable.OS{}, parts)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, p.Tables,
		store.Schema{Name: "ledger", Versions: ledger.Versions()},
		store.Schema{Name: "receive", Versions: receive.Versions()},
		store.Schema{Name: "exchange", Versions: exchange.Versions()},
		store.Schema{Name: "facts", Versions: facts.Versions()})
	if err != nil {
		return nil, err
	}
	h := &house{authority: authority, db: db, data: p.Data}
	h.time = stamp.Authority{P256: authority.TSA, SM2: authority.TSASM2, Now: time.Now}
	h.halls = &exchange.Desk{DB: db, Hall: authority.HallOf, Now: time.Now}
	h.desk = &receive.Desk{
		DB: db, Blobs: blobs, Spool: blobs,
		Signer: authority.Seal, Stamper: h.time, Note: authority.Ledger, Now: time.Now,
		Free: func() (int64, error) { return durable.Free(parts) },
		Verify: func(fsys fs.FS, digests map[string]string) (*evidence.Report, error) {
			return h.verify(fsys, digests, thorough)
		},
	}
	h.halls.Members, h.halls.Changed, h.halls.Broken = authority.Members, h.desk.Changed, h.broken
	return h, nil
}

// maxRecord bounds what is read of a record, in bytes.
const maxRecord = 4 << 20

// broken reports whether a received recording was sealed by a recovery.
func (h *house) broken(id string) (bool, error) {
	text, err := h.desk.File(id, evidence.FileRecord, maxRecord)
	if err != nil {
		return false, err
	}
	var r evidence.Record
	if err := json.Unmarshal(text, &r); err != nil {
		return false, fmt.Errorf("read %s of %s: %w", evidence.FileRecord, id, err)
	}
	return r.Interrupted, nil
}

// verify judges a package by our own authorities alone, and by what they have revoked until now.
func (h *house) verify(fsys fs.FS, digests map[string]string, thorough bool) (*evidence.Report, error) {
	roots, err := h.authority.Roots()
	if err != nil {
		return nil, err
	}
	return evidence.Verify(fsys, evidence.Options{
		Roots: roots, Whole: true, SM3: thorough, Digests: digests, LedgerKeys: []string{h.authority.LedgerKey},
	})
}

func (h *house) close() error { return h.db.Close() }

// partsFolder reads --store.
func partsFolder(p places) (string, error) {
	scheme, _, ok := strings.Cut(p.Parts, "://")
	switch {
	case p.Parts == "":
		return filepath.Join(p.Data, "parts"), nil
	case ok:
		return "", fault{"hq.store", fmt.Errorf("open store %s://…: parts are kept in a folder only", scheme)}
	}
	return p.Parts, nil
}

// placesFile holds what a serving headquarters was told, so that every other command finds things again.
const placesFile = "places.json"

// remembered answers where the last serve of these data kept things.
func remembered(data string) (places, error) {
	p := places{Data: data}
	text, err := os.ReadFile(filepath.Join(data, placesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return p, fmt.Errorf("read %s: %w", placesFile, err)
	}
	return p, nil
}

// remember writes down where things are kept, if that is not below the data.
func (p places) remember() error {
	if p.Parts == "" && p.Tables == "" {
		return nil
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return durable.WriteFile(durable.OS{}, filepath.Join(p.Data, placesFile), text)
}

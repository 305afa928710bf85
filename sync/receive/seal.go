package receive

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/blob"
	"minglu/sync/wire"
)

// Seal verifies a package whose parts are all here, receives it and answers the receipt. Repeated, it answers
// the same receipt, or the refusal anew.
func (d *Desk) Seal(ctx context.Context, room, id string) (wire.Receipt, error) {
	defer d.sealing.lock(id)()
	p, err := d.own(ctx, room, id)
	if err != nil {
		return wire.Receipt{}, err
	}
	if p.state == stateRecording {
		return wire.Receipt{}, refuse(409, wire.RefuseMissing, id+" is announced as running; announce the sealed package first")
	}
	if !p.entered() {
		err = d.admit(ctx, &p)
	}
	if err == nil && !p.entered() {
		err = d.enter(ctx, &p)
	}
	if err != nil {
		return wire.Receipt{}, err
	}
	return d.complete(ctx, p)
}

// admit demands that all parts are here and that the package verifies. What does not goes into quarantine.
func (d *Desk) admit(ctx context.Context, p *row) error {
	lack, err := d.finishParts(ctx, *p)
	if err != nil {
		return err
	}
	if len(lack) > 0 {
		return refuse(409, wire.RefuseMissing, fmt.Sprintf("%d parts lack", len(lack)))
	}
	digests := map[string]string{}
	for _, f := range p.files {
		digests[f.Path] = f.SHA256
	}
	report, err := d.Verify(d.view(*p), digests)
	var border *evidence.BorderError
	if errors.As(err, &border) {
		report, err = evidence.Refused(border), nil
	}
	if err != nil {
		return fmt.Errorf("verify %s: %w", p.id, err)
	}
	if reasons := objections(*p, report); len(reasons) > 0 {
		return d.within(ctx, func(tx *sql.Tx) error { return d.quarantine(tx, p, reasons) })
	}
	p.describe(report)
	return nil
}

// objections lists why a package is not received.
func objections(p row, r *evidence.Report) []string {
	var reasons []string
	for _, f := range append(r.Faults, r.Dangling...) {
		reasons = append(reasons, strings.TrimSpace(fmt.Sprintf("%s: %s %s", f.File, f.What, f.Minutes())))
	}
	if !r.Verdict.Accepted() {
		reasons = append(reasons, fmt.Sprintf("the verdict is %s: %s; %s", r.Verdict, r.Bytes.What, r.Signer.What))
	}
	if r.ID != p.id || r.Room != p.room || r.Seal != p.seal {
		reasons = append(reasons, fmt.Sprintf("the package is %s of room %s with seal %s, announced was %s with seal %s", r.ID, r.Room, r.Seal, p.id, p.seal))
	}
	return reasons
}

// quarantine refuses a package, unless another process has received it meanwhile.
func (d *Desk) quarantine(tx *sql.Tx, p *row, reasons []string) error {
	now, err := load(tx, p.id)
	if err != nil {
		return err
	}
	if now.entered() {
		*p = now
		return nil
	}
	if err := setState(tx, p.id, stateRefused, d.Now()); err != nil {
		return err
	}
	q := quarantined{id: p.id, seal: p.seal, room: p.room, code: wire.RefuseContent, reasons: reasons, files: p.parts()}
	if err := q.keep(tx, d.Now()); err != nil {
		return err
	}
	return refuse(422, wire.RefuseContent, reasons...)
}

// enter puts the package into the ledger: entry, proof and row are one commit, so that there is one entry for
// an id and its proof is never made twice.
func (d *Desk) enter(ctx context.Context, p *row) error {
	return d.within(ctx, func(tx *sql.Tx) error {
		now, err := load(tx, p.id)
		if err != nil {
			return err
		}
		if now.entered() { // another process was faster
			*p = now
			return nil
		}
		if now.seal != p.seal || !slices.Equal(now.files, p.files) {
			return refuse(409, wire.RefuseMissing, p.id+" was announced anew while it was verified; ask again")
		}
		entry, err := evidence.MarshalBody(entryOf(*p, d.Now()))
		if err != nil {
			return fmt.Errorf("write ledger entry of %s: %w", p.id, err)
		}
		list := d.ledger(tx)
		if p.entry, err = list.Append(entry); err != nil {
			return err
		}
		proof, err := list.Prove(p.entry)
		if err != nil {
			return err
		}
		p.proof, p.state = proof.Text(), stateEntered
		return setEntry(tx, *p, d.Now())
	})
}

func entryOf(p row, at time.Time) evidence.ReceiptEntry {
	e := evidence.ReceiptEntry{V: 1, Type: "receipt", ID: p.id, Room: p.room, Number: p.n, Seal: p.seal,
		Time: evidence.FormatTime(at), Files: int64(len(p.files))}
	for _, f := range p.files {
		e.Bytes += f.Size
	}
	return e
}

// complete adds what lacks of an entered package: receipt and layer as parts, then their rows.
func (d *Desk) complete(ctx context.Context, p row) (wire.Receipt, error) {
	if p.state == stateReceived {
		return d.answer(ctx, p)
	}
	added, err := d.layer(ctx, p)
	if err != nil {
		return wire.Receipt{}, fmt.Errorf("add layer to %s: %w", p.id, err)
	}
	var parts []wire.Part
	for _, f := range added {
		digest := blob.Digest(sha256.Sum256(f.Data))
		if err := d.Blobs.Put(ctx, digest, int64(len(f.Data)), strings.NewReader(string(f.Data)), time.Time{}); err != nil {
			return wire.Receipt{}, err
		}
		parts = append(parts, wire.Part{Path: f.Path, Size: int64(len(f.Data)), SHA256: digest.String()})
	}
	err = d.within(ctx, func(tx *sql.Tx) error {
		now, err := load(tx, p.id)
		if err != nil || now.state == stateReceived { // another process was faster: its layer stands
			return err
		}
		if err := insertFiles(tx, p.id, parts, true); err != nil {
			return err
		}
		return setState(tx, p.id, stateReceived, d.Now())
	})
	if err != nil {
		return wire.Receipt{}, err
	}
	if p, err = load(d.DB, p.id); err != nil {
		return wire.Receipt{}, err
	}
	return d.answer(ctx, p)
}

// layer makes the receipt file and headquarters' layer over everything, the receipt among it.
func (d *Desk) layer(ctx context.Context, p row) ([]wire.File, error) {
	var refs []evidence.FileDigest
	taken := map[string]bool{}
	for _, f := range p.files {
		refs = append(refs, evidence.FileDigest{Path: f.Path, Size: f.Size, SHA256: f.SHA256})
		taken[f.Path] = true
	}
	n := 1
	for taken[evidence.ManifestPath(n)] {
		n++
	}
	sha := fmt.Sprintf("%x", sha256.Sum256(p.proof))
	refs = append(refs, evidence.FileDigest{Path: evidence.FileReceipt, Size: int64(len(p.proof)), SHA256: sha})
	manifest, err := evidence.ManifestXML(n, evidence.LayerSignature, refs, false)
	if err != nil {
		return nil, err
	}
	cms, err := evidence.SignCMS(d.Signer, manifest, d.Now())
	if err != nil {
		return nil, err
	}
	value, err := evidence.SignatureValue(cms)
	if err != nil {
		return nil, err
	}
	token, err := d.Stamper.Stamp(ctx, sha256.Sum256(value))
	if err != nil {
		return nil, err
	}
	if cms, err = evidence.AddToken(cms, token); err != nil {
		return nil, err
	}
	return []wire.File{
		{Path: evidence.FileReceipt, Data: p.proof},
		{Path: evidence.ManifestPath(n), Data: manifest},
		{Path: evidence.SealPath(n, evidence.LayerSignature), Data: cms},
	}, nil
}

// Repair brings to its end what a crash interrupted: parts that are whole and not named yet, packages that
// are in the ledger and lack headquarters' layer. It runs before the desk opens.
func (d *Desk) Repair(ctx context.Context) error {
	drafts, err := loadDrafts(d.DB, `off = size`)
	if err != nil {
		return err
	}
	var errs []error
	for _, u := range drafts {
		if err := d.finish(ctx, u); err != nil && !errors.Is(err, blob.ErrDigest) {
			errs = append(errs, err)
		}
	}
	ids, err := packageIDs(d.DB, stateEntered)
	if err != nil {
		return err
	}
	for _, id := range ids {
		p, err := load(d.DB, id)
		if err == nil {
			_, err = d.complete(ctx, p)
		}
		errs = append(errs, err)
	}
	errs = append(errs, d.Spool.Sweep(d.Now().Add(-24*time.Hour)))
	return errors.Join(errs...)
}

// finishParts finishes what has arrived to its last byte without being named, and lists what lacks.
func (d *Desk) finishParts(ctx context.Context, p row) ([]string, error) {
	lack, err := d.missing(ctx, p.parts())
	if err != nil {
		return nil, err
	}
	var still []string
	for _, sum := range lack {
		digest, err := blob.ParseDigest(sum)
		if err != nil {
			return nil, err
		}
		u, err := loadDraft(d.DB, p.room, digest)
		if err == nil && u.off == u.size {
			if err = d.finish(ctx, u); err == nil {
				continue
			}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, blob.ErrDigest) {
			return nil, err
		}
		still = append(still, sum)
	}
	return still, nil
}

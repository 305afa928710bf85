package upload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/outbox"
	"minglu/sync/wire"
)

// tokenTries is how often a timestamp is asked for before a package goes without: headquarters' layer has one.
const tokenTries = 5

func (c *Courier) dir(id string) string { return filepath.Join(c.Vault, id) }

func (c *Courier) file(id, path string) string {
	return filepath.Join(c.dir(id), filepath.FromSlash(path))
}

// tell announces a recording: while it runs what it is, once sealed its parts too.
func (c *Courier) tell(ctx context.Context, r outbox.Row) error {
	if r.Sealing() {
		if _, err := c.announce(ctx, r, outbox.Recording, nil); err != nil {
			return err
		}
		return c.Box.Tell(ctx, r.ID, outbox.Recording, c.Now())
	}
	parts, err := c.Box.Parts(ctx, r.ID)
	if err != nil {
		return err
	}
	if len(parts) == 0 {
		if r, parts, err = c.list(ctx, r); err != nil {
			return err
		}
	}
	if _, err := c.announce(ctx, r, outbox.Sealed, parts); err != nil {
		return err
	}
	return c.Box.Tell(ctx, r.ID, outbox.Sealed, c.Now())
}

// list puts a sealed package's parts into the outbox, after asking for the timestamp it may lack: once
// listed, the package is what headquarters receives.
func (c *Courier) list(ctx context.Context, r outbox.Row) (outbox.Row, []outbox.Part, error) {
	if c.AddToken != nil {
		err := c.AddToken(ctx, c.dir(r.ID))
		if err != nil && (ctx.Err() != nil || r.Tries < tokenTries) {
			return r, nil, &Fault{Cause: outbox.CauseToken, Why: "ask for a timestamp: " + err.Error()}
		}
	}
	return c.freeze(ctx, r)
}

// freeze puts the parts as they are into the outbox.
func (c *Courier) freeze(ctx context.Context, r outbox.Row) (outbox.Row, []outbox.Part, error) {
	p, err := List(c.dir(r.ID), r.ID)
	if err != nil {
		return r, nil, err
	}
	if p.Seal != r.Seal {
		return r, nil, damaged("its seal is %s and was %s", p.Seal, r.Seal)
	}
	if r.Start == "" {
		if r.Item, r.Start, err = c.describe(r.ID); err != nil {
			return r, nil, err
		}
		if err := c.Box.Describe(ctx, r.ID, r.Item, r.Start); err != nil {
			return r, nil, err
		}
	}
	if r.State != outbox.Sealed {
		return r, nil, fmt.Errorf("list package %s: it is %s", r.ID, r.State)
	}
	if err := c.Box.Queue(ctx, r.ID, p.Parts, c.Now()); err != nil {
		return r, nil, err
	}
	parts, err := c.Box.Parts(ctx, r.ID)
	return r, parts, err
}

// describe reads item and start from the record, for a row that was made from a folder.
func (c *Courier) describe(id string) (item, start string, err error) {
	raw, err := os.ReadFile(c.file(id, evidence.FileRecord))
	if err != nil {
		return "", "", err
	}
	var r evidence.Record
	if err := json.Unmarshal(raw, &r); err != nil {
		return "", "", damaged("%s cannot be read: %v", evidence.FileRecord, err)
	}
	return r.Plan.Item, r.Start, nil
}

func damaged(format string, args ...any) error {
	return &Fault{Cause: outbox.CauseDamaged, Why: fmt.Sprintf(format, args...), Stop: outbox.Refused}
}

func (c *Courier) announce(ctx context.Context, r outbox.Row, state outbox.State, parts []outbox.Part) (wire.Lacking, error) {
	a := wire.Announcement{V: 1, ID: r.ID, Room: r.Room, Number: r.Number, State: string(state),
		Item: r.Item, Start: r.Start, Files: []wire.Part{}}
	if state == outbox.Sealed {
		a.Seal = r.Seal
	}
	for _, p := range parts {
		a.Files = append(a.Files, p.Part)
	}
	lacking, err := c.Line.Announce(ctx, a)
	if err != nil {
		return lacking, err
	}
	if c.Heard != nil {
		c.Heard(lacking)
	}
	if c.offline.Swap(false) {
		return lacking, c.Box.Wake(ctx, c.Now(), outbox.CauseUnreachable, outbox.CauseStranger)
	}
	return lacking, nil
}

// send brings over what headquarters lacks of a package, then fetches, verifies and keeps the receipt.
func (c *Courier) send(ctx context.Context, r outbox.Row) error {
	parts, err := c.Box.Parts(ctx, r.ID)
	if err != nil {
		return err
	}
	lacking, err := c.announce(ctx, r, outbox.Sealed, parts)
	if err != nil {
		return err
	}
	missing := make(map[string]bool, len(lacking.Missing))
	for _, sum := range lacking.Missing {
		missing[sum] = true
	}
	for _, p := range parts {
		if missing[p.SHA256] {
			err = c.sendPart(ctx, r.ID, p)
			delete(missing, p.SHA256)
		} else if p.Acked < p.Size {
			err = c.Box.Acknowledge(ctx, r.ID, p.SHA256, p.Size, c.Now())
		}
		if err != nil {
			return fmt.Errorf("send %s of %s: %w", p.Path, r.ID, err)
		}
	}
	return c.settle(ctx, r, parts)
}

// sendPart appends to a part until headquarters holds it whole.
func (c *Courier) sendPart(ctx context.Context, id string, p outbox.Part) error {
	f, err := os.Open(c.file(id, p.Path))
	if err != nil {
		return err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || st.Size() != p.Size {
		return errors.Join(err, damaged("%s no longer has the %d bytes that were sealed", p.Path, p.Size))
	}
	offset, err := c.begin(ctx, p)
	if err != nil {
		return err
	}
	chunk := int64(chunkMin)
	for bad := 0; offset < p.Size; {
		began := c.Now()
		if !c.Hours.Open(began) {
			return errClosed
		}
		next, err := c.appendChunk(ctx, f, p, offset, min(chunk, p.Size-offset))
		var fault *Fault
		if errors.As(err, &fault) && fault.Cause == outbox.CauseChecksum {
			if bad++; bad == 3 {
				return errors.Join(c.rehash(id, p), err)
			}
		} else if err != nil {
			return err
		} else {
			chunk = resize(chunk, c.Now().Sub(began))
		}
		c.board.moved(next-offset, c.Now())
		offset = next
		if err := c.Box.Acknowledge(ctx, id, p.SHA256, offset, c.Now()); err != nil {
			return err
		}
	}
	return nil
}

// begin finds where headquarters stands with a part, making it known there when it is not.
func (c *Courier) begin(ctx context.Context, p outbox.Part) (int64, error) {
	if p.Acked > 0 {
		offset, err := c.Line.Offset(ctx, p.Part)
		if !errors.Is(err, errAbsent) {
			return offset, err
		}
	}
	return c.Line.Create(ctx, p.Part)
}

// appendChunk sends one PATCH and says where headquarters stands then, whatever became of the answer.
func (c *Courier) appendChunk(ctx context.Context, f io.ReaderAt, p outbox.Part, offset, n int64) (int64, error) {
	next, err := c.Line.Append(ctx, p.Part, offset, io.NewSectionReader(f, offset, n), n)
	var fault *Fault
	checksum := errors.As(err, &fault) && fault.Cause == outbox.CauseChecksum
	if !errors.Is(err, errOffset) && !checksum {
		return next, err
	}
	stands, err2 := c.Line.Offset(ctx, p.Part)
	if errors.Is(err2, errAbsent) {
		stands, err2 = c.Line.Create(ctx, p.Part)
	}
	if err2 != nil {
		return offset, err2
	}
	if errors.Is(err, errOffset) {
		if stands == offset {
			return offset, &Fault{Cause: outbox.CauseBusy, Why: "headquarters is still busy with this part"}
		}
		err = nil
	}
	return stands, err
}

// rehash reads a part again after headquarters refused it three times: the fault may be on this disk.
func (c *Courier) rehash(id string, p outbox.Part) error {
	sum, err := evidence.FileSHA256(c.file(id, p.Path))
	if err == nil && sum != p.SHA256 {
		err = damaged("%s is no longer what was sealed: its SHA-256 is %s, sealed was %s", p.Path, sum, p.SHA256)
	}
	return err
}

// settle asks for the receipt, believes it only after the check, and frees the row only after it is durable.
func (c *Courier) settle(ctx context.Context, r outbox.Row, parts []outbox.Part) error {
	if err := c.Box.Verify(ctx, r.ID, c.Now()); err != nil {
		return err
	}
	receipt, err := c.Line.Seal(ctx, r.ID)
	if err != nil {
		return err
	}
	return c.keep(ctx, packageOf(r, parts), receipt)
}

func packageOf(r outbox.Row, parts []outbox.Part) Package {
	p := Package{ID: r.ID, Seal: r.Seal}
	for _, part := range parts {
		p.Parts = append(p.Parts, part.Part)
	}
	return p
}

// keep verifies a receipt and makes it durable: first beside the evidence, then in the outbox.
func (c *Courier) keep(ctx context.Context, p Package, receipt wire.Receipt) error {
	at, err := c.check(p, receipt)
	if err != nil {
		return &Fault{Cause: outbox.CauseReceipt, Why: "the receipt is not believed: " + err.Error()}
	}
	if err := keepFiles(c.dir(p.ID), receipt.Files); err != nil {
		return err
	}
	if err := c.Box.Receive(ctx, p.ID, receipt.Files, at, c.Now()); err != nil {
		return err
	}
	if c.Line != nil { // a room without a line travels by stick
		c.Line.Raise(at)
	}
	if c.Settled != nil {
		c.Settled(p.ID)
	}
	return nil
}

func (c *Courier) check(p Package, receipt wire.Receipt) (time.Time, error) {
	if receipt.ID != p.ID || receipt.Seal != p.Seal {
		return time.Time{}, fmt.Errorf("it is for %.40q with seal %.64q", receipt.ID, receipt.Seal)
	}
	return c.Check(p, receipt)
}

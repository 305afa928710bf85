package upload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/sync/outbox"
	"minglu/sync/wire"
)

// receiptMax bounds one of headquarters' files on a stick.
const receiptMax = 4 << 20

// Export copies every package that has no receipt yet onto a stick, one folder each, and reads each file back.
// What lies there already is not copied again. It answers the ids that are whole on the stick.
func (c *Courier) Export(ctx context.Context, stick string) ([]string, error) {
	rows, err := c.Box.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	var done []string
	var faults []error
	for _, r := range rows {
		if r.Sealing() || r.State == outbox.Lost {
			continue
		}
		if err := c.export(ctx, r, stick); err != nil {
			faults = append(faults, fmt.Errorf("export %s: %w", r.ID, err))
			continue
		}
		done = append(done, r.ID)
	}
	return done, errors.Join(faults...)
}

func (c *Courier) export(ctx context.Context, r outbox.Row, stick string) error {
	parts, err := c.Box.Parts(ctx, r.ID)
	if err == nil && len(parts) == 0 {
		if c.AddToken != nil {
			_ = c.AddToken(ctx, c.dir(r.ID)) // offline there is none; headquarters' layer brings one
		}
		_, parts, err = c.freeze(ctx, r)
	}
	if err != nil {
		return err
	}
	for _, p := range parts {
		to := filepath.Join(stick, r.ID, filepath.FromSlash(p.Path))
		if sum, err := evidence.FileSHA256(to); err == nil && sum == p.SHA256 {
			continue
		}
		if err := copyPart(ctx, c.file(r.ID, p.Path), to, p.SHA256); err != nil {
			return err
		}
	}
	return nil
}

// copyPart copies one file, whole or not at all, and checks what was read here and what lies there.
func copyPart(ctx context.Context, from, to, want string) error {
	disk := durable.OS{}
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := durable.MkdirAll(disk, filepath.Dir(to)); err != nil {
		return err
	}
	part := to + ".part"
	if err := disk.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dst, err := disk.Create(part)
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(dst, sum), reader{ctx, src})
	if err == nil {
		err = dst.Sync()
	}
	if err = errors.Join(err, dst.Close()); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return errors.Join(damaged("%s is no longer what was sealed", from), disk.Remove(part))
	}
	if got, err := evidence.FileSHA256(part); err != nil || got != want {
		return errors.Join(fmt.Errorf("read %s back: it is not what was written", to), err, disk.Remove(part))
	}
	if err := disk.Rename(part, to); err != nil {
		return err
	}
	return disk.SyncDir(filepath.Dir(to))
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	src io.Reader
}

// Read implements io.Reader.
func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.src.Read(p)
}

// ImportReceipts takes headquarters' receipts from a stick, judging them as those that come by line, and
// answers the ids that are received now.
func (c *Courier) ImportReceipts(ctx context.Context, stick string) ([]string, error) {
	rows, err := c.Box.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	var done []string
	var faults []error
	for _, r := range rows {
		receipt, err := readReceipt(filepath.Join(stick, r.ID), r)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var parts []outbox.Part
		if err == nil {
			parts, err = c.Box.Parts(ctx, r.ID)
		}
		if err == nil {
			err = c.keep(ctx, packageOf(r, parts), receipt)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("take receipt of %s: %w", r.ID, err))
			continue
		}
		done = append(done, r.ID)
	}
	return done, errors.Join(faults...)
}

// readReceipt reads what headquarters put into a package on a stick.
func readReceipt(dir string, r outbox.Row) (wire.Receipt, error) {
	receipt := wire.Receipt{ID: r.ID, Seal: r.Seal}
	data, err := readSmall(filepath.Join(dir, evidence.FileReceipt))
	if err != nil {
		return receipt, err
	}
	receipt.Files = []wire.File{{Path: evidence.FileReceipt, Data: data}}
	_, added, err := list(dir, r.ID)
	if err != nil {
		return receipt, err
	}
	for _, part := range added {
		if part.Path == evidence.FileReceipt {
			continue
		}
		data, err := readSmall(filepath.Join(dir, filepath.FromSlash(part.Path)))
		if err != nil {
			return receipt, err
		}
		receipt.Files = append(receipt.Files, wire.File{Path: part.Path, Data: data})
	}
	return receipt, nil
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, receiptMax+1))
	if err == nil && len(data) > receiptMax {
		err = fmt.Errorf("%s is larger than any receipt", path)
	}
	return data, err
}

package receive

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/blob"
	"minglu/sync/wire"
)

// Carry takes in a package that came on foot, on the same path as one that came by line: announced, its parts
// stored, verified, receipted. That it is from its room, its signature says.
func (d *Desk) Carry(ctx context.Context, fsys fs.FS) (wire.Receipt, error) {
	a, err := describePackage(fsys)
	if err != nil {
		return wire.Receipt{}, err
	}
	lacking, err := d.Announce(ctx, a.Room, a)
	if err != nil {
		return wire.Receipt{}, err
	}
	missing := map[string]bool{}
	for _, digest := range lacking.Missing {
		missing[digest] = true
	}
	for _, f := range a.Files {
		if !missing[f.SHA256] {
			continue
		}
		if err := d.carryPart(ctx, fsys, f); err != nil {
			return wire.Receipt{}, fmt.Errorf("take %s of %s: %w", f.Path, a.ID, err)
		}
	}
	return d.Seal(ctx, a.Room, a.ID)
}

func (d *Desk) carryPart(ctx context.Context, fsys fs.FS, part wire.Part) (err error) {
	if err := d.space(part.Size); err != nil {
		return err
	}
	digest, err := blob.ParseDigest(part.SHA256)
	if err != nil {
		return err
	}
	f, err := fsys.Open(part.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return d.Blobs.Put(ctx, digest, part.Size, f, time.Time{})
}

// describePackage makes the announcement of a sealed package out of its files, leaving out what an earlier
// receipt added.
func describePackage(fsys fs.FS) (wire.Announcement, error) {
	raw, err := fs.ReadFile(fsys, evidence.FileRecord)
	if err != nil {
		return wire.Announcement{}, fmt.Errorf("describe package: %w", err)
	}
	var record evidence.Record
	if err := json.Unmarshal(raw, &record); err != nil {
		return wire.Announcement{}, fmt.Errorf("describe package: %s: %w", evidence.FileRecord, err)
	}
	a := wire.Announcement{V: 1, ID: record.ID, Room: record.Room, Number: record.Number, State: stateSealed,
		Item: record.Plan.Item, Start: record.Start}
	added, err := addedBefore(fsys)
	if err != nil {
		return wire.Announcement{}, fmt.Errorf("describe package: %w", err)
	}
	err = fs.WalkDir(fsys, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || added[path] || strings.HasSuffix(path, ".part") {
			return err
		}
		part, err := measure(fsys, path)
		a.Files = append(a.Files, part)
		if path == evidence.ManifestPath(1) {
			a.Seal = part.SHA256
		}
		return err
	})
	if err != nil {
		return wire.Announcement{}, fmt.Errorf("describe package: %w", err)
	}
	return a, nil
}

// addedBefore lists the files of an earlier receipt: itself, and the layers from the first that covers it.
func addedBefore(fsys fs.FS) (map[string]bool, error) {
	added := map[string]bool{evidence.FileReceipt: true}
	covered := false
	for n := 1; n <= evidence.MaxLayers; n++ {
		raw, err := fs.ReadFile(fsys, evidence.ManifestPath(n))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, err
		}
		covered = covered || strings.Contains(string(raw), `URI="`+evidence.FileReceipt+`"`)
		if covered {
			added[evidence.ManifestPath(n)] = true
			added[evidence.SealPath(n, evidence.LayerSignature)] = true
			added[evidence.SealPath(n, evidence.LayerTimestamp)] = true
		}
	}
	return added, nil
}

func measure(fsys fs.FS, path string) (part wire.Part, err error) {
	f, err := fsys.Open(path)
	if err != nil {
		return wire.Part{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	n, err := io.CopyBuffer(struct{ io.Writer }{sum}, struct{ io.Reader }{f}, make([]byte, copyBuffer))
	return wire.Part{Path: path, Size: n, SHA256: blob.Digest(sum.Sum(nil)).String()}, err
}

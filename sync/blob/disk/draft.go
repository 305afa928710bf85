package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"minglu/capture/durable"
	"minglu/sync/blob"
)

// Draft is a blob whose bytes are still arriving, perhaps over days and restarts. It has one writer.
type Draft struct {
	store *Store
	d     blob.Digest
	path  string
	f     durable.File
}

// Draft opens the draft of d that owner is writing, or begins it. Owners never share a draft, so that nobody
// can spoil another's. owner must be fit for a file name.
func (s *Store) Draft(d blob.Digest, owner string) (*Draft, error) {
	if owner == "" || strings.ContainsAny(owner, `/\.`) {
		return nil, fmt.Errorf("open draft of %s: owner %q is not fit for a file name", d, owner)
	}
	path := s.path(d) + "." + owner + draftSuffix
	f, err := s.fsys.OpenFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := durable.MkdirAll(s.fsys, s.shelf(d)); err != nil {
			return nil, fmt.Errorf("open draft of %s: %w", d, err)
		}
		f, err = durable.Create(s.fsys, path)
	}
	if err != nil {
		return nil, fmt.Errorf("open draft of %s: %w", d, err)
	}
	return &Draft{store: s, d: d, path: path, f: f}, nil
}

// Write appends p as durable.WriteBulk does.
func (d *Draft) Write(p []byte) (int, error) { return durable.WriteBulk(d.f, p) }

// Size is how many bytes the draft holds, synced or not.
func (d *Draft) Size() (int64, error) { return d.f.Size() }

// Truncate cuts the draft to its first size bytes; the next Write appends there.
func (d *Draft) Truncate(size int64) error {
	err := errors.Join(d.f.Truncate(size), d.f.Close())
	if err == nil {
		d.f, err = d.store.fsys.OpenFile(d.path) // positioned at the new end
	}
	if err != nil {
		return fmt.Errorf("cut draft of %s: %w", d.d, err)
	}
	return nil
}

// Sync makes all bytes written so far durable.
func (d *Draft) Sync() error { return d.f.Sync() }

// Close leaves the draft for later.
func (d *Draft) Close() error { return d.f.Close() }

// Keep makes the draft the blob. The caller has synced it and knows that its bytes have the digest: they were
// hashed as they came and are not read again here. The right to write goes last, so that a draft can always be
// opened again after a crash.
func (d *Draft) Keep() error {
	err := d.store.fsys.Rename(d.path, d.store.path(d.d))
	if err == nil {
		err = d.protect()
	}
	if err = errors.Join(err, d.f.Close()); err == nil {
		err = d.store.fsys.SyncDir(filepath.Dir(d.path))
	}
	if err != nil {
		return fmt.Errorf("keep blob %s: %w", d.d, err)
	}
	return nil
}

// protect takes away the right to write, where the file system knows rights.
func (d *Draft) protect() error {
	if f, ok := d.f.(interface{ Chmod(fs.FileMode) error }); ok {
		return f.Chmod(readOnly)
	}
	return nil
}

// Discard forgets the draft and its bytes.
func (d *Draft) Discard() error {
	err := errors.Join(d.f.Close(), d.store.fsys.Remove(d.path))
	if err != nil {
		return fmt.Errorf("discard draft of %s: %w", d.d, err)
	}
	return nil
}

// Sweep removes what interrupted Puts left behind and nobody has touched since before. Drafts of rooms stay.
func (s *Store) Sweep(before time.Time) error {
	left, err := filepath.Glob(filepath.Join(s.dir, "*", "*.put-*"+draftSuffix))
	if err != nil {
		return fmt.Errorf("sweep blob store: %w", err)
	}
	var errs []error
	for _, path := range left {
		if st, err := os.Lstat(path); err == nil && st.ModTime().Before(before) {
			errs = append(errs, s.fsys.Remove(path))
		}
	}
	return errors.Join(errs...)
}

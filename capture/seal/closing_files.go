package seal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"minglu/capture/durable"
	"minglu/capture/evidence"
)

func (c Closing) path(slash string) string { return filepath.Join(c.Dir, filepath.FromSlash(slash)) }

func (c Closing) has(slash string) bool { return durable.Has(c.FS, c.path(slash)) }

// sweep removes what whole-file writes left when a crash cut them off.
func (c Closing) sweep(below string) error {
	entries, err := c.FS.ReadDir(c.path(below))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(below, e.Name())
		if e.IsDir() {
			err = c.sweep(name)
		} else if strings.HasSuffix(name, durable.Unfinished) {
			err = c.FS.Remove(c.path(name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// digests takes the digests of all files below a folder of the package, in the order of their paths. Media
// go by SHA-256 alone: their SM3 stands in the journal, segment by segment. Known ones, by path, are not taken
// again; nil knows none.
func (c Closing) digests(below string, known map[string]evidence.FileDigest) ([]evidence.FileDigest, error) {
	var all []evidence.FileDigest
	entries, err := c.FS.ReadDir(c.path(below))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		name := path.Join(below, e.Name())
		if e.IsDir() {
			inner, err := c.digests(name, known)
			if err != nil {
				return nil, err
			}
			all = append(all, inner...)
			continue
		}
		d, ok := known[name]
		if !ok {
			if d, err = c.digest(name); err != nil {
				return nil, err
			}
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b evidence.FileDigest) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

func (c Closing) digest(name string) (evidence.FileDigest, error) {
	if !evidence.IsMedia(name) {
		raw, err := c.FS.ReadFile(c.path(name))
		if err != nil {
			return evidence.FileDigest{}, err
		}
		sha, sm := evidence.Digests(raw)
		return evidence.FileDigest{Path: name, Size: int64(len(raw)), SHA256: sha, SM3: sm}, nil
	}
	f, err := c.FS.OpenFile(c.path(name))
	if err != nil {
		return evidence.FileDigest{}, err
	}
	size, err := f.Size()
	sum := sha256.New()
	if err == nil {
		_, err = io.CopyBuffer(sum, io.NewSectionReader(f, 0, size), make([]byte, 1<<20))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return evidence.FileDigest{}, fmt.Errorf("read %s: %w", name, err)
	}
	return evidence.FileDigest{Path: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

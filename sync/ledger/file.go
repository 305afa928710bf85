package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"minglu/capture/durable"
)

// File is a ledger's storage in one plain file: an entry a line, each synced before Append returns. The hashes
// are made again when it is opened, about half a second for 100,000 entries.
type File struct {
	mu     sync.Mutex
	f      durable.File
	starts []int64 // offset of each entry, then the end of the last
	hashes memory
	broken error // a failed write is final: nobody knows what the disk holds
}

var _ Storage = (*File)(nil)

// OpenFile opens the ledger in path or begins it. A torn last line, which was never acknowledged, is cut off.
func OpenFile(fsys durable.FS, path string) (*File, error) {
	s := &File{starts: []int64{0}}
	data, err := fsys.ReadFile(path)
	switch {
	case err == nil:
		if err = s.load(data); err == nil && s.end() < int64(len(data)) {
			err = cut(fsys, path, s.end())
		}
		if err == nil {
			s.f, err = fsys.OpenFile(path)
		}
	case errors.Is(err, fs.ErrNotExist):
		if err = durable.MkdirAll(fsys, filepath.Dir(path)); err == nil {
			s.f, err = durable.Create(fsys, path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	return s, nil
}

// load takes the whole entries of data, up to a torn end.
func (s *File) load(data []byte) error {
	rest := data
	for len(rest) > 0 {
		entry, after, whole := bytes.Cut(rest, []byte("\n"))
		if !whole || !isObject(entry) {
			break
		}
		n := int64(len(s.starts) - 1)
		hashes, err := tlog.StoredHashes(n, entry, s.hashes)
		if err != nil {
			return err
		}
		s.take(entry, hashes)
		rest = after
	}
	lines := bytes.Split(rest, []byte("\n"))
	if slices.ContainsFunc(lines[1:], isObject) {
		return fmt.Errorf("entry %d is damaged and others follow it; restore the file from headquarters", len(s.starts)-1)
	}
	return nil
}

// cut shortens the file to its whole entries.
func cut(fsys durable.FS, path string, size int64) error {
	f, err := fsys.OpenFile(path)
	if err != nil {
		return err
	}
	err = f.Truncate(size)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// isObject tells an entry from the noise that a power cut may leave.
func isObject(line []byte) bool { return len(line) > 0 && line[0] == '{' && json.Valid(line) }

func (s *File) end() int64 { return s.starts[len(s.starts)-1] }

func (s *File) take(entry []byte, hashes []tlog.Hash) {
	s.starts = append(s.starts, s.end()+int64(len(entry))+1)
	s.hashes = append(s.hashes, hashes...)
}

// Size implements Storage.
func (s *File) Size() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.starts) - 1), nil
}

// ReadHashes implements Storage.
func (s *File) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hashes.ReadHashes(indexes)
}

// Entry implements Storage.
func (s *File) Entry(n int64) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < 0 || n >= int64(len(s.starts)-1) {
		return nil, fmt.Errorf("ledger has no entry %d", n)
	}
	entry := make([]byte, s.starts[n+1]-s.starts[n]-1)
	if _, err := s.f.ReadAt(entry, s.starts[n]); err != nil && err != io.EOF {
		return nil, fmt.Errorf("read ledger entry %d: %w", n, err)
	}
	return entry, nil
}

// Append implements Storage.
func (s *File) Append(n int64, entry []byte, hashes []tlog.Hash) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return fmt.Errorf("an earlier write failed; restart to see what the disk holds: %w", s.broken)
	}
	if n != int64(len(s.starts)-1) {
		return fmt.Errorf("entry %d does not follow the last", n)
	}
	if !isObject(entry) {
		return fmt.Errorf("entry %d is not a JSON object", n)
	}
	_, err := s.f.Write(append(bytes.Clone(entry), '\n'))
	if err == nil {
		err = s.f.Sync()
	}
	if err != nil {
		s.broken = err
		return err
	}
	s.take(entry, hashes)
	return nil
}

// Close closes the file.
func (s *File) Close() error { return s.f.Close() }

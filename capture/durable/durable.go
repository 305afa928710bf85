// Package durable writes files that are still there, whole, after the power is cut.
//
// Its rules: a directory's names are durable only after the directory is synced; a file's bytes only after
// the file is. A failed sync is final: the file is not written again (the kernel may have dropped the pages).
package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// File is a file being written. WriteAt serves only the 16 placeholder bytes of a recording.
type File interface {
	io.Writer
	io.ReaderAt
	io.WriterAt
	io.Closer
	Sync() error
	Size() (int64, error)
	// Truncate cuts the file; the next Write goes to its new end.
	Truncate(size int64) error
}

// Bulk is an open file of many bytes. Concurrent ReadAt is allowed.
type Bulk interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// wholeFile is a Bulk that is read through the page cache.
type wholeFile struct {
	*os.File
	size int64
}

func (f wholeFile) Size() int64 { return f.size }

// openWhole opens a file and takes its size.
func openWhole(path string) (wholeFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return wholeFile{}, err
	}
	st, err := f.Stat()
	if err != nil {
		return wholeFile{}, errors.Join(err, f.Close())
	}
	return wholeFile{f, st.Size()}, nil
}

// WriteBulk appends many bytes that nobody reads soon, where the system can past the page cache: for that a write
// begins at a multiple of 4 KiB of the file and has hundreds of KiB.
func WriteBulk(f File, p []byte) (int, error) {
	if b, ok := f.(interface{ WriteBulk([]byte) (int, error) }); ok {
		return b.WriteBulk(p)
	}
	return f.Write(p)
}

// FS is the part of a file system Minglu writes through, small enough to be replaced by one that forgets.
// Paths are the operating system's.
type FS interface {
	Mkdir(path string) error // one level; fs.ErrExist if it is there
	Create(path string) (File, error)
	OpenFile(path string) (File, error) // existing, for reading and writing at its end
	ReadFile(path string) ([]byte, error)
	Rename(from, to string) error
	Remove(path string) error
	SyncDir(path string) error
	ReadDir(path string) ([]fs.DirEntry, error)
}

// OS is the machine's own file system.
type OS struct{}

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

func (f osFile) Truncate(size int64) error {
	if err := f.File.Truncate(size); err != nil {
		return err
	}
	_, err := f.Seek(size, io.SeekStart)
	return err
}

// Sync asks for the data alone where the system can (fdatasync): size is data, times are not.
func (f osFile) Sync() error { return syncData(f.File) }

// Mkdir makes one directory, readable by its owner's group.
func (OS) Mkdir(path string) error { return os.Mkdir(path, 0o750) }

// Create makes a new file and refuses an existing one.
func (OS) Create(path string) (File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// OpenFile opens an existing file positioned at its end.
func (OS) OpenFile(path string) (File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return osFile{f}, nil
}

// ReadFile reads a whole small file.
func (OS) ReadFile(path string) ([]byte, error) { return os.ReadFile(path) }

// Rename renames within one directory.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove removes one name.
func (OS) Remove(path string) error { return os.Remove(path) }

// ReadDir lists a directory by name.
func (OS) ReadDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }

// SyncDir makes a directory's names durable.
func (OS) SyncDir(path string) error { return syncDir(path) }

// MkdirAll makes path and what lacks above it, each name durable before the next is made.
func MkdirAll(fsys FS, path string) error {
	err := fsys.Mkdir(path)
	switch {
	case err == nil:
		return fsys.SyncDir(filepath.Dir(path))
	case errors.Is(err, fs.ErrExist):
		return nil
	case !errors.Is(err, fs.ErrNotExist) || filepath.Dir(path) == path:
		return fmt.Errorf("make folder %s: %w", path, err)
	}
	if err := MkdirAll(fsys, filepath.Dir(path)); err != nil {
		return err
	}
	return MkdirAll(fsys, path)
}

// Create makes a new, empty file whose name is durable when it returns.
func Create(fsys FS, path string) (File, error) {
	f, err := fsys.Create(path)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	if err := fsys.SyncDir(filepath.Dir(path)); err != nil {
		return nil, errors.Join(fmt.Errorf("create %s: %w", path, err), f.Close())
	}
	return f, nil
}

// Has reports whether there is something of this name. A folder that cannot be read has nothing.
func Has(fsys FS, path string) bool {
	entries, err := fsys.ReadDir(filepath.Dir(path))
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == filepath.Base(path) })
}

// Unfinished ends the name of a file that WriteFile has not renamed yet. One found later was cut off by a
// crash and may be removed.
const Unfinished = ".part"

// WriteFile makes path hold data, whole or not at all: a temporary name in the same directory, sync, rename,
// sync of the directory.
func WriteFile(fsys FS, path string, data []byte) error {
	tmp := path + Unfinished
	if err := fsys.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write %s: %w", path, err)
	}
	f, err := fsys.Create(tmp)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := fsys.Rename(tmp, path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := fsys.SyncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

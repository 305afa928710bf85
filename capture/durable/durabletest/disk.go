// Package durabletest is a disk in memory that forgets what was not synced, for cutting the power in tests.
//
// Its model is stricter than ext4, on purpose. A file's bytes survive once File.Sync returned; a name survives
// once SyncDir of its directory returned; neither brings the other along. What was not synced is at the mercy
// of the Tear. Bytes that were synced and not written again are never harmed: a sector is written whole.
// After a failed Sync the bytes it should have saved are gone for good, even when a later Sync succeeds, as
// on Linux, where the kernel marks the pages clean.
package durabletest

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing/fstest"
	"time"

	"minglu/capture/durable"
)

// ErrCut is what every operation returns from the moment the power is cut.
var ErrCut = errors.New("the power is cut")

// Disk is a durable.FS in memory. The zero value is not usable; New makes an empty one whose root, "/", is
// there. Paths are absolute; a relative one starts at the root.
type Disk struct {
	mu    sync.Mutex
	root  *dir
	ops   int // operations that change something, so far
	cutAt int // 0: never
	fail  map[int]error
	free  int64 // bytes that may still be written; negative: no bound
}

// dir has the names as a program sees them, and as a restart would find them.
type dir struct {
	live, synced map[string]node
	pending      []rename // name changes since the last SyncDir, oldest first
}

// rename is one change of names that happens whole or not at all: from goes, to appears. An empty name
// takes no part.
type rename struct {
	from, to string
	node     node
}

// node is a *dir or an *inode.
type node any

// New makes an empty disk without bound.
func New() *Disk {
	return &Disk{root: newDir(), fail: map[int]error{}, free: -1}
}

func newDir() *dir { return &dir{live: map[string]node{}, synced: map[string]node{}} }

// CutAt cuts the power instead of the n-th changing operation from now, n ≥ 1.
func (d *Disk) CutAt(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cutAt = d.ops + n
}

// FailAt makes the n-th changing operation from now fail once with err (syscall.EIO, syscall.ENOSPC, …).
// A failing Write has written half its bytes.
func (d *Disk) FailAt(n int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail[d.ops+n] = err
}

// Limit lets n more bytes be written; then a Write is short and returns ENOSPC. Removing gives nothing back.
// A negative n takes the bound away.
func (d *Disk) Limit(n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.free = n
}

// Ops counts the changing operations so far: Mkdir, Create, Rename, Remove, SyncDir and a file's Write,
// WriteAt, Truncate and Sync.
func (d *Disk) Ops() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ops
}

// powered tells whether the disk may be read. The caller holds the lock.
func (d *Disk) powered() error {
	if d.cutAt > 0 && d.ops >= d.cutAt {
		return ErrCut
	}
	return nil
}

// change counts one changing operation and says how it fails, if it does. The caller holds the lock.
func (d *Disk) change() error {
	if err := d.powered(); err != nil {
		return err
	}
	d.ops++
	if err := d.powered(); err != nil {
		return err
	}
	return d.fail[d.ops]
}

// find walks to path's node; nil when a part of it is missing. The caller holds the lock.
func (d *Disk) find(path string) node {
	path = filepath.Clean(string(filepath.Separator) + path)
	if path == filepath.Dir(path) {
		return d.root
	}
	parent, ok := d.find(filepath.Dir(path)).(*dir)
	if !ok {
		return nil
	}
	return parent.live[filepath.Base(path)]
}

// alter runs op, counted as one changing operation, on the directory that holds path. Its error names both.
func (d *Disk) alter(what, path string, op func(parent *dir, name string) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.change()
	if err == nil {
		parent, ok := d.find(filepath.Dir(path)).(*dir)
		if !ok {
			err = fs.ErrNotExist
		} else {
			err = op(parent, filepath.Base(path))
		}
	}
	if err != nil {
		return &fs.PathError{Op: what, Path: path, Err: err}
	}
	return nil
}

// apply makes a change of names in one of the two sets.
func (r rename) apply(names map[string]node) {
	delete(names, r.from)
	if r.to != "" {
		names[r.to] = r.node
	}
}

func (p *dir) change(r rename) {
	r.apply(p.live)
	p.pending = append(p.pending, r)
}

// Mkdir makes one directory.
func (d *Disk) Mkdir(path string) error {
	return d.alter("mkdir", path, func(parent *dir, name string) error {
		if parent.live[name] != nil {
			return fs.ErrExist
		}
		parent.change(rename{to: name, node: newDir()})
		return nil
	})
}

// Create makes a new file and refuses an existing one.
func (d *Disk) Create(path string) (durable.File, error) {
	made := &inode{}
	err := d.alter("create", path, func(parent *dir, name string) error {
		if parent.live[name] != nil {
			return fs.ErrExist
		}
		parent.change(rename{to: name, node: made})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &file{disk: d, inode: made, path: path}, nil
}

// Rename renames within one directory and refuses to move between two.
func (d *Disk) Rename(from, to string) error {
	if filepath.Dir(filepath.Clean(from)) != filepath.Dir(filepath.Clean(to)) {
		return fmt.Errorf("rename %s to %s: %w", from, to, syscall.EXDEV)
	}
	return d.alter("rename", from, func(parent *dir, name string) error {
		moved := parent.live[name]
		if moved == nil {
			return fs.ErrNotExist
		}
		parent.change(rename{from: name, to: filepath.Base(to), node: moved})
		return nil
	})
}

// Remove removes one name: a file, or a directory that is empty.
func (d *Disk) Remove(path string) error {
	return d.alter("remove", path, func(parent *dir, name string) error {
		gone := parent.live[name]
		if gone == nil {
			return fs.ErrNotExist
		}
		if sub, ok := gone.(*dir); ok && len(sub.live) > 0 {
			return syscall.ENOTEMPTY
		}
		parent.change(rename{from: name})
		return nil
	})
}

// SyncDir makes a directory's names durable.
func (d *Disk) SyncDir(path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.change()
	at, ok := d.find(path).(*dir)
	switch {
	case err == nil && ok:
		at.synced = maps.Clone(at.live)
		at.pending = nil
		return nil
	case err == nil:
		err = fs.ErrNotExist
	case ok && !errors.Is(err, ErrCut):
		at.pending = nil
	}
	return &fs.PathError{Op: "sync folder", Path: path, Err: err}
}

// OpenFile opens an existing file positioned at its end.
func (d *Disk) OpenFile(path string) (durable.File, error) {
	at, err := d.inode("open", path)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return &file{disk: d, inode: at, path: path, pos: int64(len(at.live))}, nil
}

// ReadFile reads a whole file as the running machine sees it.
func (d *Disk) ReadFile(path string) ([]byte, error) {
	at, err := d.inode("read", path)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(at.live), nil
}

func (d *Disk) inode(what, path string) (*inode, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.powered(); err != nil {
		return nil, &fs.PathError{Op: what, Path: path, Err: err}
	}
	switch at := d.find(path).(type) {
	case *inode:
		return at, nil
	case *dir:
		return nil, &fs.PathError{Op: what, Path: path, Err: syscall.EISDIR}
	}
	return nil, &fs.PathError{Op: what, Path: path, Err: fs.ErrNotExist}
}

// ReadDir lists a directory by name.
func (d *Disk) ReadDir(path string) ([]fs.DirEntry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.powered(); err != nil {
		return nil, &fs.PathError{Op: "list", Path: path, Err: err}
	}
	at, ok := d.find(path).(*dir)
	if !ok {
		return nil, &fs.PathError{Op: "list", Path: path, Err: fs.ErrNotExist}
	}
	var entries []fs.DirEntry
	for _, name := range slices.Sorted(maps.Keys(at.live)) {
		entries = append(entries, entryOf(name, at.live[name]))
	}
	return entries, nil
}

// View is the tree below path as it is now, read-only and apart from the disk: what a verifier is given.
func (d *Disk) View(path string) fs.FS {
	d.mu.Lock()
	defer d.mu.Unlock()
	view := fstest.MapFS{}
	if at, ok := d.find(path).(*dir); ok {
		at.view(view, "")
	}
	return view
}

func (p *dir) view(into fstest.MapFS, prefix string) {
	for name, n := range p.live {
		switch n := n.(type) {
		case *dir:
			into[prefix+name] = &fstest.MapFile{Mode: fs.ModeDir | 0o750}
			n.view(into, prefix+name+"/")
		case *inode:
			into[prefix+name] = &fstest.MapFile{Data: slices.Clone(n.live), Mode: 0o640}
		}
	}
}

// info describes a node; the disk keeps no times.
type info struct {
	name string
	size int64
	mode fs.FileMode
}

func entryOf(name string, n node) fs.DirEntry {
	if f, ok := n.(*inode); ok {
		return fs.FileInfoToDirEntry(info{name, int64(len(f.live)), 0o640})
	}
	return fs.FileInfoToDirEntry(info{name, 0, fs.ModeDir | 0o750})
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }

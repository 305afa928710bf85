package durabletest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
)

// inode is a file's bytes as a program reads them, and as a restart would find them.
type inode struct {
	live, synced []byte
	pending      []write // since the last Sync, oldest first
}

// write is one change of bytes. A nil data means: the file is cut or grown to off.
type write struct {
	off  int64
	data []byte
}

// apply does w on b and returns the result, which may share b's memory.
func (w write) apply(b []byte) []byte {
	if w.data == nil {
		return resize(b, w.off)
	}
	end := w.off + int64(len(w.data))
	if end > int64(len(b)) {
		b = resize(b, end)
	}
	copy(b[w.off:], w.data)
	return b
}

// resize cuts b or grows it by zeros, as a hole in a file reads.
func resize(b []byte, n int64) []byte {
	if n <= int64(len(b)) {
		return b[:n:n]
	}
	return append(b, make([]byte, n-int64(len(b)))...)
}

func (n *inode) change(w write) {
	n.live = w.apply(n.live)
	n.pending = append(n.pending, w)
}

// file is one open file.
type file struct {
	disk   *Disk
	inode  *inode
	path   string
	pos    int64
	closed bool
}

func (f *file) fault(op string, err error) error {
	return &fs.PathError{Op: op, Path: f.path, Err: err}
}

// Write writes at the file's position, which after Create is 0 and after OpenFile the end.
func (f *file) Write(p []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	n, err := f.write(p, f.pos)
	f.pos += int64(n)
	return n, err
}

// WriteAt writes at off and leaves the position alone.
func (f *file) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, f.fault("write", syscall.EINVAL)
	}
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	return f.write(p, off)
}

// write keeps as much of p as the disk takes. The caller holds the lock.
func (f *file) write(p []byte, off int64) (int, error) {
	err := f.change()
	n := len(p)
	switch {
	case errors.Is(err, ErrCut), errors.Is(err, fs.ErrClosed):
		n = 0
	case err != nil:
		n /= 2
	case f.disk.free >= 0 && int64(n) > f.disk.free:
		n, err = int(f.disk.free), syscall.ENOSPC
	}
	if n > 0 {
		f.inode.change(write{off, append([]byte{}, p[:n]...)})
	}
	if f.disk.free >= 0 {
		f.disk.free -= int64(n)
	}
	if err != nil {
		return n, f.fault("write", err)
	}
	return n, nil
}

// ReadAt reads what the running machine sees.
func (f *file) ReadAt(p []byte, off int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.powered(); err != nil {
		return 0, f.fault("read", err)
	}
	if f.closed || off < 0 {
		return 0, f.fault("read", fs.ErrInvalid)
	}
	if off >= int64(len(f.inode.live)) {
		return 0, io.EOF
	}
	n := copy(p, f.inode.live[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Truncate cuts or grows the file; the next Write goes to its new end.
func (f *file) Truncate(size int64) error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if size < 0 {
		return f.fault("truncate", syscall.EINVAL)
	}
	if err := f.change(); err != nil {
		return f.fault("truncate", err)
	}
	f.inode.change(write{off: size})
	f.pos = size
	return nil
}

// Sync makes the bytes durable, not the name. When it fails, they are lost.
func (f *file) Sync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	err := f.change()
	switch {
	case err == nil:
		for _, w := range f.inode.pending {
			f.inode.synced = w.apply(f.inode.synced)
		}
	case errors.Is(err, ErrCut):
		return f.fault("sync", err)
	}
	f.inode.pending = nil
	if err != nil {
		return f.fault("sync", err)
	}
	return nil
}

// change counts one changing operation on an open file. The caller holds the lock.
func (f *file) change() error {
	if f.closed {
		return fs.ErrClosed
	}
	return f.disk.change()
}

// Size is the file's length as the running machine sees it.
func (f *file) Size() (int64, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.powered(); err != nil {
		return 0, f.fault("stat", err)
	}
	return int64(len(f.inode.live)), nil
}

// Close closes; it makes nothing durable. It works without power, so that a test can clean up.
func (f *file) Close() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.closed {
		return fmt.Errorf("close %s: %w", f.path, fs.ErrClosed)
	}
	f.closed = true
	return nil
}

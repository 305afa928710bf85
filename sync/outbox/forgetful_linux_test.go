package outbox_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// forgetful is a file system of one folder in memory, mounted by FUSE, whose power fails at some operation.
// After that nothing works, and what remains is what was synced, with some of the rest: any sector of an
// unsynced write may have reached the disk, names only in the order of their changes.
type forgetful struct {
	fs.Inode

	mu      sync.Mutex
	random  *rand.Rand
	left    int           // operations until the power fails
	failed  chan struct{} // closed when it has
	names   map[string]*forgetfulFile
	synced  map[string]*forgetfulFile
	changes []func(map[string]*forgetfulFile) // of names, since the last sync
}

// forgetfulFile is one file of it.
type forgetfulFile struct {
	fs.Inode

	disk  *forgetful
	now   []byte
	kept  []byte  // when it was last synced
	since []write // since then
}

// write is bytes at an offset, or a truncation to it when there are none.
type write struct {
	off  int64
	data []byte
}

func newForgetful(seed uint64, operations int) *forgetful {
	return &forgetful{random: rand.New(rand.NewPCG(seed, 1)), left: operations, failed: make(chan struct{}),
		names: map[string]*forgetfulFile{}, synced: map[string]*forgetfulFile{}}
}

// operate does one operation that changes the disk, unless the power has failed.
func (d *forgetful) operate(do func()) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left == 0 {
		return syscall.EIO
	}
	if d.left--; d.left == 0 {
		close(d.failed)
		return syscall.EIO
	}
	do()
	return 0
}

// rename applies a change of names now, and on the disk at the next sync of the folder.
func (d *forgetful) change(do func(map[string]*forgetfulFile)) {
	do(d.names)
	d.changes = append(d.changes, do)
}

// remains is what the disk holds after the power failed.
func (d *forgetful) remains() map[string][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = 0
	for _, do := range d.changes[:d.random.IntN(len(d.changes)+1)] {
		do(d.synced)
	}
	luck := []float64{0, 0.5, 0.9, 1}[d.random.IntN(4)]
	files := map[string][]byte{}
	for _, name := range slices.Sorted(maps.Keys(d.synced)) {
		f := d.synced[name]
		data := slices.Clone(f.kept)
		for _, w := range f.since {
			data = w.torn(data, func() bool { return d.random.Float64() < luck })
		}
		files[name] = data
	}
	return files
}

// torn applies a write sector by sector, each only by luck.
func (w write) torn(data []byte, lucky func() bool) []byte {
	if w.data == nil {
		if lucky() {
			return resized(data, w.off)
		}
		return data
	}
	for at := w.off; at < w.off+int64(len(w.data)); {
		end := min((at/sector+1)*sector, w.off+int64(len(w.data)))
		if lucky() {
			data = resized(data, max(int64(len(data)), end))
			copy(data[at:end], w.data[at-w.off:])
		}
		at = end
	}
	return data
}

func resized(data []byte, size int64) []byte {
	if size <= int64(len(data)) {
		return data[:size:size]
	}
	return append(slices.Clip(data), make([]byte, size-int64(len(data)))...)
}

// Create implements fs.NodeCreater.
func (d *forgetful) Create(ctx context.Context, name string, _, _ uint32, _ *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	f := &forgetfulFile{disk: d}
	errno := d.operate(func() { d.change(func(names map[string]*forgetfulFile) { names[name] = f }) })
	if errno != 0 {
		return nil, nil, 0, errno
	}
	return d.NewPersistentInode(ctx, f, fs.StableAttr{Mode: fuse.S_IFREG}), nil, 0, 0
}

// Unlink implements fs.NodeUnlinker.
func (d *forgetful) Unlink(_ context.Context, name string) syscall.Errno {
	return d.operate(func() { d.change(func(names map[string]*forgetfulFile) { delete(names, name) }) })
}

// Fsync implements fs.NodeFsyncer for the folder.
func (d *forgetful) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	return d.operate(func() { d.synced, d.changes = maps.Clone(d.names), nil })
}

// Open implements fs.NodeOpener.
func (f *forgetfulFile) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, 0, 0
}

// Read implements fs.NodeReader.
func (f *forgetfulFile) Read(_ context.Context, _ fs.FileHandle, p []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	n := 0
	if off < int64(len(f.now)) {
		n = copy(p, f.now[off:])
	}
	return fuse.ReadResultData(p[:n]), 0
}

// Write implements fs.NodeWriter.
func (f *forgetfulFile) Write(_ context.Context, _ fs.FileHandle, p []byte, off int64) (uint32, syscall.Errno) {
	errno := f.disk.operate(func() {
		f.now = resized(f.now, max(int64(len(f.now)), off+int64(len(p))))
		copy(f.now[off:], p)
		f.since = append(f.since, write{off, slices.Clone(p)})
	})
	return uint32(len(p)), errno
}

// Fsync implements fs.NodeFsyncer.
func (f *forgetfulFile) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	return f.disk.operate(func() { f.kept, f.since = slices.Clone(f.now), nil })
}

// Getattr implements fs.NodeGetattrer.
func (f *forgetfulFile) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	out.Mode, out.Size, out.Nlink = 0o644, uint64(len(f.now)), 1
	return 0
}

// Setattr implements fs.NodeSetattrer; only the size can change.
func (f *forgetfulFile) Setattr(ctx context.Context, h fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if size, ok := in.GetSize(); ok {
		errno := f.disk.operate(func() {
			f.now = resized(f.now, int64(size))
			f.since = append(f.since, write{off: int64(size)})
		})
		if errno != 0 {
			return errno
		}
	}
	return f.Getattr(ctx, h, out)
}

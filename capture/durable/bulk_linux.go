package durable

import (
	"errors"
	"io"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// block is what direct access wants places, lengths and addresses to be multiples of: the largest sector in use.
	block = 4096
	// bulk is how many bytes are worth a wait for the disk at once.
	bulk = 256 << 10
	// window is how much a reader of many bytes asks for at once.
	window = 1 << 20
)

// WriteBulk writes p past the page cache where place, length and address allow it, and else through it.
func (f osFile) WriteBulk(p []byte) (int, error) {
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	whole := len(p) &^ (block - 1)
	if at%block != 0 || whole < bulk || uintptr(unsafe.Pointer(&p[0]))%block != 0 {
		return f.Write(p)
	}
	n, err := f.writeDirect(p[:whole])
	if err != nil || n == len(p) {
		return n, err
	}
	m, err := f.Write(p[n:])
	return n + m, err
}

// writeDirect answers 0 without an error where the file system knows no direct writing.
func (f osFile) writeDirect(p []byte) (int, error) {
	if direct(f.File, true) != nil {
		return 0, nil
	}
	n, err := f.Write(p)
	if errors.Is(err, unix.EINVAL) {
		err = nil // a file system with larger blocks; the rest goes the usual way
	}
	return n, errors.Join(err, direct(f.File, false))
}

// direct switches O_DIRECT.
func direct(f *os.File, on bool) error {
	fd := f.Fd()
	flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0)
	if err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	if flags &^= unix.O_DIRECT; on {
		flags |= unix.O_DIRECT
	}
	_, err = unix.FcntlInt(fd, unix.F_SETFL, flags)
	return os.NewSyscallError("fcntl", err)
}

// OpenBulk opens a file of many bytes that is read from its front to its back, past the page cache where the system
// can: its pages would push out what is read again, and cost more than the reading.
func OpenBulk(path string) (Bulk, error) {
	f, err := openWhole(path)
	if err != nil {
		return nil, err
	}
	if f.size < window || direct(f.File, true) != nil {
		return f, nil
	}
	return &bulkFile{wholeFile: f, page: make([]byte, 0, window)}, nil
}

// bulkFile holds the part of its file that was read last.
type bulkFile struct {
	wholeFile
	mu   sync.Mutex
	page []byte // from on; a whole window, or the end of the file
	from int64
}

// ReadAt implements io.ReaderAt.
func (b *bulkFile) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, &os.PathError{Op: "readat", Path: b.Name(), Err: errors.New("negative offset")}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for n < len(p) && err == nil {
		at := off + int64(n)
		if at < b.from || at >= b.from+int64(len(b.page)) {
			if err = b.turn(at); err != nil {
				break
			}
		}
		n += copy(p[n:], b.page[at-b.from:])
	}
	return n, err
}

// turn reads the window that holds the byte at a place.
func (b *bulkFile) turn(at int64) error {
	if at >= b.size {
		return io.EOF
	}
	from := at - at%window
	b.page = b.page[:0]
	n, err := pread(b.File, b.page[:window], from)
	if errors.Is(err, unix.EINVAL) { // a file system that cannot
		if err = direct(b.File, false); err == nil {
			n, err = pread(b.File, b.page[:window], from)
		}
	}
	if n = int(min(int64(n), b.size-from)); from+int64(n) > at {
		b.page, b.from = b.page[:n], from
		return nil
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// pread fills p to the end of the file. What comes after a part of a block is not asked for: a direct read would
// be refused there.
func pread(f *os.File, p []byte, from int64) (n int, err error) {
	for n < len(p) && n%block == 0 {
		m, err := unix.Pread(int(f.Fd()), p[n:], from+int64(n))
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return n, &os.PathError{Op: "read", Path: f.Name(), Err: err}
		case m == 0:
			return n, nil
		default:
			n += m
		}
	}
	return n, nil
}

// Package disk stores blobs as read-only files on a local disk.
//
// A blob lies in DIR/ab/abcd…, named by its digest. Its bytes arrive in a draft beside it, in the same folder,
// so that taking it over is one rename and never a move between folders. Network file systems are not for
// evidence: their fsync and rename promise less than the rules here need.
package disk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"minglu/capture/durable"
	"minglu/sync/blob"
)

const (
	readOnly    = 0o400
	copyBuffer  = 1 << 20
	retainTime  = time.RFC3339
	draftSuffix = ".part"
	retainName  = ".retain"
)

// Store is a blob.Store in one folder. It writes through FS and reads with the operating system.
type Store struct {
	fsys durable.FS
	dir  string
	puts atomic.Int64
	mu   sync.Mutex // retention is read, compared and written
}

var _ blob.Store = (*Store)(nil)

// Open opens the store in dir and makes what lacks.
func Open(fsys durable.FS, dir string) (*Store, error) {
	if err := durable.MkdirAll(fsys, dir); err != nil {
		return nil, fmt.Errorf("open blob store: %w", err)
	}
	return &Store{fsys: fsys, dir: dir}, nil
}

func (s *Store) shelf(d blob.Digest) string { return filepath.Join(s.dir, d.String()[:2]) }
func (s *Store) path(d blob.Digest) string  { return filepath.Join(s.shelf(d), d.String()) }

// Put implements blob.Store.
func (s *Store) Put(ctx context.Context, d blob.Digest, size int64, r io.Reader, retain time.Time) error {
	if _, err := s.Stat(ctx, d); err == nil {
		return s.extend(d, retain)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	owner := "put-" + strconv.Itoa(os.Getpid()) + "-" + strconv.FormatInt(s.puts.Add(1), 10)
	draft, err := s.Draft(d, owner)
	if err != nil {
		return err
	}
	if err := fill(ctx, draft, d, size, r); err != nil {
		return errors.Join(fmt.Errorf("put blob %s: %w", d, err), draft.Discard())
	}
	if err := draft.Keep(); err != nil {
		return err
	}
	return s.extend(d, retain)
}

// fill copies r into the draft, hashing on the way, and syncs it.
func fill(ctx context.Context, draft *Draft, d blob.Digest, size int64, r io.Reader) error {
	sum := sha256.New()
	buf := make([]byte, min(copyBuffer, max(size, 1)))
	in := &io.LimitedReader{R: r, N: size + 1}
	var n int64
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		m, err := io.ReadFull(in, buf)
		sum.Write(buf[:m])
		if _, werr := draft.Write(buf[:m]); werr != nil {
			return werr
		}
		n += int64(m)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if n != size || blob.Digest(sum.Sum(nil)) != d {
		return blob.ErrDigest
	}
	return draft.Sync()
}

// Open implements blob.Store.
func (s *Store) Open(_ context.Context, d blob.Digest) (blob.Blob, error) {
	f, err := durable.OpenBulk(s.path(d))
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", d, err)
	}
	return f, nil
}

// Stat implements blob.Store.
func (s *Store) Stat(_ context.Context, d blob.Digest) (blob.Info, error) {
	st, err := os.Lstat(s.path(d))
	if err != nil {
		return blob.Info{}, fmt.Errorf("look at blob %s: %w", d, err)
	}
	if !st.Mode().IsRegular() {
		return blob.Info{}, fmt.Errorf("look at blob %s: not a regular file", d)
	}
	until, err := s.retention(d)
	if err != nil {
		return blob.Info{}, err
	}
	return blob.Info{Digest: d, Size: st.Size(), RetainUntil: until}, nil
}

// Verify implements blob.Store.
func (s *Store) Verify(ctx context.Context, d blob.Digest) (err error) {
	f, err := s.Open(ctx, d)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	in := io.NewSectionReader(f, 0, f.Size())
	buf := make([]byte, copyBuffer)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.Read(buf)
		sum.Write(buf[:n])
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("read blob %s: %w", d, err)
		}
	}
	if blob.Digest(sum.Sum(nil)) != d {
		return fmt.Errorf("verify blob %s: %w", d, blob.ErrDigest)
	}
	return nil
}

// SetRetention implements blob.Store. The date lies in a file beside the blob: on a disk it binds the tools
// of headquarters, not a person with the administrator's password.
func (s *Store) SetRetention(ctx context.Context, d blob.Digest, until time.Time) error {
	if _, err := s.Stat(ctx, d); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, err := s.retention(d)
	if err != nil {
		return err
	}
	until = until.UTC().Truncate(time.Second)
	if until.Before(old) {
		return fmt.Errorf("retain blob %s: %w", d, blob.ErrRetention)
	}
	if until.Equal(old) {
		return nil
	}
	return durable.WriteFile(s.fsys, s.path(d)+retainName, []byte(until.Format(retainTime)))
}

// extend sets the retention if it is later than what stands.
func (s *Store) extend(d blob.Digest, until time.Time) error {
	if until.IsZero() {
		return nil
	}
	err := s.SetRetention(context.Background(), d, until)
	if errors.Is(err, blob.ErrRetention) {
		return nil
	}
	return err
}

func (s *Store) retention(d blob.Digest) (time.Time, error) {
	text, err := s.fsys.ReadFile(s.path(d) + retainName)
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read retention of %s: %w", d, err)
	}
	until, err := time.Parse(retainTime, string(text))
	if err != nil {
		return time.Time{}, fmt.Errorf("read retention of %s: %w", d, err)
	}
	return until, nil
}

// List implements blob.Store.
func (s *Store) List(ctx context.Context) iter.Seq2[blob.Info, error] {
	return func(yield func(blob.Info, error) bool) {
		shelves, err := s.fsys.ReadDir(s.dir)
		if err != nil {
			yield(blob.Info{}, fmt.Errorf("list blobs: %w", err))
			return
		}
		for _, shelf := range shelves {
			if !s.listShelf(ctx, shelf.Name(), yield) {
				return
			}
		}
	}
}

func (s *Store) listShelf(ctx context.Context, shelf string, yield func(blob.Info, error) bool) bool {
	files, err := s.fsys.ReadDir(filepath.Join(s.dir, shelf))
	if err != nil {
		return yield(blob.Info{}, fmt.Errorf("list blobs: %w", err))
	}
	for _, f := range files {
		if strings.Contains(f.Name(), ".") {
			continue // drafts and retention dates
		}
		d, err := blob.ParseDigest(f.Name())
		var info blob.Info
		if err == nil {
			info, err = s.Stat(ctx, d)
		}
		if err == nil {
			err = ctx.Err()
		}
		if !yield(info, err) || err != nil {
			return false
		}
	}
	return true
}

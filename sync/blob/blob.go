// Package blob stores named bytes that never change: a blob's name is the SHA-256 of its bytes.
//
// There is no way to delete through this package. Disposal is another tool, another role, another log.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// Digest is the SHA-256 of a blob and its only name.
type Digest [sha256.Size]byte

// ParseDigest reads 64 lower-case hexadecimal digits, the only spelling of a digest.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	if len(s) != hex.EncodedLen(len(d)) {
		return Digest{}, fmt.Errorf("digest %.80q is not 64 hexadecimal digits", s)
	}
	if _, err := hex.Decode(d[:], []byte(s)); err != nil || d.String() != s {
		return Digest{}, fmt.Errorf("digest %q is not lower-case hexadecimal", s)
	}
	return d, nil
}

// String writes the digest in lower-case hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Info describes a stored blob. A zero RetainUntil means that no date was set.
type Info struct {
	Digest      Digest
	Size        int64
	RetainUntil time.Time
}

// Blob is an open blob. Concurrent ReadAt is allowed.
type Blob interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Errors a caller chooses by. A blob that is not there is fs.ErrNotExist.
var (
	ErrDigest    = errors.New("bytes are not those the digest names")
	ErrRetention = errors.New("retention can only be extended")
)

// Store keeps blobs. What Put has acknowledged survives a power cut; what it refused leaves no blob behind.
// A store is safe for concurrent use.
type Store interface {
	// Put keeps the size bytes of r under d and refuses others with ErrDigest. A blob that is there
	// already is left as it is and r is not read; its retention is extended if retain is later.
	Put(ctx context.Context, d Digest, size int64, r io.Reader, retain time.Time) error
	// Open opens a blob for reading at any place.
	Open(ctx context.Context, d Digest) (Blob, error)
	// Stat describes a blob without reading its bytes.
	Stat(ctx context.Context, d Digest) (Info, error)
	// Verify reads a blob whole and answers ErrDigest if its bytes have changed.
	Verify(ctx context.Context, d Digest) error
	// SetRetention moves the date before which nobody may dispose of a blob, and only further away.
	SetRetention(ctx context.Context, d Digest, until time.Time) error
	// List yields every blob, in the order of their digests. It ends at the first error.
	List(ctx context.Context) iter.Seq2[Info, error]
}

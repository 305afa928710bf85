package receive

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"minglu/sync/blob"
	"minglu/sync/blob/disk"
)

const (
	copyBuffer = 1 << 20
	// durableEvery is how many bytes at most a killed headquarters forgets of a part under way.
	durableEvery = 16 << 20
)

// errFull says that the space kept in reserve would be touched.
var errFull = errors.New("no space left for parts")

// draft is a part that is arriving from a room: its row, which is behind the file but never ahead of it.
// The state of the hash is stored with the offset, so that nothing is read again after a restart.
type draft struct {
	room      string
	digest    blob.Digest
	size, off int64
	hash      []byte // encoding.BinaryMarshaler of SHA-256 over the first off bytes
}

func (u draft) key() string { return u.room + "/" + u.digest.String() }

func loadDraft(q querier, room string, digest blob.Digest) (draft, error) {
	drafts, err := loadDrafts(q, `room = $1 AND sha256 = $2`, room, digest.String())
	if err == nil && len(drafts) == 0 {
		err = fmt.Errorf("find upload of %s: %w", digest, fs.ErrNotExist)
	}
	if err != nil {
		return draft{}, err
	}
	return drafts[0], nil
}

func loadDrafts(q querier, where string, args ...any) (drafts []draft, err error) {
	rows, err := q.Query(`SELECT room, sha256, size, off, hash FROM upload WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read uploads: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var u draft
		var sum string
		if err := rows.Scan(&u.room, &sum, &u.size, &u.off, &u.hash); err != nil {
			return nil, fmt.Errorf("read uploads: %w", err)
		}
		if u.digest, err = blob.ParseDigest(sum); err != nil {
			return nil, fmt.Errorf("read uploads: %w", err)
		}
		drafts = append(drafts, u)
	}
	return drafts, rows.Err()
}

// begin makes a draft known, or answers the one that is there.
func (d *Desk) begin(ctx context.Context, u draft) (draft, error) {
	state, err := sha256.New().(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return draft{}, fmt.Errorf("begin upload: %w", err)
	}
	u.hash = state
	err = d.within(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO upload (room, sha256, size, off, hash) VALUES ($1, $2, $3, 0, $4)
			ON CONFLICT (room, sha256) DO NOTHING`, u.room, u.digest.String(), u.size, u.hash)
		if err != nil {
			return fmt.Errorf("begin upload: %w", err)
		}
		u, err = loadDraft(tx, u.room, u.digest)
		return err
	})
	return u, err
}

// arrival writes the bytes of one request behind those a draft has.
type arrival struct {
	desk *Desk
	u    draft // what is durable
	file *disk.Draft
	sum  hash.Hash // over everything written
	off  int64     // everything written
}

// arrive opens the draft at its durable offset; torn bytes behind it are cut off. A draft that has lost bytes
// begins anew, with blob.ErrDigest.
func (d *Desk) arrive(ctx context.Context, u draft) (*arrival, error) {
	sum := sha256.New()
	if err := sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(u.hash); err != nil {
		return nil, fmt.Errorf("resume hash of %s: %w", u.digest, err)
	}
	f, err := d.Spool.Draft(u.digest, u.room)
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err == nil && size > u.off {
		err = f.Truncate(u.off)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if size < u.off {
		lost := fmt.Errorf("the disk has %d bytes of %s and had %d: %w", size, u.digest, u.off, blob.ErrDigest)
		return nil, errors.Join(lost, d.forget(ctx, u, f))
	}
	return &arrival{desk: d, u: u, file: f, sum: sum, off: u.off}, nil
}

// take reads src to its end, or to the size of the part. Whatever came is kept, also when src breaks off.
func (a *arrival) take(ctx context.Context, src io.Reader, also hash.Hash) error {
	buf := make([]byte, min(copyBuffer, max(a.u.size-a.off, 1)))
	for a.off < a.u.size {
		if err := a.desk.space(0); err != nil {
			return errors.Join(err, a.save(ctx))
		}
		n, err := io.ReadFull(src, buf[:min(copyBuffer-a.off%copyBuffer, a.u.size-a.off)]) // ends where a block of the disk does
		if _, werr := a.file.Write(buf[:n]); werr != nil {
			return errors.Join(werr, a.save(ctx)) // what was written whole stands; the rest is cut off next time
		}
		a.sum.Write(buf[:n])
		if also != nil {
			also.Write(buf[:n])
		}
		a.off += int64(n)
		if err != nil {
			break // the end, early or not; the caller knows how much was to come
		}
		if also == nil && a.off-a.u.off >= durableEvery {
			if err := a.save(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// save makes everything written durable: first the bytes, then the row that speaks of them.
func (a *arrival) save(ctx context.Context) error {
	if a.off == a.u.off {
		return nil
	}
	if err := a.file.Sync(); err != nil {
		return fmt.Errorf("sync draft of %s: %w", a.u.digest, err)
	}
	state, err := a.sum.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return fmt.Errorf("save hash of %s: %w", a.u.digest, err)
	}
	err = a.desk.within(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE upload SET off = $3, hash = $4 WHERE room = $1 AND sha256 = $2`,
			a.u.room, a.u.digest.String(), a.off, state)
		return err
	})
	if err != nil {
		return fmt.Errorf("save offset of %s: %w", a.u.digest, err)
	}
	a.u.off, a.u.hash = a.off, state
	return nil
}

// finish names a part that has arrived to its last byte. Bytes that are not those the digest names are thrown
// away with blob.ErrDigest, and the part begins anew.
func (d *Desk) finish(ctx context.Context, u draft) error {
	defer d.finishing.lock(u.key())()
	_, err := d.Blobs.Stat(ctx, u.digest)
	switch {
	case err == nil: // named before a crash, or brought by another room
		f, err := d.Spool.Draft(u.digest, u.room)
		if err != nil {
			return err
		}
		return d.forget(ctx, u, f)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	a, err := d.arrive(ctx, u)
	if err != nil {
		return err
	}
	if blob.Digest(a.sum.Sum(nil)) != u.digest {
		return errors.Join(d.forget(ctx, u, a.file), fmt.Errorf("finish %s: %w", u.digest, blob.ErrDigest))
	}
	if err := a.file.Keep(); err != nil {
		return err
	}
	return d.forget(ctx, u, nil)
}

// forget ends an upload. Its row goes before its file: a file without a row is cut to nothing when the part
// begins anew, a row without its file would claim bytes that are not there.
func (d *Desk) forget(ctx context.Context, u draft, f *disk.Draft) error {
	err := d.within(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM upload WHERE room = $1 AND sha256 = $2`, u.room, u.digest.String())
		return err
	})
	if f != nil {
		if err != nil {
			return errors.Join(err, f.Close())
		}
		return f.Discard()
	}
	return err
}

// space reports errFull when size more bytes would touch the reserve.
func (d *Desk) space(size int64) error {
	if d.Free == nil {
		return nil
	}
	free, err := d.Free()
	if err != nil {
		return fmt.Errorf("ask for free space: %w", err)
	}
	if free-size < d.Reserve {
		return errFull
	}
	return nil
}

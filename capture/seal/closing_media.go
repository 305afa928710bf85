package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/evidence/fmp4"
)

// finaliseMedia makes each media file an ordinary MP4 file and gives its digest by its path.
func (c Closing) finaliseMedia(tally *Tally, record *evidence.Record) (map[string]evidence.FileDigest, error) {
	known := map[string]evidence.FileDigest{}
	for i, track := range record.Tracks {
		file, err := c.FS.OpenFile(c.path(track.File))
		if errors.Is(err, fs.ErrNotExist) && tally.Files[track.Track] == nil {
			continue // the crash came before the file
		}
		if err != nil {
			return nil, err
		}
		d, err := finalise(media{file}, tally.Files[track.Track])
		if err = errors.Join(err, file.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", track.File, err)
		}
		record.Tracks[i].Bytes, d.Path = d.Size, track.File
		known[track.File] = d
	}
	return known, nil
}

// finalise ends a media file after its last segment. One whose head no line claims is emptied. The digest is taken
// first: after an hour the file lies on the disk alone, and read from end to end it is in memory for the index, whose
// thousands of small reads a disk answers slowly.
func finalise(file media, f *FileTally) (d evidence.FileDigest, err error) {
	if f == nil {
		if err := errors.Join(file.Truncate(0), file.Sync()); err != nil {
			return d, err
		}
		d.SHA256 = hex.EncodeToString(sha256.New().Sum(nil))
		return d, nil
	}
	last := f.Ranges[len(f.Ranges)-1]
	end := last.Off + last.Len
	sum, err := digestBody(file, end)
	if err != nil {
		return d, err
	}
	if d.Size, err = fmp4.Finalise(file, fmp4.Range(f.Ranges[0]), ranges(f.Ranges[1:])); err != nil {
		return d, err
	}
	if _, err := io.Copy(sum, io.NewSectionReader(file, end, d.Size-end)); err != nil {
		return d, err
	}
	d.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return d, nil
}

// digestBody is the state of SHA-256 after a finished file's fragments, which end at end. The placeholder is taken
// as it will be.
func digestBody(file media, end int64) (hash.Hash, error) {
	sum, patch := sha256.New(), fmp4.Placeholder(end)
	after := fmp4.PlaceholderOff + int64(len(patch))
	parts := io.MultiReader(io.NewSectionReader(file, 0, fmp4.PlaceholderOff), bytes.NewReader(patch[:]),
		io.NewSectionReader(file, after, end-after))
	n, err := readAhead(parts, sum)
	if err != nil {
		return nil, err
	}
	if n != end {
		return nil, io.ErrUnexpectedEOF
	}
	return sum, nil
}

// readAhead copies all of r to w; the next block is read while w takes one, so that disk and processor work at once.
func readAhead(r io.Reader, w io.Writer) (n int64, err error) {
	const blocks, size = 3, 4 << 20
	free, full := make(chan []byte, blocks), make(chan []byte, blocks)
	for range blocks {
		free <- make([]byte, size)
	}
	var failed error // of the reader; read once full is closed
	go func() {
		defer close(full)
		for block := range free {
			got, err := io.ReadFull(r, block)
			full <- block[:got]
			if err != nil {
				if err != io.EOF && err != io.ErrUnexpectedEOF {
					failed = err
				}
				return
			}
		}
	}()
	for block := range full {
		if err == nil {
			_, err = w.Write(block)
			n += int64(len(block))
		}
		free <- block[:size]
	}
	return n, errors.Join(err, failed)
}

// media gives a durable file the form that fmp4 asks for.
type media struct{ durable.File }

func ranges(from []Range) []fmp4.Range {
	to := make([]fmp4.Range, len(from))
	for i, r := range from {
		to[i] = fmp4.Range(r)
	}
	return to
}

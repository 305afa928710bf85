package seal

import (
	"errors"
	"fmt"
	"io/fs"

	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/evidence/fmp4"
)

// finaliseMedia makes each media file an ordinary MP4 file.
func (c Closing) finaliseMedia(tally *Tally, record *evidence.Record) error {
	for i, track := range record.Tracks {
		file, err := c.FS.OpenFile(c.path(track.File))
		if errors.Is(err, fs.ErrNotExist) && tally.Files[track.Track] == nil {
			continue // the crash came before the file
		}
		if err != nil {
			return err
		}
		record.Tracks[i].Bytes, err = finalise(media{file}, tally.Files[track.Track])
		if err = errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("%s: %w", track.File, err)
		}
	}
	return nil
}

// finalise ends a media file after its last segment. One whose head no line claims is emptied.
func finalise(file media, f *FileTally) (size int64, err error) {
	if f == nil {
		return 0, errors.Join(file.Truncate(0), file.Sync())
	}
	return fmp4.Finalise(file, fmp4.Range(f.Ranges[0]), ranges(f.Ranges[1:]))
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

package receive

import (
	"archive/zip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"minglu/capture/evidence"
)

// ErrUnknown says that headquarters has not received the recording.
var ErrUnknown = errors.New("headquarters has not received this recording")

// Export writes a received package as a zip, as a stranger gets it: its files below a folder of its id, stored,
// in the order of their names, and what stands beside them, by name, below evidence.BesideRoots. The same
// package gives the same zip.
func (d *Desk) Export(ctx context.Context, id string, w io.Writer, beside map[string][]byte) error {
	p, err := load(d.DB, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && p.state != stateReceived {
		return fmt.Errorf("export %s: %w", id, ErrUnknown)
	}
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	view := d.view(p)
	for _, f := range p.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := store(z, id+"/"+f.Path, view, f.Path); err != nil {
			return fmt.Errorf("export %s: %w", id, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(beside)) {
		to, err := z.CreateHeader(&zip.FileHeader{Name: evidence.BesideRoots + "/" + name, Method: zip.Store})
		if err == nil {
			_, err = to.Write(beside[name])
		}
		if err != nil {
			return fmt.Errorf("export %s: %w", id, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("export %s: %w", id, err)
	}
	return nil
}

func store(z *zip.Writer, name string, fsys fs.FS, path string) (err error) {
	f, err := fsys.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	to, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{f}, make([]byte, copyBuffer))
	return err
}

package evidence

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
)

// exportBuffer is how much of a file is copied at a time, in bytes.
const exportBuffer = 512 << 10

// WriteZip writes a package as a stranger gets it: the named files of fsys below a folder of the package's id,
// stored, in the given order, and what stands beside them, by name, below BesideRoots. The same package gives
// the same zip.
func WriteZip(ctx context.Context, w io.Writer, id string, fsys fs.FS, paths []string, beside map[string][]byte) error {
	z := zip.NewWriter(w)
	for _, path := range paths {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := store(z, id+"/"+path, fsys, path); err != nil {
			return fmt.Errorf("write %s into zip: %w", path, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(beside)) {
		to, err := z.CreateHeader(&zip.FileHeader{Name: BesideRoots + "/" + name, Method: zip.Store})
		if err == nil {
			_, err = to.Write(beside[name])
		}
		if err != nil {
			return fmt.Errorf("write %s into zip: %w", name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("end zip: %w", err)
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
	_, err = io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{f}, make([]byte, exportBuffer))
	return err
}

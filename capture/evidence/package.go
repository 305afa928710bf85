package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// BorderError is a package refused before anything in it was judged: it could do harm on the way in.
type BorderError struct {
	File string // the entry, "" when the container itself is meant
	What string
}

func (e *BorderError) Error() string {
	if e.File == "" {
		return "open package: " + e.What
	}
	return fmt.Sprintf("open package: entry %q: %s", e.File, e.What)
}

// ErrNoPackage is in the error for something that is no evidence package at all.
var ErrNoPackage = errors.New("this is no evidence package")

// OpenPackage opens a folder or a zip for reading and checks its border: a BorderError says that the thing
// is a package but not one to be touched. A zip may hold the package in one folder at its top.
func OpenPackage(name string) (fs.FS, io.Closer, error) {
	st, err := os.Stat(name)
	if err != nil {
		return nil, nil, fmt.Errorf("open package: %w", err)
	}
	if st.IsDir() {
		return openFolder(name)
	}
	if !st.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("open package: %w: %s is neither a folder nor a file", ErrNoPackage, name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("open package: %w", err)
	}
	fsys, err := OpenZip(f, st.Size())
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return fsys, f, nil
}

// openFolder reads below an os.Root, so that not even a link made later leads out of the folder.
func openFolder(name string) (fs.FS, io.Closer, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, nil, fmt.Errorf("open package: %w", err)
	}
	fsys := root.FS()
	if err := checkFolder(fsys); err != nil {
		return nil, nil, errors.Join(err, root.Close())
	}
	return fsys, root, nil
}

func checkFolder(fsys fs.FS) error {
	n, folded := 0, map[string]string{}
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("open package: %w", err)
		}
		if n++; n > 2*MaxFiles {
			return &BorderError{What: fmt.Sprintf("more than %d entries", 2*MaxFiles)}
		}
		if !d.IsDir() && !d.Type().IsRegular() {
			return &BorderError{name, "is a link or a device, not a file"}
		}
		return checkFold(folded, name)
	})
}

// checkFold refuses two names that are one on a system that ignores case.
func checkFold(seen map[string]string, name string) error {
	low := strings.ToLower(name)
	if other, ok := seen[low]; ok {
		if other == name {
			return &BorderError{name, "is there twice"}
		}
		return &BorderError{name, fmt.Sprintf("differs from %q only in case", other)}
	}
	seen[low] = name
	return nil
}

// readSmall reads a whole file of at most limit bytes.
func readSmall(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(f, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("is over the bound of %d bytes", limit)
	}
	return b.Bytes(), errors.Join(err, f.Close())
}

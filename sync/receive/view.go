package receive

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"minglu/sync/blob"
	"minglu/sync/wire"
)

// PackageFS shows stored parts under the paths of a package, without copying them. Its files are io.ReaderAt
// and io.Seeker too. Only the paths listed exist, whatever they are made of.
type PackageFS struct {
	blobs blob.Store
	files map[string]wire.Part
	dirs  map[string][]fs.DirEntry
}

// NewPackageFS makes the view of parts in blobs.
func NewPackageFS(blobs blob.Store, parts []wire.Part) *PackageFS {
	p := &PackageFS{blobs: blobs, files: map[string]wire.Part{}, dirs: map[string][]fs.DirEntry{".": nil}}
	for _, part := range parts {
		p.files[part.Path] = part
		p.hang(path.Dir(part.Path), fs.FileInfoToDirEntry(partInfo{path.Base(part.Path), part.Size, 0o444}))
	}
	for _, entries := range p.dirs {
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return p
}

// hang puts an entry into its directory, which it makes first if need be.
func (p *PackageFS) hang(dir string, e fs.DirEntry) {
	if _, ok := p.dirs[dir]; !ok {
		p.hang(path.Dir(dir), fs.FileInfoToDirEntry(partInfo{path.Base(dir), 0, fs.ModeDir | 0o555}))
	}
	p.dirs[dir] = append(p.dirs[dir], e)
}

// Open implements fs.FS.
func (p *PackageFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if entries, ok := p.dirs[name]; ok {
		return &openDir{info: partInfo{path.Base(name), 0, fs.ModeDir | 0o555}, left: entries}, nil
	}
	part, ok := p.files[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	digest, err := blob.ParseDigest(part.SHA256)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	b, err := p.blobs.Open(context.Background(), digest)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return openPart{io.NewSectionReader(b, 0, b.Size()), b, partInfo{path.Base(name), b.Size(), 0o444}}, nil
}

type openPart struct {
	*io.SectionReader
	io.Closer
	info partInfo
}

func (f openPart) Stat() (fs.FileInfo, error) { return f.info, nil }

type openDir struct {
	info partInfo
	left []fs.DirEntry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }
func (d *openDir) Read([]byte) (int, error) {
	return 0, fmt.Errorf("read %s: it is a directory", d.info.name)
}

// ReadDir implements fs.ReadDirFile.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(d.left) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.left) {
		n = len(d.left)
	}
	next := d.left[:n]
	d.left = d.left[n:]
	return slices.Clone(next), nil
}

type partInfo struct {
	name string
	size int64
	mode fs.FileMode
}

func (i partInfo) Name() string       { return i.name }
func (i partInfo) Size() int64        { return i.size }
func (i partInfo) Mode() fs.FileMode  { return i.mode }
func (i partInfo) ModTime() time.Time { return time.Time{} }
func (i partInfo) IsDir() bool        { return i.mode.IsDir() }
func (i partInfo) Sys() any           { return nil }

func (d *Desk) view(p row) *PackageFS { return NewPackageFS(d.Blobs, p.parts()) }

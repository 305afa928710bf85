package evidence

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// Bounds of a zip.
const (
	maxDirectory = MaxFiles * 512 // bytes of the central directory
	zipRatio     = 100            // unpacked bytes for each packed one …
	zipGrace     = 1 << 20        // … beyond the first mebibyte
)

// OpenZip reads a package from a zip, with all checks of its border. Only the plain form is taken: stored or
// deflated entries, no encryption, nothing after the directory.
func OpenZip(r io.ReaderAt, size int64) (fs.FS, error) {
	end, err := readZipEnd(r, size)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, &BorderError{What: "zip is damaged: " + err.Error()}
	}
	if int64(len(z.File)) != end.entries {
		return nil, &BorderError{What: fmt.Sprintf("zip announces %d entries and lists %d", end.entries, len(z.File))}
	}
	if err := checkEntries(z.File); err != nil {
		return nil, err
	}
	stored, err := checkExtents(z.File, end.directory)
	if err != nil {
		return nil, err
	}
	var fsys fs.FS = zipFS{z, r, stored}
	if top := topFolder(z.File); top != "" {
		return fs.Sub(fsys, top)
	}
	return fsys, nil
}

type zipEnd struct{ entries, directory int64 }

// readZipEnd reads the end record before archive/zip does, because archive/zip reads as many directory
// entries as there are, into memory.
func readZipEnd(r io.ReaderAt, size int64) (zipEnd, error) {
	const plain, locator, wide = 22, 20, 56
	tail := make([]byte, min(size, plain+locator+wide))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return zipEnd{}, fmt.Errorf("open package: %w", err)
	}
	var start [4]byte
	if n, _ := r.ReadAt(start[:], 0); n < 4 || string(start[:2]) != "PK" {
		return zipEnd{}, fmt.Errorf("open package: %w: the file is not a zip", ErrNoPackage)
	}
	if len(tail) < plain || string(tail[len(tail)-plain:][:4]) != "PK\x05\x06" {
		return zipEnd{}, &BorderError{What: "zip is cut off or has something after its end"}
	}
	le := binary.LittleEndian
	last := tail[len(tail)-plain:]
	end := zipEnd{int64(le.Uint16(last[10:])), int64(le.Uint32(last[16:]))}
	length, at := int64(le.Uint32(last[12:])), size-plain
	if end.entries == 0xffff || end.directory == 0xffffffff || length == 0xffffffff {
		if len(tail) < plain+locator+wide || string(tail[:4]) != "PK\x06\x06" || string(tail[wide:][:4]) != "PK\x06\x07" {
			return zipEnd{}, &BorderError{What: "zip has no plain 64-bit end"}
		}
		entries, dirLen, dir := le.Uint64(tail[32:]), le.Uint64(tail[40:]), le.Uint64(tail[48:])
		if entries > MaxFiles*2 || dirLen > maxDirectory || dir > uint64(size) {
			return zipEnd{}, &BorderError{What: "zip announces more entries than a package can have"}
		}
		end, length, at = zipEnd{int64(entries), int64(dir)}, int64(dirLen), at-locator-wide
	}
	if end.entries > MaxFiles*2 || length > maxDirectory {
		return zipEnd{}, &BorderError{What: "zip announces more entries than a package can have"}
	}
	if end.directory+length != at {
		return zipEnd{}, &BorderError{What: "zip's directory does not end where its end record begins"}
	}
	return end, nil
}

// checkEntries looks at each entry by itself, before any is opened.
func checkEntries(files []*zip.File) error {
	folded := map[string]string{}
	for _, f := range files {
		name, dir := strings.CutSuffix(f.Name, "/")
		if err := checkName(name); err != nil {
			return &BorderError{f.Name, err.Error()}
		}
		if err := checkFold(folded, name); err != nil {
			return err
		}
		size, packed := f.UncompressedSize64, f.CompressedSize64
		switch {
		case dir && size != 0:
			return &BorderError{f.Name, "is a folder with content"}
		case !dir && !f.Mode().IsRegular():
			return &BorderError{f.Name, "is a link or a device, not a file"}
		case f.Flags&1 != 0:
			return &BorderError{f.Name, "is encrypted"}
		case f.Method == zip.Store && size != packed:
			return &BorderError{f.Name, "is stored and has two sizes"}
		case f.Method != zip.Store && f.Method != zip.Deflate:
			return &BorderError{f.Name, "is packed in a way other than stored or deflated"}
		case f.Method == zip.Deflate && size > zipGrace && (size-zipGrace)/zipRatio > packed:
			return &BorderError{f.Name, fmt.Sprintf("claims to unpack %d bytes into %d", packed, size)}
		}
	}
	return checkParents(files, folded)
}

// checkParents refuses a file that is also the folder of another.
func checkParents(files []*zip.File, folded map[string]string) error {
	dirs := map[string]bool{}
	for _, f := range files {
		for i, c := range f.Name {
			if c == '/' {
				dirs[strings.ToLower(f.Name[:i])] = true
			}
		}
	}
	for _, f := range files {
		if low := strings.ToLower(f.Name); dirs[low] && folded[low] != "" {
			return &BorderError{f.Name, "is a file and a folder"}
		}
	}
	return nil
}

// checkExtents refuses entries that share bytes (many large files out of one small one) and finds where the
// stored ones lie.
func checkExtents(files []*zip.File, directory int64) (map[string]extent, error) {
	const localHeader = 30
	stored := map[string]extent{}
	type place struct {
		extent
		name string
	}
	var places []place
	for _, f := range files {
		off, err := f.DataOffset()
		if err != nil {
			return nil, &BorderError{f.Name, "has no header where the directory says: " + err.Error()}
		}
		e := extent{off, int64(f.CompressedSize64)}
		if e.len < 0 || e.len > directory || off > directory-e.len {
			return nil, &BorderError{f.Name, "reaches beyond the end of the zip"}
		}
		places = append(places, place{e, f.Name})
		if f.Method == zip.Store {
			stored[f.Name] = e
		}
	}
	slices.SortFunc(places, func(a, b place) int { return int(min(1, max(-1, a.off-b.off))) })
	var end int64
	for _, p := range places {
		if p.off < end+localHeader+int64(len(p.name)) {
			return nil, &BorderError{p.name, "shares bytes with another entry"}
		}
		end = p.off + p.len
	}
	return stored, nil
}

type extent struct{ off, len int64 }

// BesideRoots is the folder an exported zip may carry beside the package's own: root certificates, for
// convenience. It is no part of the package, and nobody may trust a root only because it came along.
const BesideRoots = "roots"

// topFolder is the one folder that holds the package, or "" when its files lie at the top.
func topFolder(files []*zip.File) string {
	top := ""
	for _, f := range files {
		first, _, inside := strings.Cut(f.Name, "/")
		switch {
		case inside && first == BesideRoots:
			continue
		case !inside || first == "data" || first+"/" == dirMeta || top != "" && top != first:
			return ""
		}
		top = first
	}
	return top
}

// zipFS gives stored entries as ranges of the zip, so that media can be read at any place.
type zipFS struct {
	*zip.Reader
	at     io.ReaderAt
	stored map[string]extent
}

func (z zipFS) Open(name string) (fs.File, error) {
	f, err := z.Reader.Open(name)
	if err != nil {
		return nil, err
	}
	if e, ok := z.stored[name]; ok {
		return storedFile{f, io.NewSectionReader(z.at, e.off, e.len)}, nil
	}
	return f, nil
}

type storedFile struct {
	fs.File
	section *io.SectionReader
}

func (f storedFile) Read(p []byte) (int, error)                { return f.section.Read(p) }
func (f storedFile) ReadAt(p []byte, off int64) (int, error)   { return f.section.ReadAt(p, off) }
func (f storedFile) Seek(off int64, whence int) (int64, error) { return f.section.Seek(off, whence) }

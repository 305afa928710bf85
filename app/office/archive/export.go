package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"minglu/app/office/access"
	"minglu/assets"
	"minglu/capture/durable"
	"minglu/capture/evidence"
)

// Order is a person's decision to give a package away.
type Order struct {
	ID     string
	By     string // who approves
	Reason string
	Out    string // the zip to make; nothing may be there
}

// Exported is what was given away.
type Exported struct {
	Path   string
	Bytes  int64
	Report *evidence.Report // of the finished zip
}

// errUnsealed says that a package has no signature yet.
var errUnsealed = error(&coded{"archive.unsealed", "the package is not sealed"})

// Export writes a package for a stranger: a zip with the package, its receipt if there is one, and beside it the
// bureau's roots and a paper that says how to verify. Who approved and why is in the access log before the first
// byte is written. The finished zip is verified; only then does it get its name.
func (a *Archive) Export(ctx context.Context, o Order) (Exported, error) {
	done, err := a.export(ctx, durable.OS{}, o)
	if err != nil {
		return Exported{}, fmt.Errorf("export %s: %w", o.ID, err)
	}
	return done, nil
}

func (a *Archive) export(ctx context.Context, disk durable.FS, o Order) (done Exported, err error) {
	if done.Path, err = filepath.Abs(o.Out); err != nil {
		return done, err
	}
	if err := a.here(ctx, o.ID); err != nil {
		return done, err
	}
	if !a.sealed(o.ID) {
		return done, errUnsealed
	}
	if durable.Has(disk, done.Path) {
		return done, &fs.PathError{Op: "create", Path: done.Path, Err: fs.ErrExist}
	}
	err = a.log.Add(ctx, access.Entry{Who: o.By, Act: access.Exported, ID: o.ID, Why: o.Reason, Detail: cut(done.Path)})
	if err != nil {
		return done, err
	}
	fsys, closer, err := evidence.OpenPackage(a.Dir(o.ID))
	if err != nil {
		return done, err
	}
	err = a.writeZip(ctx, disk, fsys, o.ID, &done)
	return done, errors.Join(err, closer.Close())
}

// cut bounds a detail of the log.
func cut(text string) string {
	r := []rune(strings.ToValidUTF8(text, "?"))
	return string(r[max(0, len(r)-access.MaxWords):])
}

// writeZip makes the zip under another name, verifies it and gives it its own. Whatever goes wrong, nothing stays.
func (a *Archive) writeZip(ctx context.Context, disk durable.FS, fsys fs.FS, id string, done *Exported) (err error) {
	paths, err := filesOf(fsys)
	if err != nil {
		return err
	}
	tmp := done.Path + durable.Unfinished
	if err := disk.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := disk.Create(tmp)
	if err != nil {
		return err
	}
	err = evidence.WriteZip(ctx, f, id, fsys, paths, a.beside(id, slices.Contains(paths, evidence.FileReceipt)))
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = a.judge(ctx, f, id, done)
	}
	if err = errors.Join(err, f.Close()); err == nil && durable.Has(disk, done.Path) {
		err = &fs.PathError{Op: "create", Path: done.Path, Err: fs.ErrExist}
	}
	if err == nil {
		err = disk.Rename(tmp, done.Path)
	}
	if err != nil {
		return errors.Join(err, disk.Remove(tmp))
	}
	return disk.SyncDir(filepath.Dir(done.Path))
}

// judge verifies the zip as it lies on the disk.
func (a *Archive) judge(ctx context.Context, f durable.File, id string, done *Exported) (err error) {
	if done.Bytes, err = f.Size(); err != nil {
		return err
	}
	zip, err := evidence.OpenZip(f, done.Bytes)
	if err != nil {
		return err
	}
	done.Report, err = evidence.Verify(until{zip, ctx}, a.trust(id, nil))
	return errors.Join(ctx.Err(), err)
}

// filesOf lists the files of a package in the order of their names. One that is still being written is not part
// of it.
func filesOf(fsys fs.FS) (paths []string, err error) {
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(name, durable.Unfinished) {
			paths = append(paths, name)
		}
		return err
	})
	return paths, err
}

// Names of what stands beside an exported package.
const (
	besideReadme = "README.txt"
	besideRoots  = "roots.pem"
	besideKey    = "hq.vkey"
)

// beside is what a stranger needs, and how to use it. The roots are a convenience: they prove something only when
// they are the same as those got from the bureau.
func (a *Archive) beside(id string, received bool) map[string][]byte {
	files := map[string][]byte{besideRoots: a.room.RootsPEM}
	if a.room.Keys != nil && a.room.Keys.HQ != "" {
		files[besideKey] = []byte(a.room.Keys.HQ + "\n")
	}
	zh, en := "有", "is there"
	if !received {
		zh, en = "无（总部尚未接收）", "is not there (headquarters has not received the recording yet)"
	}
	text := assets.Fill(assets.ForStrangers, "id", id, "bureau", a.room.Settings.Org, "room", a.room.Settings.Title,
		"receipt_zh", zh, "receipt_en", en, "roots", strings.Join(fingerprints(a.room.RootsPEM), "\n    "))
	files[besideReadme] = bytes.ReplaceAll([]byte(text), []byte("\n"), []byte("\r\n")) // old editors want both
	return files
}

// fingerprints are the SHA-256 of the certificates in a PEM text, as openssl writes them.
func fingerprints(text []byte) []string {
	certs, err := evidence.ParseCertificates(text)
	if err != nil {
		return nil
	}
	var all []string
	for _, c := range certs {
		var b strings.Builder
		for i, r := range strings.ToUpper(c.Fingerprint()) {
			if i > 0 && i%2 == 0 {
				b.WriteByte(':')
			}
			b.WriteRune(r)
		}
		all = append(all, b.String())
	}
	return all
}

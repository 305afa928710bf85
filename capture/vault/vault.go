// Package vault keeps evidence packages on this machine, from the first segment to the day they may be deleted.
package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sort"

	"minglu/capture/durable"
	"minglu/capture/evidence"
)

// Vault is the folder of all packages of one room.
type Vault struct {
	fsys durable.FS
	dir  string
}

// Open makes the folder if there is none.
func Open(fsys durable.FS, dir string) (*Vault, error) {
	if err := durable.MkdirAll(fsys, dir); err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	return &Vault{fsys: fsys, dir: dir}, nil
}

// Dir is where package id lies or would lie.
func (v *Vault) Dir(id string) string { return filepath.Join(v.dir, id) }

// IDs lists the packages, in the order of their names. Folders with other names are not the vault's.
func (v *Vault) IDs() ([]string, error) {
	entries, err := v.fsys.ReadDir(v.dir)
	if err != nil {
		return nil, fmt.Errorf("list vault: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if _, _, err := evidence.ParseID(e.Name()); err == nil && e.IsDir() {
			ids = append(ids, e.Name())
		}
	}
	sort.Strings(ids)
	return ids, nil
}

// FS is the file system the vault lies on.
func (v *Vault) FS() durable.FS { return v.fsys }

// Complete reports whether package id carries as many layers as the room puts on it.
func (v *Vault) Complete(id string, layers int) bool {
	last := evidence.SealPath(layers, evidence.LayerSignature)
	return durable.Has(v.fsys, filepath.Join(v.Dir(id), filepath.FromSlash(last)))
}

// Begin makes the package of plan: its folder, its plan and an empty journal, all durable on return, so that
// a recording leaves a trace even if the next thing is a power cut. An id is never used twice.
func (v *Vault) Begin(plan evidence.Plan) (*Draft, error) {
	if _, _, err := evidence.ParseID(plan.ID); err != nil {
		return nil, fmt.Errorf("begin package: %w", err) // any other name could be another place on the disk
	}
	dir := v.Dir(plan.ID)
	if err := v.fsys.Mkdir(dir); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("begin package %s: the id is taken: %w", plan.ID, err)
		}
		return nil, fmt.Errorf("begin package %s: %w", plan.ID, err)
	}
	raw, err := evidence.MarshalBody(plan)
	if err != nil {
		return nil, fmt.Errorf("begin package %s: %w", plan.ID, err)
	}
	for _, sub := range []string{"data", "data/media", "META-INF"} {
		if err := v.fsys.Mkdir(filepath.Join(dir, filepath.FromSlash(sub))); err != nil {
			return nil, fmt.Errorf("begin package %s: %w", plan.ID, err)
		}
	}
	d := &Draft{fsys: v.fsys, dir: dir, id: plan.ID}
	if err := d.begin(raw); err != nil {
		return nil, errors.Join(fmt.Errorf("begin package %s: %w", plan.ID, err), d.Close())
	}
	return d, nil
}

// Resume opens an unsealed package to append to it, after its torn ends were cut off.
func (v *Vault) Resume(id string) (*Draft, error) {
	d := &Draft{fsys: v.fsys, dir: v.Dir(id), id: id}
	var err error
	if d.journal, err = openAt(v.fsys, d.path(evidence.FileJournal), &d.journalEnd); err == nil {
		d.texts, err = openAt(v.fsys, d.path(evidence.FileTexts), &d.textsEnd)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("resume package %s: %w", id, err), d.Close())
	}
	return d, nil
}

func openAt(fsys durable.FS, path string, end *int64) (durable.File, error) {
	f, err := fsys.OpenFile(path)
	if err != nil {
		return nil, err
	}
	*end, err = f.Size()
	return f, err
}

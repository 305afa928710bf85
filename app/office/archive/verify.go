package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"minglu/capture/evidence"
)

// ErrFreed says that the package of a recording is no longer on this machine.
var ErrFreed = error(&coded{"archive.freed", "the package is no longer here; headquarters holds it"})

// Story reads what a package tells.
func (a *Archive) Story(ctx context.Context, id string) (*Story, error) {
	if err := a.here(ctx, id); err != nil {
		return nil, err
	}
	story, err := readDir(a.Dir(id))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", id, err)
	}
	return story, nil
}

// here refuses a recording that is not filed, or whose package is not here.
func (a *Archive) here(ctx context.Context, id string) error {
	card, err := a.Card(ctx, id)
	switch {
	case err != nil:
		return err
	case card.Freed():
		return fmt.Errorf("open %s: %w", id, ErrFreed)
	}
	return nil
}

// Verify checks every byte of a package against the room's roots and headquarters' ledger key. progress hears of
// media bytes checked so far, from this goroutine. The error says that it could not look, or that ctx ended.
func (a *Archive) Verify(ctx context.Context, id string, progress func(done int64)) (*evidence.Report, error) {
	if err := a.here(ctx, id); err != nil {
		return nil, err
	}
	fsys, closer, err := evidence.OpenPackage(a.Dir(id))
	var border *evidence.BorderError
	if errors.As(err, &border) {
		return evidence.Refused(border), nil
	}
	if err != nil {
		return nil, fmt.Errorf("verify %s: %w", id, err)
	}
	report, err := evidence.Verify(until{fsys, ctx}, a.trust(id, progress))
	if err = errors.Join(ctx.Err(), err, closer.Close()); err != nil {
		return nil, fmt.Errorf("verify %s: %w", id, err)
	}
	return report, nil
}

func (a *Archive) trust(id string, progress func(int64)) evidence.Options {
	o := evidence.Options{Roots: a.room.Roots, ID: id, Whole: true, Progress: progress}
	if a.room.Keys != nil && a.room.Keys.HQ != "" {
		o.LedgerKeys = []string{a.room.Keys.HQ}
	}
	return o
}

// until is a package that cannot be read any more when ctx has ended. What a verification then finds is thrown
// away.
type until struct {
	fs.FS
	ctx context.Context
}

// Open opens a file; folders are listed as they are.
func (u until) Open(name string) (fs.File, error) {
	f, err := u.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if at, ok := f.(io.ReaderAt); ok {
		return untilFile{f, at, u.ctx}, nil
	}
	return f, nil
}

// ReadDir lists a folder, which the wrapped file could not.
func (u until) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(u.FS, name) }

type untilFile struct {
	fs.File
	at  io.ReaderAt
	ctx context.Context
}

func (f untilFile) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

func (f untilFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.at.ReadAt(p, off)
}

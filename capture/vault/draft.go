package vault

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"minglu/capture/durable"
	"minglu/capture/evidence"
)

// Draft is a package that grows. Every append is durable when it returns. After a failed write or sync the
// file it failed on takes nothing more: what the kernel then holds is unknown.
type Draft struct {
	fsys durable.FS
	dir  string
	id   string

	mu         sync.Mutex // guards the four below
	journal    durable.File
	texts      durable.File
	journalEnd int64
	textsEnd   int64
	broken     error // first failed write; final
}

// ID is the package's id, Dir its folder.
func (d *Draft) ID() string  { return d.id }
func (d *Draft) Dir() string { return d.dir }

func (d *Draft) path(slash string) string { return filepath.Join(d.dir, filepath.FromSlash(slash)) }

// begin fills the fresh folder, names last to first: a journal exists only in a folder that is whole.
func (d *Draft) begin(plan []byte) error {
	if err := durable.WriteFile(d.fsys, d.path(evidence.FilePlan), plan); err != nil {
		return err
	}
	var err error
	if d.texts, err = d.fsys.Create(d.path(evidence.FileTexts)); err != nil {
		return err
	}
	if d.journal, err = d.fsys.Create(d.path(evidence.FileJournal)); err != nil {
		return err
	}
	for _, dir := range []string{d.path("data/media"), d.path("data"), d.dir, filepath.Dir(d.dir)} {
		if err := d.fsys.SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// AppendLine adds one journal line and its newline.
func (d *Draft) AppendLine(raw []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.add(d.journal, raw); err != nil {
		return fmt.Errorf("write journal of %s: %w", d.id, err)
	}
	d.journalEnd += int64(len(raw)) + 1
	return nil
}

// AppendText adds one line to data/texts.jsonl and says where it lies, newline not counted.
func (d *Draft) AppendText(raw []byte) (off int64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.add(d.texts, raw); err != nil {
		return 0, fmt.Errorf("write texts of %s: %w", d.id, err)
	}
	off = d.textsEnd
	d.textsEnd += int64(len(raw)) + 1
	return off, nil
}

func (d *Draft) add(f durable.File, raw []byte) error {
	if d.broken != nil {
		return d.broken
	}
	line := make([]byte, 0, len(raw)+1)
	line = append(append(line, raw...), '\n')
	if _, err := f.Write(line); err != nil {
		d.broken = err
		return err
	}
	if err := f.Sync(); err != nil {
		d.broken = err
		return err
	}
	return nil
}

// CreateMedia makes an empty media file whose name is durable.
func (d *Draft) CreateMedia(file string) (*Media, error) {
	f, err := durable.Create(d.fsys, d.path(file))
	if err != nil {
		return nil, err
	}
	return &Media{file: f, name: file}, nil
}

// Close closes the journal and the texts; the media are closed by their own owners.
func (d *Draft) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var err error
	for _, f := range []durable.File{d.journal, d.texts} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	d.journal, d.texts = nil, nil
	if d.broken == nil {
		d.broken = errors.New("package is closed")
	}
	return err
}

// Media is a media file that only grows. One goroutine writes it.
type Media struct {
	file   durable.File
	name   string
	end    int64
	broken error
}

// Append adds p and says where it lies; it is on the disk when Append returns.
func (m *Media) Append(p []byte) (off int64, err error) {
	if m.broken != nil {
		return 0, m.broken
	}
	if _, err = m.file.Write(p); err == nil {
		err = m.file.Sync()
	}
	if err != nil {
		m.broken = fmt.Errorf("write %s: %w", m.name, err)
		return 0, m.broken
	}
	off = m.end
	m.end += int64(len(p))
	return off, nil
}

// Close closes the file.
func (m *Media) Close() error { return m.file.Close() }

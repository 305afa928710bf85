// Package access is the log of who looked at which recording, and why (调阅).
//
// It is one file of JSON lines that is only added to. Each line names the SHA-256 of the line before it, so that a
// line that was changed or taken out shows; a small file beside it names the newest line, so that lines taken off
// the end show too. Whoever may write both files can write a new log from the beginning: the log keeps honest
// people honest, it is no evidence against the owner of the disk.
package access

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/lock"
)

// Act is what was done with a recording. The words are written on disks and never change.
type Act string

// The acts.
const (
	Opened   Act = "opened"   // its page was shown
	Played   Act = "played"   // its picture and sound
	Printed  Act = "printed"  // one of its papers was opened or printed
	Exported Act = "exported" // the package was given away
)

// Entry is one line of the log. Its bytes are the compact JSON of this struct in this order.
type Entry struct {
	N      int64  `json:"n"`    // counts from 0
	Prev   string `json:"prev"` // SHA-256, hex, of the line before without its newline; evidence.NoHead on the first
	At     string `json:"at"`   // evidence.TimeLayout
	Who    string `json:"who"`
	Act    Act    `json:"act"`
	ID     string `json:"id"` // of the recording
	Why    string `json:"why"`
	Detail string `json:"detail"` // where from, or where to; may be ""
}

// MaxLine bounds a line in bytes, MaxWords a name, a reason or a detail in characters.
const (
	MaxLine  = 16 << 10
	MaxWords = 500
)

// fault is an entry that may not be written; its code is known to i18n.
type fault struct{ code, what string }

func (f *fault) Error() string     { return f.what }
func (f *fault) FaultCode() string { return f.code }

// What an entry must say.
var (
	ErrNobody = error(&fault{"access.who", "nobody is named"})
	ErrNoWhy  = error(&fault{"access.why", "no reason is given"})
)

// check lists what an entry lacks.
func (e Entry) check() error {
	if _, _, err := evidence.ParseID(e.ID); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(e.Who) == "":
		return ErrNobody
	case strings.TrimSpace(e.Why) == "":
		return ErrNoWhy
	case e.Act != Opened && e.Act != Played && e.Act != Printed && e.Act != Exported:
		return fmt.Errorf("%.20q is no act", e.Act)
	}
	for _, s := range []string{e.Who, e.Why, e.Detail} {
		if !utf8.ValidString(s) || utf8.RuneCountInString(s) > MaxWords || strings.ContainsFunc(s, unicode.IsControl) {
			return &fault{"access.words", fmt.Sprintf("%.40q is not one line of at most %d characters", s, MaxWords)}
		}
	}
	return nil
}

// ParseEntry reads one line without its newline and refuses any byte that the log would not have written.
func ParseEntry(raw []byte) (Entry, error) {
	var e Entry
	if len(raw) > MaxLine {
		return e, fmt.Errorf("line of %d bytes is over the bound of %d", len(raw), MaxLine)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return e, fmt.Errorf("line is no entry: %w", err)
	}
	again, err := evidence.MarshalBody(e)
	if err == nil && !bytes.Equal(again, raw) {
		err = errors.New("line is not in canonical form")
	}
	if _, wrong := evidence.ParseTime(e.At); err == nil {
		err = wrong
	}
	if err == nil {
		err = e.check()
	}
	return e, err
}

// Log is the log of a home. Several processes may add to it.
type Log struct {
	fsys durable.FS
	dir  string
	now  func() time.Time
	hold func() (io.Closer, error) // keeps other processes out while a line is added

	mu sync.Mutex
}

// Names of the log's files in a home.
const (
	File     = "access.jsonl"
	headFile = "access.head"
)

// Open opens the log of a home; what lacks is made with the first entry.
func Open(home string, now func() time.Time) *Log {
	return New(durable.OS{}, home, now, func() (io.Closer, error) { return lock.Take(filepath.Join(home, "access.lock")) })
}

// New opens a log on any file system; hold keeps other writers out.
func New(fsys durable.FS, dir string, now func() time.Time, hold func() (io.Closer, error)) *Log {
	return &Log{fsys: fsys, dir: dir, now: now, hold: hold}
}

func (l *Log) path(name string) string { return filepath.Join(l.dir, name) }

// patience is how long Add waits for another process that is adding a line.
const patience = 10 * time.Second

// Add writes an entry; N, Prev and At are filled in. When it returns nil, the entry is on the disk, and what it
// tells of may be shown.
func (l *Log) Add(ctx context.Context, e Entry) error {
	if err := e.check(); err != nil {
		return fmt.Errorf("write access log: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	held, err := l.take(ctx)
	if err != nil {
		return fmt.Errorf("write access log: %w", err)
	}
	if err := errors.Join(l.add(e), held.Close()); err != nil {
		return fmt.Errorf("write access log: %w", err)
	}
	return nil
}

// take waits for the log's lock.
func (l *Log) take(ctx context.Context) (io.Closer, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for {
		held, err := l.hold()
		if !errors.Is(err, lock.ErrHeld) {
			return held, err
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(err, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// add writes the line, then the name of the newest line.
func (l *Log) add(e Entry) (err error) {
	data, err := l.fsys.ReadFile(l.path(File))
	var f durable.File
	if errors.Is(err, fs.ErrNotExist) {
		f, err = durable.Create(l.fsys, l.path(File))
	} else if err == nil {
		f, err = l.fsys.OpenFile(l.path(File))
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	end := endOf(data)
	known, err := l.head()
	if err != nil {
		return err
	}
	// Where acknowledged lines are missing the count goes on behind them, so that the hole stays to be seen.
	e.N, e.Prev, e.At = max(end.lines, known.Lines), end.head, evidence.FormatTime(l.now())
	if end.lines == known.Lines && known.Lines > 0 {
		e.Prev = known.Head // of the line as it was written, should the one that lies there be another
	}
	line, err := evidence.MarshalBody(e)
	if err != nil {
		return err
	}
	if err := writeAfter(f, data, end, known.Lines > end.lines, line); err != nil {
		return err
	}
	return l.note(head{Lines: e.N + 1, Head: evidence.Head(line)})
}

// writeAfter puts a line behind the last whole one. What a power cut tore was never acknowledged and is cut off;
// but bytes in place of acknowledged lines are left for the check to find.
func writeAfter(f durable.File, data []byte, end end, keep bool, line []byte) error {
	if end.bytes < len(data) {
		if keep {
			line = append([]byte{'\n'}, line...)
		} else if err := f.Truncate(int64(end.bytes)); err != nil {
			return err
		} else if err := f.Sync(); err != nil {
			return err
		}
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return err
	}
	return f.Sync()
}

// end is where a log ends: after its last whole line.
type end struct {
	lines int64
	bytes int
	head  string
}

func endOf(data []byte) end {
	for stop := bytes.LastIndexByte(data, '\n'); stop >= 0; stop = bytes.LastIndexByte(data[:stop], '\n') {
		raw := data[bytes.LastIndexByte(data[:stop], '\n')+1 : stop]
		if e, err := ParseEntry(raw); err == nil {
			return end{e.N + 1, stop + 1, evidence.Head(raw)}
		}
	}
	return end{head: evidence.NoHead}
}

// head is what the file beside the log says of its newest line.
type head struct {
	Lines int64  `json:"lines"`
	Head  string `json:"head"`
}

// head reads the newest known line; zero when none is noted.
func (l *Log) head() (h head, err error) {
	raw, err := l.fsys.ReadFile(l.path(headFile))
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &h)
	}
	if err != nil {
		return h, fmt.Errorf("read %s: %w", headFile, err)
	}
	return h, nil
}

func (l *Log) note(h head) error {
	raw, err := evidence.MarshalBody(h)
	if err != nil {
		return err
	}
	return durable.WriteFile(l.fsys, l.path(headFile), raw)
}

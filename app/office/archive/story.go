package archive

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"minglu/capture/evidence"
	"minglu/capture/transcript"
)

// Story is what a package tells of its recording, as it lies there: whether that is true is what Verify says.
// All times *_ms are recording time.
type Story struct {
	Record     evidence.Record
	Marks      []Mark
	Breaks     []Break
	Silent     []Span // the microphone gave no sound
	Segments   []transcript.Segment
	Transcript error // why the transcript cannot be read; nil when it can or when there is none
	Receipt    *evidence.ReceiptEntry
	Papers     []string // the files of the package that are papers, as evidence.FilePDF
	Bytes      int64
	Typed      []string // everything typed that is not in the transcript
}

// Mark is a marker with what was typed at it.
type Mark struct {
	evidence.MarkBody
	Text string
}

// Break is an interruption with its reason, a code of the catalogue, and what was said about it.
type Break struct {
	Span
	Reason, By, Text string
}

// Span is a stretch of the recording.
type Span struct{ FromMS, ToMS int64 }

// maxRecord bounds record.json, in bytes.
const maxRecord = 16 << 20

// Read reads the package in fsys. The error wraps what went wrong; Told classifies it.
func Read(fsys fs.FS) (*Story, error) {
	s := &Story{}
	raw, err := readFile(fsys, evidence.FileRecord, maxRecord)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &s.Record); err != nil {
		return nil, &formError{evidence.FileRecord, err}
	}
	if err := s.check(); err != nil {
		return nil, &formError{evidence.FileRecord, err}
	}
	typed, err := s.readTexts(fsys)
	if err != nil {
		return nil, err
	}
	if err := s.readJournal(fsys, typed); err != nil {
		return nil, err
	}
	s.readTranscript(fsys)
	s.readReceipt(fsys)
	return s, s.readFiles(fsys)
}

// formError is a file that is not what it should be.
type formError struct {
	file string
	err  error
}

func (e *formError) Error() string { return fmt.Sprintf("read %s: %v", e.file, e.err) }
func (e *formError) Unwrap() error { return e.err }

// Told gives the word for why a package cannot be read.
func Told(err error) Fault {
	var form *formError
	var border *evidence.BorderError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &form), errors.As(err, &border):
		return FaultForm
	}
	return FaultUnread
}

// check refuses a record that no list could show.
func (s *Story) check() error {
	r := s.Record
	if _, err := evidence.ParseTime(r.Start); err != nil {
		return err
	}
	if r.DurationMS < 0 {
		return fmt.Errorf("it lasts %d ms", r.DurationMS)
	}
	return errors.Join(r.Plan.Check()...)
}

func readFile(fsys fs.FS, name string, most int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(raw)) > most {
		err = &formError{name, fmt.Errorf("it is over the bound of %d bytes", most)}
	}
	return raw, errors.Join(err, f.Close())
}

// readTexts gives what was typed beside the transcript, by the digest under which the journal names it.
func (s *Story) readTexts(fsys fs.FS) (map[string]string, error) {
	f, err := fsys.Open(evidence.FileTexts)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	typed := map[string]string{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, transcript.MaxLine)
	for lines.Scan() {
		var r struct{ What, Text string }
		if json.Unmarshal(lines.Bytes(), &r) != nil || r.What == transcript.WhatTranscript || r.Text == "" {
			continue // the verifier says what is wrong with it
		}
		digest, _ := evidence.Digests(lines.Bytes())
		typed[digest] = r.Text
		s.Typed = append(s.Typed, r.Text)
	}
	err = lines.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		err = &formError{evidence.FileTexts, err}
	}
	return typed, errors.Join(err, f.Close())
}

func (s *Story) readJournal(fsys fs.FS, typed map[string]string) error {
	f, err := fsys.Open(evidence.FileJournal)
	if err != nil {
		return err
	}
	_, err = evidence.ReadJournal(f, func(e evidence.Entry) error {
		s.take(e.Line, typed)
		return nil
	})
	s.end()
	return errors.Join(err, f.Close())
}

// end closes what was open when the recording ended.
func (s *Story) end() {
	close := func(at *int64) {
		if *at < 0 {
			*at = s.Record.DurationMS
		}
	}
	for i := range s.Breaks {
		close(&s.Breaks[i].ToMS)
	}
	for i := range s.Silent {
		close(&s.Silent[i].ToMS)
	}
}

// take notes one line. What opens a stretch ends at -1 until its end is met.
func (s *Story) take(l evidence.Line, typed map[string]string) {
	switch l.Kind {
	case evidence.KindMark:
		var b evidence.MarkBody
		if json.Unmarshal(l.Body, &b) == nil {
			s.Marks = append(s.Marks, Mark{b, typed[b.TextSHA256]})
		}
	case evidence.KindPause, evidence.KindResume:
		var b evidence.BreakBody
		if json.Unmarshal(l.Body, &b) == nil {
			s.turn(l.Kind == evidence.KindPause, b, typed[b.TextSHA256])
		}
	case evidence.KindDevice:
		var b evidence.DeviceBody
		if json.Unmarshal(l.Body, &b) == nil && b.Role == "microphone" {
			s.hear(b)
		}
	}
}

func (s *Story) turn(begins bool, b evidence.BreakBody, text string) {
	if begins {
		s.Breaks = append(s.Breaks, Break{Span{b.AtMS, -1}, b.Reason, b.By, text})
		return
	}
	if n := len(s.Breaks); n > 0 && s.Breaks[n-1].ToMS < 0 {
		last := &s.Breaks[n-1]
		last.ToMS = b.AtMS
		if text != "" {
			last.Text = strings.TrimSpace(last.Text + " " + text)
		}
	}
}

func (s *Story) hear(b evidence.DeviceBody) {
	n := len(s.Silent)
	switch {
	case b.What == "silent" && (n == 0 || s.Silent[n-1].ToMS >= 0):
		s.Silent = append(s.Silent, Span{b.AtMS, -1})
	case b.What == "sound" && n > 0 && s.Silent[n-1].ToMS < 0:
		s.Silent[n-1].ToMS = b.AtMS
	}
}

// readTranscript keeps why it cannot be read: the recording is shown all the same.
func (s *Story) readTranscript(fsys fs.FS) {
	f, err := fsys.Open(evidence.FileTranscript)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			s.Transcript = err
		}
		return
	}
	t, err := transcript.Parse("transcript.json", f)
	s.Segments, s.Transcript = t.Segments, errors.Join(err, f.Close())
}

// readReceipt takes a receipt that is one; the verifier says whether it fits.
func (s *Story) readReceipt(fsys fs.FS) {
	raw, err := readFile(fsys, evidence.FileReceipt, 1<<20)
	if err != nil {
		return
	}
	if r, err := evidence.ParseReceipt(raw); err == nil {
		s.Receipt = &r.Entry
	}
}

// readFiles sums up the files and finds the papers.
func (s *Story) readFiles(fsys fs.FS) error {
	papers := []string{evidence.FilePDF, evidence.FileReceipt}
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		s.Bytes += info.Size()
		if slices.Contains(papers, name) {
			s.Papers = append(s.Papers, name)
		}
		return nil
	})
}

// card is what the list shows of the story.
func (s *Story) card() Card {
	r := s.Record
	start, _ := evidence.ParseTime(r.Start)
	c := Card{
		ID: r.ID, Room: r.Plan.RoomTitle, Item: r.Plan.Item, Title: r.Plan.ItemTitle, Case: r.Plan.Case,
		Taxpayer: r.Plan.Taxpayer, Persons: r.Plan.Persons, Officers: r.Plan.Officers, Clerk: r.Plan.Clerk.Name,
		Place: r.Plan.Place, Retention: r.Plan.Retention, StartMS: start.UnixMilli(), DurationMS: r.DurationMS,
		Bytes: s.Bytes, Marks: len(s.Marks), Gaps: len(r.Gaps), Interrupted: r.Interrupted,
	}
	if s.Receipt != nil {
		if at, err := evidence.ParseTime(s.Receipt.Time); err == nil {
			c.ReceivedMS = at.UnixMilli()
		}
	}
	return c
}

// texts are all words of the recording beside its card.
func (s *Story) texts() []string {
	all := slices.Clone(s.Typed)
	all = append(all, s.Record.Plan.Overrides...)
	for _, seg := range s.Segments {
		all = append(all, seg.Text)
	}
	return all
}

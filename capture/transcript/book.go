package transcript

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"minglu/capture/evidence"
	"minglu/capture/strict"
)

// Acts of a revision of the transcript.
const (
	ActAdd    = "add"    // a new segment behind segment After; 0 puts it first
	ActEdit   = "edit"   // segment N gets these words, role, speaker and times
	ActRemove = "remove" // segment N goes
	ActImport = "import" // these segments come behind all others, under new names
	ActForm   = "form"   // the head of the form is now this
	ActRead   = "read"   // the person begins to read the record: from here changes are corrections
	ActSign   = "sign"   // somebody signed or refused
)

// WhatTranscript marks the revisions of the transcript; lines of other kinds (mark, reason, note) only carry
// their text.
const WhatTranscript = "transcript"

// Errors a caller chooses by.
var (
	ErrNoSegment = errors.New("no such segment")
	ErrSigned    = errors.New("the record is signed and stands as it is")
)

// MaxLine bounds one line of data/texts.jsonl; an imported file is one line.
const MaxLine = 4 * MaxBytes

// Revision is one line of data/texts.jsonl. Its bytes are the compact JSON of this struct in this order and a
// newline; members an act does not use are zero. Rev counts from 1 without a gap.
type Revision struct {
	Rev       int64      `json:"rev"`
	What      string     `json:"what"` // transcript, mark, reason, note
	Author    string     `json:"author"`
	AtMS      int64      `json:"at_ms"`
	Text      string     `json:"text"`
	Act       string     `json:"act"` // one of the Act constants when What is transcript
	N         int64      `json:"n"`   // the segment; of an add, the name it was given
	After     int64      `json:"after"`
	Role      string     `json:"role"`
	Speaker   string     `json:"speaker"`
	FromMS    int64      `json:"from_ms"`
	ToMS      int64      `json:"to_ms"`
	Segments  []Segment  `json:"segments"`
	Form      *Form      `json:"form"`
	Signature *Signature `json:"signature"`
}

// Book is a transcript being written. It is not safe for concurrent use.
type Book struct {
	t    Transcript
	rev  int64
	last int64 // highest segment name given
	read bool
}

// NewBook begins a book on a form, usually New's.
func NewBook(t Transcript) *Book {
	b := &Book{t: t.settle()}
	for _, s := range b.t.Segments {
		b.last = max(b.last, s.N)
	}
	return b
}

// Transcript gives the record as it stands, the caller's own.
func (b *Book) Transcript() Transcript { return b.t.settle() }

// Rev is the number of the newest revision.
func (b *Book) Rev() int64 { return b.rev }

// Revise applies one change and gives it with its number, and its line, newline included, to be made durable
// in data/texts.jsonl before the journal names it. A refused change leaves the book as it was; the error is
// strict.Faults, ErrNoSegment or ErrSigned.
func (b *Book) Revise(r Revision) (Revision, []byte, error) {
	r.Rev = b.rev + 1
	if r.Act == ActAdd {
		r.N = b.last + 1
	}
	if r.Act == ActImport {
		r.Segments = b.renamed(r.Segments)
	}
	line, err := r.line()
	if err != nil {
		return Revision{}, nil, err
	}
	if err := b.apply(r); err != nil {
		return Revision{}, nil, err
	}
	return r, line, nil
}

// Words is the line, newline not included, of a text that stands beside the record; what is mark, reason or note,
// rev the number behind the newest. The error is strict.Faults.
func Words(rev int64, what, author, text string, atMS int64) ([]byte, error) {
	_, line, err := (&Book{rev: rev - 1}).Revise(Revision{What: what, Author: author, AtMS: atMS, Text: text})
	return bytes.TrimSuffix(line, []byte("\n")), err
}

// renamed gives imported segments names of this book.
func (b *Book) renamed(segments []Segment) []Segment {
	segments = own(segments)
	for i := range segments {
		segments[i].N = b.last + int64(i) + 1
		segments[i].Rev = b.rev + 1
	}
	return segments
}

func (r Revision) line() ([]byte, error) {
	r.Segments = own(r.Segments)
	raw, err := evidence.MarshalBody(r)
	if err != nil {
		return nil, fmt.Errorf("write revision %d: %w", r.Rev, err)
	}
	return append(raw, '\n'), nil
}

// ParseRevision reads one line of data/texts.jsonl, without its newline, and refuses any byte that Revise
// would not have written.
func ParseRevision(raw []byte) (Revision, error) {
	if len(raw) > MaxLine {
		return Revision{}, fmt.Errorf("revision of %d bytes is over the bound of %d", len(raw), MaxLine)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var r Revision
	if err := d.Decode(&r); err != nil {
		return Revision{}, fmt.Errorf("line is not a revision: %w", err)
	}
	again, err := r.line()
	if err != nil {
		return Revision{}, err
	}
	if !bytes.Equal(again, append(bytes.Clone(raw), '\n')) {
		return Revision{}, errors.New("revision is not in canonical form")
	}
	return r, nil
}

// Replay brings the book to where data/texts.jsonl left it and says how many bytes of it are whole lines; what
// lies behind them is a line a crash tore.
func (b *Book) Replay(data []byte) (whole int64, err error) {
	for {
		raw, rest, found := bytes.Cut(data[whole:], []byte{'\n'})
		if !found {
			return whole, nil
		}
		r, err := ParseRevision(raw)
		if err == nil && r.Rev != b.rev+1 {
			err = fmt.Errorf("revision %d follows %d", r.Rev, b.rev)
		}
		if err == nil {
			err = b.apply(r)
		}
		if err != nil {
			return whole, fmt.Errorf("replay texts at byte %d: %w", whole, err)
		}
		whole = int64(len(data) - len(rest))
	}
}

// apply checks r against the book, then changes it.
func (b *Book) apply(r Revision) error {
	doc := &strict.Doc{File: "texts.jsonl"}
	checkName(doc, "author", r.Author)
	checkString(doc, "text", r.Text, MaxText)
	if r.AtMS < 0 {
		doc.Refuse("at_ms", strict.Value, r.AtMS, "≥ 0")
	}
	if r.What != WhatTranscript {
		checkCode(doc, "what", r.What, "mark", "reason", "note")
	} else if err := b.change(r, doc); err != nil {
		return err
	}
	if doc.Err() != nil {
		return doc.Err()
	}
	b.rev = r.Rev
	return nil
}

// change does one act. It adds to doc what is wrong and then changes nothing.
func (b *Book) change(r Revision, doc *strict.Doc) error {
	if len(b.t.Signatures) > 0 && r.Act != ActSign {
		return ErrSigned
	}
	switch r.Act {
	case ActAdd, ActEdit, ActRemove:
		return b.changeSegment(r, doc)
	case ActImport:
		b.addAll(r, doc)
	case ActForm:
		if r.Form == nil {
			doc.Refuse("form", strict.Missing, nil, "")
		} else if r.Form.check(doc); doc.Err() == nil {
			b.t.Form = *r.Form
			b.t = b.t.settle()
		}
	case ActRead:
		b.read = b.read || doc.Err() == nil
	case ActSign:
		if r.Signature == nil {
			doc.Refuse("signature", strict.Missing, nil, "")
		} else if r.Signature.check(doc, "signature"); doc.Err() == nil {
			b.t.Signatures = append(b.t.Signatures, *r.Signature)
		}
	default:
		doc.Refuse("act", strict.Value, r.Act, strict.OneOf(ActAdd, ActEdit, ActRemove, ActImport, ActForm, ActRead, ActSign))
	}
	return nil
}

func (b *Book) changeSegment(r Revision, doc *strict.Doc) error {
	at, name := -1, r.N
	if r.Act == ActAdd {
		name = r.After
	}
	if name != 0 || r.Act != ActAdd {
		at = slices.IndexFunc(b.t.Segments, func(s Segment) bool { return s.N == name })
		if at < 0 {
			return fmt.Errorf("change segment %d: %w", name, ErrNoSegment)
		}
	}
	s := Segment{N: r.N, Role: r.Role, Speaker: r.Speaker, Text: r.Text, FromMS: r.FromMS, ToMS: r.ToMS, Rev: r.Rev}
	if r.Act != ActRemove {
		s.check(doc, "segment")
	}
	if r.Act == ActAdd {
		b.checkNew(s, 1, doc)
	}
	b.checkRoom(len(s.Text), doc)
	if doc.Err() != nil {
		return nil
	}
	before := ""
	switch r.Act {
	case ActAdd:
		b.t.Segments = slices.Insert(b.t.Segments, at+1, s)
		b.last = s.N
	case ActEdit:
		before, b.t.Segments[at] = b.t.Segments[at].Text, s
	case ActRemove:
		before = b.t.Segments[at].Text
		b.t.Segments = slices.Delete(b.t.Segments, at, at+1)
	}
	b.correct(r, before, s.Text)
	return nil
}

// checkNew checks that count segments fit in, the first of them named as the next in turn.
func (b *Book) checkNew(first Segment, count int, doc *strict.Doc) {
	if first.N != b.last+1 {
		doc.Refuse("n", strict.Value, first.N, fmt.Sprint(b.last+1))
	}
	if n := len(b.t.Segments) + count; n > MaxSegments {
		doc.Refuse("segments", strict.Size, n, strict.AtMost(MaxSegments))
	}
}

// checkRoom checks that more bytes of text fit in; what an edit frees is not counted.
func (b *Book) checkRoom(more int, doc *strict.Doc) {
	if n := b.t.words() + more; more > 0 && n > MaxWords {
		doc.Refuse("text", strict.Size, n, strict.AtMost(MaxWords))
	}
}

func (b *Book) addAll(r Revision, doc *strict.Doc) {
	more := 0
	for i, s := range r.Segments {
		more += len(s.Text)
		s.check(doc, fmt.Sprintf("segments[%d]", i))
		if s.N != b.last+int64(i)+1 || s.Rev != r.Rev {
			doc.Refuse(fmt.Sprintf("segments[%d].n", i), strict.Value, s.N, fmt.Sprint(b.last+int64(i)+1))
		}
	}
	if len(r.Segments) == 0 {
		doc.Refuse("segments", strict.Missing, nil, "")
		return
	}
	b.checkNew(r.Segments[0], len(r.Segments), doc)
	b.checkRoom(more, doc)
	if doc.Err() != nil {
		return
	}
	for _, s := range r.Segments {
		b.t.Segments = append(b.t.Segments, s)
		b.correct(Revision{Rev: r.Rev, AtMS: r.AtMS, Author: r.Author, N: s.N}, "", s.Text)
	}
	b.last += int64(len(r.Segments))
}

// correct notes a change made while the person reads the record; before, changes are typing.
func (b *Book) correct(r Revision, before, after string) {
	if b.read && before != after {
		b.t.Corrections = append(b.t.Corrections, Correction{
			N: r.N, Rev: r.Rev, AtMS: r.AtMS, By: r.Author, Before: before, After: after,
		})
	}
}

package write

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"minglu/capture/transcript"
)

// Times of the saving.
const (
	retry      = time.Second
	countAfter = 3 * time.Second // pages are counted when nobody has typed for so long
)

// Run sends what is typed until ctx ends, then once more what is left.
func (m *Model) Run(ctx context.Context) {
	idle := time.NewTimer(countAfter)
	defer idle.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), retry)
			defer cancel()
			m.At(0)
			_ = m.flush(last) // the fault is on the sheet; nobody looks any more
			return
		case <-idle.C:
			m.countPages()
			continue
		case <-m.wake:
		}
		pause := saveEvery
		if err := m.flush(ctx); err != nil {
			pause = retry
			m.nudge()
		}
		idle.Reset(countAfter)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// flush sends everything that is not in the journal yet, oldest place first.
func (m *Model) flush(ctx context.Context) error {
	sent := false
	for {
		if err := m.catchUp(); err != nil {
			return m.failed(err)
		}
		m.mu.Lock()
		next, key := m.next()
		if next != nil && next.Act == transcript.ActAdd {
			m.flight = flight{key, *next}
		}
		m.mu.Unlock()
		if next == nil {
			m.finish(sent)
			return nil
		}
		done, err := m.recorder.Revise(ctx, *next)
		if err != nil {
			return m.failed(err)
		}
		m.mu.Lock()
		m.done(done, key)
		m.mu.Unlock()
		sent = true
	}
}

func (m *Model) finish(sent bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if sent || m.fault != nil {
		m.fault = nil
		m.publish()
	}
}

// failed shows why nothing is saved. Whether the last revision was taken is not known: the disk is read
// before the next.
func (m *Model) failed(err error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault, m.load = err, m.id != ""
	m.publish()
	return err
}

// next is the revision to be sent now, and the row it is of.
func (m *Model) next() (*transcript.Revision, int64) {
	if m.id == "" {
		return nil, 0
	}
	if len(m.gone) > 0 {
		return m.revision(transcript.Revision{Act: transcript.ActRemove, N: m.gone[0].N}), 0
	}
	after := int64(0)
	for _, r := range m.rows {
		if !r.settled() {
			if m.reading && r.key == m.at { // it becomes a correction when it is whole
				if r.draft != r.text {
					return &transcript.Revision{What: "note", Author: m.author, N: r.n, Text: r.text}, r.key
				}
			} else {
				return m.segment(r, after), r.key
			}
		}
		if r.n != 0 {
			after = r.n
		}
	}
	if len(m.acts) > 0 {
		return m.revision(m.acts[0]), 0
	}
	return nil, 0
}

func (m *Model) revision(r transcript.Revision) *transcript.Revision {
	r.What, r.Author = transcript.WhatTranscript, m.author
	return &r
}

func (m *Model) segment(r row, after int64) *transcript.Revision {
	out := transcript.Revision{
		Act: transcript.ActEdit, N: r.n, Role: r.role, Text: r.text, FromMS: r.from, ToMS: max(r.to, r.from),
	}
	if r.n == 0 {
		out.Act, out.After = transcript.ActAdd, after
	}
	return m.revision(out)
}

// done notes what the recorder has taken.
func (m *Model) done(r transcript.Revision, key int64) {
	i := m.index(key)
	before := ""
	m.flight = flight{}
	switch {
	case r.What == "note":
		if i >= 0 {
			m.rows[i].draft = r.Text
		}
		return
	case r.Act == transcript.ActRemove:
		if at := m.leaving(r.N); at >= 0 {
			before = m.gone[at].Before
			m.gone = slices.Delete(m.gone, at, at+1)
		}
	case r.Act == transcript.ActAdd || r.Act == transcript.ActEdit:
		if i < 0 { // removed while it was on its way
			m.gone = append(m.gone, transcript.Correction{N: r.N, Before: r.Text})
			break
		}
		if r.Act == transcript.ActEdit {
			before = m.rows[i].sent
		}
		m.rows[i].n, m.rows[i].sent, m.rows[i].sentRole = r.N, r.Text, r.Role
	case len(m.acts) > 0:
		m.acts = m.acts[1:]
		m.reading = m.reading || r.Act == transcript.ActRead
		if r.Act == transcript.ActSign {
			m.form.Signatures = append(m.form.Signatures, *r.Signature)
		}
		m.turn++
		return
	}
	if m.reading && before != r.Text {
		m.fixes = append(m.fixes, transcript.Correction{
			N: r.N, Rev: r.Rev, AtMS: r.AtMS, By: r.Author, Before: before, After: r.Text,
		})
		m.turn++
	}
}

// catchUp reads what the disk has, where that is not known: a window opened in a recording, or a revision
// whose answer was lost.
func (m *Model) catchUp() error {
	m.mu.Lock()
	id, load, form := m.id, m.load, m.form
	m.mu.Unlock()
	if !load {
		return nil
	}
	data, err := m.recorder.Texts(id)
	if err != nil {
		return err
	}
	form.Signatures, form.Corrections, form.Segments = nil, nil, nil
	book := transcript.NewBook(form)
	if _, err := book.Replay(data); err != nil {
		return err
	}
	reading, drafts := unsaid(data)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.id == id {
		m.adopt(book.Transcript(), reading, drafts)
	}
	return nil
}

// unsaid finds what a Book does not keep: whether the reading has begun, and drafts of corrections that never
// became one, by segment.
func unsaid(data []byte) (reading bool, drafts map[int64]string) {
	drafts = map[int64]string{}
	for line := range bytes.Lines(data) {
		r, err := transcript.ParseRevision(bytes.TrimSuffix(line, []byte{'\n'}))
		switch {
		case err != nil: // torn, the last one
		case r.What == "note" && r.N != 0:
			drafts[r.N] = r.Text
		case r.What == transcript.WhatTranscript:
			delete(drafts, r.N)
			reading = reading || r.Act == transcript.ActRead
		}
	}
	return reading, drafts
}

// adopt takes over what the record has and keeps what was typed meanwhile.
func (m *Model) adopt(t transcript.Transcript, reading bool, drafts map[int64]string) {
	m.load, m.reading = false, reading
	m.form, m.fixes = t, t.Corrections
	m.signed = m.signed || len(t.Signatures) > 0
	m.acts = slices.DeleteFunc(m.acts, func(r transcript.Revision) bool {
		return r.Act == transcript.ActRead && reading || r.Act == transcript.ActSign && hasSigned(t, *r.Signature)
	})
	for i, s := range t.Segments {
		at := slices.IndexFunc(m.rows, func(r row) bool { return r.n == s.N })
		if at < 0 && m.leaving(s.N) < 0 && m.flight.is(s) {
			if at = m.index(m.flight.key); at < 0 { // removed while it was on its way
				m.gone = append(m.gone, transcript.Correction{N: s.N, Before: s.Text})
			}
		}
		switch {
		case at >= 0:
			m.rows[at].n, m.rows[at].sent, m.rows[at].sentRole = s.N, s.Text, s.Role
		case m.leaving(s.N) < 0:
			m.insert(s, i, t.Segments)
		}
	}
	m.flight = flight{}
	for i := range m.rows {
		if r := &m.rows[i]; r.n != 0 && !holds(t, r.n) {
			r.n, r.sent, r.sentRole = 0, "", ""
		}
	}
	m.gone = slices.DeleteFunc(m.gone, func(c transcript.Correction) bool { return !holds(t, c.N) })
	for i := range m.rows {
		if text, ok := drafts[m.rows[i].n]; ok && m.rows[i].text == m.rows[i].sent {
			m.rows[i].text, m.rows[i].draft = text, text
			m.rows[i].version++
		}
	}
	m.turn++
	m.publish()
}

// flight is a new row on its way to the record.
type flight struct {
	key int64
	r   transcript.Revision
}

func (f flight) is(s transcript.Segment) bool {
	return f.key != 0 && f.r.FromMS == s.FromMS && f.r.Role == s.Role && f.r.Text == s.Text
}

// insert shows a segment that this window did not write, behind the one it follows in the record.
func (m *Model) insert(s transcript.Segment, i int, all []transcript.Segment) {
	at := 0
	for i--; i >= 0 && at == 0; i-- {
		at = slices.IndexFunc(m.rows, func(r row) bool { return r.n == all[i].N }) + 1
	}
	m.keys++
	m.rows = slices.Insert(m.rows, at, row{
		key: m.keys, n: s.N, from: s.FromMS, to: s.ToMS, role: s.Role, text: s.Text, sentRole: s.Role, sent: s.Text,
	})
}

func holds(t transcript.Transcript, n int64) bool {
	return slices.ContainsFunc(t.Segments, func(s transcript.Segment) bool { return s.N == n })
}

func hasSigned(t transcript.Transcript, s transcript.Signature) bool {
	return slices.Contains(t.Signatures, s)
}

// countPages makes the paper to see how many pages it has.
func (m *Model) countPages() {
	if m.recorder.Paper == nil || len(m.Transcript().Segments) == 0 {
		return
	}
	paper, err := m.paper()
	if err != nil {
		return // the count is a comfort; printing says what is wrong
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if pages := bytes.Count(paper, []byte("/Type /Page\n")); pages != m.pages {
		m.pages = pages
		m.publish()
	}
}

// ErrIdle says that no recording runs that could take what was typed.
var ErrIdle = errors.New("no recording runs")

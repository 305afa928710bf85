package write

import (
	"context"
	"slices"
	"sync"
	"time"

	"minglu/app/desk/feed"
	"minglu/capture/evidence"
	"minglu/capture/transcript"
)

// Recorder is the way to the recording. Its functions may take their time.
type Recorder struct {
	Revise func(context.Context, transcript.Revision) (transcript.Revision, error)
	Texts  func(id string) ([]byte, error)                             // data/texts.jsonl of the recording as it is on the disk
	At     func() int64                                                // the moment of the recording, in ms
	Paper  func(t transcript.Transcript, reading bool) ([]byte, error) // not sealed yet
}

// Model is the transcript of the recording that runs.
type Model struct {
	Feed feed.Feed[Sheet]

	recorder Recorder
	wake     chan struct{}

	mu      sync.Mutex
	form    transcript.Transcript // head, closing sentence, signatures
	id      string
	plan    evidence.Plan
	author  string
	load    bool // what is on the disk is to be read before anything is sent
	rows    []row
	gone    []transcript.Correction // taken out, to be sent
	acts    []transcript.Revision   // reading and signing, to be sent
	past    [][]row                 // for Undo
	flight  flight
	fixes   []transcript.Correction
	reading bool
	signed  bool // a signature is on its way or there
	at      int64
	keys    int64
	turn    int
	pages   int
	fault   error
}

// row is a Row and what the record has of it.
type row struct {
	key, n, from, to int64
	version          int
	role, text       string
	sentRole, sent   string
	draft            string // kept in the journal as a note while a correction is being typed
}

func (r row) settled() bool {
	return r.n == 0 && r.text == "" || r.n != 0 && r.text == r.sent && r.role == r.sentRole
}

// NewModel makes a model without a recording.
func NewModel(r Recorder) *Model { return &Model{recorder: r, wake: make(chan struct{}, 1)} }

// Begin turns to the transcript of a recording; what is there of it already is read first. Said again of the
// same recording it does nothing.
func (m *Model) Begin(id string, plan evidence.Plan, bureau string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.id == id {
		return nil
	}
	form, err := transcript.New(plan, bureau)
	if err != nil {
		return err
	}
	m.reset(id)
	m.form, m.load, m.plan = form, true, plan
	m.author = plan.Clerk.Name
	if m.author == "" {
		m.author = plan.Operator.Name
	}
	m.nudge()
	m.publish()
	return nil
}

// End forgets the recording: it is over.
func (m *Model) End() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.id != "" {
		m.reset("")
		m.publish()
	}
}

// reset forgets everything but the keys given, which a window may still hold.
func (m *Model) reset(id string) {
	m.id, m.load, m.fault, m.pages, m.at = id, false, nil, 0, 0
	m.rows, m.gone, m.acts, m.past, m.fixes = nil, nil, nil, nil, nil
	m.reading, m.signed, m.flight = false, false, flight{}
	m.form, m.plan = transcript.Transcript{}, evidence.Plan{}
	m.turn++
}

// Type takes what was typed in a row. It is cheap: it comes with every key.
func (m *Model) Type(key int64, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.index(key)
	if i < 0 || m.signed || m.rows[i].text == text {
		return
	}
	r := &m.rows[i]
	now := m.recorder.At()
	if r.text == "" && r.n == 0 {
		r.from = now
	}
	r.text, r.to = text, max(now, r.from)
	m.nudge()
}

// At says in which row the caret is; 0 in none. While the record is read a row is corrected when it is left.
func (m *Model) At(key int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = key
	m.nudge()
}

// Add opens a row behind another, 0: behind the last, and gives its key. Without a role it follows the talk: an
// answer behind a question, a question behind all else.
func (m *Model) Add(behind int64, role, text string) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.signed || m.id == "" {
		return 0
	}
	m.remember()
	i := m.index(behind)
	if i < 0 {
		i = len(m.rows) - 1
	}
	if role == "" {
		role = transcript.Question
		if i >= 0 && m.rows[i].role == transcript.Question {
			role = transcript.Answer
		}
	}
	m.keys++
	now := m.recorder.At()
	m.rows = slices.Insert(m.rows, i+1, row{key: m.keys, role: role, text: text, from: now, to: now})
	m.changed()
	return m.keys
}

// Turn makes a question an answer, an answer a note, a note a question.
func (m *Model) Turn(key int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.index(key)
	if i < 0 || m.signed {
		return
	}
	m.remember()
	m.rows[i].role = map[string]string{
		transcript.Question: transcript.Answer, transcript.Answer: transcript.Note, transcript.Note: transcript.Question,
	}[m.rows[i].role]
	m.changed()
}

// Remove takes a row out and gives the key of the one before it, or else behind it, or 0.
func (m *Model) Remove(key int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.index(key)
	if i < 0 || m.signed {
		return key
	}
	m.remember()
	m.take(m.rows[i])
	m.rows = slices.Delete(m.rows, i, i+1)
	m.changed()
	if len(m.rows) == 0 {
		return 0
	}
	return m.rows[max(0, i-1)].key
}

func (m *Model) take(r row) {
	if r.n != 0 {
		m.gone = append(m.gone, transcript.Correction{N: r.n, Before: r.sent})
	}
}

// Undo takes back the last change of the rows: one added, turned or removed. What was typed in them stays.
func (m *Model) Undo() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.past) == 0 || m.signed {
		return
	}
	before := m.past[len(m.past)-1]
	m.past = m.past[:len(m.past)-1]
	now := map[int64]row{}
	for _, r := range m.rows {
		now[r.key] = r
	}
	for i, r := range before {
		current, here := now[r.key]
		if here {
			role := r.role
			before[i] = current
			before[i].role = role
			delete(now, r.key)
			continue
		}
		before[i].version++
		if at := m.leaving(r.n); at >= 0 {
			m.gone = slices.Delete(m.gone, at, at+1) // its removal was not sent yet
		} else {
			before[i].n, before[i].sent, before[i].sentRole = 0, "", ""
		}
	}
	for _, r := range m.rows {
		if _, left := now[r.key]; left {
			m.take(r)
		}
	}
	m.rows = before
	m.changed()
}

func (m *Model) leaving(n int64) int {
	return slices.IndexFunc(m.gone, func(c transcript.Correction) bool { return n != 0 && c.N == n })
}

// maxPast bounds what can be undone.
const maxPast = 100

func (m *Model) remember() {
	m.past = append(m.past, slices.Clone(m.rows))
	if len(m.past) > maxPast {
		m.past = m.past[1:]
	}
}

// Read says that the person begins to read the record. From here every change is a correction.
func (m *Model) Read() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.id != "" && !m.reading {
		m.act(transcript.Revision{Act: transcript.ActRead})
	}
}

// Sign notes a signature on the paper, or a refusal and its reason. From here the record stands as it is.
func (m *Model) Sign(s transcript.Signature) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.id == "" {
		return
	}
	m.signed = true
	s.AtMS = m.recorder.At()
	m.act(transcript.Revision{Act: transcript.ActSign, Signature: &s})
}

func (m *Model) act(r transcript.Revision) {
	m.at = 0
	m.acts = append(m.acts, r)
	m.changed()
}

// Transcript is the record as it stands on the screen.
func (m *Model) Transcript() transcript.Transcript {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.transcript()
}

func (m *Model) transcript() transcript.Transcript {
	t := m.form
	t.Corrections, t.Signatures = slices.Clone(m.fixes), slices.Clone(m.form.Signatures)
	t.Segments = nil
	for _, r := range m.rows {
		if r.text != "" || r.n != 0 {
			t.Segments = append(t.Segments, transcript.Segment{
				N: r.key, Role: r.role, Text: r.text, FromMS: r.from, ToMS: r.to,
			})
		}
	}
	return t
}

// paper prints the record as it stands on the screen.
func (m *Model) paper() ([]byte, error) {
	m.mu.Lock()
	t, reading := m.transcript(), m.reading
	m.mu.Unlock()
	return m.recorder.Paper(t, reading)
}

// row gives a row, empty when there is none.
func (m *Model) row(key int64) row {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.index(key); i >= 0 {
		return m.rows[i]
	}
	return row{}
}

func (m *Model) index(key int64) int {
	return slices.IndexFunc(m.rows, func(r row) bool { return r.key == key })
}

// changed has a change of the rows drawn and sent.
func (m *Model) changed() {
	m.turn++
	m.publish()
	m.nudge()
}

func (m *Model) nudge() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *Model) publish() {
	s := Sheet{
		ID: m.id, Plan: m.plan, Turn: m.turn, Reading: m.reading, Closing: m.form.Closing, Pages: m.pages, Fault: m.fault,
		Signatures: slices.Clone(m.form.Signatures), Words: count(m.rows),
		Saved: !m.load && len(m.gone) == 0 && len(m.acts) == 0 && !slices.ContainsFunc(m.rows, func(r row) bool { return !r.settled() }),
	}
	of := map[int64][]transcript.Correction{}
	for _, c := range m.fixes {
		of[c.N] = append(of[c.N], c)
	}
	for _, r := range m.rows {
		s.Rows = append(s.Rows, Row{
			Key: r.key, N: r.n, Version: r.version, Role: r.role, Text: r.text, FromMS: r.from, ToMS: r.to, Corrections: of[r.n],
		})
		delete(of, r.n)
	}
	for _, c := range m.fixes {
		if _, left := of[c.N]; left {
			s.Removed = append(s.Removed, c)
		}
	}
	m.Feed.Publish(s)
}

// saveEvery is how often what was typed goes to the journal; half the second that is promised.
const saveEvery = 400 * time.Millisecond

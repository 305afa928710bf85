// Package transcript holds the written record: who said what at which moment, who read and signed it.
//
// A Book is the record being written; each change is a Revision, one line of data/texts.jsonl, so that a crash
// loses no typed word and the journal can name every change by its digest. A Transcript is the record as it
// stands, data/transcript.json; its paper is made by package pdf and by nothing else.
package transcript

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"minglu/capture/evidence"
	"minglu/capture/strict"
)

// Version is the form of transcript.json this program writes and reads.
const Version = 1

// Bounds of a transcript. A day of talk has some 3,000 segments and 100,000 characters.
const (
	MaxBytes    = 4 << 20 // of transcript.json, and of a file to import
	MaxWords    = 1 << 20 // bytes of all segments' text together
	MaxSegments = 5000
	MaxName     = 1000    // characters of a name, place or other field of the form
	MaxText     = 100_000 // characters of one segment
)

// Transcript is data/transcript.json. Times *_ms are recording time, all others UTC as in evidence.
type Transcript struct {
	V           int          `json:"v"`
	Language    string       `json:"language"` // of the form: zh or en
	Form        Form         `json:"form"`
	Segments    []Segment    `json:"segments"`
	Corrections []Correction `json:"corrections"`
	Closing     string       `json:"closing"` // the sentence the interviewee signs under
	Signatures  []Signature  `json:"signatures"`
	Recording   Recording    `json:"recording"`
}

// Form is the head of the prescribed form 询问（调查）笔录.
type Form struct {
	Bureau       string            `json:"bureau"`
	Ordinal      int               `json:"ordinal"` // the how-manieth questioning of this person in this case
	Item         string            `json:"item"`
	Case         string            `json:"case"`
	Taxpayer     evidence.Taxpayer `json:"taxpayer"`
	Start        string            `json:"start"`
	End          string            `json:"end"`
	Place        string            `json:"place"`
	Interviewers []evidence.Person `json:"interviewers"`
	Clerk        evidence.Person   `json:"clerk"`
	Operator     evidence.Person   `json:"operator"`
	Interviewee  Interviewee       `json:"interviewee"`
	Notices      []Notice          `json:"notices"`
}

// Interviewee is the person questioned, as the form asks.
type Interviewee struct {
	Name     string `json:"name"`
	Sex      string `json:"sex"`
	Birth    string `json:"birth"`
	IDKind   string `json:"id_kind"`
	IDNumber string `json:"id_number"`
	Employer string `json:"employer"`
	Post     string `json:"post"`
	Address  string `json:"address"`
	Phone    string `json:"phone"`
	Relation string `json:"relation"`
}

// Notice is something the person must be told before the first question.
type Notice struct {
	Kind   string `json:"kind"` // one of the Notice constants
	Told   bool   `json:"told"`
	AtMS   int64  `json:"at_ms"`
	Answer string `json:"answer"`
}

// The notices of the form, in their order.
const (
	NoticeCertificate = "certificate"
	NoticeRecording   = "recording"
	NoticeRights      = "rights"
	NoticeRecusal     = "recusal"
)

// Segment is one question, answer or note. N is its name for life; its place is its place in the list.
type Segment struct {
	N       int64  `json:"n"`
	Role    string `json:"role"` // Question, Answer or Note
	Speaker string `json:"speaker"`
	Text    string `json:"text"`
	FromMS  int64  `json:"from_ms"`
	ToMS    int64  `json:"to_ms"`
	Rev     int64  `json:"rev"` // the revision that last touched it; 0 before any
}

// Roles of a segment.
const (
	Question = "Q"
	Answer   = "A"
	Note     = "NOTE"
)

// Correction is a change made after the person began to read the record; each place gets a fingerprint.
type Correction struct {
	N      int64  `json:"n"`
	Rev    int64  `json:"rev"`
	AtMS   int64  `json:"at_ms"`
	By     string `json:"by"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Signature says that somebody signed, or refused and why.
type Signature struct {
	Party  string `json:"party"` // one of the Party constants
	Name   string `json:"name"`
	State  string `json:"state"`  // Signed or Refused
	Reason string `json:"reason"` // of the refusal
	AtMS   int64  `json:"at_ms"`
}

// Parties and states of a signature.
const (
	PartyInterviewee = "interviewee"
	PartyInterviewer = "interviewer"
	PartyClerk       = "clerk"
	PartyAttestor    = "attestor"

	Signed  = "signed"
	Refused = "refused"
)

// Recording is the statement of how the recording was made, as the court's rule on audio-visual evidence
// asks: method, time, maker, what it proves, breaks, integrity value.
type Recording struct {
	ID           string  `json:"id"`
	Room         string  `json:"room"`
	Start        string  `json:"start"`
	DurationMS   int64   `json:"duration_ms"`
	Method       string  `json:"method"`
	Maker        string  `json:"maker"`
	Proves       string  `json:"proves"`
	Breaks       []Break `json:"breaks"`
	JournalHead  string  `json:"journal_head"` // SHA-256 of the last journal line known when this was written
	JournalLines int64   `json:"journal_lines"`
}

// Break is a stretch without recording and its reason in words.
type Break struct {
	FromMS int64  `json:"from_ms"`
	ToMS   int64  `json:"to_ms"`
	Reason string `json:"reason"`
}

// New begins the transcript of a planned recording on an empty form.
func New(plan evidence.Plan, bureau string) (Transcript, error) {
	labels, err := Prescribed(plan.Language)
	if err != nil {
		return Transcript{}, err
	}
	t := Transcript{
		V: Version, Language: plan.Language, Closing: labels.Closing,
		Form: Form{
			Bureau: bureau, Ordinal: 1, Item: plan.ItemTitle, Case: plan.Case, Taxpayer: plan.Taxpayer,
			Place: plan.Place, Interviewers: plan.Officers, Clerk: plan.Clerk, Operator: plan.Operator,
		},
		Recording: Recording{ID: plan.ID, Room: plan.RoomTitle},
	}
	if len(plan.Persons) > 0 {
		t.Form.Interviewee.Name = plan.Persons[0].Name
	}
	for _, kind := range []string{NoticeCertificate, NoticeRecording, NoticeRights, NoticeRecusal} {
		t.Form.Notices = append(t.Form.Notices, Notice{Kind: kind})
	}
	return t.settle(), nil
}

// NoteMarks fills in the notices that nobody typed from the recording's markers of the same meaning.
func (t *Transcript) NoteMarks(marks []evidence.MarkBody) {
	meaning := map[string]string{"certificate": NoticeCertificate, "notice": NoticeRecording, "rights": NoticeRights}
	t.Form.Notices = own(t.Form.Notices)
	for _, m := range marks {
		for i, n := range t.Form.Notices {
			if n.Kind == meaning[m.Mark] && !n.Told {
				t.Form.Notices[i].Told, t.Form.Notices[i].AtMS = true, m.AtMS
			}
		}
	}
}

// settle gives t its own lists, empty and not null, and a language.
func (t Transcript) settle() Transcript {
	if t.Language != "en" {
		t.Language = "zh"
	}
	t.Form.Interviewers = own(t.Form.Interviewers)
	t.Form.Notices = own(t.Form.Notices)
	t.Segments = own(t.Segments)
	t.Corrections = own(t.Corrections)
	t.Signatures = own(t.Signatures)
	t.Recording.Breaks = own(t.Recording.Breaks)
	return t
}

func own[T any](list []T) []T { return append(make([]T, 0, len(list)), list...) }

// Marshal gives the canonical bytes of data/transcript.json.
func (t Transcript) Marshal() ([]byte, error) {
	raw, err := evidence.MarshalBody(t.settle())
	if err != nil {
		return nil, fmt.Errorf("write transcript: %w", err)
	}
	return raw, nil
}

// Refusal finds the interviewee's refusal to sign, if there is one.
func (t Transcript) Refusal() (Signature, bool) {
	refused := func(s Signature) bool { return s.Party == PartyInterviewee && s.State == Refused }
	if i := slices.IndexFunc(t.Signatures, refused); i >= 0 {
		return t.Signatures[i], true
	}
	return Signature{}, false
}

// words is how many bytes of text the segments hold.
func (t Transcript) words() int {
	n := 0
	for _, s := range t.Segments {
		n += len(s.Text)
	}
	return n
}

// check lists what is wrong with t's values, at the fields of doc.
func (t Transcript) check(doc *strict.Doc) {
	if t.V != Version {
		doc.Refuse("v", strict.Value, t.V, strconv.Itoa(Version))
	}
	checkCode(doc, "language", t.Language, "zh", "en")
	t.Form.check(doc)
	if len(t.Segments) > MaxSegments {
		doc.Refuse("segments", strict.Size, len(t.Segments), strict.AtMost(MaxSegments))
	}
	if n := t.words(); n > MaxWords {
		doc.Refuse("segments", strict.Size, n, strict.AtMost(MaxWords))
	}
	seen := map[int64]bool{}
	for i, s := range t.Segments {
		field := fmt.Sprintf("segments[%d]", i)
		if seen[s.N] || s.N < 1 {
			doc.Refuse(field+".n", strict.Double, s.N, "")
		}
		seen[s.N] = true
		s.check(doc, field)
	}
	for i, s := range t.Signatures {
		s.check(doc, fmt.Sprintf("signatures[%d]", i))
	}
	for i, b := range t.Recording.Breaks {
		checkName(doc, fmt.Sprintf("recording.breaks[%d].reason", i), b.Reason)
	}
	checkTime(doc, "recording.start", t.Recording.Start)
}

func (f Form) check(doc *strict.Doc) {
	p := f.Interviewee
	for _, v := range [][2]string{
		{"bureau", f.Bureau}, {"item", f.Item}, {"case", f.Case}, {"taxpayer.name", f.Taxpayer.Name},
		{"taxpayer.uscc", f.Taxpayer.USCC}, {"place", f.Place}, {"clerk.name", f.Clerk.Name},
		{"clerk.certificate", f.Clerk.Certificate}, {"operator.name", f.Operator.Name},
		{"interviewee.name", p.Name}, {"interviewee.sex", p.Sex}, {"interviewee.birth", p.Birth},
		{"interviewee.id_kind", p.IDKind}, {"interviewee.id_number", p.IDNumber},
		{"interviewee.employer", p.Employer}, {"interviewee.post", p.Post}, {"interviewee.address", p.Address},
		{"interviewee.phone", p.Phone}, {"interviewee.relation", p.Relation},
	} {
		checkName(doc, "form."+v[0], v[1])
	}
	for i, o := range f.Interviewers {
		checkName(doc, fmt.Sprintf("form.interviewers[%d].name", i), o.Name)
		checkName(doc, fmt.Sprintf("form.interviewers[%d].certificate", i), o.Certificate)
	}
	for i, n := range f.Notices {
		field := fmt.Sprintf("form.notices[%d]", i)
		checkCode(doc, field+".kind", n.Kind, NoticeCertificate, NoticeRecording, NoticeRights, NoticeRecusal)
		checkName(doc, field+".answer", n.Answer)
	}
	checkTime(doc, "form.start", f.Start)
	checkTime(doc, "form.end", f.End)
}

func (s Segment) check(doc *strict.Doc, field string) {
	checkCode(doc, field+".role", s.Role, Question, Answer, Note)
	checkName(doc, field+".speaker", s.Speaker)
	checkString(doc, field+".text", s.Text, MaxText)
	if s.FromMS < 0 || s.ToMS < s.FromMS {
		doc.Refuse(field+".to_ms", strict.Value, s.ToMS, fmt.Sprintf("≥ %d", max(s.FromMS, 0)))
	}
}

func (s Signature) check(doc *strict.Doc, field string) {
	checkCode(doc, field+".party", s.Party, PartyInterviewee, PartyInterviewer, PartyClerk, PartyAttestor)
	checkCode(doc, field+".state", s.State, Signed, Refused)
	checkName(doc, field+".name", s.Name)
	checkName(doc, field+".reason", s.Reason)
	if s.State == Refused && strings.TrimSpace(s.Reason) == "" {
		doc.Refuse(field+".reason", strict.Missing, nil, "")
	}
}

func checkCode(doc *strict.Doc, field, code string, codes ...string) {
	if !slices.Contains(codes, code) {
		doc.Refuse(field, strict.Value, code, strict.OneOf(codes...))
	}
}

func checkName(doc *strict.Doc, field, name string) { checkString(doc, field, name, MaxName) }

func checkString(doc *strict.Doc, field, s string, most int) {
	if i := strings.IndexFunc(s, strict.Unprintable); i >= 0 {
		r, _ := utf8.DecodeRuneInString(s[i:])
		doc.Refuse(field, strict.Control, fmt.Sprintf("U+%04X", r), "")
	}
	if !utf8.ValidString(s) {
		doc.Refuse(field, strict.Encoding, nil, "")
	}
	if n := utf8.RuneCountInString(s); n > most {
		doc.Refuse(field, strict.Size, n, strict.AtMost(most))
	}
}

func checkTime(doc *strict.Doc, field, s string) {
	if s == "" {
		return
	}
	if _, err := evidence.ParseTime(s); err != nil {
		doc.Refuse(field, strict.Value, s, evidence.TimeLayout)
	}
}

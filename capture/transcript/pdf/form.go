package pdf

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"minglu/assets"
	"minglu/capture/evidence"
	"minglu/capture/paper"
	"minglu/capture/transcript"
)

// form fills the sheets.
type form struct {
	t     transcript.Transcript
	l     transcript.Labels
	sheet *paper.Sheet
	stamp string // on every page of a paper that is not sealed
}

// beijing is the one legal time of the country; it has no summer time.
func beijing() *time.Location { return time.FixedZone("CST", 8*3600) }

func (f form) write() {
	f.head()
	f.fields()
	f.notices()
	f.body()
	f.corrections()
	f.closing()
	f.statement()
	f.edges()
}

func (f form) head() {
	s := f.sheet
	s.Centre(paper.SizeHead, f.t.Form.Bureau)
	s.Centre(paper.SizeTitle, f.l.Title)
	s.Centre(paper.SizeTable, assets.Fill(f.l.Ordinal, "n", strconv.Itoa(f.t.Form.Ordinal)))
	s.Y += 1.5
}

// Widths of the table's columns: label, value, label, value.
const (
	labelWidth  = 33.5
	firstWidth  = 56.0
	label2Width = 28.0
	secondWidth = wholeWidth - firstWidth - label2Width
	wholeWidth  = paper.Right - paper.Left - labelWidth
)

func (f form) one(label, value string) {
	f.sheet.Row(paper.Cell{Width: labelWidth, Text: label, Label: true}, paper.Cell{Width: wholeWidth, Text: value})
}

func (f form) two(label, value, label2, value2 string) {
	f.sheet.Row(paper.Cell{Width: labelWidth, Text: label, Label: true}, paper.Cell{Width: firstWidth, Text: value},
		paper.Cell{Width: label2Width, Text: label2, Label: true}, paper.Cell{Width: secondWidth, Text: value2})
}

func (f form) fields() {
	v, p, l := f.t.Form, f.t.Form.Interviewee, f.l
	f.one(l.Time, f.span(v.Start, v.End))
	f.one(l.Place, v.Place)
	f.two(l.Item, v.Item, l.Case, v.Case)
	f.two(l.Taxpayer, v.Taxpayer.Name, l.USCC, v.Taxpayer.USCC)
	f.one(l.Interviewers, f.people(v.Interviewers...))
	f.two(l.Clerk, f.people(v.Clerk), l.Operator, f.people(v.Operator))
	f.two(l.Interviewee, p.Name, l.Sex, p.Sex)
	f.two(l.IDKind, p.IDKind, l.IDNumber, p.IDNumber)
	f.two(l.Birth, p.Birth, l.Relation, p.Relation)
	f.two(l.Employer, p.Employer, l.Post, p.Post)
	f.two(l.Address, p.Address, l.Phone, p.Phone)
}

// people names persons with their certificates.
func (f form) people(persons ...evidence.Person) string {
	var names []string
	for _, p := range persons {
		name := p.Name
		if p.Certificate != "" {
			name = assets.Fill(f.l.Certificate, "name", p.Name, "number", p.Certificate)
		}
		names = append(names, name)
	}
	return strings.Join(names, "\n")
}

func (f form) span(from, to string) string {
	if from == "" && to == "" {
		return ""
	}
	return assets.Fill(f.l.Span, "from", f.moment(from), "to", f.moment(to))
}

// moment writes a time of the record in legal time; what is no time comes as it is.
func (f form) moment(written string) string {
	t, err := evidence.ParseTime(written)
	if err != nil {
		return written
	}
	if f.t.Language == "en" {
		return t.In(beijing()).Format("2006-01-02 15:04")
	}
	return t.In(beijing()).Format("2006年1月2日15时04分")
}

// at writes recording time.
func at(ms int64) string {
	seconds := max(ms, 0) / 1000
	return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}

func (f form) notices() {
	f.sheet.Heading(f.l.RightsTitle)
	for _, r := range f.l.Rights {
		f.sheet.Paragraph(paper.SizeTable, "", r)
	}
	f.sheet.Heading(f.l.NoticesTitle)
	for _, n := range f.t.Form.Notices {
		f.sheet.Paragraph(paper.SizeTable, "· ", f.notice(n))
	}
}

func (f form) notice(n transcript.Notice) string {
	told := map[string]string{
		transcript.NoticeCertificate: f.l.CertificateTold, transcript.NoticeRecording: f.l.RecordingTold,
		transcript.NoticeRights: f.l.RightsTold, transcript.NoticeRecusal: f.l.RecusalTold,
	}[n.Kind]
	sentence := f.l.NotTold
	switch {
	case n.Told && n.Answer != "":
		sentence = f.l.Answered
	case n.Told:
		sentence = f.l.Told
	}
	return assets.Fill(sentence, "notice", told, "at", at(n.AtMS), "answer", n.Answer)
}

func (f form) body() {
	s := f.sheet
	s.Heading(f.l.BodyTitle)
	labels := map[string]string{transcript.Question: f.l.Question, transcript.Answer: f.l.Answer, transcript.Note: f.l.Note}
	for _, segment := range f.t.Segments {
		s.Need(paper.Line(paper.SizeBody))
		if segment.ToMS > 0 {
			s.Write(paper.Right+1.5, s.Y, paper.SizeTiny, at(segment.FromMS))
		}
		s.Paragraph(paper.SizeBody, labels[segment.Role], segment.Text)
	}
	s.Centre(paper.SizeTable, f.l.EndOfBody)
}

func (f form) corrections() {
	if len(f.t.Corrections) == 0 {
		return
	}
	f.sheet.Heading(f.l.CorrectionsTitle)
	for i, c := range f.t.Corrections {
		sentence := f.l.Correction
		switch {
		case c.Before == "":
			sentence = f.l.Addition
		case c.After == "":
			sentence = f.l.Removal
		}
		f.sheet.Paragraph(paper.SizeTable, "", assets.Fill(sentence, "no", strconv.Itoa(i+1), "at", at(c.AtMS),
			"by", c.By, "before", c.Before, "after", c.After)+"＿＿＿＿＿＿")
	}
}

// closing is the sentence the person signs under, and who signed or refused.
func (f form) closing() {
	s := f.sheet
	s.Y += 3
	s.Need(4 * paper.Line(paper.SizeBody))
	if sentence := f.t.Closing; sentence != "" {
		s.Paragraph(paper.SizeBody, "", sentence)
	}
	for _, v := range f.t.Signatures {
		party := map[string]string{
			transcript.PartyInterviewee: f.l.Interviewee, transcript.PartyInterviewer: f.l.Interviewers,
			transcript.PartyClerk: f.l.Clerk, transcript.PartyAttestor: f.l.Attestor,
		}[v.Party]
		sentence := f.l.Signed
		if v.State == transcript.Refused {
			sentence = f.l.Refusal
		}
		s.Paragraph(paper.SizeTable, "", assets.Fill(sentence, "party", party, "name", v.Name, "reason", v.Reason, "at", at(v.AtMS)))
	}
	if _, refused := f.t.Refusal(); refused {
		s.Y += 2
		s.Paragraph(paper.SizeTable, f.l.SignAttestor, "＿＿＿＿＿＿＿＿　　"+f.l.DateLine)
	}
}

// statement says how the recording beside this paper was made.
func (f form) statement() {
	r, l := f.t.Recording, f.l
	if r.ID == "" {
		return
	}
	f.sheet.Heading(l.StatementTitle)
	f.two(l.Recording, r.ID, l.Room, r.Room)
	f.two(l.Started, f.moment(r.Start), l.Duration, at(r.DurationMS))
	f.two(l.Method, r.Method, l.Maker, r.Maker)
	f.one(l.Proves, r.Proves)
	breaks := []string{}
	for _, b := range r.Breaks {
		breaks = append(breaks, assets.Fill(l.Break, "from", at(b.FromMS), "to", at(b.ToMS), "reason", b.Reason))
	}
	if len(breaks) == 0 {
		breaks = append(breaks, l.NoBreaks)
	}
	f.one(l.Breaks, strings.Join(breaks, "\n"))
	if r.JournalHead != "" {
		f.one(l.Digest, assets.Fill(l.DigestOf, "lines", strconv.FormatInt(r.JournalLines, 10))+"\n"+grouped(r.JournalHead))
	}
}

// grouped writes a digest in groups of eight, four a line, as eyes compare it.
func grouped(digest string) string {
	var b strings.Builder
	for i, r := range []rune(digest) {
		switch {
		case i > 0 && i%32 == 0:
			b.WriteByte('\n')
		case i > 0 && i%8 == 0:
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// edges writes what stands on every page: its name, the signature lines, its number.
func (f form) edges() {
	s := f.sheet
	s.Edges(func(page, pages int) {
		if page > 1 {
			s.Write(paper.Left, 12, paper.SizeSmall, f.l.Title)
		}
		s.Flush(12, paper.SizeSmall, assets.Fill(f.l.Number, "id", f.t.Recording.ID))
		s.Middle(10.5, paper.SizeHead, f.stamp)
		s.Y = 18
		s.Box(paper.Left, paper.Right-paper.Left, 0)
		s.Y = paper.Bottom + 4
		s.Box(paper.Left, paper.Right-paper.Left, 0)
		f.signatures(paper.Bottom + 6)
		s.Middle(281, paper.SizeSmall, assets.Fill(f.l.Page, "page", strconv.Itoa(page), "pages", strconv.Itoa(pages)))
	})
}

// signatures are the lines each page is signed on.
func (f form) signatures(y float64) {
	s, middle := f.sheet, paper.Left+92.0
	interviewee := f.l.SignInterviewee
	if _, refused := f.t.Refusal(); refused {
		interviewee += f.l.RefusedHere
	}
	s.Write(paper.Left, y, paper.SizeTable, interviewee)
	s.Write(middle, y, paper.SizeTable, f.l.SignClerk)
	s.Write(paper.Left, y+10, paper.SizeTable, f.l.SignInterviewers)
	s.Write(middle, y+10, paper.SizeTable, f.l.DateLine)
}

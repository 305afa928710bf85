package player

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"minglu/app/i18n"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
	"minglu/capture/evidence/words"
)

// check is a verification that runs while the page is shown.
type check struct {
	size, done atomic.Int64 // bytes of media

	mu     sync.Mutex // guards what follows
	report *evidence.Report
	err    error
}

// examine verifies every byte. It reads the package by itself: what the page shows plays no part in it.
func (s *Show) examine() {
	for _, name := range s.films() {
		if info, err := fs.Stat(s.recording.Files, mediaDir+"/"+name); err == nil {
			s.check.size.Add(info.Size())
		}
	}
	o := s.recording.Verify
	o.ID, o.Progress = s.recording.ID, s.check.done.Store
	report, err := evidence.Verify(ending{s.recording.Files, s.ctx}, o)
	if err == nil {
		err = s.ctx.Err()
	}
	s.check.mu.Lock()
	defer s.check.mu.Unlock()
	s.check.report, s.check.err = report, err
}

// Verdict is what the page shows of the verification, in one language.
type Verdict struct {
	State   string           `json:"state"` // running, done, failed
	Percent int64            `json:"percent"`
	Verdict evidence.Verdict `json:"verdict"`
	Title   string           `json:"title"`
	Tone    string           `json:"tone"` // running, good, warn, bad
	Answers []Answer         `json:"answers"`
	Groups  []Group          `json:"groups"`
}

// Answer is one of the three answers in words.
type Answer struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Group is a list of findings under its title.
type Group struct {
	Title string    `json:"title"`
	Items []Finding `json:"items"`
}

// Finding is one fault, remark or thing left out; From and To are the recording time it touches.
type Finding struct {
	Text   string `json:"text"`
	FromMS int64  `json:"from_ms"`
	ToMS   int64  `json:"to_ms"`
}

// verdict is how far the verification is, or what it found.
func (s *Show) verdict(lang i18n.Lang) Verdict {
	s.check.mu.Lock()
	report, err := s.check.report, s.check.err
	s.check.mu.Unlock()
	v := Verdict{State: "done", Answers: []Answer{}, Groups: []Group{}}
	switch {
	case err != nil:
		v.State, v.Tone = "failed", "bad"
		v.Title = i18n.Say(lang, "player.verify.failed", "why", i18n.Explain(err, lang).What)
	case report == nil:
		v.State, v.Tone = "running", "running"
		v.Percent = min(99, s.check.done.Load()*100/max(1, s.check.size.Load()))
		v.Title = i18n.Say(lang, "player.verify.running", "percent", strconv.FormatInt(v.Percent, 10))
	default:
		v.tell(report, lang)
	}
	return v
}

// tell puts a report into words.
func (v *Verdict) tell(r *evidence.Report, lang i18n.Lang) {
	w, err := words.In(string(lang))
	if err != nil {
		w = words.Words{} // the report's own text then stands for itself
	}
	say := func(key string, pairs ...string) string { return i18n.Say(lang, key, pairs...) }
	sign := ""
	v.Verdict = r.Verdict
	v.Tone, sign = tone(r.Verdict)
	v.Title = sign + " " + w.Say("verdict."+string(r.Verdict), string(r.Verdict))
	if lang == i18n.EN { // the Chinese sentence begins with the verdict's name
		v.Title = sign + " " + verdictName(r.Verdict, lang) + ": " + w.Say("verdict."+string(r.Verdict), string(r.Verdict))
	}
	who := w.Say("signer."+string(r.Signer.State), r.Signer.What)
	if len(r.Layers) > 0 && lang != i18n.EN { // in English the report's own words name them
		who = say("player.signed_by", "what", who, "name", r.Layers[0].Signer.Name, "issuer", r.Layers[0].Signer.Issuer)
	}
	when := w.Say("time."+string(r.Time.State), r.Time.What)
	switch { // in English the report's own words tell the times
	case lang == i18n.EN:
	case r.NotBefore != "" && r.NotAfter != "":
		when = say("player.bracket", "what", when, "from", local(r.NotBefore), "to", local(r.NotAfter))
	case r.NotBefore != "":
		when = say("player.not_before", "what", when, "at", local(r.NotBefore))
	case r.NotAfter != "":
		when = say("player.not_after", "what", when, "at", local(r.NotAfter))
	}
	v.Answers = []Answer{
		{say("player.answer.bytes"), w.Say("bytes."+string(r.Bytes.State), r.Bytes.What)},
		{say("player.answer.signer"), who},
		{say("player.answer.time"), when},
	}
	if found := faults(r.Faults, w); len(found) > 0 {
		v.Answers = append(v.Answers, Answer{say("player.faults"), found[0].Text})
	}
	v.group(say("player.faults"), faults(r.Faults, w))
	v.group(say("player.dangling"), faults(r.Dangling, w))
	var remarks, skipped []Finding
	for _, m := range r.Remarks {
		remarks = append(remarks, Finding{clock(m.AtMS) + " " + w.Say("remark."+string(m.Code), m.What), m.AtMS, m.AtMS})
	}
	for _, what := range slices.Sorted(slices.Values(r.NotCheck)) {
		skipped = append(skipped, Finding{Text: w.Say(what, what)})
	}
	v.group(say("player.remarks"), remarks)
	v.group(say("player.not_checked"), skipped)
}

// tone is the colour of a verdict and the sign beside it.
func tone(v evidence.Verdict) (tone, sign string) {
	switch v {
	case evidence.Authentic:
		return "good", "✓"
	case evidence.AuthenticGaps:
		return "warn", "✓"
	case evidence.DanglingEnd, evidence.UntrustedKey:
		return "warn", "!"
	}
	return "bad", "✗"
}

func (v *Verdict) group(title string, items []Finding) {
	if len(items) > 0 {
		v.Groups = append(v.Groups, Group{title, items})
	}
}

func faults(all []evidence.Fault, w words.Words) (found []Finding) {
	for _, f := range all {
		text := f.File + "：" + w.Say("fault."+string(f.Code), f.What)
		if m := f.Minutes(); m != "" {
			text = m + "  " + text
		}
		found = append(found, Finding{text, f.FromMS, f.ToMS})
	}
	return found
}

func verdictName(v evidence.Verdict, lang i18n.Lang) string {
	w, err := catalog.LoadWords()
	if err != nil {
		return string(v)
	}
	return catalog.Name(w.Verdicts, string(v), string(lang))
}

// local writes a proven time in the machine's own zone.
func local(utc string) string {
	t, err := evidence.ParseTime(utc)
	if err != nil {
		return utc
	}
	return t.Local().Format("2006-01-02 15:04:05 -07:00")
}

// ending is a package that cannot be read any more once ctx has ended, so that a verification ends with its page.
type ending struct {
	fs.FS
	ctx context.Context
}

// Open opens a file that ends with ctx.
func (e ending) Open(name string) (fs.File, error) {
	if err := e.ctx.Err(); err != nil {
		return nil, err
	}
	f, err := e.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if info.IsDir() {
		return f, nil
	}
	if at, ok := f.(io.ReaderAt); ok {
		return endingAt{endingFile{f, e.ctx}, at}, nil
	}
	return endingFile{f, e.ctx}, nil
}

type endingFile struct {
	fs.File
	ctx context.Context
}

// Read reads unless ctx has ended.
func (f endingFile) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

type endingAt struct {
	endingFile
	at io.ReaderAt
}

// ReadAt reads at a place unless ctx has ended.
func (f endingAt) ReadAt(p []byte, off int64) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.at.ReadAt(p, off)
}

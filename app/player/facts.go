package player

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"minglu/app/i18n"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
	"minglu/capture/transcript"
)

// Facts is what the page shows beside the media, in one language. Times are recording time in ms but for Start.
type Facts struct {
	ID       string            `json:"id"`
	Brief    string            `json:"brief"`
	Start    int64             `json:"start_ms"` // of recording time zero, ms since 1970; 0 when not known
	Duration int64             `json:"duration_ms"`
	Rows     []Row             `json:"rows"`
	Films    []Film            `json:"films"`
	Lines    []Line            `json:"lines"`
	Events   []Event           `json:"events"`
	Papers   []Paper           `json:"papers"`
	Faults   []string          `json:"faults"` // what could not be read
	Words    map[string]string `json:"words"`  // of the page itself, by key
}

// Row is one fact.
type Row struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// Film is one media file; the first has the sound.
type Film struct {
	Src     string `json:"src"`
	Title   string `json:"title"`
	Picture bool   `json:"picture"`
}

// Line is one segment of the transcript.
type Line struct {
	Role   string   `json:"role"` // Q, A, NOTE
	Who    string   `json:"who"`
	Text   string   `json:"text"`
	FromMS int64    `json:"from_ms"`
	ToMS   int64    `json:"to_ms"`
	Fixes  []string `json:"fixes"` // corrections made while it was read
}

// Event is something on the time line: mark, break, gap, device, speaker or print.
type Event struct {
	Kind   string `json:"kind"`
	Sign   string `json:"sign"`
	Text   string `json:"text"`
	FromMS int64  `json:"from_ms"`
	ToMS   int64  `json:"to_ms"`
}

// Paper is a document of the package.
type Paper struct {
	Title string `json:"title"`
	Src   string `json:"src"`
}

// teller gathers the facts of one recording in one language.
type teller struct {
	show  *Show
	lang  i18n.Lang
	words *catalog.Words
	facts Facts
	plan  evidence.Plan
}

func (t *teller) say(key string, pairs ...string) string { return i18n.Say(t.lang, key, pairs...) }

// unread notes that a part cannot be read: the rest is shown all the same, the verdict says what it means.
func (t *teller) unread(name string) {
	t.facts.Faults = append(t.facts.Faults, t.say("player.unread", "name", name))
}

// facts reads the package anew: it may be damaged, and each part that can be read is shown.
func (s *Show) facts(lang i18n.Lang) Facts {
	t := &teller{show: s, lang: lang, facts: Facts{
		ID: s.recording.ID, Rows: []Row{}, Films: []Film{}, Lines: []Line{}, Events: []Event{}, Papers: []Paper{}, Faults: []string{},
		Words: i18n.Under(lang, "player."),
	}}
	var err error
	if t.words, err = catalog.LoadWords(); err != nil {
		t.words = &catalog.Words{} // codes then stand for themselves
	}
	raw, err := s.read(evidence.FilePlan, smallFile)
	if err != nil || json.Unmarshal(raw, &t.plan) != nil {
		t.unread(evidence.FilePlan)
	}
	texts := t.texts()
	t.journal(texts)
	t.lines()
	t.films()
	t.rows()
	if _, err := s.read(evidence.FilePDF, smallFile); err == nil {
		t.facts.Papers = append(t.facts.Papers, Paper{t.say("player.paper"), "transcript.pdf"})
	}
	return t.facts
}

func (t *teller) films() {
	for i, name := range t.show.films() {
		f := Film{Src: "media/" + name, Picture: isPicture(name)}
		f.Title = t.say("player.camera", "n", fmt.Sprint(i+1))
		if i > 0 {
			f.Title += " " + t.say("player.swap")
		}
		t.facts.Films = append(t.facts.Films, f)
	}
}

// rows are the facts at the top, those that are known.
func (t *teller) rows() {
	p := t.plan
	item := p.ItemTitle
	if list, err := catalog.Load(); err == nil {
		if known, ok := list.Item(p.Item); ok {
			item = known.In(string(t.lang))
		}
	}
	if p.Item == "TRIAL" {
		item = t.say("player.trial")
	}
	start := ""
	if t.facts.Start != 0 {
		start = time.UnixMilli(t.facts.Start).Local().Format("2006-01-02 15:04:05 -07:00")
	}
	for _, r := range []Row{
		{"item", strings.TrimSpace(p.Item + " " + item)}, {"case", p.Case},
		{"taxpayer", strings.TrimSpace(p.Taxpayer.Name + " " + p.Taxpayer.USCC)}, {"persons", people(p.Persons...)},
		{"officers", people(p.Officers...)}, {"clerk", people(p.Clerk)}, {"operator", people(p.Operator)},
		{"room", p.RoomTitle}, {"place", p.Place}, {"start", start}, {"duration", clock(t.facts.Duration)},
		{"retention", retention(t.words, p.Retention, t.lang)}, {"overrides", strings.Join(p.Overrides, "；")},
		{"relates", strings.Join(p.Relates, "、")},
	} {
		if r.Text != "" {
			t.facts.Rows = append(t.facts.Rows, Row{i18n.Say(t.lang, "player.fact."+r.Label), r.Text})
		}
	}
	var brief []string
	for _, part := range []string{item, p.Taxpayer.Name, people(p.Persons...), start, clock(t.facts.Duration)} {
		if part != "" {
			brief = append(brief, part)
		}
	}
	t.facts.Brief = strings.Join(brief, " · ")
}

func retention(w *catalog.Words, code string, lang i18n.Lang) string {
	for _, r := range w.Retention {
		if r.Code == code && lang == i18n.EN {
			return r.EN
		} else if r.Code == code {
			return r.ZH
		}
	}
	return code
}

// people names persons with their certificates.
func people(persons ...evidence.Person) string {
	var names []string
	for _, p := range persons {
		if name := strings.TrimSpace(p.Name + " " + p.Certificate); name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, "、")
}

func clock(ms int64) string {
	s := ms / 1000
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// lines are those of the sealed transcript or, without one, of what was typed.
func (t *teller) lines() {
	written, ok := t.transcript()
	if !ok {
		return
	}
	fixes := map[int64][]string{}
	for _, c := range written.Corrections {
		key := "write.correction"
		switch {
		case c.Before == "":
			key = "write.addition"
		case c.After == "":
			key = "write.removal"
		}
		fixes[c.N] = append(fixes[c.N], i18n.Say(t.lang, key, "before", c.Before, "after", c.After, "by", c.By, "at", clock(c.AtMS)))
	}
	for _, s := range written.Segments {
		who := i18n.Say(t.lang, "write.role."+role(s.Role))
		if s.Speaker != "" {
			who += " " + s.Speaker
		}
		t.facts.Lines = append(t.facts.Lines, Line{role(s.Role), who, s.Text, s.FromMS, s.ToMS, fixes[s.N]})
	}
}

// role keeps a package's own word from becoming a name on the page.
func role(r string) string {
	switch r {
	case transcript.Question, transcript.Answer:
		return r
	}
	return transcript.Note
}

func (t *teller) transcript() (written transcript.Transcript, ok bool) {
	raw, err := t.show.read(evidence.FileTranscript, smallFile)
	if err == nil {
		if json.Unmarshal(raw, &written) == nil {
			return written, true
		}
		t.unread(evidence.FileTranscript)
	}
	texts, err := t.show.read(evidence.FileTexts, 8*smallFile)
	if err != nil {
		return written, false
	}
	book := transcript.NewBook(transcript.Transcript{Language: string(t.lang)})
	if _, err := book.Replay(texts); err != nil {
		t.unread(evidence.FileTexts)
	}
	return book.Transcript(), true
}

// with adds what was said to what it is.
func (t *teller) with(what, text string) string {
	if text == "" {
		return what
	}
	return t.say("player.said", "what", what, "text", text)
}

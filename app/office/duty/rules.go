package duty

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"minglu/app/office/calendar"
	"minglu/assets"
	"minglu/capture/catalog"
	"minglu/capture/strict"
)

// Units of a limit.
const (
	UnitMinutes = "minutes"
	UnitDays    = "days"   // working days; 0 is the same day
	UnitStated  = "stated" // whoever opens the matter says when it is due
)

// Limit is a time limit: how long, and how long before its end it is told.
type Limit struct {
	Code string `json:"code"`
	Unit string `json:"unit"`
	N    int    `json:"n"`
	Warn int    `json:"warn_minutes"`
}

// KindRule is what a kind of entry brings with it when it is opened.
type KindRule struct {
	Code   string `json:"code"`
	Matter bool   `json:"matter"` // an entry of this kind opens a matter unless it says otherwise
	Tier   string `json:"tier"`
	Limit  string `json:"limit"`
}

// Template is a phrase to begin an entry with, and the words that make its kind be guessed.
type Template struct {
	Kind  string   `json:"kind"`
	ZH    string   `json:"zh"`
	EN    string   `json:"en"`
	Marks []string `json:"marks"`
}

// Phrase is a whole entry that is made by clicks alone.
type Phrase struct {
	Kind string `json:"kind"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

// In gives the phrase in a language: "en", or else Chinese.
func (p Phrase) In(lang string) string { return catalog.Text{ZH: p.ZH, EN: p.EN}.In(lang) }

// maxPhrases is how many phrases the entry line has room for.
const maxPhrases = 8

// Hours are the hall's, in legal time; a day not closed by CloseBy is closed by the system.
type Hours struct {
	From    string `json:"from"`
	To      string `json:"to"`
	CloseBy string `json:"close_by"`
}

// Table is a rules file: what a bureau may set, data and not code.
type Table struct {
	V          int            `json:"v"`
	Hours      Hours          `json:"hours"`
	Zones      []catalog.Term `json:"zones"`
	Limits     []Limit        `json:"limits"`
	LimitNames []catalog.Term `json:"limit_names"` // of limits that the catalogue's words do not name
	Kinds      []KindRule     `json:"kinds"`
	Patrols    []catalog.Term `json:"patrols"`
	Templates  []Template     `json:"templates"`
	Phrases    []Phrase       `json:"phrases,omitempty"`
}

// Rules are a checked table with the words and the calendar beside it. They are not changed after they are read.
type Rules struct {
	Table
	words    *catalog.Words
	calendar *calendar.Calendar
}

// LoadRules reads the built-in rules and calendar.
func LoadRules() (*Rules, error) {
	c, err := calendar.Load()
	if err != nil {
		return nil, err
	}
	return ParseRules("rules.json", assets.DutyRules, c)
}

// ParseRules reads a rules file; the error is strict.Faults with every fault and its line.
func ParseRules(name string, data []byte, c *calendar.Calendar) (*Rules, error) {
	words, err := catalog.LoadWords()
	if err != nil {
		return nil, err
	}
	r := &Rules{words: words, calendar: c}
	doc := strict.Decode(name, data, &r.Table)
	if doc.Err() != nil {
		return nil, doc.Err()
	}
	if r.check(doc); doc.Err() != nil {
		return nil, doc.Err()
	}
	return r, nil
}

var clockForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

func (r *Rules) check(doc *strict.Doc) {
	if r.V != 1 {
		doc.Refuse("v", strict.Value, r.V, "1")
	}
	for field, clock := range map[string]string{"hours.from": r.Hours.From, "hours.to": r.Hours.To, "hours.close_by": r.Hours.CloseBy} {
		if !clockForm.MatchString(clock) {
			doc.Refuse(field, strict.Value, clock, "HH:MM")
		}
	}
	if r.Hours.From >= r.Hours.To || r.Hours.To > r.Hours.CloseBy {
		doc.Refuse("hours.to", strict.Value, r.Hours.To, "from < to ≤ close_by")
	}
	checkTerms(doc, "zones", r.Zones)
	checkTerms(doc, "limit_names", r.LimitNames)
	checkTerms(doc, "patrols", r.Patrols)
	r.checkLimits(doc)
	r.checkKinds(doc)
	if len(r.Phrases) > maxPhrases {
		doc.Refuse("phrases", strict.Size, len(r.Phrases), strict.AtMost(maxPhrases))
	}
	for i, p := range r.Phrases {
		r.checkPhrase(doc, fmt.Sprintf("phrases[%d]", i), p)
	}
	for i, t := range r.Templates {
		field := fmt.Sprintf("templates[%d]", i)
		r.checkPhrase(doc, field, Phrase{t.Kind, t.ZH, t.EN})
		if slices.ContainsFunc(t.Marks, func(m string) bool { return strings.TrimSpace(m) == "" }) {
			doc.Refuse(field+".marks", strict.Missing, nil, "")
		}
	}
}

func (r *Rules) checkPhrase(doc *strict.Doc, field string, p Phrase) {
	if r.KindName(p.Kind, "zh") == p.Kind {
		doc.Refuse(field+".kind", strict.Value, p.Kind, "")
	}
	if strings.TrimSpace(p.ZH) == "" || strings.TrimSpace(p.EN) == "" {
		doc.Refuse(field+".zh", strict.Missing, nil, "")
	}
}

func checkTerms(doc *strict.Doc, field string, terms []catalog.Term) {
	seen := map[string]bool{}
	for i, t := range terms {
		at := fmt.Sprintf("%s[%d]", field, i)
		if t.Code == "" || seen[t.Code] {
			doc.Refuse(at+".code", strict.Double, t.Code, "")
		}
		seen[t.Code] = true
		if strings.TrimSpace(t.ZH) == "" || strings.TrimSpace(t.EN) == "" {
			doc.Refuse(at+".zh", strict.Missing, nil, "")
		}
	}
}

func (r *Rules) checkLimits(doc *strict.Doc) {
	seen := map[string]bool{}
	for i, l := range r.Limits {
		field := fmt.Sprintf("limits[%d]", i)
		if seen[l.Code] {
			doc.Refuse(field+".code", strict.Double, l.Code, "")
		}
		seen[l.Code] = true
		if r.LimitName(l.Code, "zh") == l.Code {
			doc.Refuse(field+".code", strict.Value, l.Code, "limit_names")
		}
		switch {
		case l.Unit != UnitMinutes && l.Unit != UnitDays && l.Unit != UnitStated:
			doc.Refuse(field+".unit", strict.Value, l.Unit, strict.OneOf(UnitMinutes, UnitDays, UnitStated))
		case l.N < 0 || l.N > 1000 || l.Unit == UnitMinutes && l.N == 0:
			doc.Refuse(field+".n", strict.Value, l.N, "1 … 1000")
		}
		if l.Warn < 0 {
			doc.Refuse(field+".warn_minutes", strict.Value, l.Warn, "≥ 0")
		}
	}
	for _, code := range []string{"T0", "T1", "T2", "T3", "TX", followUp} {
		if !seen[code] {
			doc.Refuse("limits", strict.Missing, code, "")
		}
	}
}

func (r *Rules) checkKinds(doc *strict.Doc) {
	seen := map[string]bool{}
	for i, k := range r.Kinds {
		field := fmt.Sprintf("kinds[%d]", i)
		if r.KindName(k.Code, "zh") == k.Code {
			doc.Refuse(field+".code", strict.Value, k.Code, "")
		}
		if seen[k.Code] {
			doc.Refuse(field+".code", strict.Double, k.Code, "")
		}
		seen[k.Code] = true
		if _, ok := catalog.Find(r.words.Tiers, k.Tier); !ok {
			doc.Refuse(field+".tier", strict.Value, k.Tier, "1 … 4")
		}
		if _, ok := r.limit(k.Limit); !ok && k.Limit != "" {
			doc.Refuse(field+".limit", strict.Value, k.Limit, "")
		}
	}
}

// followUp is the limit of what a bad rating opens.
const followUp = "R15"

func (r *Rules) limit(code string) (Limit, bool) {
	i := slices.IndexFunc(r.Limits, func(l Limit) bool { return l.Code == code })
	if i < 0 {
		return Limit{}, false
	}
	return r.Limits[i], true
}

// Kind gives what a kind brings with it; the zero rule for a plain one.
func (r *Rules) Kind(code string) KindRule {
	i := slices.IndexFunc(r.Kinds, func(k KindRule) bool { return k.Code == code })
	if i < 0 {
		return KindRule{Code: code}
	}
	return r.Kinds[i]
}

// KindCodes lists the kinds, in the order of the catalogue.
func (r *Rules) KindCodes() []catalog.Term { return slices.Clone(r.words.DutyKinds) }

// Words are the coded words beside the rules: tiers, emergencies, ratings.
func (r *Rules) Words() *catalog.Words { return r.words }

// Calendar counts the working days.
func (r *Rules) Calendar() *calendar.Calendar { return r.calendar }

// KindName, LimitName and ZoneName put a code into words; a code nobody knows stands for itself.
func (r *Rules) KindName(code, lang string) string {
	return catalog.Name(r.words.DutyKinds, code, lang)
}

// LimitName names a limit.
func (r *Rules) LimitName(code, lang string) string {
	return catalog.Name(append(slices.Clone(r.words.Limits), r.LimitNames...), code, lang)
}

// ZoneName names a zone of the hall.
func (r *Rules) ZoneName(code, lang string) string { return catalog.Name(r.Zones, code, lang) }

// Guess is the kind a text is likely to be: that of the template it begins with, else of the longest mark in it, the last one used when none is, and
// a consultation when there is none either.
func (r *Rules) Guess(text, last string) string {
	best, length, at := "", 0, -1
	low := strings.ToLower(text)
	for _, t := range r.Templates {
		if begins(low, t.ZH) || begins(low, t.EN) {
			return t.Kind
		}
		for _, m := range t.Marks {
			if i := strings.Index(low, strings.ToLower(m)); i >= 0 && (len(m) > length || len(m) == length && i < at) {
				best, length, at = t.Kind, len(m), i
			}
		}
	}
	switch {
	case best != "":
		return best
	case last != "":
		return last
	}
	return "CONSULT"
}

// begins reports whether a text in small letters begins with a template's phrase.
func begins(low, phrase string) bool {
	return strings.HasPrefix(low, strings.ToLower(strings.TrimSpace(phrase)))
}

// Due is when a matter begun at start is due, ok false when its limit has no length of its own.
func (r *Rules) Due(limit string, start time.Time) (due time.Time, ok bool) {
	l, known := r.limit(limit)
	if !known || l.Unit == UnitStated {
		return time.Time{}, false
	}
	if l.Unit == UnitMinutes {
		return start.Add(time.Duration(l.N) * time.Minute), true
	}
	return r.calendar.After(calendar.DayOf(start), l.N).At(r.Hours.To), true
}

// shift moves a due time by a pause of the clock: minutes by its length, days by the working days in it.
func (r *Rules) shift(limit string, due, from, to time.Time) time.Time {
	if !to.After(from) {
		return due
	}
	if l, ok := r.limit(limit); ok && l.Unit == UnitDays {
		n := r.calendar.Between(calendar.DayOf(from), calendar.DayOf(to))
		return r.calendar.After(calendar.DayOf(due), n).At(r.Hours.To)
	}
	return due.Add(to.Sub(from))
}

// warning is when a matter due then turns amber.
func (r *Rules) warning(limit string, due time.Time) time.Time {
	l, _ := r.limit(limit)
	return due.Add(-time.Duration(l.Warn) * time.Minute)
}

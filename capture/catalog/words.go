package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"sync"

	"minglu/assets"
	"minglu/capture/strict"
)

// Words are the coded words used everywhere beside the acts themselves.
type Words struct {
	V             int         `json:"v"`
	Levels        []Term      `json:"levels"`
	Retention     []Retention `json:"retention"` // weakest first
	Markers       []Term      `json:"markers"`
	Interruptions []Term      `json:"interruptions"`
	Roles         []Term      `json:"roles"`
	Verdicts      []Term      `json:"verdicts"`
	States        []Term      `json:"states"`
	GapCauses     []Term      `json:"gap_causes"`
	Elements      []Term      `json:"elements"`
	Access        []Term      `json:"access"`
	DutyKinds     []Term      `json:"duty_kinds"`
	Tiers         []Term      `json:"tiers"`
	Limits        []Term      `json:"limits"`
	Emergencies   []Term      `json:"emergencies"`
	Ratings       []Term      `json:"ratings"`
	Documents     []Document  `json:"documents"`
}

// Retention is a class of keeping. Months is the least time; 0 means no time frees it.
type Retention struct {
	Code   string `json:"code"`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
	Months int    `json:"months"`
	Keep   Text   `json:"keep"`
}

// Document is a kind of paper.
type Document struct {
	Code   string `json:"code"`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
	MadeBy string `json:"made_by"` // client: we print it; attach: made elsewhere; hq; both
	Signed string `json:"signed"`  // none, sign, receipt, pages, person, both, …
}

// LoadWords gives the built-in words, which are read once. They are not changed after.
func LoadWords() (*Words, error) { return builtInWords() }

var builtInWords = sync.OnceValues(func() (*Words, error) { return ParseWords("words.json", assets.Words) })

// ParseWords reads a file of words; file is the name its faults are told under. The error, if any, is
// strict.Faults.
func ParseWords(file string, data []byte) (*Words, error) {
	w := new(Words)
	doc := strict.Decode(file, data, w)
	if doc.Err() != nil {
		return nil, doc.Err()
	}
	if w.V != Version {
		doc.Refuse("v", strict.Value, w.V, strconv.Itoa(Version))
	}
	for _, l := range w.lists() {
		checkTerms(doc, l.field, l.terms)
	}
	for i, r := range w.Retention {
		field := fmt.Sprintf("retention[%d]", i)
		checkText(doc, field+".keep", r.Keep)
		if r.Months < 0 {
			doc.Refuse(field+".months", strict.Value, r.Months, "≥ 0")
		}
	}
	for i, d := range w.Documents {
		checkCode(doc, fmt.Sprintf("documents[%d].made_by", i), d.MadeBy, makers)
	}
	if doc.Err() != nil {
		return nil, doc.Err()
	}
	return w, nil
}

// makers are the places a paper can come from.
var makers = []Term{{Code: "client"}, {Code: "attach"}, {Code: "hq"}, {Code: "both"}}

type list struct {
	field string
	terms []Term
}

func (w *Words) lists() []list {
	documents := make([]Term, len(w.Documents))
	for i, d := range w.Documents {
		documents[i] = Term{d.Code, d.ZH, d.EN}
	}
	return []list{
		{"levels", w.Levels}, {"retention", w.retentionTerms()}, {"markers", w.Markers},
		{"interruptions", w.Interruptions}, {"roles", w.Roles}, {"verdicts", w.Verdicts},
		{"states", w.States}, {"gap_causes", w.GapCauses}, {"elements", w.Elements}, {"access", w.Access},
		{"duty_kinds", w.DutyKinds}, {"tiers", w.Tiers}, {"limits", w.Limits},
		{"emergencies", w.Emergencies}, {"ratings", w.Ratings}, {"documents", documents},
	}
}

func (w *Words) retentionTerms() []Term {
	terms := make([]Term, len(w.Retention))
	for i, r := range w.Retention {
		terms[i] = Term{r.Code, r.ZH, r.EN}
	}
	return terms
}

// Longest gives the strongest of several retention classes; unknown codes count for nothing.
func (w *Words) Longest(codes ...string) string {
	for _, r := range slices.Backward(w.Retention) {
		if slices.Contains(codes, r.Code) {
			return r.Code
		}
	}
	return ""
}

// Find finds a coded word by its exact code.
func Find(terms []Term, code string) (Term, bool) {
	if i := slices.IndexFunc(terms, func(t Term) bool { return t.Code == code }); i >= 0 {
		return terms[i], true
	}
	return Term{}, false
}

// Name gives the words of a code in a language; a code nobody knows stands for itself.
func Name(terms []Term, code, lang string) string {
	if t, ok := Find(terms, code); ok {
		return t.In(lang)
	}
	return code
}

func codes(terms []Term) []string {
	all := make([]string, len(terms))
	for i, t := range terms {
		all[i] = t.Code
	}
	return all
}

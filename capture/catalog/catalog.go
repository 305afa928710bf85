// Package catalog lists the acts that must be recorded, when each recording begins and ends, and the coded words around them.
//
// The built-in lists come from package assets. The list of a bureau that has its own is read by the same code
// from its file; every fault in it is told with its line, and nothing of a faulty file is used.
package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"minglu/assets"
	"minglu/capture/strict"
)

// Text is the same words in the languages of the product.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In gives the words in a language: "en", or else Chinese.
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.ZH
}

// Term is a coded word. The code is a wire constant; the words may be changed.
type Term struct {
	Code string `json:"code"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

// In gives the term's words in a language: "en", or else Chinese.
func (t Term) In(lang string) string { return Text{t.ZH, t.EN}.In(lang) }

// Item is one act of the recording catalogue.
type Item struct {
	Code      string `json:"code"`
	Class     string `json:"class"`
	ZH        string `json:"zh"`
	EN        string `json:"en"`
	Priority  bool   `json:"priority"`  // one of those to be covered first
	Level     string `json:"level"`     // M must, P priority, O may be recorded
	Retention string `json:"retention"` // retention class
	Origin    string `json:"origin"`    // where the entry comes from
	Start     Text   `json:"start"`     // when the recording begins
	Content   Text   `json:"content"`   // what it must catch
	End       Text   `json:"end"`       // when it ends
}

// In gives the item's name in a language: "en", or else Chinese.
func (i Item) In(lang string) string { return Text{i.ZH, i.EN}.In(lang) }

// Mandatory reports whether the act must be recorded.
func (i Item) Mandatory() bool { return i.Level == "M" }

// Catalog is a checked catalogue of acts. It is not changed after it is read.
type Catalog struct {
	V       int    `json:"v"`
	Classes []Term `json:"classes"`
	Items   []Item `json:"items"`
}

// Version is the form of the catalogue files this program reads.
const Version = 1

// Load gives the built-in catalogue, which is read once.
func Load() (*Catalog, error) { return builtIn() }

var builtIn = sync.OnceValues(func() (*Catalog, error) {
	words, err := LoadWords()
	if err != nil {
		return nil, err
	}
	return Parse("recording.json", assets.Recording, words)
})

// Parse reads a catalogue file; file is the name its faults are told under. The error, if any, is strict.Faults.
func Parse(file string, data []byte, words *Words) (*Catalog, error) {
	c := new(Catalog)
	doc := strict.Decode(file, data, c)
	if doc.Err() != nil {
		return nil, doc.Err()
	}
	if c.V != Version {
		doc.Refuse("v", strict.Value, c.V, strconv.Itoa(Version))
	}
	checkTerms(doc, "classes", c.Classes)
	if len(c.Items) == 0 {
		doc.Refuse("items", strict.Missing, nil, "")
	}
	seen := map[string]bool{}
	for i, item := range c.Items {
		field := fmt.Sprintf("items[%d]", i)
		checkTerm(doc, field, Term{item.Code, item.ZH, item.EN}, seen)
		checkCode(doc, field+".class", item.Class, c.Classes)
		checkCode(doc, field+".level", item.Level, words.Levels)
		checkCode(doc, field+".retention", item.Retention, words.retentionTerms())
		checkText(doc, field+".start", item.Start)
		checkText(doc, field+".content", item.Content)
		checkText(doc, field+".end", item.End)
	}
	if doc.Err() != nil {
		return nil, doc.Err()
	}
	return c, nil
}

// Item finds an act by its code, upper or lower case.
func (c *Catalog) Item(code string) (Item, bool) {
	same := func(i Item) bool { return strings.EqualFold(i.Code, code) }
	if i := slices.IndexFunc(c.Items, same); i >= 0 {
		return c.Items[i], true
	}
	return Item{}, false
}

// Search lists the acts whose code begins with, or whose name holds, what was typed, in catalogue order.
// Nothing typed lists all.
func (c *Catalog) Search(typed string) []Item {
	typed = strings.ToLower(strings.TrimSpace(typed))
	var found []Item
	for _, i := range c.Items {
		if strings.HasPrefix(strings.ToLower(i.Code), typed) || strings.Contains(i.ZH, typed) ||
			strings.Contains(strings.ToLower(i.EN), typed) {
			found = append(found, i)
		}
	}
	return found
}

// checkTerms checks a list of coded words: codes once each, both languages.
func checkTerms(doc *strict.Doc, field string, terms []Term) {
	if len(terms) == 0 {
		doc.Refuse(field, strict.Missing, nil, "")
	}
	seen := map[string]bool{}
	for i, t := range terms {
		checkTerm(doc, fmt.Sprintf("%s[%d]", field, i), t, seen)
	}
}

func checkTerm(doc *strict.Doc, field string, t Term, seen map[string]bool) {
	if !validCode(t.Code) {
		doc.Refuse(field+".code", strict.Value, t.Code, "[A-Za-z0-9_-]{1,32}")
	}
	if seen[t.Code] {
		doc.Refuse(field+".code", strict.Double, t.Code, "")
	}
	seen[t.Code] = true
	checkText(doc, field, Text{t.ZH, t.EN})
}

// maxWords bounds a name in a catalogue, in bytes.
const maxWords = 1024

func checkText(doc *strict.Doc, field string, t Text) {
	for _, words := range []struct{ key, text string }{{".zh", t.ZH}, {".en", t.EN}} {
		switch {
		case strings.TrimSpace(words.text) == "":
			doc.Refuse(field+words.key, strict.Missing, nil, "")
		case len(words.text) > maxWords:
			doc.Refuse(field+words.key, strict.Size, len(words.text), strict.AtMost(maxWords))
		}
	}
}

func checkCode(doc *strict.Doc, field, code string, terms []Term) {
	if _, ok := Find(terms, code); !ok {
		doc.Refuse(field, strict.Value, code, strict.OneOf(codes(terms)...))
	}
}

func validCode(code string) bool {
	odd := func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '-'
	}
	return code != "" && len(code) <= 32 && !strings.ContainsFunc(code, odd)
}

package write

import (
	"fmt"
	"slices"
	"strings"

	"minglu/assets"
	"minglu/capture/catalog"
	"minglu/capture/strict"
)

// Phrase is something often asked or said, ready to be put in.
type Phrase struct {
	Items []string     `json:"items"` // codes of acts, or the first letters of codes; none: all
	Role  string       `json:"role"`  // of the row it opens; "" goes in where the caret is
	Text  catalog.Text `json:"text"`
}

// Phrases gives what is ready for an act, questions first.
func Phrases(item string) ([]Phrase, error) {
	var file struct {
		V       int      `json:"v"`
		Phrases []Phrase `json:"phrases"`
	}
	doc := strict.Decode("forms/phrases.json", assets.Phrases, &file)
	if err := doc.Err(); err != nil {
		return nil, fmt.Errorf("read phrases: %w", err)
	}
	return slices.DeleteFunc(file.Phrases, func(p Phrase) bool {
		fits := func(code string) bool { return strings.HasPrefix(item, code) }
		return len(p.Items) > 0 && !slices.ContainsFunc(p.Items, fits)
	}), nil
}

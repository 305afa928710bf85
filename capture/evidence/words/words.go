// Package words says in Chinese and English what the codes of a verification's report mean, for every program that
// shows one.
package words

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed words.json
var list []byte

// Words are the sentences of one language, by key: "verdict." and a verdict, "bytes.", "signer." and "time." and
// a state, "fault.", "remark." and "cause." and a code, and what was not checked by its own English words. The verifier's
// command line is among them, "flag." and "cannot.": it speaks without the client's catalogues.
type Words map[string]string

// In gives the words of a language, zh or en. English has none where the report's own text says it.
func In(lang string) (Words, error) {
	var all map[string]Words
	if err := json.Unmarshal(list, &all); err != nil {
		return nil, fmt.Errorf("read the words of a report: %w", err)
	}
	return all[lang], nil
}

// Say gives the words of a key, or what when the language has none.
func (w Words) Say(key, what string) string {
	if text, ok := w[key]; ok {
		return text
	}
	return what
}

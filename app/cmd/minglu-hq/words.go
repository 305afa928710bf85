package main

import (
	_ "embed"
	"encoding/json"
	"strings"

	"minglu/assets"
)

// sentences holds every sentence by language and key.
//
//go:embed words.json
var sentences []byte

// wordsOf gives the sentences of a language; what is not English is Chinese.
func wordsOf(lang string) map[string]string {
	var all map[string]map[string]string
	if err := json.Unmarshal(sentences, &all); err != nil {
		panic("minglu-hq: words.json: " + err.Error())
	}
	if words, ok := all[lang]; ok {
		return words
	}
	return all["zh"]
}

// language reads the locale as the C library would.
func language(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := getenv(name); locale != "" {
			if strings.HasPrefix(locale, "en") {
				return "en"
			}
			return "zh"
		}
	}
	return "zh"
}

// say writes a sentence for people; pairs are name, value, name, value, …
func (c console) say(key string, pairs ...string) {
	c.line("%s", assets.Fill(c.words[key], pairs...))
}

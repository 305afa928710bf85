// Package i18n has every sentence a person reads, in Chinese and in English, and turns errors into words and advice.
//
// The sentences are data (assets/i18n); the code knows their keys only. {names} in a sentence are filled in.
package i18n

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"minglu/assets"
)

// Lang is a language of the product.
type Lang string

// The languages. Chinese is the one people get when nothing says otherwise.
const (
	ZH Lang = "zh"
	EN Lang = "en"
)

// Other is the other of the two languages.
func (l Lang) Other() Lang {
	if l == ZH {
		return EN
	}
	return ZH
}

// ParseLang reads the value of --lang; "" asks the locale.
func ParseLang(text string, getenv func(string) string) (Lang, error) {
	switch text {
	case "zh", "en":
		return Lang(text), nil
	case "":
		return FromLocale(getenv), nil
	}
	return ZH, fmt.Errorf("language %.20q: want zh or en", text)
}

// FromLocale gives the language of the process's locale; an unknown one is Chinese.
func FromLocale(getenv func(string) string) Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := getenv(name); locale != "" {
			if language, _, _ := strings.Cut(locale, "_"); language == "en" {
				return EN
			}
			return ZH
		}
	}
	return ZH
}

// sentences reads the catalogues once. They are part of the program: a faulty one is a fault of the program.
var sentences = sync.OnceValue(func() map[Lang]map[string]string {
	all := map[Lang]map[string]string{}
	for lang, data := range map[Lang][]byte{ZH: assets.SentencesZH, EN: assets.SentencesEN} {
		var list map[string]string
		if err := json.Unmarshal(data, &list); err != nil {
			panic("i18n: catalogue " + string(lang) + ": " + err.Error())
		}
		all[lang] = list
	}
	return all
})

// Say gives a sentence in a language; pairs are name, value, name, value, … for its {names}. A key nobody has
// words for stands for itself.
func Say(lang Lang, key string, pairs ...string) string {
	sentence, ok := Find(lang, key)
	if !ok {
		return key
	}
	return assets.Fill(sentence, pairs...)
}

// Under gives all sentences whose keys begin with a prefix, unfilled: what a page of ours shows by itself.
func Under(lang Lang, prefix string) map[string]string {
	if lang != EN {
		lang = ZH
	}
	some := map[string]string{}
	for key, sentence := range sentences()[lang] {
		if strings.HasPrefix(key, prefix) {
			some[key] = sentence
		}
	}
	return some
}

// Find gives a sentence unfilled, and whether there is one.
func Find(lang Lang, key string) (string, bool) {
	if lang != EN {
		lang = ZH
	}
	sentence, ok := sentences()[lang][key]
	return sentence, ok
}

package store

import (
	"strings"
	"unicode"
)

// Terms writes a text so that full-text search finds Chinese words of any length in it: each Han character
// stands alone between blanks, everything else is cut into words at what is neither letter nor digit. Put the
// result into an FTS5 column with the tokenizer unicode61; Match asks it.
//
// Single characters and phrases answer what trigrams cannot (the two of 王芳) and need no dictionary.
func Terms(text string) string {
	var b strings.Builder
	b.Grow(len(text) * 4 / 3)
	word := false // the last rune written is of a word that may go on
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			blank(&b)
			b.WriteRune(r)
			word = false
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if !word {
				blank(&b)
			}
			b.WriteRune(r)
			word = true
		default:
			word = false
		}
	}
	return b.String()
}

func blank(b *strings.Builder) {
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
}

// Match is the FTS5 query for what a person typed: every part between blanks must be there as it is written.
// The last part may be the beginning of a word. It is "" when nothing can be searched for.
func Match(typed string) string {
	var parts []string
	for _, part := range strings.Fields(typed) {
		if terms := Terms(part); terms != "" {
			parts = append(parts, `"`+terms+`"`)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, " ") + "*"
}

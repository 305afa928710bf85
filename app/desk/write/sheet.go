// Package write is where the transcript is written beside the picture: questions and answers, each tied to its
// moment of the recording, kept in the journal within a second, read, corrected in sight and signed.
//
// Model is the writing itself and knows no window; View draws it. What is typed goes to the recorder as
// revisions and to nobody else: a window that dies loses at most its last second.
package write

import (
	"slices"
	"strings"
	"unicode"

	"minglu/capture/evidence"
	"minglu/capture/transcript"
)

// Sheet is the transcript as it stands on the screen. It is not changed once published.
type Sheet struct {
	ID         string // of the recording; "" when none runs
	Plan       evidence.Plan
	Turn       int // counts changes of the rows other than typing
	Rows       []Row
	Removed    []transcript.Correction // of rows that are gone
	Reading    bool                    // the person reads: changes are corrections from here
	Signatures []transcript.Signature
	Closing    string // the sentence signed under
	Words      int    // characters, without spaces
	Pages      int    // 0 before they are counted
	Saved      bool   // all that was typed is in the journal
	Fault      error  // why not, if it was tried
}

// Row is one question, answer or note.
type Row struct {
	Key          int64 // its name in this window
	N            int64 // its name in the record; 0 before it is there
	Version      int   // counts changes of Text other than typing in its field
	Role, Text   string
	FromMS, ToMS int64
	Corrections  []transcript.Correction
}

// Signed reports whether the record stands as it is.
func (s Sheet) Signed() bool { return len(s.Signatures) > 0 }

// Hit is a place where a search found its words, in characters of a row's text.
type Hit struct {
	Key      int64
	From, To int
}

// Find lists where words stand, whatever their case.
func (s Sheet) Find(words string) []Hit {
	want := fold(strings.TrimSpace(words))
	if len(want) == 0 {
		return nil
	}
	var hits []Hit
	for _, r := range s.Rows {
		text := fold(r.Text)
		for i := 0; i+len(want) <= len(text); {
			if slices.Equal(text[i:i+len(want)], want) {
				hits = append(hits, Hit{r.Key, i, i + len(want)})
				i += len(want)
			} else {
				i++
			}
		}
	}
	return hits
}

// fold makes words comparable, character by character.
func fold(s string) []rune {
	runes := []rune(s)
	for i, r := range runes {
		runes[i] = unicode.ToLower(r)
	}
	return runes
}

// count counts what a page is paid by: characters without spaces.
func count(rows []row) (n int) {
	for _, r := range rows {
		for _, c := range r.text {
			if !unicode.IsSpace(c) {
				n++
			}
		}
	}
	return n
}

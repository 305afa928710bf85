// Package edit is a text being written: caret, selection, undo, and where its lines break. It draws nothing.
package edit

import (
	"slices"
	"strings"
	"unicode"
)

// Text is a text with a caret. Positions count characters. The zero Text is empty and unbounded.
type Text struct {
	Max   int  // characters that fit in; 0: no bound
	Lines bool // newlines may be in it

	runes []rune
	caret int
	mark  int // other end of the selection; equal to caret when there is none
	undo  []change
	redo  []change
}

// change is one replacement: at Position, Before became After.
type change struct {
	at            int
	before, after []rune
	typed         bool // may grow by the next typed character
}

// maxUndo bounds what can be undone, in changes.
const maxUndo = 500

// String gives the text.
func (t *Text) String() string { return string(t.runes) }

// Runes gives the characters themselves, to be read until the next change.
func (t *Text) Runes() []rune { return t.runes }

// Len is its length.
func (t *Text) Len() int { return len(t.runes) }

// Caret is where the next character goes.
func (t *Text) Caret() int { return t.caret }

// Selection gives the two ends of what is selected, in order; equal when nothing is.
func (t *Text) Selection() (from, to int) { return min(t.caret, t.mark), max(t.caret, t.mark) }

// Selected gives the text selected.
func (t *Text) Selected() string {
	from, to := t.Selection()
	return string(t.runes[from:to])
}

// Set replaces everything and forgets what could be undone. It returns how many characters did not fit.
func (t *Text) Set(s string) (over int) {
	runes, over := t.fit([]rune(t.clean(s)), t.Max)
	t.runes, t.undo, t.redo = runes, nil, nil
	t.caret = min(t.caret, len(runes))
	t.mark = t.caret
	return over
}

// clean makes s something this text may hold: no carriage returns, no other control characters, and no
// newlines where there is one line.
func (t *Text) clean(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			if t.Lines {
				return '\n'
			}
			return ' '
		case r == '\t':
			return ' '
		case unicode.IsControl(r) || r == unicode.ReplacementChar || r == '\ufeff':
			return -1
		}
		return r
	}, s)
}

func (t *Text) fit(runes []rune, room int) (_ []rune, over int) {
	if t.Max > 0 && len(runes) > room {
		return runes[:room:room], len(runes) - room
	}
	return runes, 0
}

// Insert puts s in place of the selection and returns how many characters did not fit.
func (t *Text) Insert(s string) (over int) {
	from, to := t.Selection()
	runes, over := t.fit([]rune(t.clean(s)), max(0, t.Max-len(t.runes)+to-from))
	t.replace(from, to, runes, len(runes) == 1)
	return over
}

// Erase removes count characters from offset behind the caret, as far as there are any.
func (t *Text) Erase(offset, count int) {
	from := min(max(t.caret+offset, 0), len(t.runes))
	t.replace(from, min(from+max(count, 0), len(t.runes)), nil, false)
}

// Delete removes the selection, or else what lies between the caret and to.
func (t *Text) Delete(to int) {
	from := t.caret
	if t.caret != t.mark {
		from, to = t.Selection()
	}
	to = min(max(to, 0), len(t.runes))
	t.replace(min(from, to), max(from, to), nil, t.caret == t.mark && from-to <= 1 && to-from <= 1)
}

// replace is the only way the text changes.
func (t *Text) replace(from, to int, with []rune, typed bool) {
	if from == to && len(with) == 0 {
		return
	}
	t.note(change{at: from, before: slices.Clone(t.runes[from:to]), after: slices.Clone(with), typed: typed})
	t.runes = slices.Replace(t.runes, from, to, with...)
	t.caret = from + len(with)
	t.mark, t.redo = t.caret, nil
}

// note keeps a change for undo; characters typed one behind the other are one change, a stop ends it.
func (t *Text) note(c change) {
	if n := len(t.undo); n > 0 && c.typed && t.undo[n-1].typed {
		last := &t.undo[n-1]
		switch {
		case len(c.before) == 0 && len(last.before) == 0 && last.at+len(last.after) == c.at && !stop(last.after):
			last.after = append(last.after, c.after...)
			return
		case len(c.after) == 0 && len(last.after) == 0 && c.at+len(c.before) == last.at:
			last.at, last.before = c.at, append(c.before, last.before...)
			return
		}
	}
	if t.undo = append(t.undo, c); len(t.undo) > maxUndo {
		t.undo = slices.Delete(t.undo, 0, 1)
	}
}

func stop(runes []rune) bool {
	r := runes[len(runes)-1]
	return unicode.IsPunct(r) || unicode.IsSpace(r)
}

// Undo takes the last change back and reports whether there was one.
func (t *Text) Undo() bool {
	if len(t.undo) == 0 {
		return false
	}
	c := t.undo[len(t.undo)-1]
	t.undo = t.undo[:len(t.undo)-1]
	t.redo = append(t.redo, c)
	t.runes = slices.Replace(t.runes, c.at, c.at+len(c.after), c.before...)
	t.caret = c.at + len(c.before)
	t.mark = t.caret
	return true
}

// Redo does again what Undo took back.
func (t *Text) Redo() bool {
	if len(t.redo) == 0 {
		return false
	}
	c := t.redo[len(t.redo)-1]
	t.redo = t.redo[:len(t.redo)-1]
	c.typed = false
	t.undo = append(t.undo, c)
	t.runes = slices.Replace(t.runes, c.at, c.at+len(c.before), c.after...)
	t.caret = c.at + len(c.after)
	t.mark = t.caret
	return true
}

// Move puts the caret at a position; extend keeps the other end of the selection.
func (t *Text) Move(to int, extend bool) {
	t.caret = min(max(to, 0), len(t.runes))
	if !extend {
		t.mark = t.caret
	}
}

// SelectAll selects everything.
func (t *Text) SelectAll() { t.mark, t.caret = 0, len(t.runes) }

// Word gives the ends of the word at a position: a run of letters and digits, or one other character. A
// Chinese character is a word of its own.
func (t *Text) Word(at int) (from, to int) {
	if len(t.runes) == 0 {
		return 0, 0
	}
	at = min(max(at, 0), len(t.runes)-1)
	if !inWord(t.runes[at]) {
		return at, at + 1
	}
	from, to = at, at
	for from > 0 && inWord(t.runes[from-1]) {
		from--
	}
	for to < len(t.runes) && inWord(t.runes[to]) {
		to++
	}
	return from, to
}

// WordEnd gives where a jump over a word from the caret ends.
func (t *Text) WordEnd(forward bool) int {
	at := t.caret
	if forward {
		if at < len(t.runes) {
			_, at = t.Word(at)
		}
		for at < len(t.runes) && t.runes[at] == ' ' {
			at++
		}
		return at
	}
	for at > 0 && t.runes[at-1] == ' ' {
		at--
	}
	if at > 0 {
		at, _ = t.Word(at - 1)
	}
	return at
}

func inWord(r rune) bool {
	return r != ' ' && !unicode.Is(unicode.Han, r) && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

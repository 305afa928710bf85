package paper

import (
	"fmt"
	"strings"
	"unicode"

	"minglu/capture/strict"
)

// Codes for characters beyond U+FFFF: the private use area, in the order they are met.
const (
	firstPrivate = 0xe000
	lastPrivate  = 0xf8ff
)

// script is the text side of the paper: which characters can be drawn, under which 16-bit codes, how wide.
type script struct {
	face   *face
	glyphs map[uint16]int  // of each code in use
	codes  map[rune]uint16 // of each character in use
	runes  map[uint16]rune // and back
	next   uint16
}

func newScript(f *face) *script {
	return &script{face: f, glyphs: map[uint16]int{}, codes: map[rune]uint16{}, runes: map[uint16]rune{}, next: firstPrivate}
}

// encode gives text in codes of the font, each character one. A character the font lacks is spelled 〔U+XXXXX〕,
// so that the paper says what it cannot show.
func (s *script) encode(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '\t' {
			r = ' '
		}
		if code, ok := s.code(r); ok {
			b.WriteRune(rune(code))
			continue
		}
		for _, r := range fmt.Sprintf("〔U+%04X〕", r) {
			if code, ok := s.code(r); ok {
				b.WriteRune(rune(code))
			}
		}
	}
	return b.String()
}

// code finds or gives the code of a character.
func (s *script) code(r rune) (uint16, bool) {
	if code, ok := s.codes[r]; ok {
		return code, true
	}
	private := r >= firstPrivate && r <= lastPrivate
	if private || strict.Unprintable(r) || r == unicode.ReplacementChar || s.face.glyph(r) == 0 {
		return 0, false
	}
	code := uint16(r)
	if r > 0xffff {
		if s.next > lastPrivate {
			return 0, false
		}
		code = s.next
		s.next++
	}
	s.codes[r], s.runes[code], s.glyphs[code] = code, r, s.face.glyph(r)
	return code, true
}

// width measures encoded text in ems.
func (s *script) width(encoded string) float64 {
	w := 0.0
	for _, code := range encoded {
		w += s.face.advance(s.glyphs[uint16(code)])
	}
	return w
}

// Characters that do not begin a line, and that do not end one.
const (
	neverFirst = "，。、；：？！）》〉”’」』】〕…—％‰℃＿,.:;!?)]}>%"
	neverLast  = "（《〈“‘「『【〔([{<"
)

// wrap breaks text into encoded lines of at most width ems: at its newlines, and where a line is full, not
// within a Latin word or number if it can be helped, and not before closing or behind opening marks.
func (s *script) wrap(text string, width float64) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := []rune(s.encode(paragraph))
		for {
			n := s.fit(line, width)
			lines = append(lines, strings.TrimRight(string(line[:n]), " "))
			if n == len(line) {
				break
			}
			line = []rune(strings.TrimLeft(string(line[n:]), " "))
		}
	}
	return lines
}

// fit is how many codes of line go on one line; at least one, if there is one.
func (s *script) fit(line []rune, width float64) int {
	w, full := 0.0, len(line)
	for i, code := range line {
		w += s.face.advance(s.glyphs[uint16(code)])
		if w > width+1e-9 && code != ' ' {
			full = max(i, 1)
			break
		}
	}
	if full == len(line) {
		return full
	}
	for n := full; n > 0; n-- {
		if s.mayBreak(line[n-1], line[n]) {
			return n
		}
	}
	return full
}

// mayBreak reports whether a line may end between two codes.
func (s *script) mayBreak(before, after rune) bool {
	switch {
	case after == ' ' || strings.ContainsRune(neverFirst, after) || strings.ContainsRune(neverLast, before):
		return false
	case before == ' ':
		return true
	}
	return !s.word(before) || !s.word(after)
}

// word reports whether a code is part of a Latin word or a number, which stay whole.
func (s *script) word(code rune) bool {
	return code < 0x2e80 && code != ' '
}

package edit

import "strings"

// Line is one line on the screen: the characters from From up to, not including, To. A newline belongs to the
// line it ends and is not drawn.
type Line struct{ From, To int }

// Wrap breaks a text into lines no wider than width, by the width of each character. Width 0 breaks at
// newlines only. A Latin word is kept whole where it can be; no line begins with a closing mark.
func Wrap(text []rune, width float32, advance func(rune) float32) []Line {
	var lines []Line
	start, at := 0, float32(0)
	for i := 0; i < len(text); i++ {
		r := text[i]
		if r == '\n' {
			lines = append(lines, Line{start, i})
			start, at = i+1, 0
			continue
		}
		w := advance(r)
		if width > 0 && at+w > width && i > start {
			end := breakAt(text, start, i)
			lines = append(lines, Line{start, end})
			start, at = end, 0
			for _, moved := range text[end:i] {
				at += advance(moved)
			}
		}
		at += w
	}
	return append(lines, Line{start, len(text)})
}

// breakAt gives where a line from start ends when the character at i fits no more.
func breakAt(text []rune, start, i int) int {
	end := i
	for end > start+1 && strings.ContainsRune(closing, text[end]) {
		end--
	}
	if !latin(text[end]) || !latin(text[end-1]) {
		return end
	}
	word := end
	for word > start && latin(text[word-1]) {
		word--
	}
	if word > start {
		return word
	}
	return end
}

// closing are the marks no line begins with. Source: GB/T 15834, 5.1.
const closing = "，。、；：？！）》〉」』】〕”’…,.;:?!)]}%"

func latin(r rune) bool { return r > ' ' && r < 0x250 }

// Row finds the line a position is in. At a break it is the later line.
func Row(lines []Line, at int) int {
	low, high := 0, len(lines)-1
	for low < high {
		middle := (low + high + 1) / 2
		if lines[middle].From <= at {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

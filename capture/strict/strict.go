// Package strict reads the JSON and text files people write by hand, and lists every fault with its line.
package strict

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Kind is what is wrong at a place. The words are codes: app/i18n has a sentence for each.
type Kind string

// The kinds of fault.
const (
	Syntax   Kind = "syntax"   // not JSON
	Unknown  Kind = "unknown"  // a key nobody asks for
	Double   Kind = "double"   // the same key or code twice
	Missing  Kind = "missing"  // a key that must be there
	Type     Kind = "type"     // another type of value is wanted
	Value    Kind = "value"    // the right type, a wrong value
	Encoding Kind = "encoding" // bytes that are not UTF-8
	Control  Kind = "control"  // a character that cannot be printed or turns the reading order
	Size     Kind = "size"     // too much of it
	Shape    Kind = "shape"    // the text as a whole is not what it should be
)

// MaxFaults bounds a list of faults; a file with more is not worth reading further.
const MaxFaults = 100

// Fault is one thing wrong in a file. Line and Byte count from 1; 0 means the file as a whole.
type Fault struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	Byte  int    `json:"byte"` // within the line
	Field string `json:"field"`
	Kind  Kind   `json:"kind"`
	Got   string `json:"got"`  // what is there
	Want  string `json:"want"` // what should be, in signs rather than words: "a" | "b", ≤ 5, {…}
}

// Error names the place, then the fault.
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
		if f.Byte > 0 {
			fmt.Fprintf(&b, ":%d", f.Byte)
		}
	}
	for _, part := range []string{f.Field, string(f.Kind), f.Got} {
		if part != "" {
			b.WriteString(": " + part)
		}
	}
	if f.Want != "" {
		b.WriteString("; want " + f.Want)
	}
	return b.String()
}

// Faults are all faults of one reading, in the order found.
type Faults []Fault

// Error puts one fault on a line.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// CheckText lists what makes data no plain UTF-8 text: bad bytes, control characters other than tab and
// newline (a carriage return before a newline is let pass), and characters that turn the reading order.
func CheckText(file string, data []byte) Faults {
	var faults Faults
	line, start := 1, 0
	for i := 0; i < len(data) && len(faults) < MaxFaults; {
		r, size := utf8.DecodeRune(data[i:])
		at := Fault{File: file, Line: line, Byte: i - start + 1}
		switch {
		case r == utf8.RuneError && size == 1:
			at.Kind, at.Got = Encoding, fmt.Sprintf("%02X", data[i])
			faults = append(faults, at)
			size = badRun(data[i:])
		case r == '\n':
			line, start = line+1, i+1
		case r == '\r' && i+1 < len(data) && data[i+1] == '\n':
		case Unprintable(r):
			at.Kind, at.Got = Control, fmt.Sprintf("U+%04X", r)
			faults = append(faults, at)
		}
		i += size
	}
	return faults
}

// badRun is how many bytes to skip so that one fault stands for one stretch of bad bytes.
func badRun(data []byte) int {
	end := bytes.IndexFunc(data, func(r rune) bool { return r < utf8.RuneSelf })
	if end < 1 {
		return len(data)
	}
	return end
}

// Unprintable reports whether r has no place in a written record: C0 and C1 controls except tab and newline,
// marks that turn or hide the reading order, noncharacters.
func Unprintable(r rune) bool {
	switch {
	case r == '\t' || r == '\n':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r == 0x200e, r == 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
		return true
	case r >= 0xfdd0 && r <= 0xfdef, r&0xfffe == 0xfffe:
		return true
	}
	return false
}

package transcript

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"minglu/capture/strict"
)

// markers begin a segment in a text file.
var markers = []struct{ word, role string }{
	{"问", Question}, {"答", Answer}, {"记", Note}, {"Q", Question}, {"A", Answer}, {"N", Note},
}

// Parse reads a transcript somebody else wrote: transcript JSON, or UTF-8 text in which lines beginning
// 问：, 答： or 记： (Q:, A:, N:) begin a segment and other lines go on with the last one. Text before the
// first such line becomes a note. name is what the faults call the file; the error is strict.Faults unless
// reading itself failed.
func Parse(name string, r io.Reader) (Transcript, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return Transcript{}, fmt.Errorf("read transcript %s: %w", name, err)
	}
	if len(data) > MaxBytes {
		return Transcript{}, strict.Faults{{File: name, Kind: strict.Size, Want: strict.AtMost(MaxBytes)}}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if faults := strict.CheckText(name, data); len(faults) > 0 {
		if faults[0].Kind == strict.Encoding || faults[0].Kind == strict.Control {
			faults[0].Got = strings.TrimSpace(faults[0].Got + " " + guess(data))
		}
		return Transcript{}, faults
	}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return parseJSON(name, data)
	}
	return parseText(name, string(data))
}

func parseJSON(name string, data []byte) (Transcript, error) {
	var t Transcript
	doc := strict.Decode(name, data, &t)
	if doc.Err() == nil {
		t.check(doc)
	}
	if doc.Err() != nil {
		return Transcript{}, doc.Err()
	}
	return t.settle(), nil
}

func parseText(name, text string) (Transcript, error) {
	doc := &strict.Doc{File: name}
	t := Transcript{V: Version}.settle()
	asked := false
	for line := range strings.Lines(text) {
		line = strings.TrimFunc(line, blank)
		role, rest := begin(line)
		switch last := len(t.Segments) - 1; {
		case role != "":
			asked = asked || role != Note
			t.Segments = append(t.Segments, Segment{N: int64(last + 2), Role: role, Text: rest})
		case line == "":
		case last < 0:
			t.Segments = append(t.Segments, Segment{N: 1, Role: Note, Text: line})
		case t.Segments[last].Text == "":
			t.Segments[last].Text = line
		default:
			t.Segments[last].Text += "\n" + line
		}
		if len(t.Segments) > MaxSegments {
			break // check says so
		}
	}
	if !asked {
		doc.Refuse("", strict.Shape, nil, strict.OneOf("问：", "答："))
	}
	t.check(doc)
	if doc.Err() != nil {
		return Transcript{}, doc.Err()
	}
	return t, nil
}

// blank are the spaces around a line, the ideographic one included.
func blank(r rune) bool {
	return r == ' ' || r == '\t' || r == '\r' || r == '\n' || r == '\u3000' || r == '\u00a0'
}

// begin splits a line that begins a segment into its role and its text.
func begin(line string) (role, rest string) {
	for _, m := range markers {
		after, ok := strings.CutPrefix(line, m.word)
		if !ok {
			continue
		}
		if text, ok := strings.CutPrefix(after, "："); ok {
			return m.role, strings.TrimFunc(text, blank)
		}
		if text, ok := strings.CutPrefix(after, ":"); ok {
			return m.role, strings.TrimFunc(text, blank)
		}
	}
	return "", ""
}

// guess names the encoding data probably is in when it is not UTF-8, or "".
func guess(data []byte) string {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) ||
		bytes.Count(data, []byte{0}) > len(data)/4 {
		return "UTF-16"
	}
	if utf8.Valid(data) {
		return ""
	}
	for i := 0; i < len(data); i++ {
		if data[i] < 0x80 {
			continue
		}
		if i++; i == len(data) || data[i-1] == 0x80 || data[i-1] == 0xff || data[i] < 0x30 || data[i] == 0x7f || data[i] == 0xff {
			return ""
		}
	}
	return "GB18030"
}

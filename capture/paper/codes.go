package paper

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf16"
)

// nameCodes replaces the table from codes to characters (ToUnicode) of a PDF the library made. The library's
// says that every code is its own character; ours names the codes in use, so that copied and searched text
// holds the true characters, private codes included.
func nameCodes(pdf []byte, runes map[uint16]rune) ([]byte, error) {
	const begins, ends = "/CIDInit /ProcSet findresource begin", "\nendstream"
	from := bytes.Index(pdf, []byte(begins))
	if from < 0 {
		return nil, errors.New("name codes: the table is not there")
	}
	head := bytes.LastIndex(pdf[:from], []byte("<</Length "))
	size := bytes.Index(pdf[from:], []byte(ends))
	table := bytes.LastIndex(pdf, []byte("\nxref\n"))
	if head < 0 || size < 0 || table < from {
		return nil, errors.New("name codes: the file is not as expected")
	}
	table++
	cmap := toUnicode(runes)
	stream := fmt.Appendf(nil, "<</Length %d>>\nstream\n%s", len(cmap), cmap)
	grown := len(stream) - (from + size - head)
	made := slices.Concat(pdf[:head], stream, pdf[from+size:table])
	return appendXref(made, pdf[table:], head, grown)
}

// appendXref appends the cross-reference table that stood behind a file whose parts after at moved by grown.
func appendXref(made, xref []byte, at, grown int) ([]byte, error) {
	start := len(made)
	for raw := range bytes.Lines(xref) {
		switch fields := bytes.Fields(raw); {
		case len(fields) == 3 && len(raw) == 20 && string(fields[2]) == "n":
			offset, err := strconv.Atoi(string(fields[0]))
			if err != nil {
				return nil, fmt.Errorf("name codes: %w", err)
			}
			if offset > at {
				offset += grown
			}
			made = fmt.Appendf(made, "%010d %s n \n", offset, fields[1])
		case bytes.HasPrefix(raw, []byte("startxref")):
			return fmt.Appendf(made, "startxref\n%d\n%%%%EOF\n", start), nil
		default:
			made = append(made, raw...)
		}
	}
	return nil, errors.New("name codes: the file has no end")
}

// toUnicode writes the table, PDF 32000-1 section 9.10.3: at most 100 entries a block.
func toUnicode(runes map[uint16]rune) []byte {
	b := []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for block := range slices.Chunk(slices.Sorted(maps.Keys(runes)), 100) {
		b = fmt.Appendf(b, "%d beginbfchar\n", len(block))
		for _, code := range block {
			b = fmt.Appendf(b, "<%04X> <", code)
			for _, unit := range utf16.Encode([]rune{runes[code]}) {
				b = fmt.Appendf(b, "%04X", unit)
			}
			b = append(b, ">\n"...)
		}
		b = append(b, "endbfchar\n"...)
	}
	return append(b, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"...)
}

package paper

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/image/font/sfnt"
)

// face is a TrueType font read in place: nothing of it is copied until it is cut.
type face struct {
	tables  map[string][]byte
	outline *sfnt.Font
	buffer  sfnt.Buffer
	em      float64
	metrics int // entries of hmtx with an advance of their own
	glyphs  int
}

// tags are the tables a PDF's font program may hold; cmap, loca and glyf are written anew by cut.
var tags = []string{"OS/2", "cvt ", "fpgm", "head", "hhea", "hmtx", "maxp", "name", "post", "prep"}

// openFace reads a font file with glyf outlines and long offsets, as the one in package assets.
func openFace(ttf []byte) (*face, error) {
	outline, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, fmt.Errorf("read font: %w", err)
	}
	f := &face{tables: map[string][]byte{}, outline: outline}
	for at := 12; at+16 <= len(ttf) && at < 12+16*int(binary.BigEndian.Uint16(ttf[4:])); at += 16 {
		from, size := binary.BigEndian.Uint32(ttf[at+8:]), binary.BigEndian.Uint32(ttf[at+12:])
		if uint64(from)+uint64(size) <= uint64(len(ttf)) {
			f.tables[string(ttf[at:at+4])] = ttf[from : from+size]
		}
	}
	for tag, least := range map[string]int{"head": 54, "hhea": 36, "maxp": 6, "post": 32, "name": 6, "OS/2": 78} {
		if len(f.tables[tag]) < least {
			return nil, fmt.Errorf("read font: table %s is missing or short", tag)
		}
	}
	f.em = float64(binary.BigEndian.Uint16(f.tables["head"][18:]))
	f.metrics = int(binary.BigEndian.Uint16(f.tables["hhea"][34:]))
	f.glyphs = int(binary.BigEndian.Uint16(f.tables["maxp"][4:]))
	switch long := binary.BigEndian.Uint16(f.tables["head"][50:]) == 1; {
	case !long, len(f.tables["loca"]) < 4*(f.glyphs+1):
		return nil, errors.New("read font: offsets are not long")
	case f.metrics < 1, len(f.tables["hmtx"]) < 4*f.metrics:
		return nil, errors.New("read font: advances are missing")
	}
	return f, nil
}

// glyph finds the glyph of a character; 0 means there is none.
func (f *face) glyph(r rune) int {
	g, err := f.outline.GlyphIndex(&f.buffer, r)
	if err != nil || int(g) >= f.glyphs {
		return 0
	}
	return int(g)
}

// advance is a glyph's width in ems.
func (f *face) advance(glyph int) float64 {
	return float64(binary.BigEndian.Uint16(f.tables["hmtx"][4*min(glyph, f.metrics-1):])) / f.em
}

// outlineOf gives the glyph's bytes of glyf.
func (f *face) outlineOf(glyph int) []byte {
	loca, glyf := f.tables["loca"], f.tables["glyf"]
	from, to := binary.BigEndian.Uint32(loca[4*glyph:]), binary.BigEndian.Uint32(loca[4*glyph+4:])
	if from > to || uint64(to) > uint64(len(glyf)) {
		return nil
	}
	return glyf[from:to]
}

// components lists the glyphs a composite outline is made of; a simple one has none.
func components(outline []byte) []int {
	const words, scale, more, scales, matrix = 0x1, 0x8, 0x20, 0x40, 0x80
	if len(outline) < 10 || int16(binary.BigEndian.Uint16(outline)) >= 0 {
		return nil
	}
	var parts []int
	for at := 10; at+4 <= len(outline); {
		flags := binary.BigEndian.Uint16(outline[at:])
		parts = append(parts, int(binary.BigEndian.Uint16(outline[at+2:])))
		if flags&more == 0 {
			break
		}
		at += 6
		for flag, size := range map[uint16]int{words: 2, scale: 2, scales: 4, matrix: 8} {
			if flags&flag != 0 {
				at += size
			}
		}
	}
	return parts
}

// cut gives a small font that holds only the glyphs of codes (code → glyph), under the same glyph numbers, and
// finds each by its code. The codes need not be the characters': that is how a character beyond U+FFFF gets
// into a file that knows 16-bit codes only.
func (f *face) cut(codes map[uint16]int) []byte {
	keep := map[int]bool{0: true}
	var add func(glyph int)
	add = func(glyph int) {
		if keep[glyph] || glyph >= f.glyphs {
			return
		}
		keep[glyph] = true
		for _, part := range components(f.outlineOf(glyph)) {
			add(part)
		}
	}
	for _, glyph := range codes {
		add(glyph)
	}
	loca, glyf := make([]byte, 0, 4*(f.glyphs+1)), []byte{}
	for g := range f.glyphs {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		if keep[g] {
			glyf = append(glyf, f.outlineOf(g)...)
			glyf = append(glyf, make([]byte, -len(glyf)&3)...)
		}
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	return assemble(f.tables, map[string][]byte{"cmap": cmapOf(codes), "glyf": glyf, "loca": loca})
}

// cmapOf writes a character map of format 4, one segment a code.
func cmapOf(codes map[uint16]int) []byte {
	keys := slices.Sorted(maps.Keys(codes))
	segments := len(keys) + 1 // and the one that ends the table
	var ends, starts, deltas []byte
	for _, code := range keys {
		ends = binary.BigEndian.AppendUint16(ends, code)
		starts = binary.BigEndian.AppendUint16(starts, code)
		deltas = binary.BigEndian.AppendUint16(deltas, uint16(codes[code]-int(code)))
	}
	be := binary.BigEndian
	table := []byte{0, 0, 0, 1, 0, 3, 0, 1, 0, 0, 0, 12, 0, 4}
	table = be.AppendUint16(table, uint16(min(16+8*segments, 0xffff)))
	table = append(table, 0, 0)
	table = be.AppendUint16(table, uint16(2*segments))
	table = append(table, 0, 0, 0, 0, 0, 0) // search hints, which no PDF reader asks for
	table = append(be.AppendUint16(append(table, ends...), 0xffff), 0, 0)
	table = be.AppendUint16(append(table, starts...), 0xffff)
	table = be.AppendUint16(append(table, deltas...), 1)
	return append(table, make([]byte, 2*segments)...)
}

// assemble writes a font file of the tables named in tags and of the new ones.
func assemble(tables, made map[string][]byte) []byte {
	all := maps.Clone(made)
	for _, tag := range tags {
		if data := tables[tag]; len(data) > 0 {
			all[tag] = data
		}
	}
	names := slices.Sorted(maps.Keys(all))
	font := binary.BigEndian.AppendUint16([]byte{0, 1, 0, 0}, uint16(len(names)))
	font = append(font, 0, 0, 0, 0, 0, 0)
	at := len(font) + 16*len(names)
	for _, name := range names {
		font = append(font, name...)
		font = append(font, 0, 0, 0, 0) // checksum: the cut is embedded by a writer that makes its own
		font = binary.BigEndian.AppendUint32(font, uint32(at))
		font = binary.BigEndian.AppendUint32(font, uint32(len(all[name])))
		at += (len(all[name]) + 3) &^ 3
	}
	for _, name := range names {
		font = append(font, all[name]...)
		font = append(font, make([]byte, -len(font)&3)...)
	}
	return font
}

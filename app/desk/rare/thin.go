package rare

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

var errFont = errors.New("it is no TrueType font with long offsets and full Unicode")

// table is a table of a font file.
type table struct {
	tag  string
	data []byte
}

type tables []table

func (t tables) find(tag string) []byte {
	for _, one := range t {
		if one.tag == tag {
			return one.data
		}
	}
	return nil
}

// put replaces a table.
func (t tables) put(tag string, data []byte) {
	for i := range t {
		if t[i].tag == tag {
			t[i].data = data
		}
	}
}

var order = binary.BigEndian

// Thin makes a font without the characters that are not kept: their places stay, empty. The font must be TrueType with
// long offsets (loca) and a map of full Unicode (cmap format 12); anything else is an error. The result has no other map.
func Thin(font []byte, keep func(rune) bool) ([]byte, error) {
	all, err := open(font)
	if err != nil {
		return nil, fmt.Errorf("thin font: %w", err)
	}
	head, loca, outlines := all.find("head"), all.find("loca"), all.find("glyf")
	if len(head) < 54 || order.Uint16(head[50:]) != 1 || len(loca) < 4 || len(loca)%4 != 0 {
		return nil, fmt.Errorf("thin font: %w", errFont)
	}
	groups, drop, err := choose(all.find("cmap"), len(loca)/4-1, keep)
	if err != nil {
		return nil, fmt.Errorf("thin font: %w", err)
	}
	places, left, err := empty(loca, outlines, drop)
	if err != nil {
		return nil, fmt.Errorf("thin font: %w", err)
	}
	all.put("cmap", mapOf(groups))
	all.put("loca", places)
	all.put("glyf", left)
	return all.file(), nil
}

// open reads the directory of a font.
func open(font []byte) (tables, error) {
	const header, entry = 12, 16
	if len(font) < header || order.Uint32(font) != 0x00010000 {
		return nil, errFont
	}
	n := int(order.Uint16(font[4:]))
	if len(font) < header+n*entry {
		return nil, errFont
	}
	var all tables
	for i := range n {
		e := font[header+i*entry:]
		from, size := uint64(order.Uint32(e[8:])), uint64(order.Uint32(e[12:]))
		if from+size > uint64(len(font)) {
			return nil, errFont
		}
		all = append(all, table{string(e[:4]), font[from : from+size : from+size]})
	}
	return all, nil
}

// group is a run of characters with a run of glyphs.
type group struct{ from, to, glyph uint32 }

// choose lists the characters that are kept, and the glyphs that only the others have.
func choose(cmap []byte, glyphs int, keep func(rune) bool) (kept []group, drop []bool, err error) {
	all, err := groupsOf(cmap)
	if err != nil {
		return nil, nil, err
	}
	drop, used := make([]bool, glyphs), make([]bool, glyphs)
	for _, g := range all {
		if g.to < g.from || g.to > 0x10ffff || uint64(g.glyph)+uint64(g.to-g.from) >= uint64(glyphs) {
			return nil, nil, errFont
		}
		for c := g.from; c <= g.to; c++ {
			glyph := g.glyph + c - g.from
			if !keep(rune(c)) {
				drop[glyph] = true
				continue
			}
			used[glyph] = true
			if n := len(kept); n > 0 && kept[n-1].to+1 == c && kept[n-1].glyph+c-kept[n-1].from == glyph {
				kept[n-1].to = c
			} else {
				kept = append(kept, group{c, c, glyph})
			}
		}
	}
	for i := range drop {
		drop[i] = drop[i] && !used[i]
	}
	return kept, drop, nil
}

// groupsOf finds the map of full Unicode.
func groupsOf(cmap []byte) ([]group, error) {
	const header, record, long, each = 4, 8, 16, 12
	if len(cmap) < header {
		return nil, errFont
	}
	n := int(order.Uint16(cmap[2:]))
	for i := range n {
		if len(cmap) < header+(i+1)*record {
			return nil, errFont
		}
		r := cmap[header+i*record:]
		at := uint64(order.Uint32(r[4:]))
		if order.Uint16(r) != 3 || order.Uint16(r[2:]) != 10 || at+long > uint64(len(cmap)) || order.Uint16(cmap[at:]) != 12 {
			continue
		}
		count := uint64(order.Uint32(cmap[at+12:]))
		if at+long+count*each > uint64(len(cmap)) {
			return nil, errFont
		}
		groups := make([]group, count)
		for k := range groups {
			g := cmap[at+long+uint64(k)*each:]
			groups[k] = group{order.Uint32(g), order.Uint32(g[4:]), order.Uint32(g[8:])}
			if k > 0 && groups[k].from <= groups[k-1].to {
				return nil, errFont
			}
		}
		return groups, nil
	}
	return nil, errFont
}

// mapOf is a character map of these groups alone.
func mapOf(groups []group) []byte {
	const header = 12 // one record of one map
	b := []byte{0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, header, 0, 12, 0, 0}
	b = order.AppendUint32(b, uint32(16+12*len(groups)))
	b = order.AppendUint32(b, 0) // of no language
	b = order.AppendUint32(b, uint32(len(groups)))
	for _, g := range groups {
		b = order.AppendUint32(b, g.from)
		b = order.AppendUint32(b, g.to)
		b = order.AppendUint32(b, g.glyph)
	}
	return b
}

// empty leaves out the outlines of the dropped glyphs. A font with glyphs made of others is an error: one of those might be
// dropped.
func empty(loca, outlines []byte, drop []bool) (places, left []byte, err error) {
	outline := func(i int) ([]byte, error) {
		from, to := order.Uint32(loca[4*i:]), order.Uint32(loca[4*i+4:])
		if from > to || uint64(to) > uint64(len(outlines)) {
			return nil, errFont
		}
		return outlines[from:to], nil
	}
	size := 0
	for i := range drop {
		o, err := outline(i)
		if err != nil {
			return nil, nil, err
		}
		if drop[i] {
			continue
		}
		if len(o) >= 2 && int16(order.Uint16(o)) < 0 {
			return nil, nil, errors.New("it has glyphs made of others")
		}
		size += len(o)
	}
	places, left = make([]byte, 0, len(loca)), make([]byte, 0, size)
	for i := range drop {
		places = order.AppendUint32(places, uint32(len(left)))
		if !drop[i] {
			o, _ := outline(i)
			left = append(left, o...)
		}
	}
	return order.AppendUint32(places, uint32(len(left))), left, nil
}

// file writes the tables as a font. Their sums are left as they were: nobody who draws asks for them.
func (t tables) file() []byte {
	slices.SortFunc(t, func(a, b table) int { return bytes.Compare([]byte(a.tag), []byte(b.tag)) })
	const header, entry = 12, 16
	at := header + entry*len(t)
	size := at
	for _, one := range t {
		size += (len(one.data) + 3) &^ 3
	}
	b := make([]byte, 0, size)
	b = append(b, 0, 1, 0, 0)
	b = order.AppendUint16(b, uint16(len(t)))
	b = append(b, make([]byte, 6)...) // helps for a binary search that nobody makes
	for _, one := range t {
		b = append(b, one.tag...)
		b = order.AppendUint32(b, 0)
		b = order.AppendUint32(b, uint32(at))
		b = order.AppendUint32(b, uint32(len(one.data)))
		at += (len(one.data) + 3) &^ 3
	}
	for _, one := range t {
		b = append(b, one.data...)
		b = append(b, make([]byte, -len(one.data)&3)...)
	}
	return b
}

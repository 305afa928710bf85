package fmp4

import "errors"

// high reports whether a profile's avcC tells chroma format and bit depths (ISO/IEC 14496-15, 5.3.3.1).
func high(profile byte) bool {
	return profile == 100 || profile == 110 || profile == 122 || profile == 144
}

// depths reads the chroma format and the bit depths over 8 from a sequence parameter set
// (ITU-T H.264, 7.3.2.1.1). Profiles below High are 4:2:0 with 8 bits.
func depths(sps []byte) (chroma, luma, depth byte, err error) {
	if !high(sps[1]) {
		return 1, 0, 0, nil
	}
	b := golomb{b: sps[4:min(len(sps), 20)]}
	b.next() // seq_parameter_set_id
	c := b.next()
	if c == 3 {
		b.bit()
	}
	l, d := b.next(), b.next()
	if b.bad || c > 3 || l > 6 || d > 6 {
		return 0, 0, 0, errors.New("sequence parameter set is cut or of an unknown form")
	}
	return byte(c), byte(l), byte(d), nil
}

// golomb reads Exp-Golomb numbers. The few read here are too small for emulation prevention to occur.
type golomb struct {
	b   []byte
	at  int // in bits
	bad bool
}

func (g *golomb) bit() uint32 {
	if g.at >= 8*len(g.b) {
		g.bad = true
		return 1
	}
	v := g.b[g.at/8] >> (7 - g.at%8) & 1
	g.at++
	return uint32(v)
}

func (g *golomb) next() uint32 {
	zeros := 0
	for g.bit() == 0 {
		if zeros++; zeros > 16 {
			g.bad = true
			return 0
		}
	}
	v := uint32(1)
	for range zeros {
		v = v<<1 | g.bit()
	}
	return v - 1
}

package codec

// ALaw decodes G.711 A-law, the sound of many network cameras, appending one sample for each byte.
func ALaw(dst []int16, b []byte) []int16 {
	for _, v := range b {
		v ^= 0x55
		s := int16(v&0x0f)<<4 | 8
		if segment := v >> 4 & 7; segment > 0 {
			s = (s + 0x100) << (segment - 1)
		}
		if v&0x80 == 0 {
			s = -s
		}
		dst = append(dst, s)
	}
	return dst
}

// MuLaw decodes G.711 mu-law, appending one sample for each byte.
func MuLaw(dst []int16, b []byte) []int16 {
	for _, v := range b {
		v = ^v
		s := (int16(v&0x0f)<<3+0x84)<<(v>>4&7) - 0x84
		if v&0x80 != 0 {
			s = -s
		}
		dst = append(dst, s)
	}
	return dst
}

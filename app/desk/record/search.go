package record

import (
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"

	"minglu/capture/catalog"
)

// search lists the acts that what was typed may mean: a code, words, or the initials of the pinyin ("swxw"
// finds 税务询问), in catalogue order.
func search(items []catalog.Item, typed string) []catalog.Item {
	typed = strings.ToLower(strings.TrimSpace(typed))
	var found []catalog.Item
	for _, i := range items {
		if strings.HasPrefix(strings.ToLower(i.Code), typed) || strings.Contains(i.ZH, typed) ||
			strings.Contains(strings.ToLower(i.EN), typed) || strings.Contains(initials(i.ZH), typed) {
			found = append(found, i)
		}
	}
	return found
}

// letters begin the syllables of pinyin; no syllable begins with i, u or v.
const letters = "abcdefghjklmnopqrstwxyz"

// lastCommon is the last GB 2312 code of level one; those behind it stand in the order of their strokes.
const lastCommon = 0xd7f9

// initials are the first letters of the pinyin of a Chinese text: the 3755 characters of GB 2312's level one
// stand there in the order of their pinyin, so the first code of each letter is enough. Other characters are
// left out.
func initials(text string) string {
	firsts := [len(letters)]uint16{0xb0a1, 0xb0c5, 0xb2c1, 0xb4ee, 0xb6ea, 0xb7a2, 0xb8c1, 0xb9fe, 0xbbf7, 0xbfa6, 0xc0ac,
		0xc2e8, 0xc4c3, 0xc5b6, 0xc5be, 0xc6da, 0xc8bb, 0xc8f6, 0xcbfa, 0xcdda, 0xcef4, 0xd1b9, 0xd4d1}
	encoder := simplifiedchinese.GBK.NewEncoder()
	var b strings.Builder
	for _, r := range text {
		raw, err := encoder.Bytes([]byte(string(r)))
		if err != nil || len(raw) != 2 {
			continue
		}
		code := uint16(raw[0])<<8 | uint16(raw[1])
		if code < firsts[0] || code > lastCommon || raw[1] < 0xa1 {
			continue
		}
		at := len(firsts) - 1
		for firsts[at] > code {
			at--
		}
		b.WriteByte(letters[at])
	}
	return b.String()
}

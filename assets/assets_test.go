package assets_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"golang.org/x/image/font/sfnt"

	"minglu/assets"
)

func TestTheFontHoldsWhatNamesNeed(t *testing.T) {
	font, err := sfnt.Parse(assets.Font)
	if err != nil {
		t.Fatal(err)
	}
	has := func(r rune) bool {
		g, err := font.GlyphIndex(nil, r)
		return err == nil && g != 0
	}
	for _, r := range "问答：，。（）《》〔〕“”、0123456789AZaz㛃䶮堃翀赟𬭎𬍛𫖯𬱖" {
		if !has(r) {
			t.Errorf("no glyph for %q U+%04X", r, r)
		}
	}
	lost := 0
	for r := rune(0x4e00); r <= 0x9fa5; r++ {
		if !has(r) {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d of 20,902 unified characters have no glyph", lost)
	}
}

// The tables a PDF and the picture overlay need: outlines as glyf, one font in the file.
func TestTheFontIsTrueType(t *testing.T) {
	if string(assets.Font[:4]) != "\x00\x01\x00\x00" {
		t.Errorf("font begins %q", assets.Font[:4])
	}
}

func TestTheFontIsTheOneItsReadmeNames(t *testing.T) {
	readme, err := os.ReadFile("font/README.md")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(assets.Font)
	if !strings.Contains(string(readme), hex.EncodeToString(sum[:])) {
		t.Errorf("README does not name %x", sum)
	}
	if !strings.Contains(assets.FontLicence, "SIL OPEN FONT LICENSE") {
		t.Error("the licence is not beside the font")
	}
}

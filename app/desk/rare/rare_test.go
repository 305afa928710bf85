package rare_test

import (
	"reflect"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"minglu/app/desk/look"
	"minglu/app/desk/rare"
	"minglu/assets"
)

func TestCommonIsWhatNearlyEveryWindowNeeds(t *testing.T) {
	c := rare.NewCommon()
	for _, r := range "税务执法询问笔录〇々·①▶✓⚠、。「」Aé—…０" {
		if !c.Has(r) {
			t.Errorf("%c is rare", r)
		}
	}
	for _, r := range "𬭎㛃堃赟\ufe00\U000e0100" {
		if c.Has(r) {
			t.Errorf("%c (%U) is common", r, r)
		}
	}
	for _, texts := range [][]byte{assets.SentencesZH, assets.SentencesEN} {
		for _, r := range string(texts) {
			if !c.Has(r) {
				t.Errorf("a sentence has the rare %c: the whole font would be read for it", r)
			}
		}
	}
}

// outline gives the shape and width of a character; none where the font lacks it.
func outline(t *testing.T, f *sfnt.Font, r rune) (sfnt.Segments, fixed.Int26_6) {
	t.Helper()
	var b sfnt.Buffer
	i, err := f.GlyphIndex(&b, r)
	if err != nil {
		t.Fatal(err)
	}
	if i == 0 {
		return nil, 0
	}
	s, err := f.LoadGlyph(&b, i, fixed.I(16), nil)
	if err != nil {
		t.Fatalf("%c: %v", r, err)
	}
	w, err := f.GlyphAdvance(&b, i, fixed.I(16), 0)
	if err != nil {
		t.Fatal(err)
	}
	return append(sfnt.Segments(nil), s...), w
}

func TestAThinnedFontDrawsWhatItKeepsAsTheWholeOneDoesAndLacksTheRest(t *testing.T) {
	c := rare.NewCommon()
	thin, err := rare.Thin(assets.Font, c.Has)
	if err != nil {
		t.Fatal(err)
	}
	if len(thin) > len(assets.Font)/3 {
		t.Errorf("%d of %d bytes are left", len(thin), len(assets.Font))
	}
	whole, err := sfnt.Parse(assets.Font)
	if err != nil {
		t.Fatal(err)
	}
	part, err := sfnt.Parse(thin)
	if err != nil {
		t.Fatal(err)
	}
	kept, left := 0, 0
	for r := rune(' '); r < 0x32000; r++ {
		want, wide := outline(t, whole, r)
		got, width := outline(t, part, r)
		switch {
		case wide == 0:
		case !c.Has(r):
			left++
			if width != 0 {
				t.Errorf("%c is still there", r)
			}
		default:
			kept++
			if width != wide || !reflect.DeepEqual(got, want) {
				t.Errorf("%c is drawn otherwise", r)
			}
		}
	}
	if kept < 9000 || left < 20_000 {
		t.Errorf("%d characters kept, %d left out", kept, left)
	}
}

func TestARareCharacterTurnsTheWindowToTheWholeFont(t *testing.T) {
	a := test.NewTempApp(t)
	look.Dress(a)
	now := func() rare.Theme { return a.Settings().Theme().(rare.Theme) }
	look.Text("王芳", look.Normal, look.Ink)
	if !now().Lacks('𬭎') {
		t.Fatal("the whole font is there from the beginning")
	}
	look.Text("王𬭎", look.Normal, look.Ink)
	if now().Lacks('𬭎') {
		t.Error("the rare character is still lacking")
	}
	whole := now().Font(fyne.TextStyle{})
	look.Text("㛃", look.Normal, look.Ink)
	if now().Font(fyne.TextStyle{}) != whole {
		t.Error("the whole font is read once more")
	}
}

func FuzzThin(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}, int32(' '))
	if thin, err := rare.Thin(assets.Font, func(r rune) bool { return r < 'Z' }); err == nil {
		f.Add(thin, int32('A'))
	}
	f.Fuzz(func(t *testing.T, font []byte, first int32) {
		thin, err := rare.Thin(font, func(r rune) bool { return r >= first })
		if err != nil {
			return
		}
		if _, err := rare.Thin(thin, func(rune) bool { return true }); err != nil {
			t.Errorf("what was thinned is no font: %v", err)
		}
	})
}

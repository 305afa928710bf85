package edit_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"minglu/app/desk/edit"
)

func TestWhatIsTypedIsTheTextWhateverTheWidth(t *testing.T) {
	const words = "你好，world（2024）。税务 invoice！\n㛃𬭎"
	for width := float32(0); width < 40; width++ {
		text := edit.Text{Lines: true}
		for _, r := range strings.Repeat(words, 5) {
			text.Insert(string(r))
			lines := edit.Wrap(text.Runes(), width, wide)
			if got := joined(text.Runes(), lines); got != text.String() {
				t.Fatalf("width %v: the lines hold %q; want %q", width, got, text.String())
			}
			if row := edit.Row(lines, text.Caret()); row != len(lines)-1 {
				t.Fatalf("width %v: the caret is in row %d of %d", width, row, len(lines))
			}
		}
	}
}

func wide(r rune) float32 {
	if r < 0x250 {
		return 1
	}
	return 2
}

// joined puts lines together again.
func joined(text []rune, lines []edit.Line) string {
	var b strings.Builder
	for i, l := range lines {
		b.WriteString(string(text[l.From:l.To]))
		if i+1 < len(lines) && lines[i+1].From > l.To {
			b.WriteRune('\n')
		}
	}
	return b.String()
}

func TestLinesBreakWhereAReaderExpects(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"税务稽查局的人", "税务稽查|局的人"},
		{"税务稽查，局", "税务稽|查，局"}, // no line begins with a mark
		{"查 invoice 的", "查 |invoice |的"},
		{"internationalization", "internat|ionaliza|tion"},
		{"一\n\n二", "一||二"},
	} {
		text := []rune(c.text)
		var got []string
		for _, l := range edit.Wrap(text, 8, wide) {
			got = append(got, string(text[l.From:l.To]))
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%q breaks into %s; want %s", c.text, s, c.want)
		}
	}
}

func TestUndoAndRedoGoEveryWayBack(t *testing.T) {
	check := func(seed uint64) bool {
		random := rand.New(rand.NewPCG(seed, 0))
		text := edit.Text{Lines: true, Max: 60}
		text.Set("开头")
		for range 60 {
			switch random.IntN(5) {
			case 0:
				text.Insert("长的一段，粘贴")
			case 1:
				text.Delete(text.Caret() + 1 - 2*random.IntN(2))
			case 2:
				text.Move(random.IntN(text.Len()+1), random.IntN(2) == 0)
			case 3:
				text.Erase(-random.IntN(4), random.IntN(4))
			default:
				text.Insert(string(rune('一' + random.IntN(100))))
			}
			if text.Len() > 60 {
				return false
			}
		}
		last := text.String()
		for text.Undo() {
		}
		first := text.String()
		for text.Redo() {
		}
		return first == "开头" && text.String() == last
	}
	if err := quick.Check(check, nil); err != nil {
		t.Error(err)
	}
}

func TestAPasteIsCutAtTheBoundAndCleaned(t *testing.T) {
	text := edit.Text{Max: 10}
	if over := text.Insert("一\r\n二\x00三\ufeff四\t五六七八九十"); text.String() != "一 二三四 五六七八" || over != 2 {
		t.Errorf("got %q and %d too many", text.String(), over)
	}
	text.SelectAll()
	if over := text.Insert(strings.Repeat("字", 100_000)); text.Len() != 10 || over != 99_990 {
		t.Errorf("%d went in, %d did not", text.Len(), over)
	}
}

func TestWordsAreJumpedOver(t *testing.T) {
	text := edit.Text{}
	text.Set("invoice 税务")
	text.Move(0, false)
	var stops []int
	for text.Caret() < text.Len() {
		text.Move(text.WordEnd(true), false)
		stops = append(stops, text.Caret())
	}
	if len(stops) != 3 || stops[0] != 8 || stops[1] != 9 {
		t.Errorf("the caret stops at %v", stops)
	}
}

func TestAKeyInAHundredThousandCharactersIsQuick(t *testing.T) {
	text := edit.Text{Lines: true}
	text.Set(strings.Repeat("税务稽查，invoice。", 7000))
	text.Move(text.Len()/2, false)
	start := time.Now()
	for range 50 {
		text.Insert("字")
		edit.Wrap(text.Runes(), 80, wide)
	}
	each := time.Since(start) / 50
	t.Logf("%v a key", each)
	if each > 20*time.Millisecond { // 2 ms on a free machine
		t.Errorf("a key takes %v", each)
	}
}

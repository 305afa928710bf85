package transcript_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"minglu/capture/strict"
	"minglu/capture/transcript"
)

func parse(t *testing.T, text string) transcript.Transcript {
	t.Helper()
	got, err := transcript.Parse("talk.txt", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func faultsOf(t *testing.T, text string) strict.Faults {
	t.Helper()
	_, err := transcript.Parse("talk.txt", strings.NewReader(text))
	var faults strict.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("%.40q: got %v; want faults", text, err)
	}
	return faults
}

func TestQuestionsAndAnswersAreReadFromText(t *testing.T) {
	got := parse(t, "\ufeff时间：上午\r\n问：你叫什么名字？\r\n　　请如实回答。\r\n\r\n答: 我叫𬭎㛃。\nQ: And then?\nA：Nothing: really.\n记：被询问人看了一眼发票。\n答：")
	want := []transcript.Segment{
		{N: 1, Role: transcript.Note, Text: "时间：上午"},
		{N: 2, Role: transcript.Question, Text: "你叫什么名字？\n请如实回答。"},
		{N: 3, Role: transcript.Answer, Text: "我叫𬭎㛃。"},
		{N: 4, Role: transcript.Question, Text: "And then?"},
		{N: 5, Role: transcript.Answer, Text: "Nothing: really."},
		{N: 6, Role: transcript.Note, Text: "被询问人看了一眼发票。"},
		{N: 7, Role: transcript.Answer},
	}
	if len(got.Segments) != len(want) {
		t.Fatalf("got %d segments; want %d: %+v", len(got.Segments), len(want), got.Segments)
	}
	for i := range want {
		if got.Segments[i] != want[i] {
			t.Errorf("got %+v; want %+v", got.Segments[i], want[i])
		}
	}
}

func TestTextThatIsNotUTF8SaysWhereAndWhatItIsLike(t *testing.T) {
	for text, want := range map[string]strict.Fault{
		"Q: a\n\xce\xca\xa3\xba\xc4\xfa\xba\xc3\n": {Line: 2, Byte: 1, Kind: strict.Encoding, Got: "CE GB18030"},
		"\xff\xfe\xee\x95\x1a\xff":                 {Line: 1, Byte: 1, Kind: strict.Encoding, Got: "FF UTF-16"},
		"问：\xff\xff\n":                             {Line: 1, Byte: 7, Kind: strict.Encoding, Got: "FF"},
		"Q: a\x07b":                                {Line: 1, Byte: 5, Kind: strict.Control, Got: "U+0007"},
	} {
		want.File = "talk.txt"
		if got := faultsOf(t, text)[0]; got != want {
			t.Errorf("%q: got %+v; want %+v", text, got, want)
		}
	}
}

func TestTextWithoutAQuestionIsRefused(t *testing.T) {
	for _, text := range []string{"", "\n\n", "今天天气很好。", "记：只有一条记。", strings.Repeat("好", 1000)} {
		if got := faultsOf(t, text); got[0].Kind != strict.Shape {
			t.Errorf("%.20q: got %v", text, got)
		}
	}
}

func TestALargeTranscriptIsReadAndATooLargeOneRefused(t *testing.T) {
	var b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&b, "问：%d%s\n答：%s\n", i, strings.Repeat("问", 100), strings.Repeat("答", 100))
	}
	if got := parse(t, b.String()); len(got.Segments) != 1000 {
		t.Errorf("got %d segments", len(got.Segments))
	}
	for name, text := range map[string]string{
		"bytes":    "问：" + strings.Repeat("字", transcript.MaxBytes/3),
		"segments": strings.Repeat("问：\n", transcript.MaxSegments+1),
		"words":    strings.Repeat("答："+strings.Repeat("字", 90_000)+"\n", 5) + "问：",
		"segment":  "问：" + strings.Repeat("a", transcript.MaxText+1),
	} {
		if got := faultsOf(t, text); got[0].Kind != strict.Size {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestTranscriptJSONComesBackByteForByte(t *testing.T) {
	want, err := filled(t).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := parse(t, string(want)).Marshal()
	if err != nil || string(got) != string(want) {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestTranscriptJSONWithFaultsListsThemAll(t *testing.T) {
	raw, err := filled(t).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for _, change := range [][2]string{
		{`"role":"Q"`, `"role":"W"`}, {`"language":"zh"`, `"language":"fr"`},
		{`"start":"2026-03-01T01:05:00.000Z"`, `"start":"yesterday"`}, {`"state":"refused","reason":"不愿说明"`, `"state":"refused","reason":""`},
	} {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("no %s in %s", change[0], text)
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	if got := faultsOf(t, text); len(got) != 4 {
		t.Errorf("got %d faults; want 4:\n%v", len(got), got)
	}
	if got := faultsOf(t, `{"v":1}`); len(got) < 6 || got[0].Kind != strict.Missing {
		t.Errorf("got %v", got)
	}
}

func FuzzParseNeverPanics(f *testing.F) {
	f.Add([]byte("问：好\n答：好\n"))
	f.Add([]byte(`{"v":1,"segments":[{}]}`))
	f.Add([]byte("\xff\xfe\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := transcript.Parse("f", strings.NewReader(string(data)))
		if err != nil {
			return
		}
		raw, err := got.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := transcript.Parse("f", strings.NewReader(string(raw))); err != nil {
			t.Errorf("what was read is not taken back: %v", err)
		}
	})
}

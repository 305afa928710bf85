package transcript_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"minglu/capture/evidence"
	"minglu/capture/strict"
	"minglu/capture/transcript"
)

func plan() evidence.Plan {
	return evidence.Plan{
		V: 1, ID: "A3-000001", Room: "A3", RoomTitle: "第三约谈室", Item: "I03", ItemTitle: "稽查询问（调查）",
		Case: "2026-0042", Taxpayer: evidence.Taxpayer{Name: "某某商贸有限公司", USCC: "91420100MA4KXXXX0A"},
		Persons:  []evidence.Person{{Name: "张𬭎", Role: "interviewee"}},
		Officers: []evidence.Person{{Name: "王明", Certificate: "420100001"}, {Name: "李红", Certificate: "420100002"}},
		Clerk:    evidence.Person{Name: "赵立", Certificate: "420100003"}, Place: "办税服务厅二楼", Language: "zh",
	}
}

func begun(t *testing.T) *transcript.Book {
	t.Helper()
	form, err := transcript.New(plan(), "某某市税务局稽查局")
	if err != nil {
		t.Fatal(err)
	}
	return transcript.NewBook(form)
}

func add(role, text string) transcript.Revision {
	return transcript.Revision{What: transcript.WhatTranscript, Author: "赵立", Act: transcript.ActAdd, Role: role, Text: text, AtMS: 1000}
}

// steps is a life of a book: typing, a late insertion, notes, an import, the reading with a correction, signatures.
func steps() []transcript.Revision {
	form := transcript.Form{Bureau: "某某市税务局稽查局", Ordinal: 2, Start: "2026-03-01T01:05:00.000Z", End: "2026-03-01T02:00:00.000Z"}
	return []transcript.Revision{
		add(transcript.Question, "你叫什么名字？"),
		func() transcript.Revision { r := add(transcript.Answer, "我叫张𬭎。"); r.After = 1; return r }(),
		{What: "mark", Author: "王明", AtMS: 2000, Text: "出示发票"},
		func() transcript.Revision { r := add(transcript.Note, "出示证件。"); r.After = 0; return r }(),
		{What: transcript.WhatTranscript, Act: transcript.ActForm, Author: "赵立", Form: &form},
		{What: transcript.WhatTranscript, Act: transcript.ActImport, Author: "赵立", Segments: []transcript.Segment{
			{Role: transcript.Question, Text: "还有吗？"}, {Role: transcript.Answer, Text: "没有。"}}},
		{What: transcript.WhatTranscript, Act: transcript.ActEdit, N: 2, Role: transcript.Answer, Text: "我叫张𬭎，男。", Author: "赵立", ToMS: 4000},
		{What: transcript.WhatTranscript, Act: transcript.ActRead, Author: "王明", AtMS: 5000},
		{What: transcript.WhatTranscript, Act: transcript.ActEdit, N: 5, Role: transcript.Answer, Text: "还有一张发票。", Author: "赵立", AtMS: 6000},
		{What: transcript.WhatTranscript, Act: transcript.ActRemove, N: 3, Author: "赵立", AtMS: 7000},
		{What: transcript.WhatTranscript, Act: transcript.ActSign, Author: "王明", Signature: &transcript.Signature{
			Party: transcript.PartyInterviewee, Name: "张𬭎", State: transcript.Refused, Reason: "不愿说明", AtMS: 8000}},
		{What: transcript.WhatTranscript, Act: transcript.ActSign, Author: "李红", Signature: &transcript.Signature{
			Party: transcript.PartyAttestor, Name: "钱正", State: transcript.Signed, AtMS: 9000}},
	}
}

func written(t *testing.T) (*transcript.Book, []byte) {
	t.Helper()
	b := begun(t)
	var texts []byte
	for i, r := range steps() {
		done, line, err := b.Revise(r)
		if err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if done.Rev != int64(i+1) {
			t.Errorf("step %d has revision %d", i, done.Rev)
		}
		texts = append(texts, line...)
	}
	return b, texts
}

func filled(t *testing.T) transcript.Transcript {
	t.Helper()
	b, _ := written(t)
	return b.Transcript()
}

func TestABookKeepsOrderNamesAndCorrections(t *testing.T) {
	got := filled(t)
	var order []string
	for _, s := range got.Segments {
		order = append(order, s.Text)
	}
	if want := "你叫什么名字？|我叫张𬭎，男。|还有吗？|还有一张发票。"; strings.Join(order, "|") != want {
		t.Errorf("got %v; want %s", order, want)
	}
	if n := got.Segments[3].N; n != 5 {
		t.Errorf("the last answer is named %d; want 5", n)
	}
	if len(got.Corrections) != 2 || got.Corrections[0].Before != "没有。" || got.Corrections[1].Before != "出示证件。" || got.Corrections[1].After != "" {
		t.Errorf("got corrections %+v", got.Corrections)
	}
	if s, refused := got.Refusal(); !refused || s.Reason != "不愿说明" {
		t.Errorf("got refusal %+v, %v", s, refused)
	}
	if got.Form.Ordinal != 2 || got.Closing == "" {
		t.Errorf("got form %+v, closing %q", got.Form, got.Closing)
	}
}

// Whatever byte a crash tears the file at, the whole lines before it come back and nothing else.
func TestReplayBringsBackEveryWholeLine(t *testing.T) {
	_, texts := written(t)
	for cut := 0; cut <= len(texts); cut += 7 {
		b := begun(t)
		whole, err := b.Replay(texts[:cut])
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if want := bytes.LastIndexByte(texts[:cut], '\n') + 1; whole != int64(want) {
			t.Fatalf("cut at %d: %d bytes are whole; want %d", cut, whole, want)
		}
		if want := bytes.Count(texts[:cut], []byte{'\n'}); b.Rev() != int64(want) {
			t.Fatalf("cut at %d: got revision %d; want %d", cut, b.Rev(), want)
		}
	}
	b := begun(t)
	if _, err := b.Replay(texts); err != nil {
		t.Fatal(err)
	}
	got, _ := b.Transcript().Marshal()
	if want, _ := filled(t).Marshal(); !bytes.Equal(got, want) {
		t.Errorf("replayed\n%s\nwant\n%s", got, want)
	}
}

func TestALineReviseWouldNotWriteIsRefused(t *testing.T) {
	_, texts := written(t)
	first, rest, _ := strings.Cut(string(texts), "\n")
	for name, changed := range map[string]string{
		"a space":      strings.Replace(first, `,"what"`, `, "what"`, 1) + "\n" + rest,
		"a new member": strings.Replace(first, `{"rev"`, `{"x":1,"rev"`, 1) + "\n" + rest,
		"a lost line":  rest,
		"a line twice": first + "\n" + string(texts),
		"noise":        "\x00\x00\n" + string(texts),
		"another name": strings.Replace(first, `"n":1`, `"n":7`, 1) + "\n" + rest,
		"a bad act":    strings.Replace(first, `"act":"add"`, `"act":"bad"`, 1) + "\n" + rest,
	} {
		b := begun(t)
		whole, err := b.Replay([]byte(changed))
		if err == nil {
			t.Errorf("%s: taken", name)
		}
		if int(whole) > len(first)+1 || int64(b.Rev()) > 1 {
			t.Errorf("%s: %d bytes taken", name, whole)
		}
	}
}

func TestAWrongChangeIsRefusedAndChangesNothing(t *testing.T) {
	b := begun(t)
	if _, _, err := b.Revise(add(transcript.Question, "好？")); err != nil {
		t.Fatal(err)
	}
	before, _ := b.Transcript().Marshal()
	noSegment := transcript.Revision{What: transcript.WhatTranscript, Act: transcript.ActEdit, N: 9, Role: transcript.Answer}
	if _, _, err := b.Revise(noSegment); !errors.Is(err, transcript.ErrNoSegment) {
		t.Errorf("got %v", err)
	}
	for name, r := range map[string]transcript.Revision{
		"control character": add(transcript.Answer, "a\x00b"),
		"bad bytes":         add(transcript.Answer, "\xff"),
		"role":              add("X", "a"),
		"too long":          add(transcript.Answer, strings.Repeat("字", transcript.MaxText+1)),
		"backwards":         {What: transcript.WhatTranscript, Act: transcript.ActAdd, Role: transcript.Note, FromMS: 5, ToMS: 4},
		"act":               {What: transcript.WhatTranscript, Act: "burn"},
		"kind":              {What: "poem"},
		"no form":           {What: transcript.WhatTranscript, Act: transcript.ActForm},
		"no signature":      {What: transcript.WhatTranscript, Act: transcript.ActSign},
		"nothing imported":  {What: transcript.WhatTranscript, Act: transcript.ActImport},
		"time":              {What: "note", AtMS: -1},
		"silent refusal": {What: transcript.WhatTranscript, Act: transcript.ActSign, Signature: &transcript.Signature{
			Party: transcript.PartyInterviewee, State: transcript.Refused}},
	} {
		var faults strict.Faults
		if _, _, err := b.Revise(r); !errors.As(err, &faults) {
			t.Errorf("%s: got %v; want faults", name, err)
		}
	}
	if after, _ := b.Transcript().Marshal(); !bytes.Equal(before, after) || b.Rev() != 1 {
		t.Errorf("refused changes changed the record to %s", after)
	}
}

func TestASignedRecordStands(t *testing.T) {
	b, _ := written(t)
	if _, _, err := b.Revise(add(transcript.Answer, "另外……")); !errors.Is(err, transcript.ErrSigned) {
		t.Errorf("got %v", err)
	}
}

func TestMarkersFillTheNoticesNobodyTyped(t *testing.T) {
	record := begun(t).Transcript()
	record.Form.Notices[2] = transcript.Notice{Kind: transcript.NoticeRights, Told: true, AtMS: 7}
	record.NoteMarks([]evidence.MarkBody{{Mark: "rights", AtMS: 1}, {Mark: "certificate", AtMS: 2}, {Mark: "certificate", AtMS: 3}, {Mark: "key", AtMS: 4}})
	for i, want := range []int64{2, 0, 7, 0} {
		if n := record.Form.Notices[i]; n.AtMS != want || n.Told != (want > 0) {
			t.Errorf("got %+v; want it told at %d", n, want)
		}
	}
}

func TestNamesOf500CharactersAreTaken(t *testing.T) {
	b := begun(t)
	form := b.Transcript().Form
	form.Interviewee.Name = strings.Repeat("𬭎", 500)
	r := transcript.Revision{What: transcript.WhatTranscript, Act: transcript.ActForm, Form: &form}
	if _, _, err := b.Revise(r); err != nil {
		t.Error(err)
	}
}

func FuzzReplayNeverPanics(f *testing.F) {
	f.Add([]byte(`{"rev":1,"what":"note","author":"","at_ms":0,"text":"","act":"","n":0,"after":0,"role":"","speaker":"","from_ms":0,"to_ms":0,"segments":[],"form":null,"signature":null}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b := transcript.NewBook(transcript.Transcript{})
		whole, _ := b.Replay(data)
		if whole < 0 || whole > int64(len(data)) {
			t.Errorf("%d of %d bytes", whole, len(data))
		}
	})
}

package archive_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"minglu/app/office/archive"
	"minglu/app/office/archive/archivetest"
	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
	"minglu/capture/transcript"
	"minglu/sync/outbox"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// talk is an interview of a person of a company with these answers.
func talk(company, person, officer, item, note string, answers ...string) archivetest.Interview {
	v := archivetest.Interview{Note: note, Change: func(p *evidence.Plan) {
		p.Taxpayer = evidence.Taxpayer{Name: company, USCC: "91420100" + strings.ToUpper(item) + company[:3]}
		p.Persons = []evidence.Person{{Name: person, Role: "party"}}
		p.Officers[0] = evidence.Person{Name: officer, Certificate: "E-" + officer}
		p.Item, p.ItemTitle, p.Case = item, "询问", "2026-"+item
	}}
	for i, a := range answers {
		v.Segments = append(v.Segments, transcript.Segment{Role: transcript.Answer, Speaker: person, Text: a, FromMS: int64(i) * 1000, ToMS: int64(i)*1000 + 900})
	}
	return v
}

// began is when the first recording of a home began; the certificates of the tests are a day old.
func began() time.Time { return time.Now().Add(-9 * time.Hour).UTC().Truncate(time.Hour) }

// home has three recordings, an hour apart.
func home(t *testing.T) (*archivetest.Home, []string) {
	t.Helper()
	h := archivetest.New(t)
	start := began()
	var ids []string
	for i, v := range []archivetest.Interview{
		talk("明远商贸有限公司", "王芳", "张三", "I03", "出示第三本发票", "发票是供应商开的。", "公示之前没有人告诉我。"),
		talk("恒达实业", "王小芳", "张三", "I04", "", "Invoice 2026-118 was paid.", "我不知道公司公示。"),
		talk("明远商贸有限公司", "𬭎某", "李强", "I05", "", "仓库在东湖路。"),
	} {
		v.Start = start.Add(time.Duration(i) * time.Hour)
		v.NoReceipt = i == 2
		ids = append(ids, h.Add(v))
	}
	return h, ids
}

func sync(t testing.TB, a *archive.Archive) int {
	t.Helper()
	n, err := a.Sync(t.Context())
	must(t, err)
	return n
}

func ids(t *testing.T, a *archive.Archive, q archive.Query) []string {
	t.Helper()
	cards, err := a.Page(t.Context(), q, 0, 0)
	must(t, err)
	keys, err := a.Keys(t.Context(), q, 0, 0)
	must(t, err)
	list := []string{}
	for i, c := range cards {
		if i >= len(keys) || keys[i] != c.Key {
			t.Fatalf("keys %v do not name the cards", keys)
		}
		list = append(list, c.ID)
	}
	return list
}

func TestRecordingsAreFoundByEveryFieldAndByWordsOfAnyLength(t *testing.T) {
	h, id := home(t)
	a := h.Archive()
	if n := sync(t, a); n != 3 {
		t.Fatalf("%d were filed; want 3", n)
	}
	card, err := a.Card(t.Context(), id[0])
	must(t, err)
	household := card.Household()
	hour := func(n int) time.Time { return card.Start().Add(time.Duration(n)*time.Hour - time.Minute) }
	for name, c := range map[string]struct {
		q    archive.Query
		want []string
	}{
		"everything, newest first": {archive.Query{}, []string{id[2], id[1], id[0]}},
		"one character":            {archive.Query{Text: "芳"}, []string{id[1], id[0]}},
		"two":                      {archive.Query{Text: "王芳"}, []string{id[0]}},
		"two of the transcript":    {archive.Query{Text: "公示"}, []string{id[1], id[0]}},
		"three":                    {archive.Query{Text: "东湖路"}, []string{id[2]}},
		"seven":                    {archive.Query{Text: "公示之前没有人"}, []string{id[0]}},
		"a whole sentence":         {archive.Query{Text: "公示之前没有人告诉我。"}, []string{id[0]}},
		"what was typed at a mark": {archive.Query{Text: "第三本"}, []string{id[0]}},
		"words of two places":      {archive.Query{Text: "王 invoice"}, []string{id[1]}},
		"a rare character":         {archive.Query{Text: "𬭎"}, []string{id[2]}},
		"the id":                   {archive.Query{Text: id[1]}, []string{id[1]}},
		"its number alone":         {archive.Query{Text: "000002"}, []string{id[1]}},
		"backwards":                {archive.Query{Text: "芳王"}, []string{}},
		"no syntax":                {archive.Query{Text: `" OR NEAR(* -`}, []string{}},
		"company":                  {archive.Query{Household: "明远"}, []string{id[2], id[0]}},
		"person, not officer":      {archive.Query{Person: "张三"}, []string{}},
		"officer":                  {archive.Query{Officer: "张三"}, []string{id[1], id[0]}},
		"certificate":              {archive.Query{Officer: "E-李强"}, []string{id[2]}},
		"case":                     {archive.Query{Case: "2026-I04"}, []string{id[1]}},
		"items":                    {archive.Query{Items: []string{"I03", "I05"}}, []string{id[2], id[0]}},
		"no item":                  {archive.Query{Items: []string{}}, []string{}},
		"from":                     {archive.Query{From: hour(1)}, []string{id[2], id[1]}},
		"to":                       {archive.Query{To: hour(1)}, []string{id[0]}},
		"between, and a word":      {archive.Query{From: hour(0), To: hour(2), Text: "公示", Officer: "张"}, []string{id[1], id[0]}},
		"one household":            {archive.Query{Tie: household}, []string{id[0]}},
		"one person":               {archive.Query{Tie: archive.PersonTie(evidence.Person{Name: "王芳"})}, []string{id[0]}},
		"one officer":              {archive.Query{Tie: archive.OfficerTie(evidence.Person{Name: "张三", Certificate: "E-张三"})}, []string{id[1], id[0]}},
		"one case":                 {archive.Query{Tie: archive.Tie{Kind: archive.TieCase, Key: "2026-I05"}}, []string{id[2]}},
		"faulty":                   {archive.Query{Faulty: true}, []string{}},
	} {
		if got := ids(t, a, c.q); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v; want %v", name, got, c.want)
		}
	}
}

func TestPagesFollowEachOtherWithoutAHole(t *testing.T) {
	h := archivetest.New(t)
	a := h.Archive()
	must(t, archivetest.Many(t.Context(), a, 250, 20, time.Now()))
	for name, q := range map[string]archive.Query{"all": {}, "word": {Text: "有限公司"}} {
		var got []int64
		for before := int64(0); ; {
			page, err := a.Page(t.Context(), q, before, 30)
			must(t, err)
			for _, c := range page {
				got = append(got, c.Key)
			}
			if len(page) < 30 {
				break
			}
			before = page[29].Key
		}
		all, err := a.Keys(t.Context(), q, 0, 0)
		must(t, err)
		if len(got) != 250 || !slices.Equal(got, all) || !slices.IsSortedFunc(got, func(a, b int64) int { return int(b - a) }) {
			t.Errorf("%s: %d of %d came by pages", name, len(got), len(all))
		}
	}
}

func TestTheIndexFollowsTheVault(t *testing.T) {
	h, id := home(t)
	a := h.Archive()
	step := func(want int) {
		t.Helper()
		if n, err := a.Step(t.Context()); n != want || err != nil {
			t.Errorf("%d were filed, %v; want %d", n, err, want)
		}
	}
	step(3)
	step(0)
	fresh := h.Add(talk("新公司", "赵六", "钱七", "I03", ""))
	step(1)
	if got := ids(t, a, archive.Query{Person: "赵六"}); !slices.Equal(got, []string{fresh}) {
		t.Errorf("the new one: %v", got)
	}
	h.Free(id[0])
	step(1)
	card, err := a.Card(t.Context(), id[0])
	must(t, err)
	if !card.Freed() || card.Taxpayer.Name != "明远商贸有限公司" || !slices.Equal(ids(t, a, archive.Query{Text: "没有人告诉我"}), []string{id[0]}) {
		t.Errorf("a freed recording is %+v", card)
	}
	if _, err := a.Story(t.Context(), id[0]); err == nil || !strings.Contains(err.Error(), "no longer here") {
		t.Errorf("its package: %v", err)
	}
	step(0)
	if card, err := a.Card(t.Context(), id[2]); err != nil || card.State != outbox.Sealed {
		t.Errorf("what only lies here is %+v, %v", card, err)
	}
}

func TestARecordingBeingMadeIsNotFiledUntilItIsSealed(t *testing.T) {
	h := archivetest.New(t)
	a := h.Archive()
	n, err := h.Box.Reserve(t.Context(), time.Now())
	must(t, err)
	d, err := h.Vault.Begin(evidence.Plan{V: 1, ID: evidence.MakeID(archivetest.Code, n)})
	must(t, err)
	must(t, d.Close())
	for range 2 {
		if n, err := a.Step(t.Context()); n != 0 || err != nil {
			t.Errorf("%d were filed, %v", n, err)
		}
	}
}

func TestAPackageThatCannotBeReadIsListedWithItsFaultAndMayRecover(t *testing.T) {
	h, id := home(t)
	a := h.Archive()
	sync(t, a)
	record := filepath.Join(h.Vault.Dir(id[0]), filepath.FromSlash(evidence.FileRecord))
	whole, err := os.ReadFile(record)
	must(t, err)
	swap := func(data []byte) {
		t.Helper()
		must(t, os.WriteFile(record, data, 0o600))
		must(t, os.Chtimes(record, time.Time{}, time.Now().Add(time.Duration(len(data))*time.Second)))
		if n := sync(t, a); n != 1 {
			t.Errorf("%d were filed; want 1", n)
		}
	}
	swap([]byte(`{"v":`))
	card, err := a.Card(t.Context(), id[0])
	must(t, err)
	if card.Fault != archive.FaultForm || card.Why == "" || !slices.Equal(ids(t, a, archive.Query{Faulty: true}), id[:1]) {
		t.Errorf("the damaged one is %+v", card)
	}
	if !slices.Contains(ids(t, a, archive.Query{Text: "王芳"}), id[0]) {
		t.Error("what was known of it is forgotten")
	}
	other, err := os.ReadFile(filepath.Join(h.Vault.Dir(id[1]), filepath.FromSlash(evidence.FileRecord)))
	must(t, err)
	swap(other)
	if card, err = a.Card(t.Context(), id[0]); err != nil || card.Fault != archive.FaultID {
		t.Errorf("another's record: %+v, %v", card, err)
	}
	swap(whole)
	if card, err = a.Card(t.Context(), id[0]); err != nil || card.Fault != "" || card.Why != "" {
		t.Errorf("mended: %+v, %v", card, err)
	}
	must(t, os.RemoveAll(h.Vault.Dir(id[1])))
	sync(t, a)
	if card, err = a.Card(t.Context(), id[1]); err != nil || card.Fault != archive.FaultMissing {
		t.Errorf("a folder that is gone: %+v, %v", card, err)
	}
	if s, err := a.State(t.Context()); err != nil || s.Recordings != 3 || s.Faulty != 1 {
		t.Errorf("state %+v, %v", s, err)
	}
}

func TestRebuildingGivesTheSameIndexAndADamagedOneIsBegunAnew(t *testing.T) {
	h, id := home(t)
	a := h.Archive()
	sync(t, a)
	h.Free(id[1])
	sync(t, a)
	before, err := a.Page(t.Context(), archive.Query{}, 0, 0)
	must(t, err)
	n, err := a.Rebuild(t.Context())
	must(t, err)
	after, err := a.Page(t.Context(), archive.Query{}, 0, 0)
	must(t, err)
	if n != 2 || !same(before, after) {
		t.Errorf("%d were read again:\n%+v\n%+v", n, before, after)
	}
	must(t, os.WriteFile(filepath.Join(h.Home, archive.File), []byte(strings.Repeat("no database ", 1000)), 0o600))
	for _, end := range []string{"-wal", "-shm"} {
		_ = os.Remove(filepath.Join(h.Home, archive.File+end)) // may not be there
	}
	b := h.Archive()
	sync(t, b)
	again, err := b.Page(t.Context(), archive.Query{}, 0, 0)
	must(t, err)
	if len(again) != 3 || !same([]archive.Card{before[0], before[2]}, slices.DeleteFunc(again, archive.Card.Freed)) {
		t.Errorf("from nothing: %+v", again)
	}
	aside, err := filepath.Glob(filepath.Join(h.Home, archive.File+".damaged-*"))
	if err != nil || len(aside) == 0 {
		t.Error("the damaged index is not put aside")
	}
}

func same(a, b []archive.Card) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	for i := range a {
		if i >= len(b) || a[i].Key != b[i].Key || a[i].State != b[i].State || a[i].Fault != b[i].Fault {
			return false
		}
	}
	return string(x) == string(y)
}

func TestAStoryTellsMarksBreaksGapsAndTheTranscript(t *testing.T) {
	h := archivetest.New(t)
	v := talk("明远商贸有限公司", "王芳", "张三", "I03", "出示发票", "是的。", "不是。")
	v.Pause = true
	v.Gaps = []evidence.GapBody{{Track: "cam0", Medium: "video", FromMS: 500, ToMS: 700, Count: 5, Cause: evidence.CauseSource}}
	id := h.Add(v)
	a := h.Archive()
	sync(t, a)
	s, err := a.Story(t.Context(), id)
	must(t, err)
	if len(s.Marks) != 1 || s.Marks[0].Text != "出示发票" || len(s.Breaks) != 1 || s.Breaks[0].ToMS-s.Breaks[0].FromMS != 2000 ||
		len(s.Segments) != 2 || s.Segments[1].Text != "不是。" || s.Receipt == nil || s.Transcript != nil || len(s.Papers) != 2 {
		t.Errorf("the story is %+v", s)
	}
	if c, err := a.Card(t.Context(), id); err != nil || c.Marks != 1 || c.Gaps != 4 || c.Bytes == 0 || c.ReceivedMS == 0 {
		t.Errorf("the card is %+v, %v", c, err)
	}
}

func TestVerifyGivesTheThreeAnswersAndFindsAChangedByte(t *testing.T) {
	h, id := home(t)
	a := h.Archive()
	sync(t, a)
	var done int64
	r, err := a.Verify(t.Context(), id[0], func(n int64) { done = n })
	must(t, err)
	if r.Verdict != evidence.Authentic || r.Bytes.State != evidence.BytesWhole || r.Signer.State != evidence.SignerTrusted ||
		r.Time.State != evidence.TimeBracketed || done == 0 || !r.Receipt.Checked {
		t.Errorf("the verdict is %+v", r)
	}
	film := filepath.Join(h.Vault.Dir(id[0]), "data", "media", "cam0.mp4")
	raw, err := os.ReadFile(film)
	must(t, err)
	raw[len(raw)/2] ^= 1
	must(t, os.WriteFile(film, raw, 0o600))
	if r, err = a.Verify(t.Context(), id[0], nil); err != nil || r.Verdict != evidence.NotAuthentic {
		t.Errorf("a changed byte: %v, %v", r.Verdict, err)
	}
}

func FuzzRead(f *testing.F) {
	b := packtest.NewBureau(f, "R1")
	p := b.Make(packtest.Spec{Segments: 2, Pause: true})
	file := func(name string) []byte { return p.MapFS[name].Data }
	f.Add(file(evidence.FileRecord), file(evidence.FileJournal), file(evidence.FileTexts), file(evidence.FileTranscript), file(evidence.FileReceipt))
	f.Fuzz(func(t *testing.T, record, journal, texts, script, receipt []byte) {
		fsys := fstest.MapFS{evidence.FileRecord: {Data: record}, evidence.FileJournal: {Data: journal}, evidence.FileTexts: {Data: texts},
			evidence.FileTranscript: {Data: script}, evidence.FileReceipt: {Data: receipt}}
		s, err := archive.Read(fsys)
		if err != nil {
			if archive.Told(err) == "" {
				t.Errorf("%v has no word", err)
			}
			return
		}
		for _, b := range s.Breaks {
			if b.ToMS < 0 {
				t.Errorf("a break does not end: %+v", b)
			}
		}
	})
}

func TestDaysMonthsAndYearsAreRead(t *testing.T) {
	for typed, want := range map[string]string{
		"2026-11-25": "2026-11-25 2026-11-26", "2026/1/2": "2026-01-02 2026-01-03", "20261231": "2026-12-31 2027-01-01",
		"2026年2月28日": "2026-02-28 2026-03-01", "2026-2": "2026-02-01 2026-03-01", " 2026 ": "2026-01-01 2027-01-01",
	} {
		from, next, err := archive.ParseDays(typed)
		if got := from.Format(time.DateOnly) + " " + next.Format(time.DateOnly); err != nil || got != want {
			t.Errorf("%q: %s, %v; want %s", typed, got, err, want)
		}
	}
	for _, typed := range []string{"yesterday", "2026-13-01", "2026-02-30", "26", "2026-11-25x"} {
		if _, _, err := archive.ParseDays(typed); err == nil {
			t.Errorf("%q was taken", typed)
		}
	}
}

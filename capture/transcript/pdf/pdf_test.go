package pdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"minglu/capture/evidence"
	"minglu/capture/transcript"
	"minglu/capture/transcript/pdf"
)

// sample is a record as an office writes it.
func sample(t testing.TB, lang string) transcript.Transcript {
	t.Helper()
	r, err := transcript.New(evidence.Plan{
		ID: "A3-000042", RoomTitle: "第三约谈（询问）室", ItemTitle: "稽查询问（调查）", Case: "武税稽立〔2026〕42号",
		Taxpayer: evidence.Taxpayer{Name: "武汉某某商贸有限公司", USCC: "91420100MA4KXXXX0A"}, Place: "武汉市某某区某某路88号办税服务厅二楼",
		Persons:  []evidence.Person{{Name: "张𬭎"}},
		Officers: []evidence.Person{{Name: "王明", Certificate: "税稽420100001"}, {Name: "李㛃", Certificate: "税稽420100002"}},
		Clerk:    evidence.Person{Name: "赵立", Certificate: "税稽420100003"}, Operator: evidence.Person{Name: "钱䶮"}, Language: lang,
	}, "国家税务总局武汉市税务局第一稽查局")
	if err != nil {
		t.Fatal(err)
	}
	r.Form.Start, r.Form.End = "2026-03-01T01:05:00.000Z", "2026-03-01T02:10:00.000Z"
	r.Form.Interviewee = transcript.Interviewee{Name: "张𬭎", Sex: "男", Birth: "1980年5月6日", IDKind: "居民身份证", IDNumber: "42010019800506001X",
		Employer: "武汉某某商贸有限公司", Post: "财务负责人", Address: "武汉市某某区某某街道某某小区3栋2单元1001室", Phone: "13800000000", Relation: "员工"}
	for i := range r.Form.Notices {
		r.Form.Notices[i].Told, r.Form.Notices[i].AtMS = true, int64(i+1)*15_000
	}
	r.Form.Notices[3].Answer = "听清楚了，不申请回避。"
	for i := range 14 {
		r.Segments = append(r.Segments,
			transcript.Segment{N: int64(2*i + 1), Role: transcript.Question, FromMS: int64(i) * 61_000, ToMS: int64(i)*61_000 + 20_000,
				Text: fmt.Sprintf("%d. 请说明你公司2025年第%d季度取得增值税专用发票（号码：%08d）的业务经过？", i+1, i%4+1, i*7919)},
			transcript.Segment{N: int64(2*i + 2), Role: transcript.Answer, FromMS: int64(i)*61_000 + 20_000, ToMS: int64(i)*61_000 + 55_000,
				Text: "这批货物是从供应商处购进的，合同编号为HT-2025-0316，金额为1,234,567.89元，税率13%。货款通过公司账户支付，货物由对方送到仓库，仓库保管员𬱖某签收。我当时核对了发票、合同和入库单，三者一致。"})
	}
	r.Recording.Start, r.Recording.DurationMS = "2026-03-01T01:04:30.000Z", 3_941_000
	r.Recording.Method, r.Recording.Maker = "固定摄像机与传声器同步录制，H.264、Opus，分段写入并逐段校验", "钱䶮"
	r.Recording.Proves = "询问的全部过程"
	r.Recording.JournalHead, r.Recording.JournalLines = strings.Repeat("9f86d081884c7d65", 4), 8123
	return r
}

func render(t testing.TB, r transcript.Transcript) []byte {
	t.Helper()
	raw, err := pdf.Render(r)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// tool runs a program of the machine on a file that holds data, and gives what it says.
func tool(t *testing.T, data []byte, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	path := filepath.Join(t.TempDir(), "t.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "FILE", path)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) || err != nil && name != "qpdf" {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// solid is text without its spaces: where a line breaks is not part of what was said.
func solid(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// bodyOf gives the text between the running head and the signature lines, times in the margin left out.
func bodyOf(t *testing.T, raw []byte) string {
	t.Helper()
	return solid(tool(t, raw, "pdftotext", "-r", "254", "-x", "240", "-y", "190", "-W", "1645", "-H", "2350", "FILE", "-"))
}

func TestPdftotextGivesBackEveryWord(t *testing.T) {
	r := sample(t, "zh")
	got := bodyOf(t, render(t, r))
	var want strings.Builder
	for _, s := range r.Segments {
		want.WriteString(map[string]string{"Q": "问：", "A": "答："}[s.Role] + solid(s.Text))
	}
	if !strings.Contains(got, want.String()) {
		t.Errorf("got\n%s\nwant in it\n%s", got, want.String())
	}
	for _, field := range []string{"张𬭎", "李㛃", "钱䶮", "𬱖某", "42010019800506001X", r.Closing, r.Recording.JournalHead, r.Form.Bureau, "2026年3月1日09时05分至2026年3月1日10时10分"} {
		if !strings.Contains(got, solid(field)) {
			t.Errorf("%s is not on the paper", field)
		}
	}
}

func TestTheSameRecordGivesTheSameBytes(t *testing.T) {
	if a, b := render(t, sample(t, "zh")), render(t, sample(t, "zh")); !bytes.Equal(a, b) {
		t.Error("two renderings differ")
	}
}

func TestAStrangersReaderFindsNoFault(t *testing.T) {
	for name, r := range papers(t) {
		if out := tool(t, render(t, r), "qpdf", "--check", "FILE"); !strings.Contains(out, "No syntax or stream encoding errors found") {
			t.Errorf("%s: %s", name, out)
		}
	}
}

func TestEveryPageSaysItsNumberAndIsSigned(t *testing.T) {
	text := solid(tool(t, render(t, sample(t, "zh")), "pdftotext", "FILE", "-"))
	pages := strings.Count(text, "被询问人签名（捺指印）：")
	if pages < 3 {
		t.Fatalf("got %d pages", pages)
	}
	for i := range pages {
		if want := fmt.Sprintf("第%d页共%d页", i+1, pages); !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
}

// papers are the awkward records.
func papers(t testing.TB) map[string]transcript.Transcript {
	long := sample(t, "zh")
	name := strings.Repeat("欧阳𬭎", 166) + "某某"
	long.Form.Interviewee.Name, long.Form.Interviewee.Address, long.Form.Bureau = name, name, name
	long.Form.Taxpayer.Name, long.Form.Interviewers[0].Name, long.Form.Place = name, name, strings.Repeat("a", 500)
	large := sample(t, "zh")
	large.Segments = nil
	for i := range 500 {
		role := []string{transcript.Question, transcript.Answer}[i%2]
		large.Segments = append(large.Segments, transcript.Segment{N: int64(i + 1), Role: role, Text: strings.Repeat("请如实回答，", 33)})
	}
	refused := sample(t, "zh")
	refused.Signatures = []transcript.Signature{
		{Party: transcript.PartyInterviewee, Name: "张𬭎", State: transcript.Refused, Reason: "认为与本人无关", AtMS: 3_900_000},
		{Party: transcript.PartyAttestor, Name: "孙正", State: transcript.Signed, AtMS: 3_910_000}}
	refused.Corrections = []transcript.Correction{{N: 2, AtMS: 3_800_000, By: "赵立", Before: "税率13%", After: "税率9%"}, {N: 4, By: "赵立", After: "另有一张收据。"}, {N: 6, By: "赵立", Before: "我不知道。"}}
	refused.Recording.Breaks = []transcript.Break{{FromMS: 600_000, ToMS: 900_000, Reason: "休息"}}
	rare := sample(t, "zh")
	rare.Segments = []transcript.Segment{{N: 1, Role: transcript.Answer, Text: "名字：𬭎㛃䶮𬍛𫖯𬱖，😀，\ue5e5，𪚥，a\u0301，\U000e0100。\\(括号)\\ 上上下下\r"}}
	return map[string]transcript.Transcript{"sample": sample(t, "zh"), "english": sample(t, "en"), "long names": long,
		"500 segments": large, "refused": refused, "rare": rare, "empty": {}}
}

func TestRareCharactersAreShownOrSpelled(t *testing.T) {
	got := bodyOf(t, render(t, papers(t)["rare"]))
	want := "名字：𬭎㛃䶮𬍛𫖯𬱖，〔U+1F600〕，〔U+E5E5〕，"
	if !strings.Contains(got, want) || !strings.Contains(got, "\\(括号)\\上上下下") {
		t.Errorf("got %s; want %s in it", got, want)
	}
}

func TestFiveHundredSegmentsComeBack(t *testing.T) {
	r := papers(t)["500 segments"]
	raw := render(t, r)
	if got := strings.Count(bodyOf(t, raw), "请如实回答，"); got != 500*33 {
		t.Errorf("got %d of %d sentences back", got, 500*33)
	}
	t.Logf("%d bytes", len(raw))
}

func TestNamesOf500CharactersAreWholeOnThePaper(t *testing.T) {
	r := papers(t)["long names"]
	got := bodyOf(t, render(t, r))
	if n := strings.Count(got, "𬭎"); n < 5*166 {
		t.Errorf("%d of %d rare characters are there", n, 5*166)
	}
	if n := strings.Count(got, "a"); n < 500 {
		t.Errorf("%d of 500 letters are there", n)
	}
}

func TestRefusalAndCorrectionsAreOnThePaper(t *testing.T) {
	got := bodyOf(t, render(t, papers(t)["refused"]))
	for _, want := range []string{"拒绝签名、捺指印，理由：认为与本人无关", "原记载“税率13%”，更正为“税率9%”", "补充“另有一张收据。”", "删去“我不知道。”", "00:10:00至00:15:00，休息", "见证人孙正"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
}

// The whole text of a paper in each language; GOLDEN=write writes it anew.
func TestThePaperReadsAsItDid(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		r := papers(t)["refused"]
		r.Language, r.Segments = lang, r.Segments[:2]
		if lang == "en" {
			r.Closing = sample(t, lang).Closing
		}
		got := tool(t, render(t, r), "pdftotext", "FILE", "-")
		golden := filepath.Join("testdata", lang+".txt")
		if os.Getenv("GOLDEN") == "write" {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := letters(got), letters(string(want)); a != b {
			t.Errorf("%s: got\n%s\nwant\n%s", lang, got, want)
		}
	}
}

// letters sorts a text's characters: readers differ in the order in which they take the fields of a table.
func letters(s string) string {
	all := []rune(solid(s))
	slices.Sort(all)
	return string(all)
}

// With PAPERS set the awkward papers are left there to be looked at.
func TestThePapersCanBeLookedAt(t *testing.T) {
	dir := os.Getenv("PAPERS")
	if dir == "" {
		t.Skip("PAPERS is not set")
	}
	for name, r := range papers(t) {
		if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, " ", "_")+".pdf"), render(t, r), 0o600); err != nil {
			t.Error(err)
		}
	}
}

func TestAnyCharactersCanBePrinted(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		r := sample(t, "zh")
		var b strings.Builder
		for range 2000 {
			b.WriteRune(rune(random.IntN(0x110000)))
		}
		r.Segments[0].Text, r.Form.Interviewee.Name, r.Recording.ID = b.String(), b.String()[:300], b.String()[300:400]
		render(t, r)
	}
}

func FuzzRenderNeverPanics(f *testing.F) {
	f.Add("张𬭎", "zh", int64(1))
	f.Add("\xff\x00(\\)\r\n", "en", int64(-1))
	f.Fuzz(func(t *testing.T, text, lang string, n int64) {
		p := evidence.Person{Name: text, Certificate: text}
		r := transcript.Transcript{Language: lang, Closing: text, Form: transcript.Form{Bureau: text, Start: text, Interviewers: []evidence.Person{p}, Notices: []transcript.Notice{{Kind: text}}},
			Segments:    []transcript.Segment{{Role: transcript.Question, Text: text, ToMS: n}, {Role: text, Text: text, FromMS: n, ToMS: 1}},
			Corrections: []transcript.Correction{{Before: text, AtMS: n}}, Signatures: []transcript.Signature{{Reason: text, State: text}},
			Recording: transcript.Recording{ID: text, DurationMS: n, Breaks: []transcript.Break{{Reason: text}}, JournalHead: text}}
		render(t, r)
	})
}

func TestAPaperThatIsNotSealedSaysSoOnEveryPage(t *testing.T) {
	r := sample(t, "zh")
	for reading, want := range map[bool]string{false: "草稿", true: "供核对签名"} {
		raw, err := pdf.Draft(r, reading)
		if err != nil {
			t.Fatal(err)
		}
		words, pages := tool(t, raw, "pdftotext", "FILE", "-"), bytes.Count(raw, []byte("/Type /Page\n"))
		if got := strings.Count(words, want); got != pages || pages < 2 || strings.Count(words, "未签") < pages {
			t.Errorf("%q stands %d times on %d pages", want, got, pages)
		}
	}
	if words := tool(t, render(t, r), "pdftotext", "FILE", "-"); strings.Contains(words, "未签") {
		t.Error("the sealed paper calls itself unsigned")
	}
}

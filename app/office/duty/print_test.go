package duty_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"minglu/app/i18n"
	"minglu/app/office/duty"
	"minglu/app/office/duty/dutytest"
	"minglu/capture/evidence"
)

// busy plays a day with every kind of entry, and closes it.
func busy(t *testing.T) (*duty.Log, *dutytest.Wall) {
	t.Helper()
	l, w := morning(t)
	dutytest.Add(t, l, duty.Entry{Act: duty.ShiftStart, Author: "李强", Text: "到岗"})
	dutytest.Add(t, l, duty.Entry{Act: duty.Roster, People: []string{"王芳", "赵𬭎"}, Zone: "expert"})
	for _, k := range l.Rules.KindCodes() {
		w.Pass(7 * time.Minute)
		e := duty.Entry{Kind: k.Code, Text: k.ZH + "：张𬱖询问😀是否可以\u00a0办理", Zone: "window", Desk: "3号窗口", Taxpayer: evidence.Taxpayer{Name: "某某有限公司", USCC: "91420100MA4KXXXX00"}}
		if k.Code == "INCIDENT" {
			e.Code = "network"
		}
		made := dutytest.Add(t, l, e)
		switch {
		case k.Code == "COORD":
			dutytest.Add(t, l, duty.Entry{Act: duty.Carry, Matter: made.ID, Reason: "待厂家答复", Owner: "赵敏"})
		case made.Opens():
			dutytest.Add(t, l, duty.Entry{Act: duty.Hand, Matter: made.ID, Owner: "王芳"})
			dutytest.Add(t, l, duty.Entry{Act: duty.Done, Matter: made.ID, Outcome: "已办结"})
		}
	}
	dutytest.Add(t, l, duty.Entry{Act: duty.Review, Code: duty.Supplement, Lacks: []string{"营业执照", "章程"}, Text: "注销预审"})
	dutytest.Add(t, l, duty.Entry{Act: duty.Rate, Code: "5", Desk: "1号窗口"})
	w.Now = dutytest.At("2026-11-25", "17:40")
	if _, err := l.CloseDay(t.Context(), "2026-11-25", "李强"); err != nil {
		t.Fatal(err)
	}
	return l, w
}

// texts is data/texts.jsonl of a parcel.
func texts(p duty.Parcel) []byte {
	var b bytes.Buffer
	for _, line := range p.Texts {
		b.Write(append(line.Raw, '\n'))
	}
	return b.Bytes()
}

// pdftotext reads a PDF by a stranger's eyes, blanks left out.
func pdftotext(t *testing.T, pdf []byte) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("pdftotext is not installed")
		}
		t.Skip("pdftotext is not installed")
	}
	path := filepath.Join(t.TempDir(), "log.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", path, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return solid(string(out))
}

func solid(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

func TestThePrintedDayIsTheLog(t *testing.T) {
	l, _ := busy(t)
	p, err := l.Parcel(t.Context(), "2026-11-25", "卫东区办税服务厅")
	if err != nil {
		t.Fatal(err)
	}
	files, err := l.Rules.Papers("卫东区税务局", p.Plan, texts(p))
	if err != nil {
		t.Fatal(err)
	}
	text := pdftotext(t, files[evidence.FileDutyPDF])
	from := 0
	for _, e := range day(t, l, "2026-11-25").Entries {
		if e.Text == "" {
			continue
		}
		want := strings.ReplaceAll(solid(e.Text), "😀", "〔U+1F600〕")
		i := strings.Index(text[from:], want)
		if i < 0 {
			t.Fatalf("%s is not printed after what came before it", e.Text)
		}
		from += i
	}
	for _, want := range []string{"值班日志", "卫东区税务局", "李强于17:40结日", "待厂家答复", "营业执照、章程", "赵𬭎", "非常满意1"} {
		if !strings.Contains(text, solid(want)) {
			t.Errorf("%s is not on the paper", want)
		}
	}
	again, err := l.Rules.Papers("卫东区税务局", p.Plan, texts(p))
	if err != nil || !bytes.Equal(again[evidence.FileDutyPDF], files[evidence.FileDutyPDF]) || !bytes.Equal(again[evidence.FileDutyLog], files[evidence.FileDutyLog]) {
		t.Errorf("printed twice it differs, %v", err)
	}
	var book duty.Book
	if err := json.Unmarshal(files[evidence.FileDutyLog], &book); err != nil || len(book.Entries) != len(p.Texts)-1 || len(book.Matters) == 0 {
		t.Errorf("dutylog.json: %v, %d entries of %d", err, len(book.Entries), len(p.Texts)-1)
	}
}

func TestAParcelTellsWhatWasOpenBeforeAndStaysTheSame(t *testing.T) {
	l, w := busy(t)
	w.Now = dutytest.At("2026-11-26", "09:00")
	dutytest.Add(t, l, duty.Entry{Act: duty.ShiftStart, Author: "赵敏"})
	open, err := l.OpenMatters(t.Context())
	if err != nil || len(open) != 1 {
		t.Fatalf("%v, %d open", err, len(open))
	}
	dutytest.Add(t, l, duty.Entry{Act: duty.Done, Matter: open[0].ID, Author: "赵敏", Outcome: "厂家已答复"})
	if _, err := l.CloseDay(t.Context(), "2026-11-26", "赵敏"); err != nil {
		t.Fatal(err)
	}
	p, err := l.Parcel(t.Context(), "2026-11-26", "厅")
	if err != nil {
		t.Fatal(err)
	}
	var before []duty.Matter
	if err := json.Unmarshal(p.Texts[0].Raw, &before); err != nil || len(before) != 1 || before[0].State != duty.MatterOpen {
		t.Errorf("before the day: %v, %+v", err, before)
	}
	files, err := l.Rules.Papers("局", p.Plan, texts(p))
	var book duty.Book
	if err := json.Unmarshal(files[evidence.FileDutyLog], &book); err != nil || len(book.Matters) != 1 || book.Matters[0].Outcome != "厂家已答复" {
		t.Errorf("in the day: %v, %+v", err, book.Matters)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.Now = dutytest.At("2026-11-27", "09:00")
	late := dutytest.Add(t, l, duty.Entry{Text: "咨询"})
	if again, err := l.Parcel(t.Context(), "2026-11-26", "厅"); err != nil || !bytes.Equal(texts(again), texts(p)) {
		t.Errorf("after %s it differs: %v", late.ID, err)
	}
	if days, err := l.Unpacked(t.Context()); err != nil || fmt.Sprint(days) != "[2026-11-25 2026-11-26]" {
		t.Errorf("wanted are %v, %v", days, err)
	}
	if err := l.Sealed(t.Context(), *p.Plan.Duty, "R1-000001"); err != nil {
		t.Fatal(err)
	}
	if again, err := l.Parcel(t.Context(), "2026-11-26", "厅"); err != nil || !again.Done || again.ID != "R1-000001" {
		t.Errorf("a sealed day answers %+v, %v", again, err)
	}
	_, err = l.Parcel(t.Context(), "2026-11-27", "厅")
	refusedAs(t, err, "not_closed")
}

func TestASpreadsheetRunsNothingOfTheLog(t *testing.T) {
	l, _ := morning(t)
	for _, text := range []string{`=HYPERLINK("http://x","点我")`, "+1+1", "-2", "@SUM(A1)", "\t=1", "＝1+1", "正常，\"引号\"\n第二行"} {
		dutytest.Add(t, l, duty.Entry{Kind: "CONSULT", Text: text})
	}
	var b bytes.Buffer
	if err := l.Rules.WriteCSV(&b, i18n.ZH, day(t, l, "2026-11-25")); err != nil {
		t.Fatal(err)
	}
	raw := b.Bytes()
	if !bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")) || !bytes.Contains(raw, []byte("\r\n")) {
		t.Error("it lacks the mark or the line ends of a spreadsheet")
	}
	rows, err := csv.NewReader(bytes.NewReader(raw[3:])).ReadAll()
	if err != nil || len(rows) != 8 || rows[0][0] != "日期" {
		t.Fatalf("%v, %d rows", err, len(rows))
	}
	for _, row := range rows[1:] {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t＝", []rune(cell)[0]) {
				t.Errorf("%q would run", cell)
			}
		}
	}
	if got := rows[7][8]; got != "正常，\"引号\"\n第二行" {
		t.Errorf("an ordinary text came out as %q", got)
	}
}

func FuzzACellIsHarmless(f *testing.F) {
	f.Add("=1")
	f.Fuzz(func(t *testing.T, cell string) {
		if got := duty.Harmless(cell); got != "" && strings.ContainsRune("=+-@\t\r\n", []rune(got)[0]) {
			t.Errorf("%q became %q", cell, got)
		}
	})
}

package duty_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"minglu/app/office/duty"
	"minglu/app/office/duty/dutytest"
	"minglu/capture/evidence"
)

func show(t *testing.T, l *duty.Log, b duty.Board) {
	t.Helper()
	if err := l.Post(t.Context(), "李强", b); err != nil {
		t.Fatal(err)
	}
}

func says(t *testing.T, l *duty.Log, want duty.Board) {
	t.Helper()
	if got, err := l.Board(t.Context()); err != nil || got != want {
		t.Errorf("the board of %s says %+v, %v; want %+v", l.Machine, got, err, want)
	}
}

func TestTheBoardOfMachinesCutApartIsOneAgainOnceTheyJoin(t *testing.T) {
	hq := newPost()
	wa, wb := &dutytest.Wall{Now: dutytest.At("2026-11-25", "09:00")}, &dutytest.Wall{Now: dutytest.At("2026-11-25", "09:00")}
	a, b := dutytest.Open(t, t.TempDir(), "H1", wa), dutytest.Open(t, t.TempDir(), "H2", wb)
	join := func() {
		t.Helper()
		for _, l := range []*duty.Log{a, b, a} {
			if _, err := l.Exchange(t.Context(), hq); err != nil {
				t.Fatal(err)
			}
		}
	}
	morning := duty.Board{Guidance: "取号：请到导税台", Notices: "周六延时服务"}
	show(t, a, morning)
	join()
	says(t, b, morning)

	wa.Pass(time.Hour)
	wb.Pass(2 * time.Hour) // cut apart, each changes something
	show(t, a, duty.Board{Guidance: morning.Guidance, Notices: "周六照常"})
	show(t, b, duty.Board{Guidance: "取号：请到自助区", Notices: "周六暂停服务"})
	join()
	both := duty.Board{Guidance: "取号：请到自助区", Notices: "周六暂停服务"} // of each part the newest
	says(t, a, both)
	says(t, b, both)
	joined(t, a, b, 5)

	wa.Pass(2 * time.Hour)
	show(t, a, duty.Board{Guidance: both.Guidance})
	show(t, a, duty.Board{Guidance: " " + both.Guidance + "\n"})
	join()
	says(t, b, duty.Board{Guidance: both.Guidance})
	joined(t, a, b, 6)
}

func TestTheBoardIsInTheDaysPackageAndOnItsPaper(t *testing.T) {
	l, w := morning(t)
	dutytest.Add(t, l, duty.Entry{Act: duty.ShiftStart})
	show(t, l, duty.Board{Notices: "周六延时服务"})
	show(t, l, duty.Board{})
	if _, err := l.CloseDay(t.Context(), "2026-11-25", "李强"); err != nil {
		t.Fatal(err)
	}
	p, err := l.Parcel(t.Context(), "2026-11-25", "厅")
	if err != nil {
		t.Fatal(err)
	}
	files, err := l.Rules.Papers("局", p.Plan, texts(p))
	if err != nil {
		t.Fatal(err)
	}
	paper := pdftotext(t, files[evidence.FileDutyPDF])
	if !strings.Contains(string(files[evidence.FileDutyLog]), "周六延时服务") || !strings.Contains(paper, "周六延时服务") || !strings.Contains(paper, "通知公告（已撤下）") {
		t.Errorf("the day has it not:\n%s", paper)
	}

	w.Pass(9 * time.Hour) // the day is closed: what is said for tomorrow is tomorrow's
	show(t, l, duty.Board{Notices: "明日停电检修"})
	says(t, l, duty.Board{Notices: "明日停电检修"})
	if list := day(t, l, "2026-11-26").Entries; len(list) != 1 || list[0].Act != duty.Posted || list[0].Recorded != evidence.FormatTime(w.Now) {
		t.Errorf("tomorrow begins with %+v", list)
	}
	if d := day(t, l, "2026-11-25"); d.State != duty.DayClosed || d.Uncover != 0 {
		t.Errorf("the closed day is %s, %d uncovered", d.State, d.Uncover)
	}
	w.Now = dutytest.At("2026-11-27", "18:00") // a Friday
	dutytest.Add(t, l, duty.Entry{Act: duty.ShiftStart})
	if _, err := l.CloseDay(t.Context(), "2026-11-27", "李强"); err != nil {
		t.Fatal(err)
	}
	show(t, l, duty.Board{Notices: "周一见"})
	if list := day(t, l, "2026-11-30").Entries; len(list) != 1 {
		t.Errorf("Monday begins with %+v", list)
	}
	_, err = l.Add(t.Context(), duty.Entry{Act: duty.Note, Text: "x", Author: "李强", Day: "2026-11-30"})
	refusedAs(t, err, "day")
}

func TestTheBoardTakesNoNumberThatMustBeMasked(t *testing.T) {
	l, _ := morning(t)
	for text, ok := range map[string]bool{
		"咨询电话 12366，值班电话 0375-1234567": true, "本周六 2026-11-28 09:00 至 17:30 延时服务": true, "增值税申报期至 12 月 15 日": true,
		"请致电 13812345678": false, "请致电 138 1234 5678": false, "身份证 42010119900101123X": false, "税号 91420100MA4KXXXX00": false,
		"账号 6222 0202 0001 2345 678": false,
	} {
		before := len(day(t, l, "2026-11-25").Entries)
		err := l.Post(t.Context(), "李强", duty.Board{Guidance: "开票：" + text[:3], Notices: "第一行\n" + text})
		if ok != (err == nil) {
			t.Errorf("%s: %v", text, err)
		}
		if !ok {
			refusedAs(t, err, "masked")
			_, err = l.Add(t.Context(), duty.Entry{Act: duty.Posted, Code: duty.Notices, Text: text, Author: "李强"})
			refusedAs(t, err, "masked")
			if n := len(day(t, l, "2026-11-25").Entries); n != before {
				t.Errorf("%s: half of the board was entered", text)
			}
		}
	}
	_, err := l.Add(t.Context(), duty.Entry{Act: duty.Posted, Code: "weather", Author: "李强"})
	refusedAs(t, err, "board")
	if i := slices.IndexFunc(day(t, l, "2026-11-25").Entries, func(e duty.Entry) bool { return e.Kind != "GUIDE" }); i >= 0 {
		t.Error("what is posted is no guidance")
	}
}

func TestABoardWrittenBeforeItWasInTheLogIsStillShown(t *testing.T) {
	l, _ := morning(t)
	if err := l.SaveLine(t.Context(), "board.notices", "旧通知"); err != nil {
		t.Fatal(err)
	}
	says(t, l, duty.Board{Notices: "旧通知"})
	show(t, l, duty.Board{})
	says(t, l, duty.Board{})
}

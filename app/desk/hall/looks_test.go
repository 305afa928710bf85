package hall_test

import (
	"testing"
	"time"

	"minglu/app/desk/hall"
	"minglu/app/i18n"
	"minglu/app/office/duty"
	"minglu/app/office/duty/dutytest"
	"minglu/capture/evidence"
)

func TestASearchWaitsForTheTypingToEndAndPagesBack(t *testing.T) {
	l, w := morning(t)
	for range 130 {
		dutytest.Add(t, l, duty.Entry{Kind: "CONSULT", Text: "咨询：发票领用"})
		w.Pass(time.Second)
	}
	m := hall.NewModel(l, hall.Ports{})
	for _, typed := range []string{"发", "发票", "发票领"} {
		m.Search(typed)
	}
	work(t, m, func() bool {
		f := m.Found.Newest()
		return f.Words == "发票领" && !f.Busy && len(f.Rows) == 100 && f.More
	})
	m.More()
	work(t, m, func() bool { return len(m.Found.Newest().Rows) == 130 && !m.Found.Newest().More })
	m.Search("")
	work(t, m, func() bool { return m.Found.Newest().Words == "" && len(m.Found.Newest().Rows) == 0 })
}

func TestAMonthCountsWhatHappened(t *testing.T) {
	l, w := morning(t)
	busyDay(t, l, w)
	m := hall.NewModel(l, hall.Ports{Heading: duty.Heading{Org: "示例市税务局", Title: "办税服务厅"}, Folder: t.TempDir()})
	m.ShowMonth("2026-11")
	work(t, m, func() bool { return m.Month.Newest().Month != "" })
	month := m.Month.Newest()
	s := month.Stats
	if len(month.Days) != 30 || s.Kinds["CONSULT"] != 2 || s.Opened != 5 || s.Incidents != 1 || s.Ratings != [5]int{1, 0, 1, 1, 3} || s.Left != 5 {
		t.Errorf("%d days, %+v", len(month.Days), s)
	}
	if s.Satisfied() != "83.3%" || s.Desks[0].Name != "3号窗口" {
		t.Errorf("satisfied %s, desks %v", s.Satisfied(), s.Desks)
	}
	if day := month.Days[24]; day.Entries == 0 || day.State != duty.DayOpen || !day.Working || month.Days[27].Working {
		t.Errorf("the day is %+v, the Saturday %+v", day, month.Days[27])
	}
	for _, what := range []hall.Export{{Month: "2026-11", Form: "pdf", Report: true}, {Month: "2026-11", Form: "pdf"}, {Month: "2026-11", Form: "csv"}, {Day: "2026-11-25", Form: "pdf"}} {
		key := m.Save(what)
		work(t, m, answered(m, key))
		if a := answer(m, key); a.Err != nil || a.Path == "" {
			t.Errorf("%+v: %v", what, a.Err)
		}
	}
	key := m.Save(hall.Export{Month: "2026-10", Form: "pdf"})
	work(t, m, answered(m, key))
	if i18n.FaultCode(answer(m, key).Err) != "duty.day_empty" {
		t.Errorf("an empty month: %v", answer(m, key).Err)
	}
}

func TestTheBoardShowsWhatAnyMachineOfTheHallPosted(t *testing.T) {
	l, _ := morning(t)
	m := hall.NewModel(l, hall.Ports{})
	key := m.WriteBoard(duty.Board{Notices: "周六照常"})
	work(t, m, answered(m, key))
	if i18n.FaultCode(answer(m, key).Err) != "duty.author" { // nobody keeps the log yet
		t.Errorf("got %v", answer(m, key).Err)
	}
	other := dutytest.Open(t, t.TempDir(), dutytest.Hall, &dutytest.Wall{Now: dutytest.At("2026-11-25", "09:10")})
	if err := other.Post(t.Context(), "王芳", duty.Board{Notices: "周六延时服务"}); err != nil {
		t.Fatal(err)
	}
	found, err := other.Search(t.Context(), "", 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Take(t.Context(), [][]byte{found.Entries[0].Raw}); err != nil {
		t.Fatal(err)
	}
	work(t, m, func() bool { return m.Public.Newest().Board.Notices == "周六延时服务" })
}

func TestAWrittenTimeIsRead(t *testing.T) {
	now := dutytest.At("2026-11-25", "10:00")
	for text, want := range map[string]time.Time{
		"9:05": dutytest.At("2026-11-25", "09:05"), "09：05": dutytest.At("2026-11-25", "09:05"), "11-27": dutytest.At("2026-11-27", "17:30"), "11/27 9:00": dutytest.At("2026-11-27", "09:00"),
		"2027-1-4": dutytest.At("2027-01-04", "17:30"), " 2027-01-04  8:30 ": dutytest.At("2027-01-04", "08:30"),
	} {
		if got, err := hall.ParseWhen(text, now, "17:30"); err != nil || got != evidence.FormatTime(want) {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"明天", "25:00", "13-40", "9", "0000-00-00 00:00", "2026-02-30"} {
		if got, err := hall.ParseWhen(text, now, "17:30"); err == nil {
			t.Errorf("%q was read as %s", text, got)
		}
	}
}

func FuzzParseWhen(f *testing.F) {
	f.Add("11-27 17:30")
	f.Add("9：05")
	now := dutytest.At("2026-11-25", "10:00")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := hall.ParseWhen(text, now, "17:30")
		if err != nil || got == "" {
			return
		}
		if _, err := evidence.ParseTime(got); err != nil {
			t.Errorf("%q was read as %q: %v", text, got, err)
		}
	})
}

package duty_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/app/office/duty/dutytest"
	"minglu/capture/evidence"
)

func morning(t *testing.T) (*duty.Log, *dutytest.Wall) {
	t.Helper()
	return dutytest.Morning(t, "09:00")
}

func matter(t *testing.T, l *duty.Log, id string) duty.Matter {
	t.Helper()
	m, ok, err := l.Matter(t.Context(), id)
	if err != nil || !ok {
		t.Fatalf("matter %s: %v, %v", id, ok, err)
	}
	return m
}

func day(t *testing.T, l *duty.Log, d calendar.Day) *duty.Day {
	t.Helper()
	got, err := l.Day(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func refusedAs(t *testing.T, err error, code string) {
	t.Helper()
	var f *duty.Fault
	if !errors.As(err, &f) || f.Code != "duty."+code {
		t.Errorf("got %v; want duty.%s", err, code)
	}
}

func TestAQuestionRunsFromHandToHandUntilItIsDone(t *testing.T) {
	l, w := morning(t)
	q := dutytest.Add(t, l, duty.Entry{Kind: "FIRST_ASKED", Text: "首问：一般纳税人登记", Taxpayer: evidence.Taxpayer{Name: "某某商贸有限公司"}})
	if m := matter(t, l, q.ID); m.State != duty.MatterOpen || m.Tier != "1" || m.Limit != "T1" || m.Due != evidence.FormatTime(dutytest.At("2026-11-25", "09:30")) || m.Owner != "李强" {
		t.Errorf("opened as %+v", m)
	}
	w.Pass(5 * time.Minute)
	dutytest.Add(t, l, duty.Entry{Act: duty.Hand, Matter: q.ID, Owner: "王芳", Tier: "2", Reason: "需办理"})
	w.Pass(5 * time.Minute)
	dutytest.Add(t, l, duty.Entry{Act: duty.Pause, Matter: q.ID, Reason: "等待补正资料"})
	w.Pass(time.Hour)
	if m := matter(t, l, q.ID); m.Alarm(w.Now) != duty.Calm {
		t.Errorf("a stopped clock alarms: %+v", m)
	}
	dutytest.Add(t, l, duty.Entry{Act: duty.Resume, Matter: q.ID})
	m := matter(t, l, q.ID)
	if m.Due != evidence.FormatTime(dutytest.At("2026-11-25", "10:30")) || m.Owner != "王芳" || len(m.Hands) != 1 || m.Hands[0].From != "李强" || m.Tier != "2" {
		t.Errorf("after the pause: %+v", m)
	}
	for after, want := range map[time.Duration]duty.Alarm{0: duty.Calm, 10 * time.Minute: duty.Amber, 20 * time.Minute: duty.Red} {
		if got := m.Alarm(w.Now.Add(after)); got != want {
			t.Errorf("after %v: %q; want %q", after, got, want)
		}
	}
	_, err := l.Add(t.Context(), duty.Entry{Act: duty.Done, Matter: q.ID, Author: "王芳"})
	refusedAs(t, err, "needs")
	dutytest.Add(t, l, duty.Entry{Act: duty.Done, Matter: q.ID, Author: "王芳", Outcome: "已办结"})
	if m := matter(t, l, q.ID); m.State != duty.MatterDone || m.DoneBy != "王芳" || m.DoneDay != "2026-11-25" || len(m.Steps) != 5 {
		t.Errorf("done as %+v", m)
	}
	_, err = l.Add(t.Context(), duty.Entry{Act: duty.Done, Matter: q.ID, Author: "王芳", Outcome: "再办"})
	refusedAs(t, err, "matter_done")
}

func TestWorkingDayLimitsCountOverHolidaysAndPauses(t *testing.T) {
	w := &dutytest.Wall{Now: dutytest.At("2026-02-13", "10:00")} // the Friday before the Spring Festival
	l := dutytest.Open(t, t.TempDir(), "HALL1", w)
	c := dutytest.Add(t, l, duty.Entry{Kind: "COMPLAINT", Text: "投诉窗口态度"})
	if m := matter(t, l, c.ID); m.Due != evidence.FormatTime(dutytest.At("2026-02-25", "17:30")) {
		t.Errorf("three working days: due %s", m.Due)
	}
	dutytest.Add(t, l, duty.Entry{Act: duty.Pause, Matter: c.ID, Reason: "等待"})
	w.Now = dutytest.At("2026-02-25", "10:00") // the 14th, 24th and 25th were worked
	dutytest.Add(t, l, duty.Entry{Act: duty.Resume, Matter: c.ID})
	if m := matter(t, l, c.ID); m.Due != evidence.FormatTime(dutytest.At("2026-02-28", "17:30")) { // a Saturday that makes up
		t.Errorf("after a pause of three working days: due %s", m.Due)
	}
	r := dutytest.Add(t, l, duty.Entry{Act: duty.Rate, Code: "2", Desk: "3号窗口", Author: "偷看者"})
	m := matter(t, l, r.ID)
	if m.Limit != "R15" || m.Kind != "RATING" || r.Author != "" || m.Due != evidence.FormatTime(dutytest.At("2026-03-17", "17:30")) {
		t.Errorf("a bad rating opens %+v by %q", m, r.Author)
	}
	good := dutytest.Add(t, l, duty.Entry{Act: duty.Rate, Code: "5", Desk: "3号窗口"})
	if _, ok, _ := l.Matter(t.Context(), good.ID); ok {
		t.Error("a good rating opened a matter")
	}
}

func TestADayIsClosedOnlyWhenNothingIsLeftUnexplained(t *testing.T) {
	l, w := morning(t)
	ctx := t.Context()
	dutytest.Add(t, l, duty.Entry{Act: duty.ShiftStart, Author: "李强"})
	_, err := l.Add(ctx, duty.Entry{Act: duty.ShiftStart, Author: "赵敏"})
	refusedAs(t, err, "shift_runs")
	q := dutytest.Add(t, l, duty.Entry{Kind: "COORD", Text: "协调：开票软件升级"})
	i := dutytest.Add(t, l, duty.Entry{Kind: "INCIDENT", Code: "power", Text: "停电"})
	w.Pass(time.Hour)
	dutytest.Add(t, l, duty.Entry{Act: duty.ShiftOffer, Owner: "赵敏", Text: "两件未结"})
	var lacking *duty.Lacking
	if _, err := l.CloseDay(ctx, "2026-11-25", "李强"); !errors.As(err, &lacking) || len(lacking.Lacks) != 3 {
		t.Fatalf("got %v; want three lacks", err)
	}
	_, err = l.Add(ctx, duty.Entry{Act: duty.ShiftAccept, Author: "王五"})
	refusedAs(t, err, "shift_offer")
	dutytest.Add(t, l, duty.Entry{Act: duty.ShiftAccept, Author: "赵敏"})
	dutytest.Add(t, l, duty.Entry{Act: duty.Step, Matter: i.ID, Text: "启用发电机", People: []string{"电工"}, Recording: "HALL1-000001"})
	dutytest.Add(t, l, duty.Entry{Act: duty.Done, Matter: i.ID, Outcome: "恢复供电"})
	dutytest.Add(t, l, duty.Entry{Act: duty.Carry, Matter: q.ID, Reason: "待厂家答复", Owner: "赵敏"})
	closed, err := l.CloseDay(ctx, "2026-11-25", "赵敏")
	if err != nil {
		t.Fatal(err)
	}
	again, err := l.CloseDay(ctx, "2026-11-25", "李强")
	if err != nil || again.ID != closed.ID {
		t.Errorf("closing twice: %v, %s beside %s", err, again.ID, closed.ID)
	}
	d := day(t, l, "2026-11-25")
	if d.State != duty.DayClosed || d.Leader != "赵敏" || len(d.Shifts) != 2 || len(d.Closings) != 1 || d.Closings[0].Count != 8 {
		t.Errorf("closed as %s by %s: %+v %+v", d.State, d.Leader, d.Shifts, d.Closings)
	}
	if m := matter(t, l, i.ID); m.Emergency != "power" || len(m.Recording) != 1 {
		t.Errorf("the emergency: %+v", m)
	}
	_, err = l.Add(ctx, duty.Entry{Text: "咨询", Author: "李强"})
	refusedAs(t, err, "day_closed")
	w.Now = dutytest.At("2026-11-26", "09:00")
	if open := day(t, l, "2026-11-26").Open(); len(open) != 1 || open[0].ID != q.ID || !open[0].CarriedOver("2026-11-25") {
		t.Errorf("the next day begins with %+v", open)
	}
	fix := dutytest.Add(t, l, duty.Entry{Kind: "CONSULT", Text: "更正：昨日事项为两件", Corrects: q.ID})
	if got := day(t, l, "2026-11-26").Corrected(q.ID); len(got) != 1 || got[0] != fix.ID {
		t.Errorf("the correction shows as %v", got)
	}
}

func TestTheSystemClosesWhatItsLeaderDidNot(t *testing.T) {
	l, w := morning(t)
	dutytest.Add(t, l, duty.Entry{Kind: "COORD", Text: "协调"})
	for clock, want := range map[string]int{"23:29": 0, "23:31": 1} {
		w.Now = dutytest.At("2026-11-25", clock)
		if days, err := l.Due(t.Context()); err != nil || len(days) != want {
			t.Errorf("at %s: %v, %v; want %d days", clock, days, err, want)
		}
	}
	if _, err := l.CloseDay(t.Context(), "2026-11-25", duty.System); err != nil {
		t.Fatal(err)
	}
	if d := day(t, l, "2026-11-25"); d.State != duty.DaySystem || len(d.Open()) != 1 {
		t.Errorf("it is %s with %d open", d.State, len(d.Open()))
	}
	if days, _ := l.Due(t.Context()); len(days) != 0 {
		t.Errorf("%v is still due", days)
	}
}

func TestTheSameEntryTwiceIsOne(t *testing.T) {
	l, _ := morning(t)
	e := duty.Entry{ID: duty.NewID(), Author: "李强", Text: "咨询个税汇算"}
	a, b := dutytest.Add(t, l, e), dutytest.Add(t, l, e)
	if string(a.Raw) != string(b.Raw) || len(day(t, l, "2026-11-25").Entries) != 1 {
		t.Error("it was entered twice")
	}
	other := dutytest.Open(t, t.TempDir(), "HALL2", &dutytest.Wall{Now: dutytest.At("2026-11-25", "09:00")})
	for want := 1; want >= 0; want-- {
		if n, err := other.Take(t.Context(), [][]byte{a.Raw}); err != nil || n != want {
			t.Errorf("took %d, %v; want %d", n, err, want)
		}
	}
	forged := strings.Replace(string(a.Raw), "汇算", "申报", 1)
	_, err := other.Take(t.Context(), [][]byte{[]byte(forged)})
	refusedAs(t, err, "conflict")
}

func TestBadEntriesAreRefusedInWords(t *testing.T) {
	l, w := morning(t)
	for code, e := range map[string]duty.Entry{
		"long":      {Text: strings.Repeat("长", duty.MaxText+1)},
		"control":   {Text: "咨询\x07"},
		"encoding":  {Text: "\xd0\xd5"},
		"kind":      {Kind: "NONSENSE", Text: "x"},
		"act":       {Act: "fly", Text: "x"},
		"zone":      {Zone: "moon", Text: "x"},
		"needs":     {Kind: "CONSULT"},
		"link":      {Act: duty.Hand, Matter: duty.NewID(), Owner: "x"},
		"emergency": {Kind: "INCIDENT", Text: "x", Code: "war"},
		"rating":    {Act: duty.Rate, Code: "6"},
		"day":       {Day: "2026-11-26", Text: "x"},
		"stated":    {Stated: evidence.FormatTime(w.Now.Add(time.Hour)), Text: "x"},
		"patrol":    {Act: duty.Patrol, Code: "weather"},
		"review":    {Act: duty.Review, Code: "perhaps"},
		"tier":      {Kind: "COORD", Text: "x", Tier: "9"},
		"limit":     {Kind: "COORD", Text: "x", Limit: "T9"},
	} {
		e.Author = "李强"
		_, err := l.Add(t.Context(), e)
		refusedAs(t, err, code)
	}
	for _, author := range []string{"", " ", duty.System} {
		_, err := l.Add(t.Context(), duty.Entry{Text: "x", Author: author})
		refusedAs(t, err, "author")
	}
	_, err := l.Add(t.Context(), duty.Entry{Act: duty.DayClose, Author: "李强"}) // around what must be done first
	refusedAs(t, err, "act")
	if n := len(day(t, l, "2026-11-25").Entries); n != 0 {
		t.Errorf("%d refused entries are in the log", n)
	}
	dutytest.Add(t, l, duty.Entry{Text: strings.Repeat("𬭎", duty.MaxText)})
	if clean, gone := duty.Clean("咨\x07询\r\n二\u202e行"); clean != "咨询\n二行" || gone != 2 {
		t.Errorf("cleaned to %q, %d gone", clean, gone)
	}
}

func TestWordsOfAnyLengthAreFoundNewestFirst(t *testing.T) {
	l, w := morning(t)
	for range 30 {
		w.Pass(time.Minute)
		dutytest.Add(t, l, duty.Entry{Text: "咨询增值税申报", Taxpayer: evidence.Taxpayer{Name: "王芳"}})
	}
	dutytest.Add(t, l, duty.Entry{Text: "引导至自助区"})
	seen, before := 0, int64(0)
	for {
		f, err := l.Search(t.Context(), "王芳 税申", before, 7)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range f.Entries {
			if i > 0 && f.Entries[i-1].Less(e) {
				t.Error("an older entry stands before a newer one")
			}
		}
		if seen += len(f.Entries); f.Before == 0 {
			break
		}
		before = f.Before
	}
	if seen != 30 {
		t.Errorf("found %d of 30", seen)
	}
	if f, _ := l.Search(t.Context(), "没有", 0, 10); len(f.Entries) > 0 {
		t.Error("found what is not there")
	}
	if f, _ := l.Search(t.Context(), "", 0, 10); len(f.Entries) != 10 || f.Before == 0 {
		t.Error("nothing typed does not list all")
	}
}

func TestAClockThatIsMovedIsRemarkedAndLosesNothing(t *testing.T) {
	l, w := morning(t)
	a := dutytest.Add(t, l, duty.Entry{Text: "咨询一"})
	w.Pass(time.Minute)
	w.Now = w.Now.Add(-3 * time.Hour) // somebody set it back
	b := dutytest.Add(t, l, duty.Entry{Text: "咨询二"})
	w.Pass(time.Minute)
	w.Now = w.Now.Add(3 * time.Hour)
	c := dutytest.Add(t, l, duty.Entry{Text: "咨询三"})
	d := day(t, l, "2026-11-25")
	if !a.Less(b) || !b.Less(c) || len(d.Entries) != 3 || d.Entries[1].ID != b.ID {
		t.Error("the order is not that of entering")
	}
	if len(d.Remarks) != 2 || d.Remarks[0].Code != "clock_moved" || d.Remarks[0].Detail != "-3h0m0s" {
		t.Errorf("remarks are %+v", d.Remarks)
	}
}

func TestALineHalfTypedIsThereAfterACrash(t *testing.T) {
	home := t.TempDir()
	l := dutytest.Open(t, home, "HALL1", &dutytest.Wall{Now: dutytest.At("2026-11-25", "09:00")})
	for _, text := range []string{"咨", "咨询个"} {
		if err := l.SaveLine(t.Context(), "entry", text); err != nil {
			t.Fatal(err)
		}
	}
	again := dutytest.Open(t, home, "HALL1", &dutytest.Wall{}) // the first was never closed
	if text, err := again.Line(t.Context(), "entry"); err != nil || text != "咨询个" {
		t.Errorf("got %q, %v", text, err)
	}
}

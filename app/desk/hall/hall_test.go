package hall_test

import (
	"context"
	"testing"
	"time"

	"minglu/app/desk/hall"
	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/capture/clock"
	"minglu/capture/evidence"
)

// wall is a clock that a test turns.
type wall struct {
	now  time.Time
	boot time.Duration
}

func (w *wall) pass(d time.Duration) { w.now, w.boot = w.now.Add(d), w.boot+d }

func (w *wall) clock() clock.Clock {
	return clock.Clock{Now: func() time.Time { return w.now }, Boot: func() time.Duration { return w.boot }, BootID: "boot"}
}

// at is a moment of legal time.
func at(day calendar.Day, clock string) time.Time { return day.At(clock) }

// openLog opens the log of a home, in the morning of a Wednesday.
func openLog(t *testing.T, home string, w *wall) *duty.Log {
	t.Helper()
	l, err := duty.Open(t.Context(), home, duty.Who{Hall: "HALL1", Machine: "HALL1"}, w.clock())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func morning(t *testing.T) (*duty.Log, *wall) {
	t.Helper()
	w := &wall{now: at("2026-11-25", "08:55")}
	return openLog(t, t.TempDir(), w), w
}

func add(t *testing.T, l *duty.Log, e duty.Entry) duty.Entry {
	t.Helper()
	if e.Author == "" && e.Act != duty.Rate {
		e.Author = "李强"
	}
	made, err := l.Add(t.Context(), e)
	if err != nil {
		t.Fatalf("%+v: %v", e, err)
	}
	return made
}

// busyDay fills a log with a day as a hall has it.
func busyDay(t *testing.T, l *duty.Log, w *wall) {
	t.Helper()
	add(t, l, duty.Entry{Act: duty.ShiftStart})
	w.pass(9 * time.Minute)
	add(t, l, duty.Entry{Act: duty.Roster, Zone: "expert", People: []string{"王芳", "赵𬭎"}})
	add(t, l, duty.Entry{Act: duty.Patrol, Code: "courtesy", Text: "正常", Zone: "window"})
	add(t, l, duty.Entry{Text: "引导纳税人至自助办税区领取发票", Zone: "guide", Desk: "导税台"})
	w.pass(7 * time.Minute)
	ask := add(t, l, duty.Entry{Kind: "CONSULT", Text: "咨询：小规模纳税人季度申报，起征点以下是否需要申报，附加税如何处理，能否在自助机上办理", Desk: "3号窗口"})
	first := add(t, l, duty.Entry{Kind: "FIRST_ASKED", Text: "首问：一般纳税人登记", Taxpayer: evidence.Taxpayer{Name: "明远商贸有限公司", USCC: "91420100MA4KXXXX00"}, Desk: "3号窗口"})
	add(t, l, duty.Entry{Kind: "COORD", Text: "协调：跨区迁移涉及税政、征管两科", Owner: "征管科 周敏"})
	add(t, l, duty.Entry{Corrects: ask.ID, Act: duty.Note, Kind: "CONSULT", Text: "咨询：小规模纳税人月度申报（更正：不是季度）", Desk: "3号窗口"})
	w.pass(25 * time.Minute)
	add(t, l, duty.Entry{Act: duty.Hand, Matter: first.ID, Owner: "王芳", Tier: "2", Reason: "需核实资料"})
	complaint := add(t, l, duty.Entry{Kind: "COMPLAINT", Text: "投诉：等候时间过长，叫号跳号", Limit: "T2"})
	add(t, l, duty.Entry{Act: duty.Pause, Matter: complaint.ID, Reason: "等待叫号机厂家答复"})
	add(t, l, duty.Entry{Kind: "INCIDENT", Act: duty.Begin, Code: "network", Text: "网络故障：金三系统无法登录，大厅约四十人等候", People: []string{"李强", "信息科 陈工"}})
	for _, level := range []string{"5", "5", "4", "5", "3", "1"} {
		add(t, l, duty.Entry{Act: duty.Rate, Code: level, Desk: "3号窗口"})
	}
	w.pass(20 * time.Minute)
	add(t, l, duty.Entry{Kind: "OPINION", Text: "建议：在等候区增设饮水机", Desk: "意见箱"})
}

// work runs a model until what was asked for is done.
func work(t *testing.T, m *hall.Model, until func() bool) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		m.Run(ctx)
		close(done)
	}()
	for end := time.Now().Add(20 * time.Second); !until(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			stop()
			<-done
			t.Fatal("the model did not do it")
		}
	}
	stop()
	<-done
}

func answered(m *hall.Model, key string) func() bool {
	return func() bool { return answer(m, key).Key != "" }
}

func answer(m *hall.Model, key string) hall.Answer {
	for _, a := range m.Answers.Newest() {
		if a.Key == key {
			return a
		}
	}
	return hall.Answer{}
}

func TestALineBecomesAnEntryAndIsEmptyAgain(t *testing.T) {
	l, _ := morning(t)
	m := hall.NewModel(l, hall.Ports{})
	m.Sign("李强")
	m.Type("投诉：窗口空岗")
	if k := m.Typed.Newest().Kind; k != "COMPLAINT" {
		t.Errorf("guessed %s", k)
	}
	m.Enter()
	work(t, m, func() bool { return m.Typed.Newest().Sent == 1 && m.Today.Newest().Day != nil })
	typed := m.Typed.Newest()
	if typed.Text != "" || typed.Last != "COMPLAINT" || typed.Fault != nil {
		t.Errorf("after the entry the line is %+v", typed)
	}
	d, err := l.Day(t.Context(), "2026-11-25")
	if err != nil || len(d.Entries) != 1 || d.Entries[0].Kind != "COMPLAINT" || len(d.Matters) != 1 {
		t.Errorf("the day is %+v, %v", d, err)
	}
	m.Type("又一条")
	if k := m.Typed.Newest().Kind; k != "COMPLAINT" {
		t.Errorf("words that say nothing have the kind of the last entry; got %s", k)
	}
}

func TestAnUnsentLineIsThereAgainAfterACrash(t *testing.T) {
	home, w := t.TempDir(), &wall{now: at("2026-11-25", "09:00")}
	m := hall.NewModel(openLog(t, home, w), hall.Ports{})
	m.Sign("李强")
	m.Type("纳税人反映自助机卡纸，")
	m.Choose("EQUIP")
	kept := func() bool {
		text, err := m.Log.Line(context.Background(), "typed")
		return err == nil && len(text) > 40
	}
	work(t, m, kept)
	again := hall.NewModel(openLog(t, home, w), hall.Ports{})
	work(t, again, func() bool { return again.Typed.Newest().Text != "" })
	got := again.Typed.Newest()
	if got.Text != "纳税人反映自助机卡纸，" || got.Kind != "EQUIP" || got.Author != "李强" {
		t.Errorf("came back as %+v", got)
	}
}

// A machine may die after the entry is on the disk and before the line is forgotten.
func TestALineThatWasEnteredBeforeACrashDoesNotComeBack(t *testing.T) {
	home, w := t.TempDir(), &wall{now: at("2026-11-25", "09:00")}
	l := openLog(t, home, w)
	m := hall.NewModel(l, hall.Ports{})
	m.Sign("李强")
	m.Type("引导纳税人取号")
	work(t, m, func() bool {
		text, err := l.Line(context.Background(), "typed")
		return err == nil && len(text) > 40
	})
	add(t, l, duty.Entry{ID: m.Typed.Newest().ID, Text: "引导纳税人取号"})
	again := hall.NewModel(l, hall.Ports{})
	work(t, again, func() bool { return again.Today.Newest().Day != nil })
	if got := again.Typed.Newest(); got.Text != "" || got.Author != "李强" {
		t.Errorf("came back as %+v", got)
	}
}

func TestARefusedLineStaysWithItsReason(t *testing.T) {
	l, _ := morning(t)
	m := hall.NewModel(l, hall.Ports{})
	m.Type("无人署名的记录")
	m.Enter()
	work(t, m, func() bool { return m.Typed.Newest().Fault != nil })
	if got := m.Typed.Newest(); got.Text == "" || got.Sending {
		t.Errorf("the line is %+v", got)
	}
}

func TestPastedControlCharactersAreTakenOutAndTold(t *testing.T) {
	l, _ := morning(t)
	m := hall.NewModel(l, hall.Ports{})
	m.Type("咨询\x00\x1b[31m发票")
	if got := m.Typed.Newest(); got.Text != "咨询[31m发票" || got.Gone != 2 || got.Rev == 0 {
		t.Errorf("the line is %+v", got)
	}
}

func TestEntriesAskedForTwiceAreEnteredOnce(t *testing.T) {
	l, _ := morning(t)
	m := hall.NewModel(l, hall.Ports{})
	e := duty.Entry{ID: duty.NewID(), Text: "例会：今日平稳", Kind: "MEETING", Act: duty.Note, Author: "李强"}
	m.Add(e)
	key := m.Add(e, duty.Entry{ID: duty.NewID(), Text: "增设一个窗口", Kind: "MEETING", Act: duty.Begin, Author: "李强"})
	work(t, m, func() bool { return len(m.Today.Newest().Rows) > 1 && len(m.Answers.Newest()) == 2 })
	today := m.Today.Newest()
	if len(today.Rows) != 2 || len(today.Open) != 1 || answer(m, key).Err != nil {
		t.Errorf("%d rows, %d open, %v", len(today.Rows), len(today.Open), answer(m, key).Err)
	}
}

func TestWhatWasAskedForIsDoneWhenTheWindowCloses(t *testing.T) {
	l, _ := morning(t)
	m := hall.NewModel(l, hall.Ports{})
	ctx, stop := context.WithCancel(context.Background())
	stop()
	m.Sign("李强")
	m.Type("最后一条")
	m.Enter()
	m.Run(ctx)
	d, err := l.Day(t.Context(), "2026-11-25")
	if err != nil || len(d.Entries) != 1 {
		t.Errorf("the day is %+v, %v", d, err)
	}
}

func TestADayIsClosedOnlyWhenNothingLacksAndThenSealed(t *testing.T) {
	l, w := morning(t)
	add(t, l, duty.Entry{Act: duty.ShiftStart})
	q := add(t, l, duty.Entry{Kind: "FIRST_ASKED", Text: "首问：登记"})
	w.pass(time.Hour)
	sealed := 0
	m := hall.NewModel(l, hall.Ports{Seal: func(context.Context, calendar.Day) error { sealed++; return nil }})
	refused := m.Close("2026-11-25", "李强")
	work(t, m, answered(m, refused))
	if err := answer(m, refused).Err; err == nil || i18n.FaultCode(err) != "duty.lacking" || sealed > 0 {
		t.Errorf("got %v, %d sealed", err, sealed)
	}
	if lacks := m.Today.Newest().Lacks; len(lacks) != 1 || lacks[0].Matter != q.ID {
		t.Errorf("lacks %+v", lacks)
	}
	carried := m.Add(duty.Entry{Act: duty.Carry, Matter: q.ID, Reason: "待核实", Owner: "王芳", Author: "李强"})
	closed := m.Close("2026-11-25", "李强")
	work(t, m, answered(m, closed))
	if answer(m, carried).Err != nil || answer(m, closed).Err != nil || sealed != 1 || !m.Today.Newest().Closed() {
		t.Errorf("carried %v, closed %v, %d sealed", answer(m, carried).Err, answer(m, closed).Err, sealed)
	}
}

func TestTheRecordingOfAnEmergencyIsLinkedToItOnce(t *testing.T) {
	l, _ := morning(t)
	e := add(t, l, duty.Entry{Kind: "INCIDENT", Act: duty.Begin, Code: "dispute", Text: "突发：争执"})
	var asked hall.Film
	recorder := hall.Recorder{}
	m := hall.NewModel(l, hall.Ports{
		Film:     func(_ context.Context, f hall.Film) error { asked = f; return nil },
		Recorder: func() hall.Recorder { return recorder },
	})
	work(t, m, func() bool { return len(m.Today.Newest().Open) == 1 })
	m.Film(m.Today.Newest().Open[0])
	work(t, m, func() bool { return asked.Case != "" })
	recorder = hall.Recorder{Running: true, Busy: true, ID: "HALL1-000007", Item: asked.Item, Case: asked.Case}
	for range 2 {
		work(t, m, func() bool {
			c, ok := m.Today.Newest().Matter(e.ID)
			return ok && len(c.Recording) == 1
		})
	}
	if c, _ := m.Today.Newest().Matter(e.ID); c.Recording[0] != "HALL1-000007" || len(m.Today.Newest().Rows) != 2 {
		t.Errorf("linked %v in %d rows", c.Recording, len(m.Today.Newest().Rows))
	}
}

func TestARatingIsAnonymousAndABadOneOpensAFollowUp(t *testing.T) {
	l, w := morning(t)
	m := hall.NewModel(l, hall.Ports{})
	m.Sign("李强")
	m.Rate("3号窗口", "1")
	if !m.Public.Newest().Thanks {
		t.Error("no thanks")
	}
	work(t, m, func() bool { return len(m.Today.Newest().Open) == 1 })
	today := m.Today.Newest()
	if today.Rows[0].Author != "" || today.Rows[0].Desk != "3号窗口" || today.Glance.Ratings[0] != 1 || today.Open[0].Limit != "R15" {
		t.Errorf("the row is %+v, the matter %+v", today.Rows[0].Entry, today.Open[0])
	}
	w.pass(4 * time.Second)
	work(t, m, func() bool { return !m.Public.Newest().Thanks })
}

func TestASearchWaitsForTheTypingToEndAndPagesBack(t *testing.T) {
	l, w := morning(t)
	for range 130 {
		add(t, l, duty.Entry{Kind: "CONSULT", Text: "咨询：发票领用"})
		w.pass(time.Second)
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

func TestTheBoardTakesNoNumberThatMustBeMasked(t *testing.T) {
	l, _ := morning(t)
	m := hall.NewModel(l, hall.Ports{})
	for text, ok := range map[string]bool{
		"咨询电话 12366，值班电话 0375-1234567": true, "本周六 2026-11-28 09:00 至 17:30 延时服务": true, "增值税申报期至 12 月 15 日": true,
		"请致电 13812345678": false, "请致电 138 1234 5678": false, "身份证 42010119900101123X": false, "税号 91420100MA4KXXXX00": false,
		"账号 6222 0202 0001 2345 678": false,
	} {
		key := m.WriteBoard(text, "")
		work(t, m, answered(m, key))
		if err := answer(m, key).Err; (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
	again := hall.NewModel(l, hall.Ports{})
	work(t, again, func() bool { return again.Public.Newest().Guidance != "" })
}

func TestAWrittenTimeIsRead(t *testing.T) {
	now := at("2026-11-25", "10:00")
	for text, want := range map[string]time.Time{
		"9:05": at("2026-11-25", "09:05"), "09：05": at("2026-11-25", "09:05"), "11-27": at("2026-11-27", "17:30"), "11/27 9:00": at("2026-11-27", "09:00"),
		"2027-1-4": at("2027-01-04", "17:30"), " 2027-01-04  8:30 ": at("2027-01-04", "08:30"),
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
	now := at("2026-11-25", "10:00")
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

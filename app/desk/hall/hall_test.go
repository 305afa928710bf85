package hall_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"minglu/app/desk/hall"
	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/app/office/duty/dutytest"
	"minglu/capture/evidence"
)

func morning(t *testing.T) (*duty.Log, *dutytest.Wall) {
	t.Helper()
	return dutytest.Morning(t, "08:55")
}

// busyDay fills a log with a day as a hall has it.
func busyDay(t *testing.T, l *duty.Log, w *dutytest.Wall) {
	t.Helper()
	dutytest.Add(t, l, duty.Entry{Act: duty.ShiftStart})
	w.Pass(9 * time.Minute)
	dutytest.Add(t, l, duty.Entry{Act: duty.Roster, Zone: "expert", People: []string{"王芳", "赵𬭎"}})
	dutytest.Add(t, l, duty.Entry{Act: duty.Patrol, Code: "courtesy", Text: "正常", Zone: "window"})
	dutytest.Add(t, l, duty.Entry{Text: "引导纳税人至自助办税区领取发票", Zone: "guide", Desk: "导税台"})
	w.Pass(7 * time.Minute)
	ask := dutytest.Add(t, l, duty.Entry{Kind: "CONSULT", Text: "咨询：小规模纳税人季度申报，起征点以下是否需要申报，附加税如何处理，能否在自助机上办理", Desk: "3号窗口"})
	first := dutytest.Add(t, l, duty.Entry{Kind: "FIRST_ASKED", Text: "首问：一般纳税人登记", Taxpayer: evidence.Taxpayer{Name: "明远商贸有限公司", USCC: "91420100MA4KXXXX00"}, Desk: "3号窗口"})
	dutytest.Add(t, l, duty.Entry{Kind: "COORD", Text: "协调：跨区迁移涉及税政、征管两科", Owner: "征管科 周敏"})
	dutytest.Add(t, l, duty.Entry{Corrects: ask.ID, Act: duty.Note, Kind: "CONSULT", Text: "咨询：小规模纳税人月度申报（更正：不是季度）", Desk: "3号窗口"})
	w.Pass(25 * time.Minute)
	dutytest.Add(t, l, duty.Entry{Act: duty.Hand, Matter: first.ID, Owner: "王芳", Tier: "2", Reason: "需核实资料"})
	complaint := dutytest.Add(t, l, duty.Entry{Kind: "COMPLAINT", Text: "投诉：等候时间过长，叫号跳号", Limit: "T2"})
	dutytest.Add(t, l, duty.Entry{Act: duty.Pause, Matter: complaint.ID, Reason: "等待叫号机厂家答复"})
	dutytest.Add(t, l, duty.Entry{Kind: "INCIDENT", Act: duty.Begin, Code: "network", Text: "网络故障：金三系统无法登录，大厅约四十人等候", People: []string{"李强", "信息科 陈工"}})
	for _, level := range []string{"5", "5", "4", "5", "3", "1"} {
		dutytest.Add(t, l, duty.Entry{Act: duty.Rate, Code: level, Desk: "3号窗口"})
	}
	w.Pass(20 * time.Minute)
	dutytest.Add(t, l, duty.Entry{Kind: "OPINION", Text: "建议：在等候区增设饮水机", Desk: "意见箱"})
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

func TestAPhraseIsAWholeEntryAndSpoilsNothingTyped(t *testing.T) {
	l, _ := morning(t)
	m := hall.NewModel(l, hall.Ports{})
	m.Sign("李强")
	phrases := l.Rules.Phrases
	m.Phrase(phrases[7], i18n.ZH)
	m.Phrase(phrases[4], i18n.ZH) // the other one was meant
	if got := m.Typed.Newest(); got.Text != phrases[4].ZH || got.Kind != "EQUIP" {
		t.Errorf("the line is %+v", got)
	}
	m.Enter()
	m.Type("三号窗口")
	m.Phrase(phrases[5], i18n.ZH)
	if got := m.Typed.Newest(); got.Text != "三号窗口 "+phrases[5].ZH {
		t.Errorf("the line is %+v", got)
	}
	work(t, m, func() bool { return m.Typed.Newest().Sent == 1 && len(m.Today.Newest().Rows) == 1 })
	if row := m.Today.Newest().Rows[0]; row.Kind != "EQUIP" || row.Text != phrases[4].ZH {
		t.Errorf("entered %+v", row.Entry)
	}
}

func TestWordsThatSayNothingOpenNoSecondEmergency(t *testing.T) {
	l, _ := morning(t)
	m := hall.NewModel(l, hall.Ports{})
	m.Sign("李强")
	m.Type("突发：停电")
	m.Enter()
	work(t, m, func() bool { return m.Typed.Newest().Sent == 1 && len(m.Today.Newest().Open) == 1 })
	m.Type("已联系供电所")
	if k := m.Typed.Newest().Kind; k == "INCIDENT" {
		t.Error("the next line would be an emergency")
	}
	if c := m.Today.Newest().Open[0]; c.Emergency != "power" {
		t.Errorf("opened %+v", c.Matter)
	}
}

func TestAnUnsentLineIsThereAgainAfterACrash(t *testing.T) {
	home, w := t.TempDir(), &dutytest.Wall{Now: dutytest.At("2026-11-25", "09:00")}
	m := hall.NewModel(dutytest.Open(t, home, dutytest.Hall, w), hall.Ports{})
	m.Sign("李强")
	m.Type("纳税人反映自助机卡纸，")
	m.Choose("EQUIP")
	kept := func() bool {
		text, err := m.Log.Line(context.Background(), "typed")
		return err == nil && len(text) > 40
	}
	work(t, m, kept)
	again := hall.NewModel(dutytest.Open(t, home, dutytest.Hall, w), hall.Ports{})
	work(t, again, func() bool { return again.Typed.Newest().Text != "" })
	got := again.Typed.Newest()
	if got.Text != "纳税人反映自助机卡纸，" || got.Kind != "EQUIP" || got.Author != "李强" {
		t.Errorf("came back as %+v", got)
	}
}

// A machine may die before or after the entry is on the disk, with the line still on its way.
func TestALineOnItsWayComesBackAfterACrashUnlessItWasEntered(t *testing.T) {
	for _, entered := range []bool{false, true} {
		home, w := t.TempDir(), &dutytest.Wall{Now: dutytest.At("2026-11-25", "09:00")}
		l := dutytest.Open(t, home, dutytest.Hall, w)
		id := duty.NewID()
		kept := `{"id":"","text":"","kind":"GUIDE","chosen":false,"author":"李强","last":"","going":{"id":"` + id + `","text":"引导纳税人取号","kind":"GUIDE"}}`
		if err := l.SaveLine(t.Context(), "typed", kept); err != nil {
			t.Fatal(err)
		}
		want := "引导纳税人取号"
		if entered {
			dutytest.Add(t, l, duty.Entry{ID: id, Text: want})
			want = ""
		}
		m := hall.NewModel(l, hall.Ports{})
		work(t, m, func() bool { return m.Today.Newest().Day != nil })
		if got := m.Typed.Newest(); got.Text != want || got.Author != "李强" || got.Going != nil {
			t.Errorf("entered %v: came back as %+v", entered, got)
		}
	}
}

func TestARefusedLineStaysWithItsReason(t *testing.T) {
	l, _ := morning(t)
	m := hall.NewModel(l, hall.Ports{})
	m.Type("无人署名的记录")
	m.Enter()
	m.Type("，接着写")
	work(t, m, func() bool { return m.Typed.Newest().Fault != nil })
	if got := m.Typed.Newest(); got.Text != "无人署名的记录，接着写" || got.Going != nil {
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
	dutytest.Add(t, l, duty.Entry{Act: duty.ShiftStart})
	q := dutytest.Add(t, l, duty.Entry{Kind: "FIRST_ASKED", Text: "首问：登记"})
	w.Pass(time.Hour)
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
	l, w := morning(t)
	e := dutytest.Add(t, l, duty.Entry{Kind: "INCIDENT", Act: duty.Begin, Code: "dispute", Text: "突发：争执"})
	var film atomic.Pointer[hall.Film]
	recorder := hall.Recorder{}
	m := hall.NewModel(l, hall.Ports{
		Film:     func(_ context.Context, f hall.Film) error { film.Store(&f); return nil },
		Recorder: func() hall.Recorder { return recorder },
	})
	work(t, m, func() bool { return len(m.Today.Newest().Open) == 1 })
	m.Film(m.Today.Newest().Open[0])
	work(t, m, func() bool { return film.Load() != nil })
	asked := film.Load()
	recorder = hall.Recorder{Running: true, Busy: true, ID: "HALL1-000007", Item: asked.Item, Case: asked.Case}
	for range 2 {
		w.Pass(10 * time.Second)
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
	w.Pass(4 * time.Second)
	work(t, m, func() bool { return !m.Public.Newest().Thanks })
}

package hall_test

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/hall"
	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/office/duty"
	"minglu/app/office/duty/dutytest"
	"minglu/sync/outbox"
)

// window is a window with the page and the entry line, and a way to type.
type window struct {
	t    *testing.T
	m    *hall.Model
	v    *hall.View
	line *hall.Line
	w    fyne.Window
}

// The two screens that a page must look right on: what the shell leaves of 1024×768 and of 1280×800.
func sizes() []fyne.Size { return []fyne.Size{fyne.NewSize(872, 690), fyne.NewSize(1128, 722)} }

func open(t *testing.T, l *duty.Log, lang i18n.Lang, size fyne.Size) *window {
	t.Helper()
	look.Dress(test.NewTempApp(t))
	ports := hall.Ports{
		Heading: duty.Heading{Org: "示例市税务局", Title: "办税服务厅"}, Folder: t.TempDir(),
		Recorder: func() hall.Recorder { return hall.Recorder{} },
		InUse:    func() []string { return []string{"第一约谈室", "第三约谈室"} },
	}
	o := &window{t: t, m: hall.NewModel(l, ports), w: test.NewTempWindow(t, nil)}
	o.line = hall.NewLine(o.m, lang, o.w, nil)
	o.v = hall.NewView(o.m, lang, o.w, nil, hall.Actions{Hall: "办税服务厅", Line: o.line.Open})
	o.w.SetContent(o.v.Body)
	o.w.SetPadded(false)
	o.w.Resize(size)
	return o
}

// settle lets the model do what was asked for, and draws it.
func (o *window) settle(until func() bool) {
	o.t.Helper()
	work(o.t, o.m, until)
	o.draw()
}

func (o *window) draw() {
	o.v.DrawToday(o.m.Today.Newest())
	o.v.DrawMonth(o.m.Month.Newest())
	o.v.DrawPast(o.m.Past.Newest())
	o.v.DrawFound(o.m.Found.Newest())
	o.v.DrawAnswers(o.m.Answers.Newest())
	o.line.Draw(o.m.Typed.Newest())
}

func (o *window) typed(text string) {
	for _, r := range text {
		o.w.Canvas().Focused().TypedRune(r)
	}
}

func (o *window) key(name fyne.KeyName) {
	f := o.w.Canvas().Focused()
	if f == nil {
		o.t.Fatalf("nothing has the focus for %s", name)
	}
	if k, ok := f.(desktop.Keyable); ok {
		k.KeyDown(&fyne.KeyEvent{Name: name})
		defer k.KeyUp(&fyne.KeyEvent{Name: name})
	}
	f.TypedKey(&fyne.KeyEvent{Name: name})
}

// focusHint is what the field with the focus says while it is empty.
func (o *window) focusHint() string {
	if f, ok := o.w.Canvas().Focused().(*control.Field); ok {
		return f.PlaceHolder
	}
	return ""
}

func (o *window) picture(name string) {
	o.t.Helper()
	test.AssertImageMatches(o.t, name+".png", o.w.Canvas().Capture())
}

func each(t *testing.T, do func(t *testing.T, lang i18n.Lang, size fyne.Size, name string)) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		for _, size := range sizes() {
			name := fmt.Sprintf("%s-%.0f", lang, size.Width)
			t.Run(name, func(t *testing.T) { do(t, lang, size, name) })
		}
	}
}

func TestTheSheetsOfABusyDay(t *testing.T) {
	each(t, func(t *testing.T, lang i18n.Lang, size fyne.Size, name string) {
		l, w := morning(t)
		w.Now = dutytest.At("2026-11-24", "09:00")
		dutytest.Add(t, l, duty.Entry{Act: duty.ShiftStart, Author: "周敏"})
		dutytest.Add(t, l, duty.Entry{Text: "引导纳税人取号", Author: "周敏"})
		if _, err := l.CloseDay(t.Context(), "2026-11-24", "周敏"); err != nil {
			t.Fatal(err)
		}
		w.Pass(24*time.Hour - 5*time.Minute)
		busyDay(t, l, w)
		o := open(t, l, lang, size)
		o.m.ShowMonth("2026-11")
		o.m.Open("2026-11-24")
		o.settle(func() bool {
			return o.m.Today.Newest().Day != nil && o.m.Month.Newest().Month != "" && o.m.Past.Newest().Day != nil
		})
		for _, sheet := range []string{"today", "day", "days", "month"} {
			o.picture(sheet + "-" + name)
			o.v.Again()
		}
	})
}

func TestTheDayIsClosedAndOnItsWay(t *testing.T) {
	l, w := morning(t)
	dutytest.Add(t, l, duty.Entry{Act: duty.ShiftStart})
	w.Pass(8 * time.Hour)
	dutytest.Add(t, l, duty.Entry{Act: duty.ShiftEnd})
	if _, err := l.CloseDay(t.Context(), "2026-11-25", "李强"); err != nil {
		t.Fatal(err)
	}
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		o := open(t, l, lang, sizes()[0])
		o.settle(func() bool { return o.m.Today.Newest().Day != nil })
		today := o.m.Today.Newest()
		today.Sealed = []hall.Sealed{{ID: "HALL1-000012", State: outbox.Received}, {ID: "HALL1-000013", State: outbox.Uploading}}
		o.v.DrawToday(today)
		o.v.Again()
		o.picture("closed-" + string(lang))
	}
}

func TestTheLineOverThePage(t *testing.T) {
	l, w := morning(t)
	busyDay(t, l, w)
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		o := open(t, l, lang, sizes()[0])
		o.settle(func() bool { return o.m.Today.Newest().Day != nil })
		o.m.Sign("李强")
		o.line.Open()
		o.typed("投诉：三号窗口态度生硬，要求值班领导出面")
		o.draw()
		o.picture("line-" + string(lang))
	}
}

func TestAMatterWithItsHistory(t *testing.T) {
	l, w := morning(t)
	busyDay(t, l, w)
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		o := open(t, l, lang, sizes()[0])
		o.settle(func() bool { return len(o.m.Today.Newest().Open) > 0 })
		o.v.ShowMatter(first(o, "FIRST_ASKED"))
		o.picture("matter-" + string(lang))
	}
}

func first(o *window, kind string) string {
	for _, c := range o.m.Today.Newest().Open {
		if c.Kind == kind {
			return c.ID
		}
	}
	o.t.Fatalf("no open matter of kind %s", kind)
	return ""
}

func TestTheScreensForThePublic(t *testing.T) {
	l, w := morning(t)
	busyDay(t, l, w)
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		o := open(t, l, lang, fyne.NewSize(1280, 800))
		o.m.Sign("李强")
		key := o.m.WriteBoard(duty.Board{Guidance: "取号：请到导税台\n开票、领票：1 至 6 号窗口\n疑难问题：专家坐席", Notices: "本周六（11-28）09:00 至 12:00 延时服务。\n纳税服务热线 12366"})
		o.settle(func() bool { return answered(o.m, key)() && o.m.Public.Newest().Leader != "" })
		board := o.v.NewBoard(func() float32 { return 1280 })
		board.Draw(o.m.Public.Newest())
		o.w.SetContent(board.Body)
		o.picture("board-" + string(lang))
		counter := o.v.NewCounter("3号窗口")
		counter.Draw(o.m.Public.Newest())
		o.w.SetContent(counter.Body)
		o.picture("counter-" + string(lang))
	}
}

func TestEveryTargetIsLargeEnough(t *testing.T) {
	l, w := morning(t)
	busyDay(t, l, w)
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		o := open(t, l, lang, sizes()[0])
		o.m.ShowMonth("2026-11")
		o.settle(func() bool { return o.m.Today.Newest().Day != nil && o.m.Month.Newest().Month != "" })
		for range 4 {
			for _, object := range test.LaidOutObjects(o.w.Content()) {
				if b, ok := object.(*look.Button); ok && b.Visible() && (b.Size().Height < look.Target || b.Size().Width < look.Target) {
					t.Errorf("%q is %v", b.Text, b.Size())
				}
			}
			if got := o.w.Canvas().Size(); got != sizes()[0] {
				t.Errorf("the page asks for %v", o.v.Body.MinSize())
			}
			o.v.Again()
		}
	}
}

// Forms are looked at in both languages: the longest, and those with a list in them.
func TestTheForms(t *testing.T) {
	l, w := morning(t)
	busyDay(t, l, w)
	dutytest.Add(t, l, duty.Entry{Act: duty.ShiftOffer, Owner: "王芳", Text: "叫号机厂家下午到"})
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		o := open(t, l, lang, sizes()[0])
		o.settle(func() bool { return o.m.Today.Newest().Day != nil })
		for _, key := range []string{"first_asked", "emergency", "shift.accept", "meeting", "close_day"} {
			if key == "shift.accept" {
				o.v.Again()
			}
			o.pressIn(lang, key)
			o.picture("form-" + key + "-" + string(lang))
			o.key(fyne.KeyEscape)
		}
	}
}

func TestNoRowIsEverEmptyWhileScrolling(t *testing.T) {
	l, w := morning(t)
	for i := range 300 {
		dutytest.Add(t, l, duty.Entry{Kind: "CONSULT", Text: fmt.Sprintf("咨询：第 %d 位", i)})
		w.Pass(time.Second)
	}
	o := open(t, l, i18n.ZH, sizes()[0])
	o.settle(func() bool { return o.m.Today.Newest().Day != nil })
	for _, object := range test.LaidOutObjects(o.w.Content()) {
		list, ok := object.(*look.List)
		if !ok || list.Length() < 300 {
			continue
		}
		for at := 0; at < 300; at += 7 {
			list.ScrollTo(at)
			for _, o := range test.LaidOutObjects(list) {
				if label, ok := o.(*widget.Label); ok && label.Visible() && label.Text == "" {
					t.Fatalf("at row %d a row is empty", at)
				}
			}
		}
		return
	}
	t.Error("there is no list of the day's entries")
}

package hall_test

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/office/duty"
)

// press walks by Tab until a button with these words has the focus, and presses it.
func (o *window) press(key string) { o.pressIn(i18n.ZH, key) }

func (o *window) pressIn(lang i18n.Lang, key string) {
	o.t.Helper()
	want := i18n.Say(lang, "desk.hall."+key)
	for range 60 {
		switch b := o.w.Canvas().Focused().(type) {
		case *look.Button:
			if b.Text == want {
				o.key(fyne.KeyReturn)
				return
			}
		}
		o.w.Canvas().FocusNext()
	}
	o.t.Fatalf("no button %q can be reached by Tab", want)
}

// entry writes an entry through the line.
func (o *window) entry(text string) {
	o.t.Helper()
	o.line.Open()
	o.typed(text)
	sent := o.m.Typed.Newest().Sent
	o.key(fyne.KeyReturn)
	o.settle(func() bool { return o.m.Typed.Newest().Sent > sent })
}

// seen demands that what has the keys in a form lies within its page.
func (o *window) seen() {
	o.t.Helper()
	focused, ok := o.w.Canvas().Focused().(fyne.CanvasObject)
	if !ok {
		return // the form is done
	}
	top := fyne.CurrentApp().Driver().AbsolutePositionForObject(focused).Y
	if bottom := top + focused.Size().Height; top < 60 || bottom > o.w.Canvas().Size().Height-80 {
		o.t.Errorf("what has the keys lies at %v … %v of a window %v high", top, bottom, o.w.Canvas().Size().Height)
	}
}

func (o *window) done(what string, ok func() bool) {
	o.t.Helper()
	n := len(o.m.Answers.Newest())
	o.settle(func() bool { return len(o.m.Answers.Newest()) > n && ok() })
	if top := o.w.Canvas().Overlays().Top(); top != nil {
		o.t.Fatalf("%s: a form is still open", what)
	}
}

// A leader keeps a whole day without touching the mouse.
func TestADayIsKeptByKeysAlone(t *testing.T) {
	l, w := morning(t)
	o := open(t, l, i18n.ZH, sizes()[0])
	o.settle(func() bool { return o.m.Today.Newest().Day != nil })
	now := func() *duty.Day { return o.m.Today.Newest().Day }

	o.v.Focus()
	o.key(fyne.KeyReturn) // nobody leads yet
	o.typed("李强")
	o.key(fyne.KeyReturn)
	o.done("shift", func() bool { return len(now().Shifts) == 1 })
	o.settle(func() bool { return o.m.Typed.Newest().Author == "李强" })

	o.entry("咨询：开具数电发票的额度")
	o.entry("投诉：叫号机跳号")
	if d := now(); len(d.Entries) != 3 || d.Entries[1].Kind != "CONSULT" || d.Entries[2].Kind != "COMPLAINT" || len(d.Matters) != 1 {
		t.Fatalf("the log has %+v", d.Entries)
	}
	w.Pass(time.Hour)
	o.v.Focus()
	o.key(fyne.KeyReturn) // the first open matter
	o.press("move.hand")
	o.typed("王芳")
	o.key(fyne.KeyReturn)
	o.typed("由导税台处理")
	o.key(fyne.KeyReturn)
	o.key(fyne.KeyReturn) // the tier
	o.done("hand over", func() bool { return len(now().Matters[0].Hands) == 1 })

	o.v.Again() // the second sheet
	o.press("close_day")
	o.key(fyne.KeyReturn)
	o.settle(func() bool { return len(o.m.Answers.Newest()) == 3 })
	if o.w.Canvas().Overlays().Top() == nil || o.m.Today.Newest().Closed() {
		t.Fatal("a day with an open matter was closed")
	}
	o.key(fyne.KeyEscape)

	o.v.Focus()
	o.key(fyne.KeyReturn) // the first thing that lacks
	o.press("move.carry")
	o.typed("等待厂家")
	o.key(fyne.KeyReturn)
	o.key(fyne.KeyReturn)
	o.done("carry over", func() bool { return len(now().Matters[0].Carried) == 1 })

	o.press("close_day")
	o.key(fyne.KeyReturn)
	o.done("close", func() bool { return o.m.Today.Newest().Closed() })
	if d := now(); d.State != duty.DayClosed || d.Closings[0].By != "李强" || d.Matters[0].Carried[0].Owner != "王芳" {
		t.Errorf("closed as %s: %+v, %+v", d.State, d.Closings, d.Matters[0].Carried)
	}
}

func TestAMeetingsDecisionsBecomeMatters(t *testing.T) {
	l, _ := morning(t)
	o := open(t, l, i18n.ZH, sizes()[0])
	o.m.Sign("李强")
	o.settle(func() bool { return o.m.Today.Newest().Day != nil })
	o.v.Again()
	o.press("meeting")
	o.typed("今日平稳，等候时间偏长。")
	o.key(fyne.KeyTab)
	o.key(fyne.KeyReturn)
	for _, text := range []string{"增设一个综合窗口", "王芳", "修复叫号机", "赵四", "", "", "", ""} {
		o.typed(text)
		o.key(fyne.KeyReturn)
		o.seen()
	}
	o.done("meeting", func() bool { return len(o.m.Today.Newest().Open) == 2 })
	for _, c := range o.m.Today.Newest().Open {
		if c.Kind != "MEETING" || c.Limit != "T3" || c.Owner != "王芳" && c.Owner != "赵四" {
			t.Errorf("decided %+v", c.Matter)
		}
	}
}

func TestWhatARefusedFormHoldsIsNotLost(t *testing.T) {
	l, _ := morning(t)
	o := open(t, l, i18n.ZH, sizes()[0])
	o.m.Sign("李强")
	o.settle(func() bool { return o.m.Today.Newest().Day != nil })
	o.press("first_asked")
	o.typed("首问：跨区迁移")
	o.key(fyne.KeyReturn) // tier
	o.key(fyne.KeyReturn) // limit
	for o.w.Canvas().Focused().(*look.Choice).Code() != "TX" {
		o.key(fyne.KeyDown)
	}
	for range 5 {
		o.key(fyne.KeyReturn) // joint handling needs a due time; none is written
	}
	o.settle(func() bool { return len(o.m.Answers.Newest()) == 1 })
	if o.w.Canvas().Overlays().Top() == nil || len(o.m.Today.Newest().Open) > 0 {
		t.Fatal("a matter without its due time was taken, or the form went")
	}
	for range 12 {
		if f := o.focusHint(); f == i18n.Say(i18n.ZH, "desk.hall.due_hint") {
			break
		}
		o.w.Canvas().FocusPrevious()
	}
	o.typed("11-27 17:00")
	for range 3 {
		o.key(fyne.KeyReturn)
	}
	o.done("first asked", func() bool { return len(o.m.Today.Newest().Open) == 1 })
	if c := o.m.Today.Newest().Open[0]; c.Title != "首问：跨区迁移" || c.Limit != "TX" || c.Due == "" {
		t.Errorf("opened %+v", c.Matter)
	}
}

func TestTheArrowsTurnTheKindOfALineAndEscapeKeepsIt(t *testing.T) {
	l, _ := morning(t)
	o := open(t, l, i18n.ZH, sizes()[0])
	o.m.Sign("李强")
	o.settle(func() bool { return o.m.Today.Newest().Day != nil })
	o.line.Open()
	o.typed("大厅一切正常")
	o.key(fyne.KeyDown)
	kind := o.m.Typed.Newest().Kind
	o.key(fyne.KeyEscape)
	if o.w.Canvas().Overlays().Top() != nil {
		t.Fatal("the line is still open")
	}
	o.line.Open()
	o.typed("。")
	sent := o.m.Typed.Newest().Sent
	o.key(fyne.KeyReturn)
	o.settle(func() bool { return o.m.Typed.Newest().Sent > sent })
	rows := o.m.Today.Newest().Rows
	if len(rows) != 1 || rows[0].Text != "大厅一切正常。" || rows[0].Kind != kind || kind == "CONSULT" {
		t.Errorf("entered %+v", rows)
	}
}

// The answer to a form may come when the line was opened over it.
func TestTheLineStaysWhenAFormBelowItIsDone(t *testing.T) {
	l, _ := morning(t)
	o := open(t, l, i18n.ZH, sizes()[0])
	o.settle(func() bool { return o.m.Today.Newest().Day != nil })
	o.v.Focus()
	o.key(fyne.KeyReturn)
	o.typed("李强")
	o.key(fyne.KeyReturn) // not drawn yet
	o.line.Open()
	o.typed("引导")
	o.settle(func() bool { return len(o.m.Answers.Newest()) == 1 })
	o.typed("取号")
	if got := o.m.Typed.Newest().Text; got != "引导取号" || len(o.w.Canvas().Overlays().List()) != 1 {
		t.Errorf("the line has %q under %d overlays", got, len(o.w.Canvas().Overlays().List()))
	}
	o.key(fyne.KeyEscape)
	o.line.Open()
	if len(o.w.Canvas().Overlays().List()) != 1 {
		t.Error("the line does not open again")
	}
}

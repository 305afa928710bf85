package record_test

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/desk/record"
	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/capture"
	"minglu/capture/attach"
	"minglu/capture/evidence"
)

// prepared is a form half filled in, with one check of each kind.
func prepared(m *record.Model, lang i18n.Lang) record.Prepare {
	d := whole()
	d.Taxpayer.Name = ""
	p := record.Prepare{Draft: d, Rev: 1, Item: m.Item("I03"), Lacks: []record.Lack{record.LackTaxpayer}}
	for _, c := range []struct {
		name, found string
		state       doctor.State
		values      []string
	}{
		{"camera", "ok", doctor.OK, []string{"title", "Logi C920", "width", "1280", "height", "720", "fps", "25"}},
		{"microphone", "none", doctor.Fail, nil},
		{"clock", "unsynchronised", doctor.Warn, nil},
	} {
		check := record.Check{Name: c.name, State: c.state, Title: i18n.Say(lang, "doctor."+c.name+".title"),
			Found: i18n.Say(lang, "doctor."+c.name+"."+c.found, c.values...)}
		if c.state != doctor.OK {
			check.Do = i18n.Say(lang, "doctor."+c.name+"."+c.found+".do")
		}
		p.Checks = append(p.Checks, check)
	}
	return p
}

// live is a recording with a marker, a trouble and a picture.
func live() record.Live {
	picture := image.NewRGBA(image.Rect(0, 0, 64, 36))
	draw.Draw(picture, picture.Rect, image.NewUniform(color.RGBA{90, 120, 140, 255}), image.Point{}, draw.Src)
	d := whole()
	return record.Live{
		Phase: record.Running, ID: "ROOM01-000007", Picture: picture, Track: "cam0",
		Plan: evidence.Plan{Item: "I03", Case: "2026-118", Taxpayer: evidence.Taxpayer{Name: "明远商贸有限公司"}, Officers: d.Officers[:]},
		Status: capture.Status{ID: "ROOM01-000007", AtMS: 754_000, PeakDB: -9, LevelDB: -21, FreeBytes: 400 << 20,
			Troubles: map[string]string{"cam0 microphone": "silent"}},
		Marks: []record.Mark{{Kind: "notice", AtMS: 12_000}, {Kind: "key", AtMS: 400_000}},
	}
}

func newView(t *testing.T, lang i18n.Lang) (*record.View, *record.Model, fyne.Window) {
	t.Helper()
	a := test.NewTempApp(t)
	look.Dress(a)
	m := newModel(t, t.TempDir())
	w := test.NewTempWindow(t, nil)
	v := record.NewView(m, lang, w, nil, look.Words(""))
	w.SetContent(v.Body)
	w.Resize(fyne.NewSize(872, 690)) // what a screen of 1024x768 leaves
	return v, m, w
}

func TestTheScreenBeforeARecording(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		v, m, w := newView(t, lang)
		v.DrawPrepare(prepared(m, lang))
		test.AssertImageMatches(t, "prepare-"+string(lang)+".png", w.Canvas().Capture())
		w.Resize(fyne.NewSize(1128, 722)) // what one of 1280x800 leaves
		test.AssertImageMatches(t, "prepare-"+string(lang)+"-1128.png", w.Canvas().Capture())
	}
}

func TestReturnLeadsThroughTheFormToTheButton(t *testing.T) {
	v, m, w := newView(t, i18n.ZH)
	m.Link.Feed.Publish(record.Live{Phase: record.Idle})
	v.DrawPrepare(record.Prepare{Rev: 1, Item: m.Item("I03")})
	typed := func(text string) {
		for _, r := range text {
			w.Canvas().Focused().TypedRune(r)
		}
		press := &fyne.KeyEvent{Name: fyne.KeyReturn}
		w.Canvas().Focused().(desktop.Keyable).KeyDown(press)
		w.Canvas().Focused().TypedKey(press)
	}
	w.Canvas().FocusNext()
	for _, text := range []string{"i03", "案1", "某公司", "", "王某", "张三", "证1", "李四", "证2", "", ""} {
		typed(text)
	}
	d := m.Feed.Newest().Draft
	want := record.Draft{Item: "I03", Case: "案1", Person: "王某"}
	want.Taxpayer.Name = "某公司"
	want.Officers = [2]evidence.Person{{Name: "张三", Certificate: "证1"}, {Name: "李四", Certificate: "证2"}}
	if d != want {
		t.Errorf("got %+v; want %+v", d, want)
	}
	focused, ok := w.Canvas().Focused().(*look.Button)
	if !ok || focused.Text != i18n.Say(i18n.ZH, "desk.prepare.start") {
		t.Errorf("the focus is on %T", w.Canvas().Focused())
	}
}

func TestTypingAPartOfANameOffersWhoIsRememberedAndReturnTakesIt(t *testing.T) {
	v, m, w := newView(t, i18n.ZH)
	m.Put(whole())
	m.Keep("今天 14:30")
	m.Put(record.Draft{})
	v.DrawPrepare(m.Feed.Newest())
	w.Resize(fyne.NewSize(873, 690))
	w.Resize(fyne.NewSize(872, 690))
	for _, o := range test.LaidOutObjects(w.Content()) {
		if f, ok := o.(*control.Field); ok && f.PlaceHolder == i18n.Say(i18n.ZH, "desk.prepare.name") {
			w.Canvas().Focus(f)
			break
		}
	}
	w.Canvas().Focused().TypedRune('张')
	w.Resize(fyne.NewSize(873, 690)) // the window's own driver makes room at once
	w.Resize(fyne.NewSize(872, 690))
	test.AssertImageMatches(t, "offers-zh.png", w.Canvas().Capture())
	press := &fyne.KeyEvent{Name: fyne.KeyReturn}
	w.Canvas().Focused().(desktop.Keyable).KeyDown(press)
	w.Canvas().Focused().TypedKey(press)
	if got := m.Feed.Newest().Draft.Officers[0]; got.Name != "张三" || got.Certificate != "A001" {
		t.Errorf("took %+v", got)
	}
}

func TestTheOtherCameraIsOneKeyAway(t *testing.T) {
	v, m, w := newView(t, i18n.ZH)
	l := live()
	l.Tracks = []string{"cam0", "cam1"}
	m.Link.Feed.Publish(l)
	v.DrawLive(l)
	w.Resize(fyne.NewSize(873, 690))
	w.Resize(fyne.NewSize(872, 690))
	test.AssertImageMatches(t, "two-cameras-zh.png", w.Canvas().Capture())
	for _, want := range []string{"cam1", "cam0"} {
		m.Swap()
		if got := m.Link.Feed.Newest().Track; got != want {
			t.Errorf("%s is shown; want %s", got, want)
		}
		m.Link.Feed.Publish(func() record.Live { l.Track = want; return l }())
	}
}

func TestTheReasonOfACrashIsAskedForAndCannotBeEmpty(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		_, m, w := newView(t, lang)
		saved, lost := int64(723_000), int64(500)
		record.AskCause(m, lang, w, nil, record.Notice{Kind: record.NoticeCutOff, ID: "ROOM01-000006", By: "张三",
			Event: attach.Event{DurableMS: &saved, LostMS: &lost}})
		test.AssertImageMatches(t, "cause-"+string(lang)+".png", w.Canvas().Capture())
		for _, o := range test.LaidOutObjects(w.Canvas().Overlays().Top()) {
			if b, ok := o.(*look.Button); ok && b.Text == i18n.Say(lang, "desk.cause.yes") && !b.Disabled() {
				t.Error("it can be filed without a reason")
			}
		}
	}
}

func TestTheScreenInARecording(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		v, m, w := newView(t, lang)
		m.Link.Feed.Publish(live())
		v.DrawLive(live())
		test.AssertImageMatches(t, "running-"+string(lang)+".png", w.Canvas().Capture())
		w.Resize(fyne.NewSize(1128, 722)) // what a screen of 1280x800 leaves
		test.AssertImageMatches(t, "running-"+string(lang)+"-1128.png", w.Canvas().Capture())
	}
}

func TestStoppingAsksOnceAndGoingOnHasTheFocus(t *testing.T) {
	v, m, w := newView(t, i18n.ZH)
	m.Link.Feed.Publish(live())
	v.DrawLive(live())
	v.Key(fyne.KeyF12)
	focused, ok := w.Canvas().Focused().(*look.Button)
	if !ok || focused.Text != i18n.Say(i18n.ZH, "desk.stop.go_on") {
		t.Fatalf("the focus is on %v", w.Canvas().Focused())
	}
	focused.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if over := w.Canvas().Overlays().Top(); over != nil {
		t.Errorf("the question stays: %v", over)
	}
}

func TestAKeyThatIsPressedTwiceAsksOnce(t *testing.T) {
	v, m, w := newView(t, i18n.ZH)
	m.Link.Feed.Publish(live())
	v.DrawLive(live())
	for range 2 { // and again once it is answered
		for _, key := range []fyne.KeyName{fyne.KeyF12, fyne.KeyF12, fyne.KeyF10} {
			v.Key(key)
		}
		if n := len(w.Canvas().Overlays().List()); n != 1 {
			t.Fatalf("%d questions stand over the window; want 1", n)
		}
		w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	if over := w.Canvas().Overlays().Top(); over != nil {
		t.Errorf("a question stays: %v", over)
	}
}

func TestEveryTargetIsLargeEnough(t *testing.T) {
	v, m, w := newView(t, i18n.EN)
	v.DrawPrepare(prepared(m, i18n.ZH))
	v.DrawLive(live())
	for _, o := range test.LaidOutObjects(w.Content()) {
		if b, ok := o.(*look.Button); ok && b.Visible() && (b.Size().Height < look.Target || b.Size().Width < look.Target) {
			t.Errorf("%q is %v", b.Text, b.Size())
		}
		if l, ok := o.(*widget.Label); ok && l.Size().Width < 1 && l.Text != "" && l.Visible() {
			t.Errorf("%q has no room", l.Text)
		}
	}
}

func TestARecordingGoesOnOnlyWithAnExplanation(t *testing.T) {
	v, m, w := newView(t, i18n.ZH)
	l := live()
	l.Status.Paused = true
	m.Link.Feed.Publish(l)
	v.DrawLive(l)
	v.Key(fyne.KeyF10)
	var resume *look.Button
	for _, o := range test.LaidOutObjects(w.Canvas().Overlays().Top()) {
		if b, ok := o.(*look.Button); ok && b.Text == i18n.Say(i18n.ZH, "desk.resume.yes") {
			resume = b
		}
	}
	if resume == nil || !resume.Disabled() {
		t.Fatalf("it can go on without a word: %v", resume)
	}
	w.Canvas().Focused().TypedRune('已')
	if resume.Disabled() {
		t.Error("it cannot go on with an explanation")
	}
}

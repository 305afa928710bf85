package write_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"minglu/app/desk/look"
	"minglu/app/desk/write"
	"minglu/app/i18n"
	"minglu/capture/attach"
	"minglu/capture/evidence"
	"minglu/capture/transcript"
)

// desk is a window with the view of a recording, its journal and a way to type.
type desk struct {
	t testing.TB
	j *journal
	m *write.Model
	v *write.View
	w fyne.Window

	played chan [2]int64 // what was asked to be heard
	mute   error         // answer to that
}

func newDesk(t testing.TB, lang i18n.Lang, size fyne.Size) *desk {
	t.Helper()
	look.Dress(test.NewTempApp(t))
	d := &desk{t: t, j: newJournal(t), played: make(chan [2]int64, 4)}
	d.m = write.NewModel(d.j.recorder())
	plan := plan()
	plan.Item = "I03"
	plan.Persons = []evidence.Person{{Name: "王𬭎"}}
	plan.Officers = []evidence.Person{{Name: "张三"}, {Name: "赵四"}}
	plan.Language = string(lang)
	if err := d.m.Begin("R1-000001", plan, "局"); err != nil {
		t.Fatal(err)
	}
	d.w = test.NewTempWindow(t, nil)
	d.v = write.New(d.m, lang, d.w, nil, write.Actions{
		Go:    func(job func()) { job() }, // Fyne's test window takes drawings from any goroutine at once
		Print: func([]byte) error { return nil },
		Play: func(from, to int64) error {
			d.played <- [2]int64{from, to}
			return d.mute
		},
	})
	d.w.SetContent(d.v.Body)
	d.w.Resize(size)
	return d
}

// save runs the model until all is in the journal.
func (d *desk) save() {
	d.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		d.m.Run(ctx)
		close(done)
	}()
	for end := time.Now().Add(10 * time.Second); !d.m.Feed.Newest().Saved && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	<-done
	d.v.Draw(d.m.Feed.Newest())
}

// write begins a row and types into it.
func (d *desk) begin(role, text string) {
	d.t.Helper()
	key := d.m.Add(0, role, "")
	d.v.Draw(d.m.Feed.Newest())
	d.v.Focus(key)
	d.typed(text)
}

func (d *desk) typed(text string) {
	for _, r := range text {
		d.w.Canvas().Focused().TypedRune(r)
	}
}

func (d *desk) key(name fyne.KeyName) {
	f := d.w.Canvas().Focused()
	if k, ok := f.(desktop.Keyable); ok {
		k.KeyDown(&fyne.KeyEvent{Name: name})
		defer k.KeyUp(&fyne.KeyEvent{Name: name})
	}
	f.TypedKey(&fyne.KeyEvent{Name: name})
}

func (d *desk) command(name fyne.KeyName) {
	d.w.Canvas().Focused().(fyne.Shortcutable).TypedShortcut(&desktop.CustomShortcut{KeyName: name, Modifier: fyne.KeyModifierControl})
}

func (d *desk) want(want string) {
	d.t.Helper()
	d.save()
	if got := d.j.text(); got != want {
		d.t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestATranscriptIsWrittenByKeysAlone(t *testing.T) {
	d := newDesk(t, i18n.ZH, fyne.NewSize(640, 700))
	d.begin(transcript.Question, "你是公司的财务负责人吗？")
	d.key(fyne.KeyReturn)
	d.typed("是的。")
	d.key(fyne.KeyReturn)
	d.typed("被询问人出示身份证")
	d.key(fyne.KeyTab)
	d.key(fyne.KeyTab)
	d.key(fyne.KeyReturn)
	d.key(fyne.KeyBackspace) // the new row is empty: it goes
	d.typed("。")
	d.key(fyne.KeyUp)
	d.key(fyne.KeyBackspace)
	d.typed("，我是。")
	d.want("Q 你是公司的财务负责人吗？\nA 是的，我是。\nNOTE 被询问人出示身份证。")
	d.command(fyne.KeyD)
	d.want("Q 你是公司的财务负责人吗？\nNOTE 被询问人出示身份证。")
	d.command(fyne.KeyZ)
	d.want("Q 你是公司的财务负责人吗？\nA 是的，我是。\nNOTE 被询问人出示身份证。")
}

func TestTheRecordIsReadAndSignedByKeysAlone(t *testing.T) {
	d := newDesk(t, i18n.ZH, fyne.NewSize(640, 700))
	d.begin(transcript.Question, "你是公司的财务负责人吗？")
	for step := range 1 + len(d.m.Feed.Newest().Parties()) {
		d.command(fyne.KeyReturn)
		d.key(fyne.KeyReturn) // the first answer
		d.save()
		if s := d.m.Feed.Newest(); !s.Reading || len(s.Signatures) != step {
			t.Fatalf("after step %d: reading %v, signatures %+v", step, s.Reading, s.Signatures)
		}
	}
	d.command(fyne.KeyReturn)
	if d.w.Canvas().Overlays().Top() != nil {
		t.Error("something is asked when all have signed")
	}
}

func TestKeysThatComeTwiceAskOnce(t *testing.T) {
	d := newDesk(t, i18n.ZH, fyne.NewSize(640, 700))
	d.begin(transcript.Question, "你是公司的财务负责人吗？")
	row := d.w.Canvas().Focused()
	d.command(fyne.KeyReturn)
	row.(fyne.Shortcutable).TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierControl})
	if n := len(d.w.Canvas().Overlays().List()); n != 1 {
		t.Errorf("%d questions are open; want one", n)
	}
}

func TestEnteringTheTranscriptGoesWhereTheCaretWas(t *testing.T) {
	d := newDesk(t, i18n.ZH, fyne.NewSize(640, 700))
	d.v.Enter() // an empty transcript gets its first row
	d.typed("第一问")
	d.key(fyne.KeyReturn)
	d.typed("一答")
	d.key(fyne.KeyUp)
	if !d.v.Writing() {
		t.Error("the caret is not in the transcript")
	}
	d.w.Canvas().Unfocus()
	if d.v.Writing() {
		t.Error("the caret is still in the transcript")
	}
	d.v.Enter()
	d.typed("。")
	d.want("Q 第一问。\nA 一答")
}

func TestAHugePasteIsBoundedAndSaid(t *testing.T) {
	d := newDesk(t, i18n.ZH, fyne.NewSize(640, 700))
	d.begin(transcript.Question, "问")
	test.NewTempApp(t).Clipboard().SetContent(strings.Repeat("税", 100_000))
	start := time.Now()
	d.w.Canvas().Focused().(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutPaste{Clipboard: fyne.CurrentApp().Clipboard()})
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the paste took %v", took)
	}
	if got := len([]rune(d.m.Feed.Newest().Rows[0].Text)); got != 0 && got > 10_000 {
		t.Errorf("%d characters went in; want 10000", got)
	}
	d.save()
	if got := len([]rune(d.m.Feed.Newest().Rows[0].Text)); got != 10_000 {
		t.Errorf("%d characters are in the journal; want 10000", got)
	}
}

func TestAKeyIsQuickAmongFiveHundredRows(t *testing.T) {
	d := newDesk(t, i18n.ZH, fyne.NewSize(640, 700))
	start := time.Now()
	for i := range 500 {
		d.m.Add(0, "", strings.Repeat("经查，你单位取得的发票与实际业务不符。", 1+i%4))
	}
	d.begin(transcript.Answer, "")
	t.Logf("500 rows stand after %v", time.Since(start))
	start = time.Now()
	d.typed(strings.Repeat("税务稽查", 25))
	each := time.Since(start) / 100
	t.Logf("%v a key at 500 rows", each)
	if each > 20*time.Millisecond { // 5 ms on a free machine
		t.Errorf("a key takes %v", each)
	}
}

func TestTheScreensLookAsTheyDid(t *testing.T) {
	// what the page leaves beside the picture on a screen of 1024x768 and on one of 1280x800
	for screen, size := range map[string]fyne.Size{"872": {Width: 450, Height: 560}, "1128": {Width: 590, Height: 600}} {
		for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
			name := string(lang) + "-" + screen + ".png"
			t.Run(name, func(t *testing.T) { pictured(t, newDesk(t, lang, size), name) })
		}
	}
}

// pictured writes, reads, corrects and signs, and compares the pictures.
func pictured(t *testing.T, d *desk, name string) {
	d.j.at = 65_000
	d.begin(transcript.Question, "我们是税务机关的执法人员，这是我们的执法证件，请你过目。你看清楚了吗？")
	d.j.at = 83_000
	d.key(fyne.KeyReturn)
	d.typed("看清楚了。我叫王𬭎，负责 2024 年 invoice 的开具。")
	d.key(fyne.KeyReturn)
	d.typed("第三方付款是怎么回事？")
	d.save()
	test.AssertImageMatches(t, "writing-"+name, d.w.Canvas().Capture())
	d.m.Read()
	d.save()
	d.key(fyne.KeyUp)
	d.typed("（更正）")
	d.w.Canvas().Unfocus()
	d.save()
	d.m.Sign(transcript.Signature{Party: transcript.PartyInterviewee, Name: "王𬭎", State: transcript.Refused, Reason: "对第三问有异议"})
	d.save()
	test.AssertImageMatches(t, "signing-"+name, d.w.Canvas().Capture())
}

func TestAPhraseIsPutInByKeys(t *testing.T) {
	d := newDesk(t, i18n.ZH, fyne.NewSize(640, 700))
	d.begin(transcript.Answer, "")
	d.command(fyne.KeyT)
	d.typed("回避")
	d.key(fyne.KeyDown)
	d.key(fyne.KeyReturn)
	d.want("Q 你是否申请执法人员回避？")
}

func TestTheCaretsLineIsHeardAndALackIsSaid(t *testing.T) {
	d := newDesk(t, i18n.ZH, fyne.NewSize(640, 700))
	d.j.at = 65_000
	d.begin(transcript.Question, "你看清楚了吗？")
	d.command(fyne.KeyL)
	if got := <-d.played; got != [2]int64{60_000, 68_000} {
		t.Errorf("heard %v; want from 5 s before the first key, 8 s long", got)
	}
	d.said("正在播放")
	d.mute = &attach.Refused{Code: "speaker.absent", Detail: "none"}
	d.command(fyne.KeyL)
	<-d.played
	d.said("不能播放：没有可用的扬声器。请插好扬声器或耳机，或检查系统的声音设置；录制不受影响。")
}

// said waits until the view shows a sentence.
func (d *desk) said(want string) {
	d.t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if strings.Contains(d.v.Notice(), want) {
			return
		}
	}
	d.t.Errorf("the view says %q; want %q", d.v.Notice(), want)
}

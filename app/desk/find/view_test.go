package find_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/find"
	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/office/archive"
	"minglu/app/office/archive/archivetest"
	"minglu/capture/catalog"
)

// sizes are what the shell leaves to a page on a screen of 1024x768 and of 1280x800.
func sizes() map[string]fyne.Size {
	return map[string]fyne.Size{"872": fyne.NewSize(872, 690), "1128": fyne.NewSize(1128, 722)}
}

func newView(t *testing.T, m *find.Model, lang i18n.Lang, size fyne.Size) (*find.View, fyne.Window) {
	t.Helper()
	test.NewTempApp(t)
	test.ApplyTheme(t, look.NewTheme())
	words, err := catalog.LoadWords()
	must(t, err)
	w := test.NewTempWindow(t, nil)
	w.Canvas().Capture() // Fyne throws away what was made a minute after its last painting
	v := find.NewView(m, words, lang, w, nil)
	w.SetContent(v.Body)
	w.Resize(size)
	return v, w
}

// chinese is the time zone of the pictures.
func chinese(t testing.TB) {
	t.Helper()
	old := time.Local
	time.Local = time.FixedZone("CST", 8*3600)
	t.Cleanup(func() { time.Local = old })
}

func TestTheScreensLookAsTheyDid(t *testing.T) {
	chinese(t)
	h := archivetest.New(t)
	m := run(t, h, func(a *archive.Archive) {
		must(t, archivetest.Many(t.Context(), a, 3000, 20, time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)))
	}, find.Actions{Play: func(string, int64) error { return nil }, Show: func(string, string) error { return nil }})
	empty := find.NewModel(nil, items(t))
	empty.Feed.Publish(find.Snapshot{Ready: true})
	s := wait(t, m, "the list", ready(3000))
	for name, size := range sizes() {
		for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
			end := "-" + name + "-" + string(lang) + ".png"
			v, w := newView(t, m, lang, size)
			s.Reader = find.Reader{Name: "陈晨", Why: "案件复核"}
			v.Draw(s)
			test.AssertImageMatches(t, "list"+end, w.Canvas().Capture())
			v, w = newView(t, empty, lang, size)
			v.Draw(empty.Feed.Newest())
			test.AssertImageMatches(t, "empty"+end, w.Canvas().Capture())
		}
	}
}

func TestTheRecordingsPageLooksAsItDid(t *testing.T) {
	chinese(t)
	h := archivetest.New(t)
	id := h.Add(interview("明远商贸有限公司", "王𬭎"))
	m := run(t, h, nil, find.Actions{Play: func(string, int64) error { return nil }, Show: func(string, string) error { return nil }})
	wait(t, m, "the list", ready(1))
	m.Read(find.Reader{Name: "陈晨", Why: "案件复核"})
	m.Open(id)
	wait(t, m, "the page", func(s find.Snapshot) bool { return s.Page != nil && s.Page.Story != nil })
	m.Verify()
	s := wait(t, m, "the verdict", func(s find.Snapshot) bool { return s.Page.Report != nil })
	steady(s.Page)
	for name, size := range sizes() {
		for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
			v, w := newView(t, m, lang, size)
			v.Draw(s)
			test.AssertImageMatches(t, "page-"+name+"-"+string(lang)+".png", w.Canvas().Capture())
		}
	}
}

// steady takes out of a page what differs from run to run.
func steady(p *find.Page) {
	p.Card.Bytes = 123_456_789
	at := time.Date(2026, 11, 20, 1, 30, 0, 0, time.UTC)
	p.Card.StartMS, p.Card.ReceivedMS = at.UnixMilli(), at.Add(time.Hour).UnixMilli()
	r := *p.Report
	r.NotBefore, r.NotAfter = "2026-11-20T01:29:00.000Z", "2026-11-20T01:31:00.000Z"
	p.Report = &r
}

// scroll scrolls a list of very many recordings by wheel, by pages and by leaps, and looks at every line it shows.
func scroll(t *testing.T, m *find.Model) {
	t.Helper()
	v, w := newView(t, m, i18n.ZH, fyne.NewSize(872, 690))
	begin := time.Now()
	v.Draw(m.Feed.Newest())
	t.Logf("drawing the list takes %v", time.Since(begin))
	mover := scroller(t, w)
	r := rand.New(rand.NewPCG(3, 4))
	var worst time.Duration
	looked := 0
	for i := range 300 {
		offset := r.Float32() * 20_000 * 60
		if i%3 > 0 {
			offset = float32(i) * 177
		}
		begin := time.Now()
		mover(offset)
		worst = max(worst, time.Since(begin))
		looked += noneEmpty(t, w)
	}
	t.Logf("300 leaps, %d lines looked at; the slowest leap took %v", looked, worst)
	if looked < 1000 {
		t.Errorf("only %d lines were seen", looked)
	}
}

// scroller finds the list and gives the way to move it.
func scroller(t *testing.T, w fyne.Window) func(offset float32) {
	t.Helper()
	for _, o := range test.LaidOutObjects(w.Content()) {
		if l, ok := o.(interface{ ScrollToOffset(float32) }); ok {
			return l.ScrollToOffset
		}
	}
	t.Fatal("no list is shown")
	return nil
}

// noneEmpty looks at the lines that are shown: each has a sign, a title, words and a state.
func noneEmpty(t *testing.T, w fyne.Window) int {
	t.Helper()
	var words []string
	signs, titles, states := 0, 0, 0
	for _, o := range test.LaidOutObjects(w.Content()) {
		switch o := o.(type) {
		case *canvas.Text:
			if o.Text == "◇" {
				signs++
			} else if o.Text == i18n.Say(i18n.ZH, "find.state.released") {
				states++
			}
		case *widget.Label:
			if strings.Contains(o.Text, "R101-") {
				words = append(words, o.Text)
			} else if strings.Contains(o.Text, "商贸有限公司") {
				titles++
			}
		}
	}
	n := len(words)
	if slices.Sort(words); n < 5 || signs != n || titles != n || states != n || len(slices.Compact(words)) != n {
		t.Errorf("%d lines have %d signs, %d titles and %d states: %v", n, signs, titles, states, words)
	}
	return n
}

func TestFiveHundredSegmentsAreShownAtOnce(t *testing.T) {
	h := archivetest.New(t)
	v := interview("明远商贸有限公司", "王芳")
	for i := range 496 {
		s := v.Segments[i%4]
		s.Text = fmt.Sprintf("第%d段。%s", i, s.Text)
		v.Segments = append(v.Segments, s)
	}
	id := h.Add(v)
	m := run(t, h, nil, find.Actions{})
	wait(t, m, "the list", ready(1))
	m.Read(find.Reader{Name: "陈晨", Why: "案件复核"})
	m.Open(id)
	s := wait(t, m, "the page", func(s find.Snapshot) bool { return s.Page != nil && s.Page.Story != nil })
	view, _ := newView(t, m, i18n.ZH, fyne.NewSize(872, 690))
	begin := time.Now()
	view.Draw(s)
	took := time.Since(begin)
	t.Logf("500 segments stand after %v", took)
	if took > 2*time.Second { // 50 ms on a free machine, 15 times as long with the race detector
		t.Errorf("the page took %v", took)
	}
}

func TestEveryTargetIsLargeEnoughAndWithoutActionsThereAreNoButtons(t *testing.T) {
	h := archivetest.New(t)
	id := h.Add(interview("明远商贸有限公司", "王芳"))
	m := run(t, h, nil, find.Actions{})
	wait(t, m, "the list", ready(1))
	m.Read(find.Reader{Name: "陈晨", Why: "案件复核"})
	m.Open(id)
	s := wait(t, m, "the page", func(s find.Snapshot) bool { return s.Page != nil && s.Page.Story != nil })
	v, w := newView(t, m, i18n.EN, fyne.NewSize(872, 690))
	v.Draw(s)
	seen := map[string]bool{}
	for _, o := range test.LaidOutObjects(w.Content()) {
		if b, ok := o.(*look.Button); ok && b.Visible() {
			seen[b.Text] = true
			if b.Size().Height < look.Target || b.Size().Width < look.Target {
				t.Errorf("%q is %v", b.Text, b.Size())
			}
		}
	}
	if seen["Play"] || seen["Open"] || !seen["Verify"] || !seen["Export"] {
		t.Errorf("the buttons are %v", seen)
	}
}

func TestAListLineAsksWhoLooksBeforeItOpens(t *testing.T) {
	h := archivetest.New(t)
	h.Add(interview("明远商贸有限公司", "王芳"))
	m := run(t, h, nil, find.Actions{})
	s := wait(t, m, "the list", ready(1))
	v, w := newView(t, m, i18n.ZH, fyne.NewSize(872, 690))
	v.Draw(s)
	for _, o := range test.LaidOutObjects(w.Content()) {
		if l, ok := o.(fyne.Focusable); ok {
			if _, ok := o.(interface{ ScrollToOffset(float32) }); ok {
				l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
			}
		}
	}
	for _, text := range []string{"陈晨", "案件复核"} {
		for _, r := range text {
			w.Canvas().Focused().TypedRune(r)
		}
		w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	page := wait(t, m, "the page", func(s find.Snapshot) bool { return s.Page != nil })
	if page.Reader != (find.Reader{Name: "陈晨", Why: "案件复核"}) {
		t.Errorf("the reader is %+v", page.Reader)
	}
}

func TestTheKeysLeadFromPlayingOverVerifyingToExporting(t *testing.T) {
	h := archivetest.New(t)
	id := h.Add(interview("明远商贸有限公司", "王芳"))
	m := run(t, h, nil, find.Actions{Play: func(string, int64) error { return nil }})
	wait(t, m, "the list", ready(1))
	m.Read(find.Reader{Name: "陈晨", Why: "案件复核"})
	m.Open(id)
	wait(t, m, "the opening page", func(s find.Snapshot) bool { return s.Page != nil })
	v, w := newView(t, m, i18n.ZH, fyne.NewSize(872, 690))
	v.Draw(m.Feed.Newest())
	s := wait(t, m, "the page", func(s find.Snapshot) bool { return s.Page != nil && s.Page.Story != nil })
	v.Draw(s)
	for _, want := range []string{"find.play", "find.verify", "find.export"} {
		b, ok := w.Canvas().Focused().(*look.Button)
		if !ok || b.Text != i18n.Say(i18n.ZH, want) {
			t.Fatalf("the focus is on %v; want %s", w.Canvas().Focused(), want)
		}
		w.Canvas().FocusNext()
	}
}

func TestTheKeysStayInThePageAfterPlayingAndVerifyingAndGoBackToTheList(t *testing.T) {
	h := archivetest.New(t)
	id := h.Add(interview("明远商贸有限公司", "王芳"))
	played := make(chan string, 1)
	m := run(t, h, nil, find.Actions{Play: func(id string, _ int64) error { played <- id; return nil }})
	wait(t, m, "the list", ready(1))
	m.Read(find.Reader{Name: "陈晨", Why: "案件复核"})
	m.Open(id)
	s := wait(t, m, "the page", func(s find.Snapshot) bool { return s.Page != nil && s.Page.Story != nil })
	v, w := newView(t, m, i18n.ZH, fyne.NewSize(872, 690))
	v.Draw(s)
	press := func(want string) {
		t.Helper()
		b, ok := w.Canvas().Focused().(*look.Button)
		if !ok || b.Text != i18n.Say(i18n.ZH, want) {
			t.Fatalf("the focus is on %v; want %s", w.Canvas().Focused(), want)
		}
		b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	press("find.play")
	<-played
	v.Draw(m.Feed.Newest())
	w.Canvas().FocusNext()
	press("find.verify")
	verifying := m.Feed.Newest()
	page := *verifying.Page
	page.Checking, verifying.Page = true, &page
	v.Draw(verifying)
	v.Draw(wait(t, m, "the verdict", func(s find.Snapshot) bool { return s.Page.Report != nil }))
	w.Canvas().FocusNext()
	press("find.export")
	w.Canvas().Overlays().Top().Hide()
	w.Canvas().Overlays().Remove(w.Canvas().Overlays().Top())
	for range 2 {
		w.Canvas().FocusPrevious()
	}
	press("find.play")
	w.Canvas().FocusPrevious()
	w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	v.Draw(wait(t, m, "the list again", func(s find.Snapshot) bool { return s.Page == nil }))
	if _, list := w.Canvas().Focused().(interface{ ScrollToOffset(float32) }); !list {
		t.Errorf("back in the list the focus is on %v", w.Canvas().Focused())
	}
}

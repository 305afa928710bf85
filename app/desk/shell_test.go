package desk_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk"
	"minglu/app/desk/check"
	"minglu/app/desk/control"
	"minglu/app/desk/find"
	"minglu/app/desk/look"
	"minglu/app/desk/queue"
	"minglu/app/desk/record"
	"minglu/app/desk/setup"
	"minglu/app/desk/write"
	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/app/room"
	"minglu/app/settings"
	"minglu/capture"
	"minglu/capture/attach"
	"minglu/capture/clock"
	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/sync/outbox"
)

// screens are those the window must be usable on: 1024x768, 1280x800, and 4K at 200 %.
var screens = []struct {
	size  fyne.Size
	scale float32
}{{fyne.NewSize(1024, 740), 1}, {fyne.NewSize(1280, 772), 1}, {fyne.NewSize(1920, 1052), 2}}

func newDesk(t *testing.T, lang i18n.Lang) (*desk.Desk, desk.Services) {
	t.Helper()
	s := newServices(t, t.TempDir(), lang)
	d := desk.New(test.NewTempApp(t), s, lang, screens[0].size, func(i18n.Lang) {})
	d.Build()
	return d, s
}

func newServices(t *testing.T, home string, lang i18n.Lang) desk.Services {
	t.Helper()
	r := &room.Room{Home: home, Clock: clock.System(), Settings: settings.Room{V: 1, Room: "R101", Title: "第一约谈室", Org: "示例市税务局", HQ: "https://hq.example:8443"}}
	var err error
	if r.Box, err = outbox.Open(filepath.Join(home, "outbox.db"), "R101"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Box.Close() })
	kept := settings.Keep(durable.OS{}, home, r.Settings)
	link := record.NewLink(home, func(context.Context) error { return nil })
	var s desk.Services
	if s.Record, err = record.NewModel(home, r.Settings, doctor.NewRoom(home, home), lang, link); err != nil {
		t.Fatal(err)
	}
	if s.Queue, err = queue.NewModel(r, kept, func(context.Context, string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	s.Write = write.NewModel(write.Attached(home, func() int64 { return 0 }))
	s.Setup = setup.NewModel(kept, setup.Recorder{}, func() []doctor.Check { return nil })
	s.Find = find.NewModel(nil, s.Record.Search)
	s.Check = check.NewModel(home, lang, s.Record.Patient, func() bool { return false })
	s.Free = func() (int64, error) { return 400 << 30, nil }
	return s
}

func recording() record.Live {
	picture := image.NewRGBA(image.Rect(0, 0, 64, 36))
	draw.Draw(picture, picture.Rect, image.NewUniform(color.RGBA{90, 120, 140, 255}), image.Point{}, draw.Src)
	return record.Live{
		Phase: record.Running, ID: "R101-000007", Picture: picture, Track: "cam0",
		Plan: evidence.Plan{Item: "I03", Case: "2026-118", Taxpayer: evidence.Taxpayer{Name: "明远商贸有限公司"},
			Officers: []evidence.Person{{Name: "张三", Certificate: "A001"}, {Name: "李四", Certificate: "A002"}}},
		Status: capture.Status{ID: "R101-000007", AtMS: 754_000, PeakDB: -9, LevelDB: -21, FreeBytes: 400 << 30, Line: 2312, Head: "a3f09c"},
		Marks:  []record.Mark{{Kind: "notice", AtMS: 12_000}, {Kind: "key", AtMS: 400_000}},
	}
}

func cutOff() record.Notice {
	saved, lost := int64(723_000), int64(500)
	return record.Notice{Kind: record.NoticeCutOff, ID: "R101-000006", By: "张三", At: time.Now(),
		Event: attach.Event{ID: "R101-000006", DurableMS: &saved, LostMS: &lost}}
}

// settle lets wrapped words take their height, which they know at the second look.
func settle(w fyne.Window, size fyne.Size) {
	w.Resize(size.AddWidthHeight(1, 0))
	w.Resize(size)
}

func TestTheWholeWindowOnEveryScreenInBothLanguages(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		for _, screen := range screens {
			d, s := newDesk(t, lang)
			c, ok := d.Window().Canvas().(interface{ SetScale(float32) })
			if !ok {
				t.Fatal("the test's canvas has no scale")
			}
			c.SetScale(screen.scale)
			l := recording()
			l.Notices = []record.Notice{cutOff()}
			s.Record.Link.Feed.Publish(l)
			d.Strip(desk.Strip{Live: l, Free: 400 << 30, Waiting: 2, Synced: true, ClockOff: 3 * time.Millisecond})
			settle(d.Window(), screen.size)
			name := fmt.Sprintf("window-%s-%d.png", lang, int(screen.size.Width))
			if screen.scale != 1 && lang != i18n.ZH {
				continue // one picture so large is enough; that all is there is tested below
			}
			test.AssertImageMatches(t, name, d.Window().Canvas().Capture())
		}
	}
}

func TestNothingIsTooSmallOrOutsideOnAnyPageOfAnyScreen(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		for _, screen := range screens {
			for _, live := range []record.Live{{Phase: record.Idle, Track: "cam0"}, recording()} {
				d, s := newDesk(t, lang)
				live.Notices = []record.Notice{cutOff()}
				s.Record.Link.Feed.Publish(live)
				d.Strip(desk.Strip{Live: live, Free: 400 << 30, Waiting: 2})
				for _, page := range d.Pages() {
					d.Show(page)
					settle(d.Window(), screen.size)
					where := fmt.Sprintf("%s %s %s %v", lang, page, live.Phase, screen.size)
					if min := d.Window().Content().MinSize(); min.Width > screen.size.Width || min.Height > screen.size.Height {
						t.Errorf("%s: the window asks for %v", where, min)
					}
					inspect(t, where, d.Window())
				}
			}
		}
	}
}

// inspect walks everything that is drawn.
func inspect(t *testing.T, where string, w fyne.Window) {
	t.Helper()
	for _, o := range test.LaidOutObjects(w.Content()) {
		switch o := o.(type) {
		case *canvas.Text:
			if o.Text != "" && o.TextSize < look.Small {
				t.Errorf("%s: %q has %v points", where, o.Text, o.TextSize)
			}
			if o.TextStyle != (fyne.TextStyle{}) {
				t.Errorf("%s: %q has the style %+v, for which the whole font is read once more", where, o.Text, o.TextStyle)
			}
		case *widget.Button, *look.Button, *control.Field, *widget.Check:
			if size := o.Size(); o.Visible() && (size.Height < look.Target || size.Width < look.Target) {
				t.Errorf("%s: a target %T of %v", where, o, size)
			}
		}
	}
}

func TestEveryPageHasItsKeyAndARecordingIsRedOnAllOfThem(t *testing.T) {
	d, s := newDesk(t, i18n.ZH)
	l := recording()
	s.Record.Link.Feed.Publish(l)
	d.Strip(desk.Strip{Live: l})
	for i, page := range d.Pages() {
		d.Press(fyne.KeyName(fmt.Sprintf("F%d", i+1)))
		if d.Shown() != page {
			t.Errorf("F%d leads to %s; want %s", i+1, d.Shown(), page)
		}
		red := false
		for _, o := range test.LaidOutObjects(d.Window().Content()) {
			if r, ok := o.(*canvas.Rectangle); ok && r.FillColor == look.Red && r.Visible() && r.Size().Width > 800 {
				red = true
			}
		}
		if !red {
			t.Errorf("%s does not show that it records", page)
		}
	}
}

func TestOneClickTurnsTheLanguageWhileItRecords(t *testing.T) {
	d, s := newDesk(t, i18n.ZH)
	s.Record.Link.Feed.Publish(recording())
	for _, o := range test.LaidOutObjects(d.Window().Content()) {
		if b, ok := o.(*look.Button); ok && b.Text == i18n.Say(i18n.ZH, "desk.other_language") {
			test.Tap(b)
			if got := d.Window().Title(); got != i18n.Say(i18n.EN, "desk.title", "room", "第一约谈室") {
				t.Errorf("the title is %q", got)
			}
			return
		}
	}
	t.Fatal("no button for the language")
}

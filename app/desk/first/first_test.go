package first_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"minglu/app/desk/first"
	"minglu/app/desk/guide"
	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/room"
	"minglu/app/settings"
)

const (
	code  = "7K3M-9QXR-2TVB-C8WZ-4HJN"
	print = "0123 4567 89AB CDEF 0123 4567 89ab cdef 0123 4567 89ab cdef 0123 4567 89ab cdef"
)

func fill(m *first.Model) {
	m.Type(func(i *first.Invitation) { i.HQ = "10.3.2.1:8443/" })
	m.Type(func(i *first.Invitation) { i.Code = code })
	m.Type(func(i *first.Invitation) { i.Fingerprint = print })
}

func running(t *testing.T, m *first.Model) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); m.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
}

func settled(t *testing.T, m *first.Model) first.Snapshot {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if s := m.Feed.Newest(); !s.Busy && (s.Fault != nil || s.Done != nil) {
			return s
		}
	}
	t.Fatal("nothing came of it")
	return first.Snapshot{}
}

func TestWhatIsTypedIsTakenAsPeopleTypeIt(t *testing.T) {
	home := t.TempDir()
	var got room.Ticket
	fault := error(syscall.ECONNREFUSED)
	enrol := func(_ context.Context, r room.Ticket) (room.Enrolled, error) {
		got = r
		return room.Enrolled{Room: "R7"}, fault
	}
	m := first.NewModel(home, i18n.ZH, enrol)
	m.Join()
	if s := m.Feed.Newest(); len(s.Lacks) != 3 || s.Busy {
		t.Errorf("empty: %+v", s)
	}
	fill(m)
	running(t, m)
	m.Join()
	s := settled(t, m)
	if !errors.Is(s.Fault, syscall.ECONNREFUSED) || got.URL != "https://10.3.2.1:8443" || !strings.HasSuffix(got.Fingerprint, "89abcdef0123456789abcdef") {
		t.Errorf("got %+v, %+v", s, got)
	}
	kept, err := os.ReadFile(filepath.Join(home, "first.json"))
	if err != nil || strings.Contains(string(kept), "7K3M") {
		t.Errorf("kept %s, %v", kept, err)
	}
	again := first.NewModel(home, i18n.ZH, enrol)
	if s := again.Feed.Newest(); s.HQ != "https://10.3.2.1:8443" || len(s.Lacks) != 1 {
		t.Errorf("a second start: %+v", s)
	}
	fault = nil
	m.Join()
	if s := settled(t, m); s.Done == nil && s.Fault == nil {
		t.Errorf("got %+v", s)
	}
}

func TestAWholeInvitationFillsEveryField(t *testing.T) {
	m := first.NewModel(t.TempDir(), i18n.ZH, nil)
	m.Type(func(i *first.Invitation) { i.HQ = "hq.example:8443" })
	line := `{"ca_fingerprint":"sha256:` + strings.Repeat("ab", 32) + `","code":"` + code + `","event":"invited","expires":"x","room":"R7"}`
	if !m.Type(func(i *first.Invitation) { i.Code = line }) || len(m.Feed.Newest().Lacks) != 0 {
		t.Errorf("got %+v", m.Feed.Newest())
	}
}

func TestWhatWasChosenIsThereAfterACut(t *testing.T) {
	home := t.TempDir()
	m := first.NewModel(home, i18n.ZH, nil)
	running(t, m)
	until := func(what string, is func(first.Snapshot) bool) {
		t.Helper()
		for end := time.Now().Add(5 * time.Second); !is(m.Feed.Newest()); time.Sleep(2 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: %+v", what, m.Feed.Newest())
			}
		}
	}
	m.Choose(func(p *guide.Progress) { p.Language = "en" })
	until("the language", func(s first.Snapshot) bool { return s.Step == guide.Use })
	m.Choose(func(p *guide.Progress) { p.Use = settings.UseHall })
	until("the use", func(s first.Snapshot) bool { return s.Step == guide.Invitation })
	again := first.NewModel(home, i18n.ZH, nil) // as after a kill: nothing was closed
	if s := again.Feed.Newest(); s.Step != guide.Invitation || again.Lang() != i18n.EN || s.Use != settings.UseHall {
		t.Errorf("a second start: %+v", s)
	}
	m.Back()
	until("back", func(s first.Snapshot) bool { return s.Step == guide.Use })
}

func TestTheFirstStart(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		look.Dress(test.NewTempApp(t))
		m := first.NewModel(t.TempDir(), lang, nil)
		w := test.NewTempWindow(t, nil)
		v := first.NewView(m, nil, func() {}, func() {})
		w.SetContent(v.Body)
		s := m.Feed.Newest()
		for _, shot := range []struct {
			name string
			step guide.Step
			size fyne.Size
		}{
			{"language", guide.Language, small}, {"use", guide.Use, large}, {"empty", guide.Invitation, small}, {"fault", guide.Invitation, large},
		} {
			if s.Step = shot.step; shot.name == "fault" {
				s.Lacks, s.Fault = nil, syscall.ECONNREFUSED
			}
			w.Resize(shot.size)
			v.Draw(s)
			v.Body.Refresh() // wrapped words take their height at the second look
			v.Body.Refresh()
			test.AssertImageMatches(t, shot.name+"-"+string(lang)+".png", w.Canvas().Capture())
		}
	}
}

// What a window has on screens of 1024x768 and 1280x800.
var small, large = fyne.NewSize(1024, 740), fyne.NewSize(1280, 772)

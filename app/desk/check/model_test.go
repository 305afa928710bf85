package check_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"minglu/app/desk/check"
	"minglu/app/doctor"
	"minglu/app/i18n"
)

// sick is a room that nobody enrolled, on a machine that has nothing.
func sick(home string, looked *atomic.Int32) func() doctor.Room {
	return func() doctor.Room {
		looked.Add(1)
		return doctor.Room{Home: home, Programs: home, Root: fstest.MapFS{}, Getenv: func(string) string { return "" }, Now: time.Now,
			Free:   func(string) (int64, error) { return 1 << 40, nil },
			Kernel: func() doctor.Kernel { return doctor.Kernel{Known: true, Synchronised: true} }}
	}
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

func TestAMachineIsLookedAtOnceADayAndNotInARecording(t *testing.T) {
	home := t.TempDir()
	var looked atomic.Int32
	var recording atomic.Bool
	recording.Store(true)
	m := check.NewModel(home, i18n.ZH, sick(home, &looked), recording.Load)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); m.Run(ctx) }()
	until(t, "it did not say that it waits", func() bool { return m.Feed.Newest().Waits })
	if looked.Load() != 0 {
		t.Error("it opened the devices of a recording")
	}
	recording.Store(false)
	m.Again()
	until(t, "it did not look", func() bool { s := m.Feed.Newest(); return s.Told == check.Missed })
	if s := m.Feed.Newest(); s.Looking || len(s.Newest.Results) == 0 || s.Newest.Tally().Fail == 0 {
		t.Errorf("got %+v", s)
	}
	m.Print()
	until(t, "no paper", func() bool { return m.Feed.Newest().Paper != "" })
	if text, err := os.ReadFile(m.Feed.Newest().Paper); err != nil || !strings.HasPrefix(string(text), "%PDF") {
		t.Errorf("the paper: %v", err)
	}
	stop()
	<-ended
	again := check.NewModel(home, i18n.ZH, sick(home, &looked), recording.Load)
	ctx, stop = context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	again.Run(ctx)
	if looked.Load() != 1 || len(again.Feed.Newest().Newest.Results) == 0 {
		t.Errorf("a second start of the same day looked again: %d", looked.Load())
	}
}

func TestADamagedNoteIsSaidAndWrittenAnew(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "doctor.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	var looked atomic.Int32
	m := check.NewModel(home, i18n.EN, sick(home, &looked), func() bool { return false })
	if m.Feed.Newest().Fault == nil {
		t.Error("nothing said")
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); m.Run(ctx) }()
	until(t, "it did not look", func() bool { return m.Feed.Newest().Told != check.Untold && m.Feed.Newest().Told != check.Telling })
	stop()
	<-ended
	if e, err := doctor.Newest(home); err != nil || len(e.Results) == 0 {
		t.Errorf("got %+v, %v", e, err)
	}
}

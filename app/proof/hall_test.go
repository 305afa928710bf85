package proof_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"minglu/app/desk/desktoptest"
	"minglu/app/office/duty"
	"minglu/app/settings"
	"minglu/capture/durable"
	"minglu/sync/outbox"
)

// hallDesk is the window of a hall on a desktop of its own, beside the log that it writes.
type hallDesk struct {
	*desktoptest.Desktop
	t   *testing.T
	log *duty.Log
}

func openHallDesk(t *testing.T, home string) *hallDesk {
	t.Helper()
	d := &hallDesk{Desktop: desktoptest.New(t, 1280, 800), t: t}
	if err := buildDesk(); err != nil {
		t.Fatal(err)
	}
	s, err := settings.LoadRoom(home)
	if err != nil {
		t.Fatal(err)
	}
	s.Cameras, s.Microphone = []string{"synth:640x360@25"}, "synth:"
	if err := s.Save(durable.OS{}, home); err != nil {
		t.Fatal(err)
	}
	d.log = openDuty(t, home)
	d.Fcitx()
	d.Start(filepath.Join(bin, "minglu-desk"), "--home", home, "--lang", "zh")
	d.Until(60*time.Second, "the window is open", func() bool {
		return d.Command("xdotool", "search", "--onlyvisible", "--name", "明录").Run() == nil
	})
	time.Sleep(2 * time.Second) // the shell fills the window, and finds the input method, once it runs
	return d
}

// until waits for the day in the log.
func (d *hallDesk) until(what string, ok func(*duty.Day) bool) *duty.Day {
	d.t.Helper()
	var day *duty.Day
	d.Until(20*time.Second, what, func() bool {
		var err error
		if day, err = d.log.Day(d.t.Context(), d.log.Today()); err != nil {
			d.t.Fatal(err)
		}
		return ok(day)
	})
	time.Sleep(300 * time.Millisecond) // the form goes once the entry is on the disk
	return day
}

// step presses keys and gives the window the time to draw what they opened.
func (d *hallDesk) step(keys ...string) {
	d.t.Helper()
	d.Keys(2*desktoptest.Quick, keys...)
	time.Sleep(500 * time.Millisecond)
}

// fill writes Chinese into the field of a form and enters it. Keys that came before the form was drawn are lost: the
// form then says what is missing, and stays.
func (d *hallDesk) fill(what string, ok func(*duty.Day) bool, words ...string) *duty.Day {
	d.t.Helper()
	for range 3 {
		d.Pinyin(2*desktoptest.Quick, words...)
		d.step("Return")
		for range 10 {
			if day, err := d.log.Day(d.t.Context(), d.log.Today()); err == nil && ok(day) {
				return d.until(what, ok)
			}
			time.Sleep(200 * time.Millisecond)
		}
	}
	return d.until(what, ok)
}

func chinese(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.Is(unicode.Han, r) })
}

// A leader keeps a whole day in the real window without touching the mouse, types Chinese by pinyin, and finds the day
// sealed and receipted.
func TestADutyDayIsKeptByKeyboardAloneFromStartToReceipt(t *testing.T) {
	b := openBureau(t)
	home := b.room(t, "HALL1")
	d := openHallDesk(t, home)
	d.step("F3")
	d.Picture("1-morning")
	d.step("Return") // nobody leads: the first thing is a shift
	day := d.fill("the shift has begun", func(day *duty.Day) bool { return len(day.Shifts) == 1 }, "wangfang")
	if !chinese(day.Leader) {
		t.Errorf("the leader is %q", day.Leader)
	}
	d.step("F1", "F11") // a line over another page
	d.Pinyin(2*desktoptest.Quick, "nihao", "shuiwu", "zhifa")
	d.Picture("2-line")
	d.step("Return")
	d.until("the entry is in the log", func(day *duty.Day) bool { return len(day.Entries) == 2 && chinese(day.Entries[1].Text) })
	d.emergency(home)
	d.step("F11")
	d.Pinyin(2*desktoptest.Quick, "shuiwu", "fuwu")
	d.step("Down", "Down", "Down", "Down", "Down", "Down", "Down") // from a consultation to a complaint
	d.step("Return")
	day = d.until("a matter is open", func(day *duty.Day) bool { return len(day.Matters) == 2 })
	if m := day.Matters[1]; m.Kind != "COMPLAINT" || m.Owner != day.Leader || !chinese(m.Title) {
		t.Errorf("opened %+v", m)
	}
	d.step("F3") // the day's own sheet: what lacks has the keys
	d.Picture("4-lacks")
	for n := range 2 {
		d.step("Return")
		d.step("Return") // done
		d.fill("a matter is done", func(day *duty.Day) bool { return len(day.Open()) == 1-n }, "banjie")
	}
	d.step("Tab")
	d.step("Return")
	d.Picture("5-close")
	d.step("Return")
	d.until("the day is closed", func(day *duty.Day) bool { return day.State == duty.DayClosed && len(day.Closings) == 1 })
	d.receipted(b, home)
	time.Sleep(2 * time.Second)
	d.Picture("6-receipted")
}

// emergency opens an emergency by the line, records the hall from it, and ends the recording.
func (d *hallDesk) emergency(home string) {
	d.t.Helper()
	d.step("F11")
	d.Pinyin(2*desktoptest.Quick, "wangluo", "guzhang")
	d.step("Return")
	day := d.until("an emergency is open", func(day *duty.Day) bool { return len(day.Matters) == 1 })
	if m := day.Matters[0]; m.Emergency != "network" {
		d.t.Errorf("opened %+v", m)
	}
	d.step("F3") // the open matters have the keys
	d.step("Return")
	d.step("Tab", "Tab", "Tab", "Tab")
	d.Picture("3-emergency")
	d.step("Return")
	day = d.until("the hall is recorded", func(day *duty.Day) bool { return len(day.Matters[0].Recording) == 1 })
	d.step("F12", "Tab")
	d.step("Return")
	d.Until(20*time.Second, "the recording is sealed", func() bool {
		_, err := os.Stat(filepath.Join(home, "vault", day.Matters[0].Recording[0], "META-INF", "signature001.p7s"))
		return err == nil
	})
	time.Sleep(time.Second)
}

// receipted waits for headquarters' receipt of the day's package, and verifies it.
func (d *hallDesk) receipted(b *bureau, home string) {
	d.t.Helper()
	id := ""
	d.Until(30*time.Second, "the day is sealed", func() bool {
		sums, err := d.log.Days(d.t.Context(), d.log.Today(), d.log.Today())
		if err != nil {
			d.t.Fatal(err)
		}
		if len(sums) == 1 && len(sums[0].Packages) == 1 {
			id = sums[0].Packages[0]
		}
		return id != ""
	})
	box, err := outbox.Open(filepath.Join(home, "outbox.db"), "HALL1")
	if err != nil {
		d.t.Fatal(err)
	}
	defer box.Close()
	d.Until(30*time.Second, "headquarters has receipted it", func() bool {
		row, err := box.Row(d.t.Context(), id)
		return err == nil && row.State == outbox.Received
	})
	b.verify(d.t, filepath.Join(home, "vault", id), "AUTHENTIC")
}

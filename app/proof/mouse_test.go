package proof_test

import (
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minglu/app/office/duty"
	"minglu/capture/evidence"
)

// Places on a screen of 1280 × 800, as the pictures of this test show them.
type place struct{ x, y int }

// Parts of that screen: where the window manager's buttons are, those of the two public screens, and where a question stands.
var (
	titleBar   = image.Rect(1200, 2, 1278, 16)
	topButtons = image.Rect(1120, 95, 1275, 130)
	question   = image.Rect(600, 320, 840, 500)
)

// drawn is how long a hand waits until what it opened is drawn.
const drawn = 300 * time.Millisecond

func (d *hallDesk) click(p place) {
	d.t.Helper()
	d.Click(p.x, p.y)
	time.Sleep(drawn)
}

// hold presses the mouse down for some time.
func (d *hallDesk) hold(p place, length time.Duration) {
	d.t.Helper()
	for _, args := range [][]string{{"mousemove", fmt.Sprint(p.x), fmt.Sprint(p.y), "mousedown", "1"}, {"mouseup", "1"}} {
		if out, err := d.Command("xdotool", args...).CombinedOutput(); err != nil {
			d.t.Fatalf("xdotool: %v: %s", err, out)
		}
		time.Sleep(length)
	}
}

// filled reports whether a screen for the public, which is of one colour there, lies where a title bar has its buttons.
func (d *hallDesk) filled() bool {
	shown := d.Look(titleBar)
	return len(shown) > 3 && shown == strings.Repeat(shown[:3], len(shown)/3) && shown[:3] != "\x00\x00\x00"
}

// windows counts the windows that are on the screen.
func (d *hallDesk) windows(name string) int {
	out, _ := d.Command("xdotool", "search", "--onlyvisible", "--name", name).Output() // it fails when there is none
	n := 0
	for _, b := range out {
		if b == '\n' {
			n++
		}
	}
	return n
}

// A hand on the mouse makes an entry with three clicks; another room of the hall is in use meanwhile, and the two screens
// for the public are opened, looked at and closed.
func TestAnEntryIsMadeByMouseAloneAndTheScreensForThePublicOpen(t *testing.T) {
	inOneDay(t)
	b := openBureau(t)
	home, other := b.hallHome(t, "HALL1", "HALL1"), b.hallHome(t, "R7", "HALL1")
	b.recordBehind(t, other)
	dutyAdd(t, home, duty.Entry{Act: duty.Roster, Author: "李强", Zone: "expert", People: []string{"王芳", "赵𬭎"}},
		duty.Entry{Act: duty.Posted, Author: "李强", Code: duty.Guidance, Text: "取号：请到导税台\n疑难问题：专家坐席"},
		duty.Entry{Act: duty.Posted, Author: "李强", Code: duty.Notices, Text: "本周六上午延时服务。\n纳税服务热线 12366"})
	d := openHallDesk(t, home)
	d.step("F3", "Return") // the shift begins by keyboard: nobody can click a name
	d.fill("the shift has begun", func(day *duty.Day) bool { return len(day.Shifts) == 1 }, "wangfang")

	d.Picture("1-today")
	began := time.Now()
	d.click(place{300, 240})  // a new entry
	d.click(place{295, 188})  // a phrase
	d.click(place{1062, 136}) // enter it
	day := d.until("the entry is in the log", func(day *duty.Day) bool { return len(day.Entries) == 5 })
	e := day.Entries[4]
	if at, err := evidence.ParseTime(e.Recorded); err != nil || e.Kind != "GUIDE" || e.Text != d.log.Rules.Phrases[0].ZH || e.Author != day.Leader {
		t.Errorf("entered %+v, %v", e, err)
	} else {
		took := at.Sub(began) - 2*drawn
		if t.Logf("three clicks: in the log after %v", took); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
	}

	d.click(place{1236, 113}) // the board
	d.Until(10*time.Second, "the board is open", func() bool { return d.windows("公示牌") == 1 })
	d.Until(20*time.Second, "the board fills the screen", d.filled) // before that its corner is what closes the window
	d.Picture("3-board")
	board := d.Look(topButtons)
	d.hold(place{1270, 10}, 2500*time.Millisecond)
	d.Until(10*time.Second, "the board is closed", func() bool { return d.windows("公示牌") == 0 })

	d.UntilDrawn("the window", topButtons, board)
	middle := d.Look(question)
	d.click(place{1161, 113}) // the rating screen asks whose it is
	d.UntilDrawn("the question", question, middle)
	d.Picture("4-whose")
	d.click(place{787, 478})
	d.Until(10*time.Second, "the counter is open", func() bool { return d.windows("评价屏") == 1 })
	d.Until(20*time.Second, "the counter fills the screen", d.filled)
	d.Picture("5-counter")
	d.click(place{140, 450})
	d.until("a rating is in the log", func(day *duty.Day) bool { return day.Ratings != [5]int{} })
	d.Picture("6-thanks")
	d.hold(place{1270, 10}, 2500*time.Millisecond)
	d.Until(10*time.Second, "the counter is closed", func() bool { return d.windows("评价屏") == 0 })
	d.click(place{1237, 50}) // the other language
	time.Sleep(time.Second)
	d.Picture("7-english")
}

// recordBehind records in a home until the test ends; headquarters knows of it.
func (b *bureau) recordBehind(t *testing.T, home string) {
	t.Helper()
	for _, args := range [][]string{
		{"record", "--home", home, "--item", "I03", "--officer", "a:1", "--officer", "b:2", "--camera", "synth:320x180@5", "--mic", "synth:"},
		{"sync", "--home", home},
	} {
		cmd := exec.Command(filepath.Join(bin, "minglu"), args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Signal(os.Interrupt) // the recording is sealed
			_ = cmd.Wait()
		})
	}
	for range 100 {
		if rows := must(t, "minglu-hq", "list", "--data", b.data).events; len(rows) == 1 && rows[0].State == "recording" {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("headquarters does not hear of the recording")
}

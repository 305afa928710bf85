package control_test

import (
	"syscall"
	"testing"
	"time"
)

const quick = 20 * time.Millisecond

func TestChineseIsTypedThroughFcitx(t *testing.T) {
	d := newDesktop(t)
	d.fcitx()
	d.window("fcitx")
	checkTyping(d)
}

func TestChineseIsTypedThroughIBus(t *testing.T) {
	d := newDesktop(t)
	d.ibus()
	d.window("ibus")
	checkTyping(d)
}

// checkTyping types with keys only and compares the text.
func checkTyping(d *desktop) {
	d.t.Helper()
	d.pinyin(60*time.Millisecond, "nihao")
	d.wantField("你好")

	d.pinyin(quick, "zhongguo")
	d.keys(quick, "s", "h", "u", "i")
	d.picture("composing")
	d.keys(quick, "BackSpace", "BackSpace", "BackSpace", "BackSpace")
	d.wantField("你好中国") // BackSpace ate the composition only
	d.keys(quick, "BackSpace")
	d.wantField("你好中")

	d.keys(quick, "w", "a", "n", "g", "Return")
	d.wantField("你好中wang")
	if s := d.see(); s.Submitted != 0 {
		d.t.Errorf("Return reached the field %d times while composing", s.Submitted)
	}
	d.keys(quick, "Return")
	d.until(10*time.Second, "Return submits", func() bool { return d.see().Submitted == 1 })

	d.keys(quick, "Tab")
	d.until(10*time.Second, "Tab leaves the field", func() bool { return d.see().Focus == "area" })
	d.pinyin(15*time.Millisecond, "women", "zhongguo", "nihao", "women", "zhongguo", "nihao")
	d.keys(quick, "Return")
	d.wantArea("我们中国你好我们中国你好\n")
	d.keys(quick, "n", "i", "h", "a", "o", "ctrl+a", "space")
	d.wantArea("我们中国你好我们中国你好\n你好")
	d.keys(quick, "ctrl+z")
	d.wantArea("我们中国你好我们中国你好\n")
	d.keys(quick, "l", "i", "Escape")
	d.wantArea("我们中国你好我们中国你好\n")
	if s := d.see(); s.Pressed != 0 || s.Focus != "area" {
		d.t.Errorf("keys leaked: %+v", s)
	}
}

func TestKillingFcitxLosesNoCharacter(t *testing.T) {
	d := newDesktop(t)
	daemon := d.fcitx()
	d.window("fcitx")
	d.pinyin(quick, "nihao")
	d.wantField("你好")
	d.keys(quick, "s", "h", "u", "i")
	time.Sleep(time.Second) // it is being composed now
	stop(daemon)
	d.until(10*time.Second, "the method is gone", func() bool { return d.see().Method == "" })
	d.wantField("你好shui") // what was composed stands in the text as typed
	d.keys(quick, "a", "b", "c")
	d.wantField("你好shuiabc")
	d.fcitx()
	d.until(30*time.Second, "fcitx is back", func() bool { return d.see().Method == "fcitx" })
	d.pinyin(quick, "women")
	d.wantField("你好shuiabc我们")
}

func TestKillingIBusLosesNoCharacter(t *testing.T) {
	d := newDesktop(t)
	daemon := d.ibus()
	d.window("ibus")
	d.pinyin(quick, "nihao")
	d.wantField("你好")
	d.keys(quick, "s", "h", "u", "i")
	time.Sleep(time.Second) // it is being composed now
	stop(daemon)
	d.until(10*time.Second, "the method is gone", func() bool { return d.see().Method == "" })
	d.wantField("你好水") // libpinyin composes with its first candidate
	d.keys(quick, "a", "b", "c")
	d.wantField("你好水abc")
	d.ibus()
	d.until(30*time.Second, "ibus is back", func() bool { return d.see().Method == "ibus" })
	d.pinyin(quick, "women")
	d.wantField("你好水abc我们")
}

func TestAHungFcitxLosesNoCharacter(t *testing.T) {
	d := newDesktop(t)
	daemon := d.fcitx()
	d.window("fcitx")
	d.pinyin(quick, "nihao")
	d.wantField("你好")
	pause := func(s syscall.Signal) {
		if err := daemon.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	pause(syscall.SIGSTOP)
	d.pinyin(quick, "women")
	d.until(10*time.Second, "the window says that the method is slow", func() bool { return d.see().Slow })
	pause(syscall.SIGCONT)
	d.wantField("你好我们")
	pause(syscall.SIGSTOP)
	d.keys(quick, "a", "b", "c")
	d.wantField("你好我们abc") // after ten seconds, as typed
	d.keys(quick, "d")
	d.wantField("你好我们abcd")
	pause(syscall.SIGCONT)
	d.until(30*time.Second, "the method answers again", func() bool { return !d.see().Slow })
	d.pinyin(quick, "zhongguo")
	d.wantField("你好我们abcd中国")
}

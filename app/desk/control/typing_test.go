package control_test

import (
	"syscall"
	"testing"
	"time"

	"minglu/app/desk/desktoptest"
)

func TestChineseIsTypedThroughFcitx(t *testing.T) {
	d := newDesktop(t)
	d.Fcitx()
	d.window("fcitx")
	checkTyping(d)
}

func TestChineseIsTypedThroughIBus(t *testing.T) {
	d := newDesktop(t)
	d.IBus()
	d.window("ibus")
	checkTyping(d)
}

// checkTyping types with keys only and compares the text.
func checkTyping(d *desktop) {
	d.t.Helper()
	d.Pinyin(60*time.Millisecond, "nihao")
	d.wantField("你好")

	d.Pinyin(desktoptest.Quick, "zhongguo")
	d.Keys(desktoptest.Quick, "s", "h", "u", "i")
	d.Picture("composing")
	d.Keys(desktoptest.Quick, "BackSpace", "BackSpace", "BackSpace", "BackSpace")
	d.wantField("你好中国") // BackSpace ate the composition only
	d.Keys(desktoptest.Quick, "BackSpace")
	d.wantField("你好中")

	d.Keys(desktoptest.Quick, "w", "a", "n", "g", "Return")
	d.wantField("你好中wang")
	if s := d.see(); s.Submitted != 0 {
		d.t.Errorf("Return reached the field %d times while composing", s.Submitted)
	}
	d.Keys(desktoptest.Quick, "Return")
	d.Until(10*time.Second, "Return submits", func() bool { return d.see().Submitted == 1 })

	d.Keys(desktoptest.Quick, "Tab")
	d.Until(10*time.Second, "Tab leaves the field", func() bool { return d.see().Focus == "area" })
	d.Pinyin(15*time.Millisecond, "women", "zhongguo", "nihao", "women", "zhongguo", "nihao")
	d.Keys(desktoptest.Quick, "Return")
	d.wantArea("我们中国你好我们中国你好\n")
	d.Keys(desktoptest.Quick, "n", "i", "h", "a", "o", "ctrl+a", "space")
	d.wantArea("我们中国你好我们中国你好\n你好")
	d.Keys(desktoptest.Quick, "ctrl+z")
	d.wantArea("我们中国你好我们中国你好\n")
	d.Keys(desktoptest.Quick, "l", "i", "Escape")
	d.wantArea("我们中国你好我们中国你好\n")
	if s := d.see(); s.Pressed != 0 || s.Focus != "area" {
		d.t.Errorf("keys leaked: %+v", s)
	}
}

func TestKillingFcitxLosesNoCharacter(t *testing.T) {
	d := newDesktop(t)
	daemon := d.Fcitx()
	d.window("fcitx")
	d.Pinyin(desktoptest.Quick, "nihao")
	d.wantField("你好")
	d.Keys(desktoptest.Quick, "s", "h", "u", "i")
	time.Sleep(time.Second) // it is being composed now
	desktoptest.Kill(daemon)
	d.Until(10*time.Second, "the method is gone", func() bool { return d.see().Method == "" })
	d.wantField("你好shui") // what was composed stands in the text as typed
	d.Keys(desktoptest.Quick, "a", "b", "c")
	d.wantField("你好shuiabc")
	d.Fcitx()
	d.Until(30*time.Second, "fcitx is back", func() bool { return d.see().Method == "fcitx" })
	d.Pinyin(desktoptest.Quick, "women")
	d.wantField("你好shuiabc我们")
}

func TestKillingIBusLosesNoCharacter(t *testing.T) {
	d := newDesktop(t)
	daemon := d.IBus()
	d.window("ibus")
	d.Pinyin(desktoptest.Quick, "nihao")
	d.wantField("你好")
	d.Keys(desktoptest.Quick, "s", "h", "u", "i")
	time.Sleep(time.Second) // it is being composed now
	desktoptest.Kill(daemon)
	d.Until(10*time.Second, "the method is gone", func() bool { return d.see().Method == "" })
	d.wantField("你好水") // libpinyin composes with its first candidate
	d.Keys(desktoptest.Quick, "a", "b", "c")
	d.wantField("你好水abc")
	d.IBus()
	d.Until(30*time.Second, "ibus is back", func() bool { return d.see().Method == "ibus" })
	d.Pinyin(desktoptest.Quick, "women")
	d.wantField("你好水abc我们")
}

func TestAHungFcitxLosesNoCharacter(t *testing.T) {
	d := newDesktop(t)
	daemon := d.Fcitx()
	d.window("fcitx")
	d.Pinyin(desktoptest.Quick, "nihao")
	d.wantField("你好")
	pause := func(s syscall.Signal) {
		if err := daemon.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	pause(syscall.SIGSTOP)
	d.Pinyin(desktoptest.Quick, "women")
	d.Until(10*time.Second, "the window says that the method is slow", func() bool { return d.see().Slow })
	pause(syscall.SIGCONT)
	d.wantField("你好我们")
	pause(syscall.SIGSTOP)
	d.Keys(desktoptest.Quick, "a", "b", "c")
	d.wantField("你好我们abc") // after ten seconds, as typed
	d.Keys(desktoptest.Quick, "d")
	d.wantField("你好我们abcd")
	pause(syscall.SIGCONT)
	d.Until(30*time.Second, "the method answers again", func() bool { return !d.see().Slow })
	d.Pinyin(desktoptest.Quick, "zhongguo")
	d.wantField("你好我们abcd中国")
}

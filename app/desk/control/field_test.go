package control_test

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"minglu/app/desk/control"
)

func TestAKeyIsQuickInALongText(t *testing.T) {
	test.NewTempApp(t)
	a := control.NewArea(nil, 10)
	w := test.NewTempWindow(t, a)
	w.Resize(fyne.NewSize(500, 300))
	for _, length := range []int{1000, 10_000, 90_000} {
		a.SetText(strings.Repeat("税务稽查询问笔录，", length/9))
		w.Canvas().Focus(a)
		a.TypedRune('字')
		start := time.Now()
		for range 20 {
			a.TypedRune('字')
		}
		each := time.Since(start) / 20
		t.Logf("%v a key in %d characters", each, length)
		if each > 30*time.Millisecond { // 5 ms on a free machine
			t.Errorf("a key in %d characters takes %v", length, each)
		}
	}
}

func TestADisabledFieldTakesNothing(t *testing.T) {
	test.NewTempApp(t)
	f := control.NewField(nil)
	f.SetText("定")
	f.Disable()
	f.TypedRune('x')
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	f.TypedShortcut(&fyne.ShortcutUndo{})
	if f.Text() != "定" {
		t.Errorf("the field has %q", f.Text())
	}
}

func TestAConcealedFieldIsNotCopied(t *testing.T) {
	board := test.NewTempApp(t).Clipboard()
	f := control.NewField(nil)
	f.Conceal = true
	f.SetText("1234")
	f.TypedShortcut(&fyne.ShortcutSelectAll{})
	f.TypedShortcut(&fyne.ShortcutCopy{Clipboard: board})
	if board.Content() != "" {
		t.Errorf("the clipboard has %q", board.Content())
	}
}

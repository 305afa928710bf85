package look_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"minglu/app/desk/look"
)

func TestAPressedButtonKeepsTheKeys(t *testing.T) {
	test.NewTempApp(t)
	pressed := 0
	b := look.NewButton("播放", func() { pressed++ })
	w := test.NewTempWindow(t, container.NewVBox(look.NewButton("返回", nil), b))
	w.Canvas().Focus(b)
	for i, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace} {
		b.TypedKey(&fyne.KeyEvent{Name: key})
		if pressed != i+1 || w.Canvas().Focused() != fyne.Focusable(b) {
			t.Errorf("%s: pressed %d times, the focus is on %v", key, pressed, w.Canvas().Focused())
		}
	}
}

func TestTheKeysComeBackToTheButtonBehindItsQuestion(t *testing.T) {
	test.NewTempApp(t)
	var w fyne.Window
	var answers []*look.Button
	b := look.NewButton("导出", func() { answers = look.Ask(w, "?", look.Words("?"), look.Answer{Text: "取消"}) })
	w = test.NewTempWindow(t, container.NewVBox(b))
	w.Canvas().Focus(b)
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if w.Canvas().Focused() != fyne.Focusable(answers[0]) {
		t.Fatalf("the focus is on %v", w.Canvas().Focused())
	}
	answers[0].TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if w.Canvas().Focused() != fyne.Focusable(b) {
		t.Errorf("behind the question the focus is on %v", w.Canvas().Focused())
	}
}

func TestAButtonThatIsNotSeenAnyMoreCannotBePressed(t *testing.T) {
	test.NewTempApp(t)
	pressed := 0
	b := look.NewButton("开始录制", func() { pressed++ })
	around := container.NewVBox(b)
	w := test.NewTempWindow(t, container.NewVBox(around))
	w.Canvas().Focus(b)
	around.Hide()
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if pressed != 0 || w.Canvas().Focused() != nil {
		t.Errorf("pressed %d times, the focus is on %v", pressed, w.Canvas().Focused())
	}
}

func TestAChoiceKeepsTheKeysAndLetsTheWindowsKeysThrough(t *testing.T) {
	test.NewTempApp(t)
	c := look.NewChoice([]look.Option{{Code: "a", Text: "甲"}, {Code: "b", Text: "乙"}}, "a")
	w := test.NewTempWindow(t, container.NewVBox(c))
	heard := fyne.KeyName("")
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { heard = e.Name })
	w.Canvas().Focus(c)
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyF2})
	if heard != fyne.KeyF2 {
		t.Errorf("the window heard %q", heard)
	}
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	w.Canvas().Overlays().Remove(w.Canvas().Overlays().Top())
	if w.Canvas().Focused() != fyne.Focusable(c) {
		t.Errorf("behind its list the focus is on %v", w.Canvas().Focused())
	}
}

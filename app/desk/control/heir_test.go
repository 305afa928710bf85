package control

import (
	"testing"

	"fyne.io/fyne/v2"
)

// pressed is a button that counts what is typed to it.
type pressed struct {
	fyne.Focusable
	keys int
}

func (p *pressed) TypedKey(*fyne.KeyEvent) { p.keys++ }

func TestACombinationThatComesLateDoesNotPressAButton(t *testing.T) {
	button := &pressed{}
	late := focused{button}
	late.replay(Stroke{fyne.KeyReturn, fyne.KeyModifierControl})
	if button.keys != 0 {
		t.Error("Ctrl+Return, which was typed into a text, pressed the button of a question")
	}
	late.replay(Stroke{fyne.KeyReturn, 0})
	if button.keys != 1 {
		t.Error("Return did not press the button that has the keys now")
	}
}

package write

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/look"
	"minglu/app/i18n"
)

// What is heard of a line: the clerk begins to type after the words were said, and a short answer is typed in a moment.
const (
	lead    = 5_000 // ms before the first key
	atLeast = 8_000 // ms in all
)

// listening are the buttons that play the sound of the caret's line and stop it.
func (v *View) listening() fyne.CanvasObject {
	play := look.NewButton(v.say("write.play"), func() {
		if v.rows[v.at] == nil {
			v.tell(v.say("write.play.nothing"))
			return
		}
		key := v.at
		v.Focus(key)
		v.play(key)
	})
	hush := look.NewButton(v.say("write.hush"), func() { v.sound(0, 0) })
	return container.NewHBox(look.Least(112, look.Target, play), look.Least(64, look.Target, hush))
}

// play plays the sound of a row while the recording goes on.
func (v *View) play(key int64) {
	r := v.model.row(key)
	if v.actions.Play == nil || r.key == 0 {
		return
	}
	from := max(0, r.from-lead)
	v.sound(from, max(r.to, from+atLeast))
}

// sound asks for it off the window's goroutine, and says what became of it.
func (v *View) sound(fromMS, toMS int64) {
	v.actions.Go(func() {
		err := v.actions.Play(fromMS, toMS)
		text := ""
		switch {
		case err != nil:
			e := i18n.Explain(err, v.lang)
			text = v.say("write.play.fault", "why", e.What, "do", e.Do)
		case toMS > fromMS:
			text = v.say("write.playing")
		}
		fyne.Do(func() { v.tell(text) })
	})
}

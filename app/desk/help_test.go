package desk_test

import (
	"testing"

	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"minglu/app/desk"
	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/manual"
)

// closeHelp puts the manual away again by its button.
func closeHelp(t *testing.T, d *desk.Desk) {
	t.Helper()
	over := d.Window().Canvas().Overlays().Top()
	for _, o := range test.LaidOutObjects(over) {
		if b, ok := o.(*look.Button); ok {
			test.Tap(b)
			return
		}
	}
	t.Fatal("the manual has no button")
}

func TestTheManualOpensAtThePageOneIsOn(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		d, s := newDesk(t, lang)
		d.Window().Resize(screens[0].size)
		for _, page := range append(d.Pages(), "recording") {
			d.Show(page) // "recording" is no page of its own
			if page == "recording" {
				d.Show("record")
				s.Record.Link.Feed.Publish(recording())
			}
			d.Help()
			d.Help() // a second press opens no second one
			want, err := manual.About(lang, page)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(d.Window().Canvas().Overlays().List()); n != 1 {
				t.Fatalf("%s %s: %d manuals", lang, page, n)
			}
			found := false
			for _, o := range test.LaidOutObjects(d.Window().Canvas().Overlays().Top()) {
				if text, ok := o.(*canvas.Text); ok && text.Text == want.Title {
					found = true
				}
			}
			if !found {
				t.Errorf("%s %s: the manual does not open at %q", lang, page, want.Title)
			}
			if page == "record" {
				test.AssertImageMatches(t, "help-"+string(lang)+".png", d.Window().Canvas().Capture())
			}
			closeHelp(t, d)
		}
	}
}

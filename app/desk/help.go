package desk

import (
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"

	"minglu/app/desk/look"
	"minglu/app/desk/record"
	"minglu/app/i18n"
	"minglu/app/manual"
)

// Size of the manual's part in the window.
const (
	helpWidth  = 660
	helpHeight = 430
	helpText   = helpWidth - 60 // beside the scroll's bar, and indented
)

// shifted reports whether the shift key is held: the window's own keys do not say it.
func shifted() bool {
	d, ok := fyne.CurrentApp().Driver().(desktop.Driver)
	return ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0
}

// subject is the page that the manual is asked about.
func (d *Desk) subject() string {
	if d.shown == "record" && d.services.Record.Link.Feed.Newest().Phase == record.Running {
		return "recording"
	}
	return d.shown
}

// help shows the manual's part about the shown page. It stands over the page, whose keys go on working.
func (d *Desk) help() {
	if d.helping.Asking(d.win) {
		return
	}
	s, err := manual.About(d.lang, d.subject())
	if err != nil { // a test holds every page to a section
		s = manual.Section{Title: i18n.Explain(err, d.lang).String()}
	}
	scroll := container.NewVScroll(helpBody(s, d.say("desk.help.where", "folder", manualFolder())))
	d.helping.Ask(d.win, s.Title, look.Least(helpWidth, helpHeight, scroll),
		look.Answer{Text: d.say("desk.help.close"), Strong: true})
}

func (d *Desk) say(key string, pairs ...string) string { return i18n.Say(d.lang, key, pairs...) }

// helpBody lays a section out; its pictures are of the screen that lies below, so they stay on paper.
func helpBody(s manual.Section, where string) fyne.CanvasObject {
	box := container.New(layout.NewCustomPaddedVBoxLayout(10))
	for _, b := range s.Blocks {
		switch b.Kind {
		case manual.Picture:
		case manual.Item:
			box.Add(look.Paragraph("· "+b.Text, helpText, look.Normal, look.Ink))
		default:
			box.Add(look.Paragraph(b.Text, helpText, look.Normal, look.Ink))
		}
	}
	box.Add(look.Paragraph(where, helpText, look.Small, look.Faint))
	return box
}

// manualFolder is where the installation puts the printed manuals.
func manualFolder() string {
	if runtime.GOOS == "windows" {
		return `C:\Program Files\Minglu`
	}
	return "/usr/share/doc/minglu"
}

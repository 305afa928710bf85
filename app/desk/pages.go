package desk

import (
	"net/url"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/check"
	"minglu/app/desk/find"
	"minglu/app/desk/hall"
	"minglu/app/desk/look"
	"minglu/app/desk/queue"
	"minglu/app/desk/record"
	"minglu/app/desk/setup"
	"minglu/app/desk/write"
	"minglu/app/i18n"
)

// makePages makes the pages in the order of the rail. Those that need nothing while another is shown are filled when
// somebody turns to them: the window opens the sooner.
func (d *Desk) makePages() []page {
	s := d.services
	t := write.New(s.Write, d.lang, d.win, d.in, d.writing())
	r := record.NewView(s.Record, d.lang, d.win, d.in, t.Body)
	return []page{
		{name: "record", key: fyne.KeyF1, body: r.Body, typed: d.recordKey(r, t), again: s.Record.Swap, bind: func() func() {
			return all(Bind(&s.Record.Feed, r.DrawPrepare), Bind(&s.Record.Link.Feed, r.DrawLive), Bind(&s.Write.Feed, t.Draw))
		}},
		{name: "archive", key: fyne.KeyF2, make: d.makeArchive},
		d.duty(),
		{name: "queue", key: fyne.KeyF4, make: func(p *page) {
			v := queue.NewView(s.Queue, d.lang, d.win, d.in)
			p.body, p.bind = v.Body, func() func() { return Bind(&s.Queue.Feed, v.Draw) }
		}},
		{name: "doctor", key: fyne.KeyF5, make: func(p *page) {
			v := check.NewView(s.Check, d.lang)
			p.body, p.bind = v.Body, func() func() { return Bind(&s.Check.Feed, v.Draw) }
		}},
		{name: "setup", key: fyne.KeyF6, make: d.makeSetup},
	}
}

func (d *Desk) makeArchive(p *page) {
	s := d.services
	v := find.NewView(s.Find, s.Record.Words(), d.lang, d.win, d.in)
	p.body, p.bind = v.Body, func() func() {
		release := Bind(&s.Find.Feed, v.Draw)
		v.Begin()
		return release
	}
}

func (d *Desk) makeSetup(p *page) {
	s := d.services
	bounds := queue.NewBounds(s.Queue, d.lang, d.in)
	v := setup.NewView(s.Setup, d.lang, d.win, d.in, d.speak, look.Section(i18n.Say(d.lang, "desk.setup.upload"), bounds.Body))
	p.body, p.bind = v.Body, func() func() {
		s.Setup.Show(true)
		return all(Bind(&s.Setup.Feed, v.Draw), Bind(&s.Setup.Sight, v.DrawSight), Bind(&s.Queue.Feed, bounds.Draw),
			func() { s.Setup.Show(false) })
	}
}

// writing is what the transcript's page asks of the window.
func (d *Desk) writing() (a write.Actions) {
	a.Go = d.work.Go
	id := func() string { return d.services.Record.Link.Feed.Newest().ID }
	if line := d.services.Player.Line; line != nil {
		a.Play = func(fromMS, toMS int64) error { return line(id(), fromMS, toMS) }
	}
	if print := d.services.Player.Print; print != nil {
		a.Print = func(paper []byte) error { return print(id(), paper) }
	}
	return a
}

// recordKey takes the keys of a recording on whatever page. F7 leads to the transcript, and from there to the words
// of the next mark.
func (d *Desk) recordKey(r *record.View, t *write.View) func(fyne.KeyName) {
	return func(name fyne.KeyName) {
		if name != fyne.KeyF7 || d.services.Record.Link.Feed.Newest().Phase != record.Running {
			r.Key(name)
			return
		}
		if d.shown != "record" {
			d.show("record")
		}
		if t.Writing() {
			r.Note()
		} else {
			t.Enter()
		}
	}
}

// duty is the page of the duty log. Its entry line and the screens for the public live on whatever page is shown.
func (d *Desk) duty() page {
	m := d.services.Hall
	if m == nil {
		p := d.absent("duty", fyne.KeyF3)
		if d.services.NoHall != nil {
			p.body = container.NewCenter(look.Paragraph(i18n.Explain(d.services.NoHall, d.lang).String(), noticeWidth, look.Normal, look.Red))
		}
		return p
	}
	d.line = hall.NewLine(m, d.lang, d.win, d.in)
	h := hall.NewView(m, d.lang, d.win, d.in, hall.Actions{
		Hall: d.services.Record.Room().HallName(), Line: d.line.Open, Show: show,
	})
	d.release = append(d.release, h.CloseScreens, d.line.Close,
		Bind(&m.Typed, d.line.Draw), Bind(&m.Public, h.DrawPublic), Bind(&m.Answers, h.DrawAnswers))
	return page{name: "duty", key: fyne.KeyF3, body: h.Body, again: h.Again, focus: h.Focus, bind: func() func() {
		return all(Bind(&m.Today, h.DrawToday), Bind(&m.Found, h.DrawFound), Bind(&m.Past, h.DrawPast), Bind(&m.Month, h.DrawMonth))
	}}
}

// noticeWidth is the width of a text that stands alone on a page.
const noticeWidth = 640

// show opens a file with the program that the desktop has for it, to be read or printed.
func show(path string) error {
	return fyne.CurrentApp().OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(path)})
}

// absent is a page that this version does not have, and says so.
func (d *Desk) absent(name string, key fyne.KeyName) page {
	text := container.NewVBox(
		look.Text(i18n.Say(d.lang, "desk.rail."+name), 24, look.Ink),
		look.Text(i18n.Say(d.lang, "desk.absent."+name), look.Normal, look.Faint))
	return page{name: name, key: key, body: container.NewCenter(text), bind: func() func() { return func() {} }}
}

func all(releases ...func()) func() {
	return func() {
		for _, r := range releases {
			r()
		}
	}
}

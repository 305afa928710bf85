package desk

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/check"
	"minglu/app/desk/look"
	"minglu/app/desk/queue"
	"minglu/app/desk/record"
	"minglu/app/desk/setup"
	"minglu/app/desk/write"
	"minglu/app/i18n"
)

// makePages makes the pages in the order of the rail.
func (d *Desk) makePages() []page {
	s := d.services
	t := write.New(s.Write, d.lang, d.win, d.in, write.Actions{})
	r := record.NewView(s.Record, d.lang, d.win, d.in, t.Body)
	q := queue.NewView(s.Queue, d.lang, d.win, d.in)
	c := setup.NewView(s.Setup, d.lang, d.win, d.in)
	h := check.NewView(s.Check, d.lang)
	return []page{
		{name: "record", key: fyne.KeyF1, body: r.Body, typed: d.recordKey(r, t), bind: func() func() {
			return all(Bind(&s.Record.Feed, r.DrawPrepare), Bind(&s.Record.Link.Feed, r.DrawLive), Bind(&s.Write.Feed, t.Draw))
		}},
		d.absent("archive", fyne.KeyF2),
		d.absent("duty", fyne.KeyF3),
		{name: "queue", key: fyne.KeyF4, body: q.Body, bind: func() func() { return Bind(&s.Queue.Feed, q.Draw) }},
		d.absent("review", fyne.KeyF5),
		{name: "setup", key: fyne.KeyF6, body: c.Body, bind: func() func() { return Bind(&s.Setup.Feed, c.Draw) }},
		{name: "doctor", key: fyne.KeyF11, body: h.Body, bind: func() func() { return Bind(&s.Check.Feed, h.Draw) }},
	}
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

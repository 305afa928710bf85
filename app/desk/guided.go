package desk

import (
	"minglu/app/desk/guide"
	"minglu/app/desk/record"
)

// guided reports whether the set-up stands where the pages will be. A recording that runs comes first: whoever opens
// the window must see it.
func (d *Desk) guided() bool {
	m := d.services.Guide
	if m.Open() && d.services.Record.Link.Feed.Newest().Recording() {
		m.Later()
	}
	return m.Open()
}

// buildGuide fills the window with the set-up until it is closed, or until a recording begins elsewhere.
func (d *Desk) buildGuide() {
	m := d.services.Guide
	d.pages = nil
	v := guide.NewView(m, d.lang, d.win, d.in, d.turnLanguage)
	d.win.SetContent(v.Body)
	d.release = append(d.release,
		Bind(&m.Feed, func(s guide.Snapshot) {
			if s.Closed {
				d.build()
				return
			}
			v.Draw(s)
		}),
		Bind(&m.Setup.Feed, v.DrawSetup), Bind(&m.Setup.Sight, v.DrawSight),
		Bind(&d.services.Record.Link.Feed, func(l record.Live) {
			if l.Recording() {
				m.Later()
			}
		}))
}

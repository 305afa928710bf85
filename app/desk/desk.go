// Package desk is the window of a room: its shell, its pages and the way between them.
//
// Each page is a package of its own with a model, which knows nothing of windows, and a view, which draws the
// model's snapshots. Bind alone joins the two.
package desk

import (
	"context"
	"os"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/check"
	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/desk/queue"
	"minglu/app/desk/record"
	"minglu/app/desk/setup"
	"minglu/app/desk/write"
	"minglu/app/i18n"
)

// Services are what the pages work on. Free says how many bytes the disk takes.
type Services struct {
	Record *record.Model
	Write  *write.Model
	Queue  *queue.Model
	Setup  *setup.Model
	Check  *check.Model
	Free   func() (int64, error)
}

// Desk is the window.
type Desk struct {
	services Services
	strip    stripModel
	win      fyne.Window
	in       *control.Input // nil before the program runs
	lang     i18n.Lang
	shown    string // name of the page
	pages    []page
	rail     *rail
	stage    *fyne.Container
	release  []func() // bindings of the shell
	leave    func()   // bindings of the shown page
	keep     func(i18n.Lang)
}

// page is one of the rooms of the rail.
type page struct {
	name  string
	key   fyne.KeyName
	body  fyne.CanvasObject
	bind  func() (release func())
	typed func(fyne.KeyName)
}

// New makes the window, at most of the given size. keep is told of the language that a person chooses.
func New(a fyne.App, s Services, lang i18n.Lang, size fyne.Size, keep func(i18n.Lang)) *Desk {
	a.Settings().SetTheme(look.NewTheme())
	d := &Desk{services: s, lang: lang, shown: "record", keep: keep, win: a.NewWindow("")}
	d.strip = stripModel{link: s.Record.Link, queue: s.Queue, free: s.Free}
	d.win.Resize(size)
	d.win.SetCloseIntercept(d.close)
	d.win.Canvas().SetOnTypedKey(d.typed)
	a.Lifecycle().SetOnStarted(d.open)
	return d
}

// Run works the models while show shows the window, and waits for all of them.
func (d *Desk) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	for _, run := range []func(context.Context){
		d.services.Record.Link.Run, d.services.Record.Run, d.services.Queue.Run, d.services.Setup.Run, d.strip.run,
		d.services.Write.Run, d.services.Check.Run, d.transcribe,
	} {
		work.Go(func() { run(ctx) })
	}
	closing := context.AfterFunc(ctx, func() { fyne.Do(d.win.Close) })
	d.win.ShowAndRun()
	closing()
	stop()
	work.Wait()
	return d.in.Close()
}

// open fills the window once the program runs: only then is there an input method to be asked.
func (d *Desk) open() {
	d.in = control.Open(os.Getenv, func(key string, pairs ...string) string { return i18n.Say(d.lang, key, pairs...) }, nil)
	d.build()
}

// build makes everything in the chosen language; models keep what was typed.
func (d *Desk) build() {
	d.free()
	d.win.SetTitle(i18n.Say(d.lang, "desk.title", "room", d.services.Record.Room().Title))
	d.pages = d.makePages()
	strip := newStrip(d.lang, d.services.Record.Room().Title, look.NewButton(i18n.Say(d.lang, "desk.other_language"), d.turnLanguage))
	notices := newNotices(d.lang, d.services.Record.Link.PutAway)
	d.rail = newRail(d.lang, d.pages, d.show)
	d.stage = container.NewStack()
	d.release = append(d.release, Bind(&d.strip.Feed, strip.draw), Bind(&d.services.Record.Link.Feed, notices.draw))
	top := container.NewVBox(strip.body, line(), notices.body)
	d.win.SetContent(container.NewBorder(top, nil, d.rail.body, nil, container.NewPadded(d.stage)))
	d.show(d.shown)
}

func line() fyne.CanvasObject {
	l := canvas.NewRectangle(look.Line)
	l.SetMinSize(fyne.NewSize(1, 1))
	return l
}

// free gives back what the last build bound.
func (d *Desk) free() {
	if d.leave != nil {
		d.leave()
		d.leave = nil
	}
	for _, r := range d.release {
		r()
	}
	d.release = nil
}

// show turns to a page. Only the shown page is drawn.
func (d *Desk) show(name string) {
	for _, p := range d.pages {
		if p.name != name {
			continue
		}
		if d.leave != nil {
			d.leave()
		}
		d.shown = name
		d.win.Canvas().Unfocus()
		d.stage.Objects = []fyne.CanvasObject{p.body}
		d.leave = p.bind()
		d.stage.Refresh()
		d.rail.choose(name)
	}
}

// typed is every key that no field wanted.
func (d *Desk) typed(e *fyne.KeyEvent) {
	for _, p := range d.pages {
		if p.key == e.Name {
			d.show(p.name)
			return
		}
		if p.typed != nil {
			p.typed(e.Name) // a key moment is marked from whatever page
		}
	}
}

func (d *Desk) turnLanguage() {
	d.lang = map[i18n.Lang]i18n.Lang{i18n.ZH: i18n.EN, i18n.EN: i18n.ZH}[d.lang]
	d.keep(d.lang)
	d.services.Record.Use(d.services.Record.Room(), d.lang)
	d.build()
}

// close asks when a recording runs: it goes on without the window.
func (d *Desk) close() {
	if !d.services.Record.Link.Feed.Newest().Recording() {
		d.win.Close()
		return
	}
	say := func(key string) string { return i18n.Say(d.lang, key) }
	look.Ask(d.win, say("desk.leave.title"), look.Words(say("desk.leave.ask")),
		look.Answer{Text: say("desk.leave.stay"), Strong: true},
		look.Answer{Text: say("desk.leave.yes"), Do: d.win.Close})
}

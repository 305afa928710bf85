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
	"minglu/app/desk/find"
	"minglu/app/desk/guide"
	"minglu/app/desk/hall"
	"minglu/app/desk/look"
	"minglu/app/desk/queue"
	"minglu/app/desk/record"
	"minglu/app/desk/setup"
	"minglu/app/desk/write"
	"minglu/app/i18n"
	"minglu/app/settings"
)

// Services are what the pages work on. Free says how many bytes the disk takes. Hall is nil where the duty log could
// not be opened; NoHall says why. Guide is nil when no set-up is under way.
type Services struct {
	Record *record.Model
	Write  *write.Model
	Find   *find.Model
	Queue  *queue.Model
	Setup  *setup.Model
	Hall   *hall.Model
	NoHall error
	Check  *check.Model
	Guide  *guide.Model
	Free   func() (int64, error)
	Player Player
}

// Player plays sound in the room, and shows recordings and papers in the browser. The functions take their time: none
// is called on the window's goroutine. A nil one has no button.
type Player struct {
	Line  func(id string, fromMS, toMS int64) error // the sound of a recording that runs; nothing between them: be quiet
	Print func(id string, paper []byte) error       // the transcript of the recording that runs, noted and shown
	Play  func(id string, atMS int64) error         // a sealed recording's page
	Paper func(id, name string) error               // a paper of a sealed recording
	Trial func(folder, roots string) error          // a test recording's page
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
	line     *hall.Line // nil without a duty log
	rail     *rail
	stage    *fyne.Container
	release  []func() // bindings of the shell
	leave    func()   // bindings of the shown page
	keep     func(i18n.Lang)
	work     sync.WaitGroup // all that runs beside the window
	helping  look.Asker     // the manual, over the page
	leaving  look.Asker     // whether the window may close in a recording
}

// page is one of the rooms of the rail.
type page struct {
	name  string
	key   fyne.KeyName
	body  fyne.CanvasObject
	bind  func() (release func())
	typed func(fyne.KeyName)
	again func()      // its key on the page itself
	focus func()      // puts the keys where they are wanted
	make  func(*page) // fills the page when it is first shown; nil when it is filled
}

// New makes the window, at most of the given size. keep is told of the language that a person chooses.
func New(a fyne.App, s Services, lang i18n.Lang, size fyne.Size, keep func(i18n.Lang)) *Desk {
	look.Dress(a)
	d := &Desk{services: s, lang: lang, shown: "record", keep: keep, win: a.NewWindow("")}
	if s.Record.Room().Use == settings.UseHall && s.Hall != nil {
		d.shown = "duty"
	}
	d.strip = stripModel{link: s.Record.Link, queue: s.Queue, free: s.Free}
	d.win.Resize(size)
	d.win.SetMaster() // the screens for the public end with it
	d.win.SetCloseIntercept(d.close)
	d.win.Canvas().SetOnTypedKey(d.typed)
	a.Lifecycle().SetOnStarted(d.open)
	return d
}

// Run works the models while the window is shown, and waits for all of them. A screen that can have no window
// gives the code window.no_gl.
func (d *Desk) Run(ctx context.Context) error {
	if err := appear(d.win); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	runs := []func(context.Context){
		d.services.Record.Link.Run, d.services.Record.Run, d.services.Queue.Run, d.services.Setup.Run, d.strip.run,
		d.services.Write.Run, d.services.Find.Run, d.services.Check.Run, d.transcribe,
	}
	if d.services.Hall != nil {
		runs = append(runs, d.services.Hall.Run)
	}
	if d.services.Guide != nil {
		runs = append(runs, d.services.Guide.Run)
	}
	for _, run := range runs {
		d.work.Go(func() { run(ctx) })
	}
	closing := context.AfterFunc(ctx, func() { fyne.Do(d.win.Close) })
	fyne.CurrentApp().Run()
	closing()
	stop()
	d.work.Wait()
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
	if d.guided() {
		d.buildGuide()
		return
	}
	d.pages = d.makePages()
	strip := newStrip(d.lang, d.services.Record.Room().Title, look.NewButton(i18n.Say(d.lang, "desk.other_language"), d.turnLanguage))
	notices := newNotices(d.lang, d.services.Record.Link.PutAway, func(n record.Notice) {
		record.AskCause(d.services.Record, d.lang, d.win, d.in, n)
	})
	d.rail = newRail(d.lang, d.pages, d.show, d.help)
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
	for i := range d.pages {
		p := &d.pages[i]
		if p.name != name {
			continue
		}
		if p.make != nil {
			p.make(p)
			p.make = nil
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
		if p.focus != nil {
			p.focus()
		}
	}
}

// typed is every key that no field wanted.
func (d *Desk) typed(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyF1 && shifted() {
		d.help()
		return
	}
	if e.Name == fyne.KeyF11 && d.line != nil {
		d.line.Open()
		return
	}
	for _, p := range d.pages {
		if p.key == e.Name {
			if d.shown == p.name && p.again != nil {
				p.again()
				return
			}
			d.show(p.name)
			return
		}
		if p.typed != nil {
			p.typed(e.Name) // a key moment is marked from whatever page
		}
	}
}

func (d *Desk) turnLanguage() {
	d.speak(d.lang.Other())
}

// speak changes the language at once, and for the next start.
func (d *Desk) speak(lang i18n.Lang) {
	d.lang = lang
	d.keep(lang)
	d.services.Record.Speak(lang)
	d.build()
}

// close asks when a recording runs: it goes on without the window.
func (d *Desk) close() {
	if !d.services.Record.Link.Feed.Newest().Recording() {
		d.win.Close()
		return
	}
	if d.leaving.Asking(d.win) {
		return
	}
	say := func(key string) string { return i18n.Say(d.lang, key) }
	d.leaving.Ask(d.win, say("desk.leave.title"), look.Words(say("desk.leave.ask")),
		look.Answer{Text: say("desk.leave.stay"), Strong: true},
		look.Answer{Text: say("desk.leave.yes"), Do: d.win.Close})
}

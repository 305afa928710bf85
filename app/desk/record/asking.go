package record

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/capture/catalog"
)

// stop asks once. Going on is what Return does.
func (r *running) stop() {
	if r.model.Link.Feed.Newest().Phase != Running || r.asker.Asking(r.win) {
		return
	}
	r.asker.Ask(r.win, r.say("desk.stop.title"), look.Words(r.say("desk.stop.ask")),
		look.Answer{Text: r.say("desk.stop.go_on"), Strong: true},
		look.Answer{Text: r.say("desk.stop.yes"), Do: r.model.Stop})
}

// turn begins a break after asking its reason, or ends it after asking its explanation.
func (r *running) turn() {
	if r.asker.Asking(r.win) {
		return
	}
	if r.model.Link.Feed.Newest().Status.Paused {
		r.askResume()
		return
	}
	r.askBreak()
}

func (r *running) askBreak() {
	reason := newReasons(r.model, r.lang)
	reason.choose("rest")
	text := look.NewField(r.in, r.say("desk.break.text"), nil)
	body := container.NewVBox(look.Words(r.say("desk.break.ask")), reason.body, text)
	r.asker.Ask(r.win, r.say("desk.break.title"), body,
		look.Answer{Text: r.say("desk.stop.go_on"), Strong: true},
		look.Answer{Text: r.say("desk.break.yes"), Do: func() { r.model.Break(reason.chosen, text.Text()) }})
}

// reasons offers the catalogue's reasons for an interruption as buttons, of which one is pressed.
type reasons struct {
	body    fyne.CanvasObject
	chosen  string // code; "" while there is none
	changed func()
	terms   []catalog.Term
	buttons []*look.Button
	lang    i18n.Lang
}

func newReasons(m *Model, lang i18n.Lang) *reasons {
	r := &reasons{terms: m.Words().Interruptions, lang: lang, changed: func() {}}
	columns := 4
	if lang == i18n.EN {
		columns = 3
	}
	grid := container.NewGridWithColumns(columns)
	for _, t := range r.terms {
		b := look.NewButton("", func() { r.choose(t.Code) })
		r.buttons = append(r.buttons, b)
		grid.Add(look.Least(0, look.Target, b))
	}
	r.body = grid
	r.choose("")
	return r
}

// choose presses a reason, which is seen by colour and by a sign.
func (r *reasons) choose(code string) {
	r.chosen = code
	for i, t := range r.terms {
		b, words := r.buttons[i], t.In(string(r.lang))
		b.Importance = widget.MediumImportance
		if t.Code == code {
			b.Importance, words = widget.HighImportance, "✓ "+words
		}
		b.SetText(words)
	}
	r.changed()
}

// AskCause asks why a recording was cut off, and files the answer.
func AskCause(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input, n Notice) {
	say := func(key string) string { return i18n.Say(lang, key) }
	reason := newReasons(m, lang)
	text := look.NewField(in, say("desk.cause.text"), nil)
	by := look.NewField(in, say("desk.cause.by"), nil)
	look.Fill(by, n.By)
	body := container.NewVBox(look.Words(n.Say(lang)), reason.body, text, by)
	buttons := look.Ask(w, say("desk.cause.title"), body,
		look.Answer{Text: say("desk.cause.later")},
		look.Answer{Text: say("desk.cause.yes"), Strong: true, Do: func() {
			m.Link.File(Cause{ID: n.ID, Code: reason.chosen, By: strings.TrimSpace(by.Text()), Text: strings.TrimSpace(text.Text())})
		}})
	file := buttons[1]
	ready := func() { look.Enable(file, reason.chosen != "" && strings.TrimSpace(by.Text()) != "") }
	reason.changed = ready
	by.OnChanged = func(string) { ready() }
	ready()
}

// askResume demands the explanation of a break in writing; that it is spoken too, the sentence asks for.
func (r *running) askResume() {
	text := look.NewField(r.in, r.say("desk.resume.text"), nil)
	body := container.NewVBox(look.Words(r.say("desk.resume.ask")), text)
	buttons := r.asker.Ask(r.win, r.say("desk.resume.title"), body,
		look.Answer{Text: r.say("desk.resume.yes"), Strong: true, Do: func() { r.model.Resume(strings.TrimSpace(text.Text())) }},
		look.Answer{Text: r.say("desk.cancel")})
	ready := func(typed string) { look.Enable(buttons[0], strings.TrimSpace(typed) != "") }
	text.OnChanged = ready
	text.OnSubmitted = func(string) { r.win.Canvas().Focus(buttons[0]) }
	ready("")
	r.win.Canvas().Focus(text)
}

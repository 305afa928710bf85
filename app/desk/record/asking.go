package record

import (
	"slices"
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
	if r.model.Link.Feed.Newest().Phase != Running {
		return
	}
	look.Ask(r.win, r.say("desk.stop.title"), look.Words(r.say("desk.stop.ask")),
		look.Answer{Text: r.say("desk.stop.go_on"), Strong: true},
		look.Answer{Text: r.say("desk.stop.yes"), Do: r.model.Stop})
}

// turn begins a break after asking its reason, or ends it after asking its explanation.
func (r *running) turn() {
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
	body := container.NewVBox(look.Words(r.say("desk.break.ask")), reason.group, text)
	look.Ask(r.win, r.say("desk.break.title"), body,
		look.Answer{Text: r.say("desk.stop.go_on"), Strong: true},
		look.Answer{Text: r.say("desk.break.yes"), Do: func() { r.model.Break(reason.code(), text.Text()) }})
}

// reasons offers the catalogue's reasons for an interruption.
type reasons struct {
	terms []catalog.Term
	group *widget.RadioGroup
}

func newReasons(m *Model, lang i18n.Lang) reasons {
	r := reasons{terms: m.Words().Interruptions}
	var titles []string
	for _, t := range r.terms {
		titles = append(titles, t.In(string(lang)))
	}
	r.group = widget.NewRadioGroup(titles, nil)
	r.group.Required = true
	return r
}

func (r reasons) choose(code string) {
	for i, t := range r.terms {
		if t.Code == code {
			r.group.SetSelected(r.group.Options[i])
		}
	}
}

// code is the chosen reason, "" while there is none.
func (r reasons) code() string {
	if i := slices.Index(r.group.Options, r.group.Selected); i >= 0 {
		return r.terms[i].Code
	}
	return ""
}

// AskCause asks why a recording was cut off, and files the answer.
func AskCause(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input, n Notice) {
	say := func(key string) string { return i18n.Say(lang, key) }
	reason := newReasons(m, lang)
	text := look.NewField(in, say("desk.cause.text"), nil)
	by := look.NewField(in, say("desk.cause.by"), nil)
	look.Fill(by, n.By)
	body := container.NewVBox(look.Words(n.Say(lang)), reason.group, text, by)
	buttons := look.Ask(w, say("desk.cause.title"), body,
		look.Answer{Text: say("desk.cause.later")},
		look.Answer{Text: say("desk.cause.yes"), Strong: true, Do: func() {
			m.Link.File(Cause{ID: n.ID, Code: reason.code(), By: strings.TrimSpace(by.Text()), Text: strings.TrimSpace(text.Text())})
		}})
	file := buttons[1]
	ready := func() { look.Enable(file, reason.code() != "" && strings.TrimSpace(by.Text()) != "") }
	reason.group.OnChanged = func(string) { ready() }
	by.OnChanged = func(string) { ready() }
	ready()
}

func (r *running) askResume() {
	text := look.NewField(r.in, r.say("desk.resume.text"), nil)
	body := container.NewVBox(look.Words(r.say("desk.resume.ask")), text)
	look.Ask(r.win, r.say("desk.resume.title"), body,
		look.Answer{Text: r.say("desk.resume.yes"), Strong: true, Do: func() { r.model.Resume(text.Text()) }},
		look.Answer{Text: r.say("desk.cancel")})
	r.win.Canvas().Focus(text)
}

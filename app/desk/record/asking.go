package record

import (
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/look"
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
	var titles []string
	reasons := r.model.Words().Interruptions
	for _, t := range reasons {
		titles = append(titles, t.In(string(r.lang)))
	}
	choice := widget.NewRadioGroup(titles, nil)
	choice.Required = true
	for i, t := range reasons {
		if t.Code == "rest" {
			choice.SetSelected(titles[i])
		}
	}
	choice.Horizontal = false
	text := look.NewField(r.in, r.say("desk.break.text"), nil)
	body := container.NewVBox(look.Words(r.say("desk.break.ask")), choice, text)
	look.Ask(r.win, r.say("desk.break.title"), body,
		look.Answer{Text: r.say("desk.stop.go_on"), Strong: true},
		look.Answer{Text: r.say("desk.break.yes"), Do: func() {
			for i, title := range titles {
				if title == choice.Selected {
					r.model.Break(reasons[i].Code, text.Text())
				}
			}
		}})
}

func (r *running) askResume() {
	text := look.NewField(r.in, r.say("desk.resume.text"), nil)
	body := container.NewVBox(look.Words(r.say("desk.resume.ask")), text)
	look.Ask(r.win, r.say("desk.resume.title"), body,
		look.Answer{Text: r.say("desk.resume.yes"), Strong: true, Do: func() { r.model.Resume(text.Text()) }},
		look.Answer{Text: r.say("desk.cancel")})
	r.win.Canvas().Focus(text)
}

package first

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"minglu/app/desk/control"
	"minglu/app/desk/guide"
	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/settings"
)

// View draws the first start.
type View struct {
	Body *fyne.Container

	model           *Model
	lang            i18n.Lang
	in              *control.Input
	other, next     func()
	step            guide.Step // drawn
	hq, code, print *control.Field
	filling         bool
	join            *look.Button
	said            *look.Note
	told            string // by said
	state           *canvas.Text
}

// NewView builds the screen in the model's language. other is what the button of the other language does, next what
// follows the enrolment.
func NewView(m *Model, in *control.Input, other, next func()) *View {
	v := &View{Body: container.NewStack(), model: m, lang: m.Lang(), in: in, other: other, next: next}
	v.turn(m.Feed.Newest())
	return v
}

// turn shows another step.
func (v *View) turn(s Snapshot) {
	v.step, v.said, v.told = s.Step, look.NewNote(""), ""
	var middle fyne.CanvasObject
	buttons := container.NewHBox(layout.NewSpacer())
	if s.Step != guide.Language {
		buttons.Add(look.Least(120, 48, look.NewButton(i18n.Say(v.lang, "desk.guide.back"), v.model.Back)))
	}
	switch s.Step {
	case guide.Language:
		middle = container.NewHBox(v.language("中文", i18n.ZH), v.language("English", i18n.EN))
	case guide.Use:
		middle = container.NewHBox(v.use(settings.UseRoom), v.use(settings.UseHall))
	default:
		middle = v.invitation(buttons)
		v.fill(s)
	}
	v.Body.Objects = []fyne.CanvasObject{guide.Frame(v.lang, s.Progress, middle, v.said, buttons, v.other)}
	v.Body.Refresh()
}

// language is the button of a language, in its own words.
func (v *View) language(name string, lang i18n.Lang) fyne.CanvasObject {
	b := look.NewButton(name, func() {
		v.model.Choose(func(p *guide.Progress) { p.Language = string(lang) })
	})
	if lang == v.lang {
		b.Strong()
	}
	return look.Least(220, 72, b)
}

// use is the button of what a machine is for.
func (v *View) use(what string) fyne.CanvasObject {
	b := look.NewButton(i18n.Say(v.lang, "desk.guide.use."+what), func() {
		v.model.Choose(func(p *guide.Progress) { p.Use = what })
	})
	if now := v.model.Feed.Newest().Use; now == what {
		b.Strong()
	}
	return look.Least(280, 72, b)
}

// invitation is what headquarters has to be told; its button joins the others.
func (v *View) invitation(buttons *fyne.Container) fyne.CanvasObject {
	v.hq = v.field("hq", func(i *Invitation, text string) { i.HQ = text })
	v.code = v.field("code", func(i *Invitation, text string) { i.Code = text })
	v.print = v.field("fingerprint", func(i *Invitation, text string) { i.Fingerprint = text })
	v.state = look.Text("", look.Normal, look.Faint)
	v.join = look.NewButton("", func() {
		if v.model.Feed.Newest().Done != nil {
			v.next()
			return
		}
		v.model.Join()
	}).Strong()
	buttons.Add(look.Least(180, 48, v.join))
	buttons.Add(container.NewCenter(v.state))
	return container.NewVBox(v.row("hq", v.hq), v.row("code", v.code), v.row("fingerprint", v.print))
}

func (v *View) say(key string, pairs ...string) string {
	return i18n.Say(v.lang, "desk.first."+key, pairs...)
}

func (v *View) row(name string, f *control.Field) fyne.CanvasObject {
	return container.NewBorder(nil, nil, look.Least(150, look.Target, look.Text(v.say(name), look.Normal, look.Faint)), nil, f)
}

func (v *View) field(name string, set func(*Invitation, string)) *control.Field {
	return look.NewField(v.in, v.say(name+".hint"), func(text string) {
		if !v.filling && v.model.Type(func(i *Invitation) { set(i, text) }) {
			v.fill(v.model.Feed.Newest()) // a whole invitation was pasted
		}
	})
}

// fill writes the model's words into the fields.
func (v *View) fill(s Snapshot) {
	v.filling = true
	defer func() { v.filling = false }()
	look.Fill(v.hq, s.HQ)
	look.Fill(v.code, s.Code)
	look.Fill(v.print, strings.TrimPrefix(s.Fingerprint, "sha256:"))
}

// Draw draws the newest snapshot.
func (v *View) Draw(s Snapshot) {
	if s.Step != v.step {
		v.turn(s)
	}
	words, bad := "", false
	switch {
	case s.Done != nil:
		words = v.say("done", "room", s.Done.Room, "title", s.Done.Title)
	case s.Fault != nil:
		words, bad = i18n.Advise(s.Fault, v.lang), true
	case s.Step == guide.Invitation && len(s.Lacks) > 0:
		var lacks []string
		for _, l := range s.Lacks {
			lacks = append(lacks, v.say("lack."+string(l)))
		}
		words = v.say("lacks") + strings.Join(lacks, i18n.Say(v.lang, "desk.comma"))
	}
	if words != v.told {
		v.told = words
		v.said.Say(words, bad)
		v.Body.Refresh() // the foot grows and shrinks by it
	}
	if s.Step == guide.Invitation {
		v.drawJoin(s)
	}
}

// drawJoin says what the button does now.
func (v *View) drawJoin(s Snapshot) {
	button, busy := "join", ""
	if s.Done != nil {
		button = "next"
	}
	if s.Busy {
		busy = v.say("busy")
	}
	v.join.SetText(v.say(button))
	look.Enable(v.join, !s.Busy && (s.Done != nil || len(s.Lacks) == 0))
	look.Say(v.state, busy, look.Faint)
}

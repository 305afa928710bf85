package first

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/desk/rare"
	"minglu/app/i18n"
)

// View draws the first start.
type View struct {
	Body fyne.CanvasObject

	model           *Model
	lang            i18n.Lang
	in              *control.Input
	hq, code, print *control.Field
	filling         bool
	join            *look.Button
	said            *widget.Label
	state           *canvas.Text
	form            *fyne.Container
}

// width is that of the form.
const width = 720

// NewView builds the screen in a language. other is what the button of the other language does, next what
// follows the enrolment.
func NewView(m *Model, lang i18n.Lang, in *control.Input, other, next func()) *View {
	v := &View{model: m, lang: lang, in: in, said: look.Words(""), state: look.Text("", look.Normal, look.Faint)}
	v.hq = v.field("hq", func(i *Invitation, text string) { i.HQ = text })
	v.code = v.field("code", func(i *Invitation, text string) { i.Code = text })
	v.print = v.field("fingerprint", func(i *Invitation, text string) { i.Fingerprint = text })
	v.join = look.NewButton("", func() {
		if m.Feed.Newest().Done != nil {
			next()
			return
		}
		m.Join()
	}).Strong()
	turn := look.NewButton(i18n.Say(lang, "desk.other_language"), other)
	head := container.NewBorder(nil, nil, nil, turn, look.Text(v.say("title"), look.Large, look.Ink))
	form := container.NewVBox(head, look.Tight(look.Words(v.say("about"))),
		v.row("hq", v.hq), v.row("code", v.code), v.row("fingerprint", v.print),
		look.Tight(v.said), container.NewHBox(look.Least(180, 56, v.join), container.NewCenter(v.state)))
	v.form = form
	v.Body = container.NewCenter(look.Least(width, 0, look.Card(form)))
	v.fill(m.Feed.Newest())
	return v
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
	words, importance := "", widget.MediumImportance
	switch {
	case s.Done != nil:
		words, importance = v.say("done", "room", s.Done.Room, "title", s.Done.Title), widget.SuccessImportance
	case s.Fault != nil:
		e := i18n.Explain(s.Fault, v.lang)
		words, importance = e.What+" "+e.Do, widget.DangerImportance
	case len(s.Lacks) > 0:
		var lacks []string
		for _, l := range s.Lacks {
			lacks = append(lacks, v.say("lack."+string(l)))
		}
		words = v.say("lacks") + strings.Join(lacks, i18n.Say(v.lang, "desk.comma"))
	}
	rare.See(words)
	v.said.Importance = importance
	v.said.SetText(words)
	button := "join"
	if s.Done != nil {
		button = "next"
	}
	v.join.SetText(v.say(button))
	if s.Busy || s.Done == nil && len(s.Lacks) > 0 {
		v.join.Disable()
	} else {
		v.join.Enable()
	}
	busy := ""
	if s.Busy {
		busy = v.say("busy")
	}
	look.Say(v.state, busy, look.Faint)
	v.form.Refresh() // the sentence may take another line
}

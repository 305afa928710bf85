package find

import (
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
)

// askReader asks who looks and why, as every opening is logged; then goes on.
func (v *View) askReader(then func()) {
	r := v.shown.Reader
	name := v.answer(r.Name)
	why := v.answer(r.Why)
	take := func() {
		v.model.Read(Reader{name.Text(), why.Text()})
		v.shown.Reader = v.model.Feed.Newest().Reader
		if !v.shown.Reader.Known() {
			v.askReader(then)
			return
		}
		then()
	}
	body := container.NewVBox(look.Words(v.say("find.reader.ask")),
		v.asked("find.reader.name", name), v.asked("find.reader.why", why))
	look.Ask(v.win, v.say("find.reader.title"), body,
		look.Answer{Text: v.say("find.reader.yes"), Strong: true, Do: take},
		look.Answer{Text: v.say("desk.cancel")})
	v.begin(name, why)
}

// askExport asks who approves, why, and where to.
func (v *View) askExport(id string) {
	by, why := v.answer(""), v.answer("")
	out := v.answer(filepath.Join(v.model.Folder, id+".zip"))
	body := container.NewVBox(look.Words(v.say("find.export.ask")),
		v.asked("find.export.by", by), v.asked("find.export.why", why), v.asked("find.export.out", out))
	look.Ask(v.win, v.say("find.export.title", "id", id), body,
		look.Answer{Text: v.say("find.export.yes"), Strong: true, Do: func() {
			v.model.Export(by.Text(), why.Text(), out.Text())
		}},
		look.Answer{Text: v.say("desk.cancel")})
	v.begin(by, why)
}

func (v *View) answer(text string) *control.Field {
	f := look.NewField(v.in, "", nil)
	look.Fill(f, text)
	return f
}

func (v *View) asked(key string, f *control.Field) fyne.CanvasObject {
	label := look.Least(120, look.Target, look.Text(v.say(key), look.Normal, look.Faint))
	return container.NewBorder(nil, nil, label, nil, f)
}

// begin puts the caret into the first field; Return leads to the next.
func (v *View) begin(first, second *control.Field) {
	first.OnSubmitted = func(string) { v.win.Canvas().Focus(second) }
	second.OnSubmitted = func(string) { v.win.Canvas().FocusNext() }
	v.win.Canvas().Focus(first)
}

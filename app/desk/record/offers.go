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
	"minglu/capture/evidence"
)

// offersMost is how many remembered ones are offered while one types.
const offersMost = 3

// offer is something remembered that may be meant.
type offer struct {
	title string
	take  func()
}

// offers shows under a field what may be meant. Return takes the only one.
type offers struct {
	box *fyne.Container
	now []offer
}

// under gives a field offers; find looks for them as one types.
func (f *form) under(field *control.Field, name string, find func(string) []offer) *offers {
	o := &offers{box: container.NewVBox()}
	o.box.Hide() // an empty box would part the rows
	typed := field.OnChanged
	field.OnChanged = func(text string) {
		typed(text)
		o.show(find(text))
	}
	field.OnSubmitted = func(string) {
		if len(o.now) == 1 {
			o.now[0].take()
		}
		o.show(nil)
		f.leave(name)
	}
	return o
}

func (o *offers) show(found []offer) {
	if len(o.now) == 0 && len(found) == 0 {
		return
	}
	o.now = found
	o.box.RemoveAll()
	for i, one := range found {
		if i == offersMost {
			break
		}
		b := look.NewButton(one.title, func() {
			one.take()
			o.show(nil)
		})
		b.Alignment = widget.ButtonAlignLeading
		o.box.Add(b)
	}
	seen(o.box, len(found) > 0)
	o.box.Refresh()
}

// person is a name and a certificate number; a part of either offers those remembered.
func (f *form) person(name string, of func(*Draft) *evidence.Person) fyne.CanvasObject {
	number := f.ask(name+".certificate", func(d *Draft) *string { return &of(d).Certificate }, i18n.Say(f.lang, "desk.prepare.certificate"))
	who := f.ask(name, func(d *Draft) *string { return &of(d).Name }, i18n.Say(f.lang, "desk.prepare.name"))
	find := func(all []evidence.Person) (found []offer) {
		for _, p := range all {
			if p.Name == who.Text() && p.Certificate == number.Text() {
				return nil // it stands there
			}
			found = append(found, offer{p.Name + "  " + p.Certificate, func() {
				look.Fill(who, p.Name)
				look.Fill(number, p.Certificate)
				f.model.Edit(func(d *Draft) { of(d).Name, of(d).Certificate = p.Name, p.Certificate })
			}})
		}
		return found
	}
	byName := f.under(who, name, func(text string) []offer { return find(f.model.Persons(text)) })
	byNumber := f.under(number, name+".certificate", func(text string) []offer { return find(f.model.Persons(text)) })
	fields := container.New(look.Columns{Shares: []float32{1, 1}, Gap: 6}, who, number)
	known := func() []offer { return find(f.model.Feed.Newest().People) }
	return container.NewVBox(f.beside(fields, known), byName.box, byNumber.box)
}

// household is the taxpayer: a part of the name or of the credit code offers those remembered, with both.
func (f *form) household() fyne.CanvasObject {
	say := func(key string) string { return i18n.Say(f.lang, key) }
	name := f.ask("taxpayer", func(d *Draft) *string { return &d.Taxpayer.Name }, say("desk.prepare.taxpayer_hint"))
	code := f.ask("uscc", func(d *Draft) *string { return &d.Taxpayer.USCC }, say("desk.prepare.uscc_hint"))
	find := func(all []evidence.Taxpayer) (found []offer) {
		for _, t := range all {
			if t.Name == name.Text() && t.USCC == code.Text() {
				return nil
			}
			found = append(found, offer{t.Name + "  " + t.USCC, func() {
				look.Fill(name, t.Name)
				look.Fill(code, t.USCC)
				f.model.Edit(func(d *Draft) { d.Taxpayer = t })
			}})
		}
		return found
	}
	byName := f.under(name, "taxpayer", func(text string) []offer { return find(f.model.Households(text)) })
	byCode := f.under(code, "uscc", func(text string) []offer { return find(f.model.Households(text)) })
	known := func() []offer { return find(f.model.Feed.Newest().Payers) }
	return container.NewVBox(
		f.row(say("desk.prepare.taxpayer"), f.beside(name, known)), byName.box,
		f.row(say("desk.prepare.uscc"), code), byCode.box)
}

// askWhen lets the draft wait, and asks for its time.
func (f *form) askWhen() {
	when := look.NewField(f.in, i18n.Say(f.lang, "desk.prepare.when_hint"), nil)
	look.Ask(f.win, i18n.Say(f.lang, "desk.prepare.keep"),
		container.NewVBox(look.Words(i18n.Say(f.lang, "desk.prepare.when")), when),
		look.Answer{Text: i18n.Say(f.lang, "desk.ok"), Strong: true, Do: func() { f.model.Keep(when.Text()) }},
		look.Answer{Text: i18n.Say(f.lang, "desk.cancel")})
	f.win.Canvas().Focus(when)
}

// drawWaiting lists what waits, each with its time, to be taken up or dropped.
func (f *form) drawWaiting(waiting []Draft) {
	if slices.Equal(waiting, f.shown) {
		return
	}
	f.shown = waiting
	f.waiting.RemoveAll()
	if len(waiting) > 0 {
		f.waiting.Add(look.Text(i18n.Say(f.lang, "desk.prepare.waiting"), look.Large, look.Ink))
	}
	for i, d := range waiting {
		b := look.NewButton(look.Shorten(f.titleOf(d), titleMost), func() { f.model.Take(i) })
		b.Alignment = widget.ButtonAlignLeading
		drop := look.NewButton("×", func() { f.askDrop(i, d) })
		f.waiting.Add(container.NewBorder(nil, nil, nil, look.Least(look.Target, look.Target, drop), b))
	}
	f.waiting.Refresh()
}

// titleMost is how many characters of a title the list has room for.
const titleMost = 18

// titleOf names a waiting draft: its time first.
func (f *form) titleOf(d Draft) string {
	parts := []string{d.When, d.Taxpayer.Name, d.Person, f.model.Item(d.Item).In(string(f.lang))}
	parts = slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" })
	return strings.Join(parts, "  ")
}

func (f *form) askDrop(i int, d Draft) {
	say := func(key string) string { return i18n.Say(f.lang, key) }
	look.Ask(f.win, say("desk.prepare.drop"), look.Words(f.titleOf(d)),
		look.Answer{Text: say("desk.cancel"), Strong: true},
		look.Answer{Text: say("desk.prepare.drop_yes"), Do: func() { f.model.Drop(i) }})
}

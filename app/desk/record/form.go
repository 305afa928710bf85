package record

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/desk/rare"
	"minglu/app/i18n"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
)

// form is the screen before a recording.
type form struct {
	body  fyne.CanvasObject
	model *Model
	lang  i18n.Lang
	win   fyne.Window
	in    *control.Input

	rev    int
	fields map[string]*control.Field // by what they hold
	get    map[string]func(Draft) string

	chosen  *canvas.Text
	found   *fyne.Container
	checks  *checkList
	reason  *fyne.Container
	waiting *fyne.Container
	shown   []Draft // waiting, as drawn
	start   *look.Button
	why     *canvas.Text
}

func newForm(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input) *form {
	f := &form{model: m, lang: lang, win: w, in: in, rev: -1,
		fields: map[string]*control.Field{}, get: map[string]func(Draft) string{}}
	left := look.Section(i18n.Say(lang, "desk.prepare.title"), container.NewVScroll(f.questions()))
	right := container.NewBorder(nil, f.bottom(), nil, nil, f.looks())
	f.body = container.New(look.Columns{Shares: []float32{11, 10}, Gap: 10}, left, right)
	return f
}

// questions are what a recording is about and who is there.
func (f *form) questions() fyne.CanvasObject {
	say := func(key string) string { return i18n.Say(f.lang, key) }
	f.chosen = look.Text("", look.Normal, look.Blue)
	f.found = container.NewVBox()
	pick := f.field("search", func(*Draft, string) {}, say("desk.prepare.item_hint"))
	pick.OnChanged = f.seek
	pick.OnSubmitted = f.pickFirst
	all := look.NewButton(say("desk.prepare.all_items"), f.listAll)
	box := container.NewVBox(
		f.row(say("desk.prepare.item"), container.NewBorder(nil, nil, nil, all, pick)),
		f.row("", f.chosen), f.found,
		f.row(say("desk.prepare.case"), f.ask("case", func(d *Draft) *string { return &d.Case }, say("desk.prepare.case_hint"))),
		f.household(),
		f.row(say("desk.prepare.person"), f.ask("person", func(d *Draft) *string { return &d.Person }, say("desk.prepare.person_hint"))),
	)
	box.Add(f.row(say("desk.prepare.officer1"), f.person("officer1", func(d *Draft) *evidence.Person { return &d.Officers[0] })))
	box.Add(f.row(say("desk.prepare.officer2"), f.person("officer2", func(d *Draft) *evidence.Person { return &d.Officers[1] })))
	box.Add(f.row(say("desk.prepare.clerk"), f.person("clerk", func(d *Draft) *evidence.Person { return &d.Clerk })))
	return box
}

func (f *form) row(label string, o fyne.CanvasObject) fyne.CanvasObject {
	name := look.Least(104, look.Target, look.Text(label, look.Normal, look.Faint))
	return container.NewBorder(nil, nil, name, nil, o)
}

// field makes a field that writes into the draft and is filled when the draft is replaced. Return goes on to the
// next one.
func (f *form) field(name string, put func(*Draft, string), hint string) *control.Field {
	field := look.NewField(f.in, hint, func(text string) {
		f.model.Edit(func(d *Draft) { put(d, text) })
	})
	field.OnSubmitted = func(string) { f.leave(name) }
	f.fields[name] = field
	return field
}

// order is in which Return leads through the fields.
func order() []string {
	return []string{"search", "case", "taxpayer", "uscc", "person", "officer1", "officer1.certificate", "officer2",
		"officer2.certificate", "clerk", "clerk.certificate", "override"}
}

// leave goes from a field to the next that is shown, and behind the last to the button.
func (f *form) leave(name string) {
	names := order()
	for _, next := range names[slices.Index(names, name)+1:] {
		if next == "override" && !f.reason.Visible() {
			continue
		}
		f.win.Canvas().Focus(f.fields[next])
		return
	}
	f.win.Canvas().Focus(f.start)
}

// pickFirst takes the first act that was found.
func (f *form) pickFirst(typed string) {
	if items := f.model.Search(typed); typed != "" && len(items) > 0 {
		f.choose(items[0])
	}
	f.leave("search")
}

func (f *form) choose(item catalog.Item) {
	look.Fill(f.fields["search"], "")
	f.seek("")
	f.model.Edit(func(d *Draft) { d.Item = item.Code })
}

func (f *form) ask(name string, of func(*Draft) *string, hint string) *control.Field {
	f.get[name] = func(d Draft) string { return *of(&d) }
	return f.field(name, func(d *Draft, text string) { *of(d) = text }, hint)
}

// menuMost bounds what a menu offers; the newest come first.
const menuMost = 10

func (f *form) menu(at fyne.CanvasObject, known []offer) {
	var items []*fyne.MenuItem
	for _, o := range known {
		rare.See(o.title)
		items = append(items, fyne.NewMenuItem(o.title, o.take))
	}
	if len(items) == 0 {
		items = []*fyne.MenuItem{fyne.NewMenuItem(i18n.Say(f.lang, "desk.prepare.nobody"), nil)}
	}
	menu := widget.NewPopUpMenu(fyne.NewMenu("", items[:min(len(items), menuMost)]...), f.win.Canvas())
	menu.ShowAtRelativePosition(fyne.NewPos(at.Size().Width-menu.MinSize().Width, at.Size().Height), at)
}

// beside puts a button that offers known values to the right of a field.
func (f *form) beside(o fyne.CanvasObject, known func() []offer) fyne.CanvasObject {
	var b *look.Button
	b = look.NewButton(i18n.Say(f.lang, "desk.prepare.known"), func() { f.menu(b, known()) })
	return container.NewBorder(nil, nil, nil, b, o)
}

// foundMost is how many acts are offered while one types.
const foundMost = 5

func (f *form) seek(typed string) {
	f.found.RemoveAll()
	if typed != "" {
		for i, item := range f.model.Search(typed) {
			if i == foundMost {
				break
			}
			f.found.Add(f.offer(item, func() {}))
		}
	}
	f.found.Refresh()
}

func (f *form) offer(item catalog.Item, then func()) fyne.CanvasObject {
	b := look.NewButton(item.Code+"  "+item.In(string(f.lang)), func() {
		then()
		f.choose(item)
		f.leave("search")
	})
	b.Alignment = widget.ButtonAlignLeading
	return b
}

// listAll shows the whole catalogue.
func (f *form) listAll() {
	list := container.NewVBox()
	var up *widget.PopUp
	for _, item := range f.model.Search("") {
		list.Add(f.offer(item, func() { up.Hide() }))
	}
	size := f.win.Canvas().Size()
	shut := look.NewButton(i18n.Say(f.lang, "desk.close"), func() { up.Hide() })
	up = widget.NewModalPopUp(container.NewBorder(nil, shut, nil, nil, container.NewVScroll(list)), f.win.Canvas())
	up.Resize(fyne.NewSize(min(620, size.Width-40), size.Height-80))
	up.Show()
}

// looks is the list of checks and what waits.
func (f *form) looks() fyne.CanvasObject {
	f.checks = newCheckList()
	again := look.NewButton(i18n.Say(f.lang, "desk.check.again"), f.model.Recheck)
	head := container.NewBorder(nil, nil, look.Text(i18n.Say(f.lang, "desk.check.title"), look.Large, look.Ink), again)
	f.waiting = container.NewVBox()
	return look.Card(container.NewBorder(head, nil, nil, nil, container.NewVScroll(container.NewVBox(f.checks.box, f.waiting))))
}

// bottom is the reason, if one is needed, and the big button.
func (f *form) bottom() fyne.CanvasObject {
	f.why = look.Text("", look.Small, look.Amber)
	f.reason = container.NewVBox(f.ask("override", func(d *Draft) *string { return &d.Override }, i18n.Say(f.lang, "desk.prepare.override")))
	f.start = look.NewButton(i18n.Say(f.lang, "desk.prepare.start"), f.model.Start)
	f.start.Importance = widget.DangerImportance
	keep := look.NewButton(i18n.Say(f.lang, "desk.prepare.keep"), f.askWhen)
	buttons := container.NewBorder(nil, nil, nil, look.Least(120, 72, keep), look.Least(200, 72, f.start))
	return look.Card(container.NewVBox(f.why, f.reason, buttons))
}

func (f *form) draw(p Prepare, live Live) {
	if p.Rev != f.rev {
		f.rev = p.Rev
		for name, get := range f.get {
			look.Fill(f.fields[name], get(p.Draft))
		}
		look.Fill(f.fields["search"], "")
	}
	f.drawItem(p.Item)
	f.checks.draw(f.lang, p)
	f.drawWaiting(p.Waiting)
	if p.Blocked() && !p.Checking {
		f.reason.Show()
	} else {
		f.reason.Hide()
	}
	colour := look.Amber
	if p.CanStart() && !p.Blocked() {
		colour = look.Green
	}
	look.Say(f.why, f.whyNot(p, live), colour)
	look.Enable(f.start, p.CanStart() && live.Phase == Idle)
}

// whyNot says on one line what the button waits for.
func (f *form) whyNot(p Prepare, live Live) string {
	switch {
	case live.Phase == Away:
		return i18n.Say(f.lang, "desk.agent.away")
	case p.Item.Code == "":
		return i18n.Say(f.lang, "desk.prepare.need_item")
	case p.Checking:
		return i18n.Say(f.lang, "desk.check.running")
	case p.Blocked() && p.CanStart():
		return i18n.Say(f.lang, "desk.prepare.overridden")
	case p.Blocked():
		return i18n.Say(f.lang, "desk.prepare.blocked")
	}
	return i18n.Say(f.lang, "desk.prepare.ready")
}

func (f *form) drawItem(item catalog.Item) {
	if item.Code == "" {
		look.Say(f.chosen, i18n.Say(f.lang, "desk.prepare.no_item"), look.Amber)
		return
	}
	words := f.model.Words()
	look.Say(f.chosen, item.Code+"  "+item.In(string(f.lang))+" · "+catalog.Name(words.Levels, item.Level, string(f.lang)), look.Blue)
}

package find

import (
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/office/archive"
	"minglu/capture/catalog"
)

// View draws the archive: the list, or the page of the opened recording.
type View struct {
	Body *fyne.Container

	model *Model
	speaker
	win fyne.Window
	in  *control.Input

	fields map[string]*control.Field // by what they ask for
	shown  Snapshot
	front  fyne.CanvasObject // the list with all around it
	list   *rows
	none   *widget.Label // in place of an empty list
	sum    *canvas.Text
	told   *saying // items that the typed one means, or what is wrong
	reader *widget.Label
	chips  *fyne.Container
	tie    *look.Button
	faulty *look.Button
	sheet  *sheet
}

// NewView builds the page in a language.
func NewView(m *Model, words *catalog.Words, lang i18n.Lang, w fyne.Window, in *control.Input) *View {
	v := &View{model: m, win: w, in: in, fields: map[string]*control.Field{}}
	v.speaker = speaker{lang: lang, words: words, items: func(code string) string { return m.itemName(code, lang) }}
	v.front = look.Card(container.NewBorder(v.head(), nil, nil, nil, v.middle()))
	v.Body = container.NewStack(v.front)
	return v
}

// head is everything above the list.
func (v *View) head() fyne.CanvasObject {
	search := v.field("text", "find.ask.text", func(a *Asked) *string { return &a.Text })
	clear := look.NewButton(v.say("find.clear"), v.clear)
	title := look.Least(64, look.Target, look.Text(v.say("desk.rail.archive"), look.Large, look.Ink))
	top := container.NewBorder(nil, nil, title, clear, search)
	row := func(fields ...fyne.CanvasObject) fyne.CanvasObject {
		shares := make([]float32, len(fields))
		for i := range shares {
			shares[i] = 1
		}
		return container.New(look.Columns{Shares: shares, Gap: 6}, fields...)
	}
	first := row(v.field("household", "find.ask.household", func(a *Asked) *string { return &a.Household }),
		v.field("person", "find.ask.person", func(a *Asked) *string { return &a.Person }),
		v.field("officer", "find.ask.officer", func(a *Asked) *string { return &a.Officer }),
		v.field("case", "find.ask.case", func(a *Asked) *string { return &a.Case }))
	second := row(v.field("item", "find.ask.item", func(a *Asked) *string { return &a.Item }),
		v.field("from", "find.ask.from", func(a *Asked) *string { return &a.From }),
		v.field("to", "find.ask.to", func(a *Asked) *string { return &a.To }))
	v.told = newSaying()
	return container.NewVBox(top, first, second, v.told.body, v.line())
}

// line says how many were found, and who looks.
func (v *View) line() fyne.CanvasObject {
	v.sum = look.Text("", look.Normal, look.Ink)
	v.reader = look.OneLine("")
	v.reader.Alignment = fyne.TextAlignTrailing
	v.tie = look.NewButton("", func() { v.change(func(a *Asked) { a.Tie, a.TieName = archive.Tie{}, "" }) })
	v.faulty = look.NewButton("", func() { v.change(func(a *Asked) { a.Faulty = !a.Faulty }) })
	v.chips = container.NewHBox(v.tie, v.faulty)
	who := look.NewButton(v.say("find.reader.change"), func() { v.askReader(func() {}) })
	return container.NewBorder(nil, nil, container.NewHBox(v.sum, v.chips), who, v.reader)
}

// middle is the list, or the words in its place.
func (v *View) middle() fyne.CanvasObject {
	v.list = newRows(func() int { return v.shown.Rows.Len() }, v.fill, v.press)
	v.none = widget.NewLabel("")
	v.none.Alignment = fyne.TextAlignCenter
	v.none.Wrapping = fyne.TextWrapWord
	return container.NewStack(v.list, container.New(layout.NewCustomPaddedVBoxLayout(0), look.Least(0, 80, canvas.NewRectangle(color.Transparent)), v.none))
}

// field makes a field that asks for one thing.
func (v *View) field(name, hint string, of func(*Asked) *string) *control.Field {
	f := look.NewField(v.in, v.say(hint), func(text string) {
		v.model.Ask(func(a *Asked) { *of(a) = text })
	})
	f.OnSubmitted = func(string) { v.win.Canvas().Focus(v.list) }
	v.fields[name] = f
	return f
}

// Begin puts the caret into the search: what a person opens the archive for. An opened recording goes on where it began.
func (v *View) Begin() {
	if v.sheet != nil {
		v.win.Canvas().Focus(v.sheet.first)
		return
	}
	v.win.Canvas().Focus(v.fields["text"])
}

// clear asks for everything again.
func (v *View) clear() { v.change(func(a *Asked) { *a = Asked{} }) }

// change asks another question than by typing, and fills the fields with it.
func (v *View) change(change func(*Asked)) {
	v.model.Ask(change)
	v.refill()
}

func (v *View) refill() {
	a := v.model.Asked()
	for name, text := range map[string]string{"text": a.Text, "item": a.Item, "household": a.Household, "person": a.Person,
		"officer": a.Officer, "case": a.Case, "from": a.From, "to": a.To} {
		if f := v.fields[name]; f.Text() != text {
			look.Fill(f, text)
		}
	}
}

// Draw draws the newest snapshot.
func (v *View) Draw(s Snapshot) {
	fresh := v.shown.Page == nil && s.Page == nil
	v.shown = s
	if s.Page != nil {
		if v.sheet == nil || v.sheet.id != s.Page.Card.ID {
			v.sheet = newSheet(v, s.Page)
			v.Body.Objects = []fyne.CanvasObject{v.sheet.body}
			v.Body.Refresh()
			v.sheet.draw(s.Page)
			v.win.Canvas().Focus(v.sheet.first)
		}
		v.sheet.draw(s.Page)
		return
	}
	if back := v.sheet != nil; !fresh || back {
		v.sheet = nil
		v.Body.Objects = []fyne.CanvasObject{v.front}
		v.Body.Refresh()
		if back {
			v.win.Canvas().Focus(v.list) // on the line that was opened
		}
	}
	v.refill()
	v.list.Refresh()
	v.drawHead(s)
}

func (v *View) drawHead(s Snapshot) {
	n, all := strconv.Itoa(s.Rows.Len()), strconv.Itoa(s.Filed)
	switch {
	case !s.Ready && s.Rows.Len() == 0:
		look.Say(v.sum, v.say("find.reading"), look.Faint)
	case s.More:
		look.Say(v.sum, v.say("find.sum.more", "all", all), look.Ink)
	case s.Asked == (Asked{}):
		look.Say(v.sum, v.say("find.sum.all", "n", n), look.Ink)
	default:
		look.Say(v.sum, v.say("find.sum", "n", n, "all", all), look.Ink)
	}
	v.drawTold(s)
	show(v.tie, s.Asked.Tie.Key != "", v.say("find.tie."+s.Asked.Tie.Kind, "name", short(s.Asked.TieName, 16))+"  ×")
	faulty := v.say("find.faulty", "n", strconv.Itoa(s.Faulty))
	if s.Asked.Faulty {
		faulty += "  ×"
	}
	show(v.faulty, s.Faulty > 0 || s.Asked.Faulty, faulty)
	who := v.say("find.reader.nobody")
	if s.Reader.Known() {
		who = v.say("find.reader.is", "name", short(s.Reader.Name, 10), "why", short(s.Reader.Why, 12))
	}
	look.Set(v.reader, who)
	v.drawNone(s)
}

// drawTold says what the typed item means, or what went wrong.
func (v *View) drawTold(s Snapshot) {
	words := ""
	switch n := len(s.Items); {
	case s.Fault != nil:
		v.told.fault(s.Fault, v.lang)
		return
	case s.Trouble != nil:
		v.told.fault(s.Trouble, v.lang)
		return
	case s.Asked.Item == "":
	case n == 0:
		words = v.say("find.item.none")
	case n == 1:
		words = v.say("find.item.one", "item", s.Items[0].Code+" "+s.Items[0].In(string(v.lang)))
	default:
		words = v.say("find.item.some", "n", strconv.Itoa(n), "item", s.Items[0].In(string(v.lang)))
	}
	v.told.say(widget.MediumImportance, words, "")
}

func (v *View) drawNone(s Snapshot) {
	text := ""
	switch {
	case s.Rows.Len() > 0 || s.Fault != nil:
	case !s.Ready:
		text = v.say("find.none.reading")
	case s.Asked == (Asked{}):
		text = v.say("find.none.at_all")
	default:
		text = v.say("find.none.found")
	}
	look.Set(v.none, text)
}

// show shows a button with words, or hides it.
func show(b *look.Button, visible bool, text string) {
	if b.Text != text {
		b.SetText(text)
	}
	if visible != b.Visible() {
		if visible {
			b.Show()
		} else {
			b.Hide()
		}
	}
}

// short cuts a text to n characters.
func short(text string, n int) string {
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	return string(r[:n-1]) + "…"
}

// press opens a recording once a reader is known.
func (v *View) press(i int) {
	if i >= v.shown.Rows.Len() {
		return
	}
	id := v.shown.Rows.At(i).ID
	if v.shown.Reader.Known() {
		v.model.Open(id)
		return
	}
	v.askReader(func() { v.model.Open(id) })
}

// fill writes a recording into a line of the list.
func (v *View) fill(i int, l *row) {
	if i >= v.shown.Rows.Len() {
		return
	}
	c := v.shown.Rows.At(i)
	mark, colour := sign(c)
	look.Say(l.sign, mark, colour)
	look.Set(l.title, v.title(c))
	look.Set(l.line, v.speaker.line(c))
	look.Say(l.state, v.state(c), look.Faint)
}

// row is a line of the list.
type row struct {
	widget.BaseWidget
	sign, state *canvas.Text
	title, line *widget.Label
}

func newRow() fyne.CanvasObject {
	r := &row{sign: look.Text("", look.Large, look.Ink), state: look.Text("", look.Small, look.Faint),
		title: look.OneLine(""), line: look.OneLine("")}
	r.line.SizeName = theme.SizeNameCaptionText
	r.state.Alignment = fyne.TextAlignTrailing
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer belongs to fyne.Widget.
func (r *row) CreateRenderer() fyne.WidgetRenderer {
	sign := look.Least(28, 56, container.NewCenter(r.sign))
	words := container.New(layout.NewCustomPaddedVBoxLayout(0), layout.NewSpacer(), look.Tight(r.title), look.Tight(r.line), layout.NewSpacer())
	const state = 172 // the longest state in either language
	return widget.NewSimpleRenderer(container.NewBorder(nil, nil, sign, look.Least(state, 0, r.state), words))
}

// rows is the list. Return opens the line that the arrow keys stand on, as a click does.
type rows struct{ widget.List }

func newRows(count func() int, fill func(int, *row), press func(int)) *rows {
	l := &rows{}
	l.Length, l.CreateItem = count, newRow
	l.UpdateItem = func(i widget.ListItemID, o fyne.CanvasObject) { fill(i, o.(*row)) }
	l.OnSelected = func(i widget.ListItemID) {
		l.Unselect(i)
		press(i)
	}
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey opens a line with Return; the window's keys go on to the window.
func (l *rows) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
		e = &fyne.KeyEvent{Name: fyne.KeySpace}
	}
	l.List.TypedKey(e)
	look.Pass(l, e)
}

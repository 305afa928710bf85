package hall

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/office/duty"
)

// Line is the line that takes an entry from whatever page. While it is open it lies over the window; put away, the
// keys are again where they were.
type Line struct {
	words
	model *Model
	win   fyne.Window

	pop    *widget.PopUp
	over   fyne.CanvasObject // pop among the window's overlays
	field  *control.Field
	author *control.Field
	kind   *look.Choice
	brings *canvas.Text
	fault  *fyne.Container
	rev    int
	sent   int
}

// lineTop is where the line lies below the window's top: under the strip.
const (
	lineTop   = 60
	lineWidth = 940
)

// NewLine makes the line of a window in a language.
func NewLine(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input) *Line {
	l := &Line{words: words{lang, m.Log.Rules}, model: m, win: w, rev: -1}
	l.field = look.NewField(in, l.say("line.hint"), m.Type)
	l.field.SetMax(duty.MaxText)
	l.field.OnSubmitted = func(string) { m.Enter() }
	pass := l.field.OnKey
	l.field.OnKey = func(s control.Stroke) bool { return l.key(s) || pass(s) }
	l.kind = look.NewChoice(l.kinds(), "")
	l.kind.Changed = m.Choose
	l.kind.OnKey = func(name fyne.KeyName) bool { return name == fyne.KeyEscape && l.hide() }
	l.author = look.NewField(in, l.say("name_hint"), m.Sign)
	l.author.OnSubmitted = func(string) { w.Canvas().Focus(l.field) }
	own := l.author.OnKey
	l.author.OnKey = func(s control.Stroke) bool { return s.Name == fyne.KeyEscape && l.hide() || own(s) }
	l.brings = look.Text("", look.Small, look.Faint)
	l.fault = look.Paragraph("", lineWidth-40, look.Normal, look.Red)
	l.fault.Hide()
	return l
}

// Close puts the line away; what was typed is kept.
func (l *Line) Close() { l.hide() }

func (l *Line) hide() bool {
	if l.pop != nil {
		l.pop.Hide()
		l.pop = nil
	}
	return true
}

// key acts on keys that a line has no use for: the arrows turn the kind, Escape puts the line away.
func (l *Line) key(s control.Stroke) bool {
	switch s.Name {
	case fyne.KeyUp:
		l.model.Step(-1)
	case fyne.KeyDown:
		l.model.Step(1)
	case fyne.KeyEscape, fyne.KeyF11:
		l.hide()
	default:
		return false
	}
	return true
}

// Open opens the line with what was being typed.
func (l *Line) Open() {
	if l.pop != nil && slices.Contains(l.win.Canvas().Overlays().List(), l.over) { // a press beside it puts it away, too
		l.win.Canvas().Focus(l.field)
		return
	}
	size := l.win.Canvas().Size()
	width := min(lineWidth, size.Width-32)
	enter := look.NewButton(l.say("line.enter"), l.model.Enter).Strong()
	row := container.NewBorder(nil, nil, look.Least(190, look.Target, l.kind), enter, l.field)
	who := container.NewBorder(nil, nil, look.Text(l.say("by"), look.Small, look.Faint), nil, look.Least(130, look.Target, l.author))
	below := container.NewBorder(nil, nil, who, look.Text(l.say("line.keys"), look.Small, look.Faint), l.brings)
	body := container.NewVBox(look.Text(l.say("line.title"), look.Normal, look.Blue), row, l.phrases(width-24), below, l.fault)
	l.pop = widget.NewPopUp(look.Least(width, 0, container.New(layout.NewCustomPaddedLayout(6, 8, 12, 12), body)), l.win.Canvas())
	l.draw(l.model.Typed.Newest())
	l.pop.ShowAtPosition(fyne.NewPos((size.Width-width)/2, lineTop))
	l.over = l.win.Canvas().Overlays().Top()
	l.win.Canvas().Focus(l.field)
}

// phrasesBeside is how many phrases stand beside each other.
const phrasesBeside = 4

// phrases are whole entries to click on, for whose hand is on the mouse; long ones are cut to fit the line's width.
func (l *Line) phrases(width float32) fyne.CanvasObject {
	const gaps = 32 // beside a button, and of the words within it
	grid := container.NewGridWithColumns(phrasesBeside)
	for _, p := range l.rules.Phrases {
		name := look.Fit(p.In(string(l.lang)), width/phrasesBeside-gaps, look.Normal)
		grid.Add(look.NewButton(name, func() {
			l.model.Phrase(p, l.lang)
			l.draw(l.model.Typed.Newest())
			l.win.Canvas().Focus(l.field)
		}))
	}
	return grid
}

// Draw draws the newest state of the line, and puts it away when the entry is on the disk.
func (l *Line) Draw(t Typed) {
	if t.Sent > l.sent && t.Text == "" {
		l.hide()
	}
	l.sent = t.Sent
	l.draw(t)
}

func (l *Line) draw(t Typed) {
	if l.rev != t.Rev {
		l.rev = t.Rev
		look.Fill(l.field, t.Text)
		l.field.Edit().Move(l.field.Edit().Len(), false)
	}
	if l.author.Text() == "" || l.win.Canvas().Focused() != fyne.Focusable(l.author) {
		look.Fill(l.author, t.Author)
	}
	if l.kind.Code() != t.Kind {
		l.kind.Choose(t.Kind)
	}
	look.Say(l.brings, "　"+l.brought(t), look.Faint)
	said := ""
	switch {
	case t.Fault != nil:
		said = l.explain(t.Fault)
	case t.Gone > 0:
		said = l.say("line.gone")
	}
	look.SetParagraph(l.fault, said, lineWidth-40, look.Normal, look.Red)
	l.fault.Hidden = said == ""
	if l.pop != nil {
		l.pop.Resize(l.pop.MinSize())
	}
}

// brought says what the kind brings with it: a matter with its limit, or nothing.
func (l *Line) brought(t Typed) string {
	rule := l.rules.Kind(t.Kind)
	switch {
	case t.Kind == incident:
		return l.say("line.incident", "kind", l.emergency(l.model.Emergency(t.Text)))
	case rule.Matter && rule.Limit != "":
		return l.say("line.matter", "limit", l.limit(rule.Limit))
	case rule.Matter:
		return l.say("line.matter_plain")
	}
	return l.say("line.note")
}

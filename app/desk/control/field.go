package control

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/edit"
	"minglu/app/desk/ime"
)

// Bounds of what fits in when nothing else is said, in characters.
const (
	FieldMax = 1000
	AreaMax  = 100_000
)

var (
	_ fyne.Focusable      = (*Field)(nil)
	_ fyne.Tabbable       = (*Field)(nil)
	_ fyne.Shortcutable   = (*Field)(nil)
	_ fyne.Draggable      = (*Field)(nil)
	_ fyne.DoubleTappable = (*Field)(nil)
	_ desktop.Keyable     = (*Field)(nil)
	_ desktop.Mouseable   = (*Field)(nil)
	_ desktop.Cursorable  = (*Field)(nil)
	_ fyne.Scrollable     = (*Area)(nil)
	_ ime.Owner           = (*Field)(nil)
)

// Field is a text a person types. All its members are set before it is shown; all is done on the window's
// goroutine.
type Field struct {
	widget.DisableableWidget
	PlaceHolder string
	Style       fyne.TextStyle
	Plain       bool              // no box around it
	OnChanged   func(string)      // after every change by the person or by SetText
	OnSubmitted func(string)      // Return in one line
	OnFocus     func(bool)        // got the keys, or lost them
	OnOver      func(over int)    // so many characters did not fit; nil shows a sentence
	OnKey       func(Stroke) bool // before the field acts on a special key; true: done
	Conceal     bool              // dots in place of characters, and no input method

	in       *Input
	self     fyne.Widget // f, or the area around it, as Fyne knows it
	text     edit.Text
	rows     int // lines shown at least
	most     int // lines shown at most; what is beyond is scrolled to
	focused  bool
	composed []rune // pre-edit, shown at the caret
	inside   int    // caret in composed
	down     fyne.KeyName
	eaten    bool // the method took the key that is down
	shift    bool // a selection is made by keys
	goal     float32
	pane     pane
	menu     *widget.PopUpMenu
}

// Stroke is a special key with what is held beside it.
type Stroke struct {
	Name fyne.KeyName
	Held fyne.KeyModifier
}

// NewField makes a field of one line.
func NewField(in *Input) *Field {
	f := &Field{in: in, rows: 1, most: 1, text: edit.Text{Max: FieldMax}}
	f.extend(f)
	return f
}

// NewParagraph makes a field that grows with its text up to most lines.
func NewParagraph(in *Input, most int) *Field {
	f := &Field{in: in, rows: 1, most: most, text: edit.Text{Max: AreaMax, Lines: true}}
	f.extend(f)
	return f
}

// Area is a field of a fixed number of lines, with a wheel of its own.
type Area struct{ Field }

// NewArea makes an area that shows so many lines.
func NewArea(in *Input, rows int) *Area {
	a := &Area{Field{in: in, rows: rows, most: rows, text: edit.Text{Max: AreaMax, Lines: true}}}
	a.extend(a)
	return a
}

// extend makes self the widget that Fyne knows f by.
func (f *Field) extend(self fyne.Widget) {
	f.self, f.goal, f.pane.f = self, -1, f
	f.ExtendBaseWidget(self)
}

// Scrolled turns the page by the wheel.
func (a *Area) Scrolled(e *fyne.ScrollEvent) {
	a.pane.scroll(-int(e.Scrolled.DY / 10))
	a.show(false)
}

// Text is what was typed; what is being composed is not in it.
func (f *Field) Text() string { return f.text.String() }

// Edit gives the text for those who look closer: caret, selection, length. It is changed through f alone.
func (f *Field) Edit() *edit.Text { return &f.text }

// SetText replaces the text and forgets what could be undone.
func (f *Field) SetText(s string) {
	if s == f.text.String() {
		return
	}
	f.in.keyboard().Drop()
	over := f.text.Set(s)
	f.changed(over)
}

// SetMax bounds the text, in characters.
func (f *Field) SetMax(most int) { f.text.Max = most }

// SetPlaceHolder sets what an empty field says.
func (f *Field) SetPlaceHolder(s string) {
	f.PlaceHolder = s
	f.Refresh()
}

// Insert types s at the caret, in place of what is selected.
func (f *Field) Insert(s string) { f.changed(f.text.Insert(s)) }

// Select selects a stretch and brings it into sight.
func (f *Field) Select(from, to int) {
	f.text.Move(from, false)
	f.text.Move(to, true)
	f.show(true)
}

// Caret gives the place of the caret, and its size, in f's own measure.
func (f *Field) Caret() (fyne.Position, fyne.Size) { return f.pane.caret() }

func (f *Field) changed(over int) {
	f.goal = -1
	f.show(true)
	if over > 0 {
		f.over(over)
	}
	if f.OnChanged != nil {
		f.OnChanged(f.text.String())
	}
}

// over says that not everything fitted in.
func (f *Field) over(n int) {
	if f.OnOver != nil {
		f.OnOver(n)
		return
	}
	driver := fyne.CurrentApp().Driver()
	if c := driver.CanvasForObject(f.self); c != nil {
		label := widget.NewLabel(f.in.words("control.over", "max", strconv.Itoa(f.text.Max), "over", strconv.Itoa(n)))
		widget.NewPopUp(label, c).ShowAtPosition(driver.AbsolutePositionForObject(f.self).AddXY(0, f.Size().Height))
	}
}

// show lays out the text again; follow keeps the caret in sight.
func (f *Field) show(follow bool) {
	f.pane.follow = f.pane.follow || follow
	f.Refresh()
	if f.focused {
		at, size := f.pane.caret()
		f.in.place(f.self, at, size)
	}
}

// Commit writes what the method composed. Part of ime.Owner.
func (f *Field) Commit(s string) { f.Insert(s) }

// Compose shows what the method composes. Part of ime.Owner.
func (f *Field) Compose(s string, caret int) {
	f.composed, f.inside = []rune(s), caret
	f.show(true)
}

// Erase removes characters around the caret for the method. Part of ime.Owner.
func (f *Field) Erase(offset, count int) {
	f.text.Erase(offset, count)
	f.changed(0)
}

// Forward acts on a key the method gave back. Part of ime.Owner.
func (f *Field) Forward(k ime.Key) {
	if k.Release {
		return
	}
	if name, ok := nameOf(k.Sym); ok {
		f.act(Stroke{name, held(k.State)})
	} else if r, ok := runeOf(k.Sym); ok {
		f.Insert(string(r))
	}
}

// FocusGained takes the keys.
func (f *Field) FocusGained() {
	f.focused = true
	if !f.Conceal {
		f.in.keyboard().Focus(f)
	}
	f.show(true)
	if f.OnFocus != nil {
		f.OnFocus(true)
	}
}

// FocusLost gives the keys up; what is being composed is written first.
func (f *Field) FocusLost() {
	f.in.keyboard().Blur(f)
	f.focused, f.shift, f.down, f.eaten = false, false, "", false
	f.text.Move(f.text.Caret(), false)
	f.show(false)
	if f.OnFocus != nil {
		f.OnFocus(false)
	}
}

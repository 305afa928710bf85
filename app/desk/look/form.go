package look

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
)

// Sizes of a form.
const (
	FormWidth = 640
	formLabel = 112
	formRest  = 190 // of the window's height, for title, buttons and margins
)

// Form is a sheet of questions over the window. Return leads from step to step and behind the last presses the strong button;
// Ctrl+Return presses it from anywhere; Escape puts the form away.
type Form struct {
	win   fyne.Window
	in    *control.Input
	title string
	pop   *widget.PopUp
	over  fyne.CanvasObject // pop among the window's overlays
	rows  *fyne.Container
	said  *fyne.Container
	foot  *fyne.Container
	page  *container.Scroll
	steps []fyne.Focusable
	do    func() // of the strong button
}

// NewForm makes an empty form.
func NewForm(w fyne.Window, in *control.Input, title string) *Form {
	s := &Form{win: w, in: in, title: title, rows: container.NewVBox(), foot: container.NewHBox(layout.NewSpacer())}
	s.said = Paragraph("", FormWidth, Normal, Red)
	s.said.Hide()
	return s
}

// Words adds a text.
func (s *Form) Words(text string, c Colour) { s.rows.Add(Paragraph(text, FormWidth-20, Normal, c)) }

// Add adds anything over the full width.
func (s *Form) Add(o fyne.CanvasObject) { s.rows.Add(o) }

// Row adds something behind its name, and answers the row.
func (s *Form) Row(label string, o fyne.CanvasObject) fyne.CanvasObject {
	name := Least(formLabel, Target, Text(label, Normal, Faint))
	row := container.NewBorder(nil, nil, name, nil, o)
	s.rows.Add(row)
	return row
}

// reveal scrolls to a row that got the keys.
func (s *Form) reveal(row fyne.CanvasObject) func(bool) {
	return func(in bool) {
		if !in || s.page == nil {
			return
		}
		top, room := row.Position().Y, s.page.Size().Height
		offset := min(max(s.page.Offset.Y, top+row.Size().Height-room), top)
		s.page.ScrollToOffset(fyne.NewPos(0, offset))
	}
}

// Field adds a field of one line.
func (s *Form) Field(label, hint, text string) *control.Field {
	f := NewField(s.in, hint, nil)
	Fill(f, text)
	f.Edit().Move(f.Edit().Len(), false)
	f.OnFocus = s.reveal(s.Row(label, f))
	s.Step(f)
	pass := f.OnKey
	f.OnKey = func(k control.Stroke) bool { return s.key(k, f) || pass(k) }
	f.OnSubmitted = func(string) { s.next(f) }
	return f
}

// Area adds a field of several lines.
func (s *Form) Area(label, hint, text string, lines int) *control.Area {
	a := control.NewArea(s.in, lines)
	a.PlaceHolder = hint
	a.SetText(text)
	a.OnFocus = s.reveal(s.Row(label, a))
	s.Step(a)
	a.OnKey = func(k control.Stroke) bool {
		if k.Held == 0 && windowKey(k.Name) {
			Pass(a, &fyne.KeyEvent{Name: k.Name})
			return true
		}
		return s.key(k, a)
	}
	return a
}

// Choice adds a choice.
func (s *Form) Choice(label string, options []Option, code string) *Choice {
	c := NewChoice(options, code)
	c.OnFocus = s.reveal(s.Row(label, c))
	s.Step(c)
	c.OnKey = func(name fyne.KeyName) bool {
		if name == fyne.KeyReturn || name == fyne.KeyEnter {
			s.next(c)
			return true
		}
		return s.key(control.Stroke{Name: name}, c)
	}
	return c
}

// Step adds something that Return leads to.
func (s *Form) Step(f fyne.Focusable) { s.steps = append(s.steps, f) }

// Button adds a button to the foot.
func (s *Form) Button(text string, do func()) *Button {
	b := NewButton(text, do)
	b.OnKey = func(name fyne.KeyName) bool { return s.key(control.Stroke{Name: name}, b) }
	s.foot.Add(Least(112, Target, b))
	return b
}

// Strong adds the button to press next.
func (s *Form) Strong(text string, do func()) *Button {
	s.do = do
	return s.Button(text, do).Strong()
}

func (s *Form) key(k control.Stroke, _ fyne.Focusable) bool {
	switch {
	case k.Name == fyne.KeyEscape:
		s.Hide()
	case (k.Name == fyne.KeyReturn || k.Name == fyne.KeyEnter) && k.Held == fyne.KeyModifierControl && s.do != nil:
		s.do()
	default:
		return false
	}
	return true
}

// next goes to the step behind one; behind the last it presses the strong button.
func (s *Form) next(from fyne.Focusable) {
	for i, f := range s.steps {
		if f == from && i+1 < len(s.steps) {
			s.win.Canvas().Focus(s.steps[i+1])
			return
		}
	}
	if s.do != nil {
		s.do()
	}
}

// Show opens the form with the keys in its first step, else on its first button.
func (s *Form) Show() {
	inside := container.New(layout.NewCustomPaddedLayout(2, 2, 2, 14), s.rows) // edges of fields are drawn a little outside
	s.page = container.NewVScroll(inside)
	s.page.SetMinSize(fyne.NewSize(FormWidth, min(inside.MinSize().Height, s.win.Canvas().Size().Height-formRest)))
	body := container.NewBorder(Text(s.title, Large, Ink), container.NewVBox(s.said, s.foot), nil, nil, s.page)
	s.pop = widget.NewModalPopUp(container.New(layout.NewCustomPaddedLayout(8, 8, 12, 12), body), s.win.Canvas())
	s.pop.Show()
	s.over = s.win.Canvas().Overlays().Top()
	if len(s.steps) > 0 {
		s.win.Canvas().Focus(s.steps[0])
		return
	}
	s.win.Canvas().FocusNext()
}

// Hide puts the form away. What lies over it stays: Fyne takes everything above an overlay away with it.
func (s *Form) Hide() {
	if s.pop == nil {
		return
	}
	c := s.win.Canvas()
	focused, list := c.Focused(), c.Overlays().List()
	above := slices.Clone(list[slices.Index(list, s.over)+1:])
	s.pop.Hide()
	s.pop = nil
	for _, o := range above {
		c.Overlays().Add(o)
	}
	if len(above) > 0 && focused != nil {
		c.Focus(focused)
	}
}

// Shown reports whether the form is open.
func (s *Form) Shown() bool { return s.pop != nil }

// Tell says what is wrong, above the buttons; "" takes it away.
func (s *Form) Tell(text string) {
	SetParagraph(s.said, text, FormWidth-20, Normal, Red)
	s.said.Hidden = text == ""
	if s.pop != nil {
		s.pop.Resize(s.pop.MinSize())
		s.pop.Refresh()
	}
}

package control

import (
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"minglu/app/desk/ime"
)

// The order of Fyne for a key: KeyDown, AcceptsTab, then TypedShortcut or TypedKey, then TypedRune; of a
// repeated key without KeyDown. A key that gives a character is asked about in TypedRune, where the character
// is its keysym whatever the layout; all others in KeyDown.

// command are the modifiers under which a key gives no character.
const command = fyne.KeyModifierControl | fyne.KeyModifierAlt | fyne.KeyModifierSuper

// KeyDown asks the method about a special key or a combination.
func (f *Field) KeyDown(e *fyne.KeyEvent) {
	if e.Name == desktop.KeyShiftLeft || e.Name == desktop.KeyShiftRight {
		f.shift = true
	}
	f.down, f.eaten = e.Name, f.ask(e)
}

// KeyUp tells the method.
func (f *Field) KeyUp(e *fyne.KeyEvent) {
	if e.Name == desktop.KeyShiftLeft || e.Name == desktop.KeyShiftRight {
		f.shift = false
	}
	if f.Conceal || f.Disabled() {
		return
	}
	sym, ok := special(e.Name)
	if !ok {
		sym, ok = letter(e.Name)
	}
	if ok {
		f.in.keyboard().Release(ime.Key{
			Sym: sym, Code: uint32(e.Physical.ScanCode), State: state(holding()) | modifier(e.Name),
		})
	}
}

// ask asks about a key that gives no character; taken means that the field must not act on it.
func (f *Field) ask(e *fyne.KeyEvent) (taken bool) {
	keys := f.in.keyboard()
	if keys == nil || f.Conceal || f.Disabled() {
		return false
	}
	f.regain()
	mods := holding()
	sym, ok := special(e.Name)
	if !ok && mods&command != 0 {
		sym, ok = letter(e.Name)
	}
	if !ok {
		return false
	}
	bit := modifier(e.Name)
	stroke := Stroke{e.Name, mods}
	composing := keys.Composing()
	taken = keys.Press(ime.Key{Sym: sym, Code: uint32(e.Physical.ScanCode), State: state(mods) &^ bit}, func() {
		if bit == 0 {
			f.heir().replay(stroke)
		}
	})
	// A method may refuse a key while it composes; the caret must not walk away below the pre-edit.
	return taken || composing && keys.Composing() && bit == 0
}

// regain makes the field the one the method writes into, if a key comes and it is not: Fyne tells a field nothing
// when a question that lay over the window, with fields of its own, is gone.
func (f *Field) regain() {
	if keys := f.in.keyboard(); !keys.Owned(f) {
		keys.Focus(f)
		f.show(true)
	}
}

// replay acts on a key that the method gave back late.
func (f *Field) replay(s Stroke) {
	if s.Held&command != 0 {
		f.shortcut(shortcutOf(s))
		return
	}
	if s.Name == fyne.KeyTab && !f.tabs(s) {
		if c := fyne.CurrentApp().Driver().CanvasForObject(f.self); c != nil && s.Held&fyne.KeyModifierShift != 0 {
			c.FocusPrevious()
		} else if c != nil {
			c.FocusNext()
		}
		return
	}
	f.act(s)
}

func (f *Field) tabs(s Stroke) bool { return f.OnKey != nil && f.OnKey(s) }

// AcceptsTab keeps the focus where a Tab was taken by the method or has a meaning here.
func (f *Field) AcceptsTab() bool { return f.eaten || f.OnKey != nil }

// TypedKey acts on a special key.
func (f *Field) TypedKey(e *fyne.KeyEvent) {
	taken := f.eaten
	if f.down != e.Name {
		taken = f.ask(e) // a repeat
	}
	f.down, f.eaten = "", false
	if _, ok := special(e.Name); ok && !taken {
		f.act(Stroke{e.Name, holding()})
	}
}

// TypedRune types a character unless the method takes it.
func (f *Field) TypedRune(r rune) {
	if f.Disabled() || unicode.IsControl(r) {
		return
	}
	if !f.Conceal {
		f.regain()
	}
	s := state(holding())
	if unicode.IsUpper(r) && s&ime.Shift == 0 {
		s |= ime.Lock
	}
	if !f.Conceal && f.in.keyboard().Press(ime.Key{Sym: ime.SymOf(r), State: s}, func() { f.heir().late(r) }) {
		return
	}
	f.Insert(string(r))
}

// act does what a special key does.
func (f *Field) act(s Stroke) {
	if f.OnKey != nil && !f.Disabled() && f.OnKey(s) {
		return
	}
	extend := s.Held&fyne.KeyModifierShift != 0 || f.shift
	if f.walk(s.Name, extend) {
		return
	}
	at := f.text.Caret()
	switch s.Name {
	case fyne.KeyBackspace:
		f.remove(at - 1)
	case fyne.KeyDelete:
		f.remove(at + 1)
	case fyne.KeyReturn, fyne.KeyEnter:
		switch {
		case f.Disabled():
		case f.text.Lines:
			f.Insert("\n")
		case f.OnSubmitted != nil:
			f.OnSubmitted(f.text.String())
		}
	case fyne.KeyTab:
		if c := fyne.CurrentApp().Driver().CanvasForObject(f.self); c != nil && extend {
			c.FocusPrevious()
		} else if c != nil {
			c.FocusNext()
		}
	default:
		f.pass(s.Name)
	}
}

// walk moves the caret.
func (f *Field) walk(name fyne.KeyName, extend bool) bool {
	at := f.text.Caret()
	from, to := f.text.Selection()
	goal := float32(-1)
	switch name {
	case fyne.KeyLeft:
		if at--; from != to && !extend {
			at = from
		}
	case fyne.KeyRight:
		if at++; from != to && !extend {
			at = to
		}
	case fyne.KeyHome:
		at = f.pane.rowStart(at)
	case fyne.KeyEnd:
		at = f.pane.rowEnd(at)
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown:
		if f.most == 1 {
			return false
		}
		at, goal = f.pane.vertical(name, at, f.goal)
	default:
		return false
	}
	f.text.Move(at, extend)
	f.goal = goal
	f.show(true)
	return true
}

func (f *Field) remove(to int) {
	if !f.Disabled() {
		f.text.Delete(to)
		f.changed(0)
	}
}

// pass gives a key that means nothing here to the window.
func (f *Field) pass(name fyne.KeyName) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(f.self); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(&fyne.KeyEvent{Name: name})
	}
}

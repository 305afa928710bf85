package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// TypedShortcut acts on a combination unless the method took it.
func (f *Field) TypedShortcut(s fyne.Shortcut) {
	taken := f.eaten || f.in.keyboard().Composing() && !f.Conceal
	f.down, f.eaten = "", false
	if !taken {
		f.shortcut(s)
	}
}

// shortcutOf is what Fyne makes of a combination.
func shortcutOf(s Stroke) fyne.Shortcut {
	if s.Held == fyne.KeyModifierControl {
		switch s.Name {
		case fyne.KeyZ:
			return &fyne.ShortcutUndo{}
		case fyne.KeyY:
			return &fyne.ShortcutRedo{}
		case fyne.KeyV:
			return &fyne.ShortcutPaste{Clipboard: fyne.CurrentApp().Clipboard()}
		case fyne.KeyC:
			return &fyne.ShortcutCopy{Clipboard: fyne.CurrentApp().Clipboard()}
		case fyne.KeyX:
			return &fyne.ShortcutCut{Clipboard: fyne.CurrentApp().Clipboard()}
		case fyne.KeyA:
			return &fyne.ShortcutSelectAll{}
		}
	}
	return &desktop.CustomShortcut{KeyName: s.Name, Modifier: s.Held}
}

func (f *Field) shortcut(s fyne.Shortcut) {
	switch s := s.(type) {
	case *fyne.ShortcutCopy:
		f.copy(s.Clipboard)
	case *fyne.ShortcutSelectAll:
		f.text.SelectAll()
		f.show(true)
	case *desktop.CustomShortcut:
		f.combination(s)
	default:
		if !f.Disabled() {
			f.change(s)
		}
	}
}

// change acts on the shortcuts that change the text.
func (f *Field) change(s fyne.Shortcut) {
	switch s := s.(type) {
	case *fyne.ShortcutUndo:
		if f.text.Undo() {
			f.changed(0)
		} else if f.OnKey != nil {
			f.OnKey(Stroke{fyne.KeyZ, fyne.KeyModifierControl}) // there may be more to undo than this text
		}
	case *fyne.ShortcutRedo:
		if f.text.Redo() {
			f.changed(0)
		}
	case *fyne.ShortcutCut:
		if f.copy(s.Clipboard) {
			f.remove(f.text.Caret())
		}
	case *fyne.ShortcutPaste:
		if text := s.Clipboard.Content(); text != "" {
			f.Insert(text)
		}
	}
}

// copy puts the selection on the clipboard and reports whether there was any.
func (f *Field) copy(board fyne.Clipboard) bool {
	text := f.text.Selected()
	if text == "" || f.Conceal {
		return false
	}
	board.SetContent(text)
	return true
}

// combination acts on Ctrl with a key; what means nothing here goes to the window.
func (f *Field) combination(s *desktop.CustomShortcut) {
	if f.OnKey != nil && f.OnKey(Stroke{s.KeyName, s.Modifier}) {
		return
	}
	extend := s.Modifier&fyne.KeyModifierShift != 0
	if s.Modifier&^fyne.KeyModifierShift == fyne.KeyModifierControl {
		switch s.KeyName {
		case fyne.KeyLeft, fyne.KeyRight:
			f.text.Move(f.text.WordEnd(s.KeyName == fyne.KeyRight), extend)
			f.show(true)
			return
		case fyne.KeyHome, fyne.KeyEnd:
			to := 0
			if s.KeyName == fyne.KeyEnd {
				to = f.text.Len()
			}
			f.text.Move(to, extend)
			f.show(true)
			return
		case fyne.KeyBackspace, fyne.KeyDelete:
			f.remove(f.text.WordEnd(s.KeyName == fyne.KeyDelete))
			return
		}
	}
	if c, ok := fyne.CurrentApp().Driver().CanvasForObject(f.self).(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}

// TappedSecondary opens the menu of the text.
func (f *Field) TappedSecondary(e *fyne.PointEvent) {
	driver := fyne.CurrentApp().Driver()
	c := driver.CanvasForObject(f.self)
	if c == nil {
		return
	}
	board := fyne.CurrentApp().Clipboard()
	item := func(key string, s fyne.Shortcut) *fyne.MenuItem {
		return fyne.NewMenuItem(f.in.words(key), func() { f.shortcut(s) })
	}
	f.menu = widget.NewPopUpMenu(fyne.NewMenu("",
		item("control.undo", &fyne.ShortcutUndo{}),
		item("control.redo", &fyne.ShortcutRedo{}),
		item("control.cut", &fyne.ShortcutCut{Clipboard: board}),
		item("control.copy", &fyne.ShortcutCopy{Clipboard: board}),
		item("control.paste", &fyne.ShortcutPaste{Clipboard: board}),
		item("control.all", &fyne.ShortcutSelectAll{}),
	), c)
	f.menu.ShowAtPosition(driver.AbsolutePositionForObject(f.self).Add(e.Position))
}

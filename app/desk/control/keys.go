package control

import (
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"minglu/app/desk/ime"
)

// special are the keys that give no character, by their keysyms. Source: X11/keysymdef.h.
func special(name fyne.KeyName) (sym uint32, ok bool) {
	if n := len(name); n >= 2 && n <= 3 && name[0] == 'F' {
		number := uint32(0)
		for _, d := range name[1:] {
			number = number*10 + uint32(d-'0')
		}
		return 0xffbe + number - 1, number >= 1 && number <= 12
	}
	for _, k := range specials() {
		if k.name == name {
			return k.sym, true
		}
	}
	return 0, false
}

type keySym struct {
	name fyne.KeyName
	sym  uint32
	bit  uint32 // of a modifier, in the state
}

func specials() []keySym {
	return []keySym{
		{fyne.KeyBackspace, 0xff08, 0}, {fyne.KeyTab, 0xff09, 0}, {fyne.KeyReturn, 0xff0d, 0},
		{fyne.KeyEnter, 0xff8d, 0}, {fyne.KeyEscape, 0xff1b, 0}, {fyne.KeyDelete, 0xffff, 0},
		{fyne.KeyHome, 0xff50, 0}, {fyne.KeyLeft, 0xff51, 0}, {fyne.KeyUp, 0xff52, 0},
		{fyne.KeyRight, 0xff53, 0}, {fyne.KeyDown, 0xff54, 0}, {fyne.KeyPageUp, 0xff55, 0},
		{fyne.KeyPageDown, 0xff56, 0}, {fyne.KeyEnd, 0xff57, 0}, {fyne.KeyInsert, 0xff63, 0},
		{desktop.KeyMenu, 0xff67, 0}, {desktop.KeyCapsLock, 0xffe5, ime.Lock},
		{desktop.KeyShiftLeft, 0xffe1, ime.Shift}, {desktop.KeyShiftRight, 0xffe2, ime.Shift},
		{desktop.KeyControlLeft, 0xffe3, ime.Control}, {desktop.KeyControlRight, 0xffe4, ime.Control},
		{desktop.KeyAltLeft, 0xffe9, ime.Alt}, {desktop.KeyAltRight, 0xffea, ime.Alt},
		{desktop.KeySuperLeft, 0xffeb, ime.Super}, {desktop.KeySuperRight, 0xffec, ime.Super},
	}
}

// modifier gives the state bit of a modifier key, 0 for any other.
func modifier(name fyne.KeyName) uint32 {
	for _, k := range specials() {
		if k.name == name {
			return k.bit
		}
	}
	return 0
}

// nameOf finds the special key of a keysym.
func nameOf(sym uint32) (fyne.KeyName, bool) {
	for _, k := range specials() {
		if k.sym == sym {
			return k.name, true
		}
	}
	return "", false
}

// runeOf finds the character of a keysym.
func runeOf(sym uint32) (rune, bool) {
	switch {
	case sym >= 0x20 && sym < 0x7f || sym >= 0xa0 && sym <= 0xff:
		return rune(sym), true
	case sym&0xff000000 == 0x01000000:
		return rune(sym & 0xffffff), true
	}
	return 0, false
}

// letter gives the keysym of a key with a character on it, as it is without Shift.
func letter(name fyne.KeyName) (uint32, bool) {
	if name == fyne.KeySpace {
		return ' ', true
	}
	r, size := utf8.DecodeRuneInString(strings.ToLower(string(name)))
	return ime.SymOf(r), size == len(name) && size > 0
}

// holding are the modifiers held now.
func holding() fyne.KeyModifier {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		return d.CurrentKeyModifiers()
	}
	return 0
}

func state(m fyne.KeyModifier) (s uint32) {
	for _, p := range modifierPairs() {
		if m&p.of != 0 {
			s |= p.bit
		}
	}
	return s
}

func held(s uint32) (m fyne.KeyModifier) {
	for _, p := range modifierPairs() {
		if s&p.bit != 0 {
			m |= p.of
		}
	}
	return m
}

type modifierPair struct {
	of  fyne.KeyModifier
	bit uint32
}

func modifierPairs() []modifierPair {
	return []modifierPair{
		{fyne.KeyModifierShift, ime.Shift}, {fyne.KeyModifierControl, ime.Control},
		{fyne.KeyModifierAlt, ime.Alt}, {fyne.KeyModifierSuper, ime.Super},
	}
}

package desk

import "fyne.io/fyne/v2"

// Build fills the window as the start of the program does, without an input method.
func (d *Desk) Build() { d.build() }

// Window is the window.
func (d *Desk) Window() fyne.Window { return d.win }

// Show turns to a page, Press presses a key of the window.
func (d *Desk) Show(page string)       { d.show(page) }
func (d *Desk) Press(key fyne.KeyName) { d.typed(&fyne.KeyEvent{Name: key}) }
func (d *Desk) Shown() string          { return d.shown }

// Help opens the manual, as Shift+F1 does.
func (d *Desk) Help() { d.help() }

func (d *Desk) Pages() (names []string) {
	for _, p := range d.pages {
		names = append(names, p.name)
	}
	return names
}

// Strip gives the strip something to say.
func (d *Desk) Strip(s Strip) { d.strip.Feed.Publish(s) }

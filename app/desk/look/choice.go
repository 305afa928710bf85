package look

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/rare"
)

// Option is one thing that can be chosen.
type Option struct{ Code, Text string }

// Choice is a button that shows what is chosen and offers the rest: a press opens the list, the arrows turn to the
// one before or behind.
type Choice struct {
	Button
	Changed func(code string)

	options []Option
	at      int
}

// NewChoice makes a choice; the option with the code is chosen, else the first.
func NewChoice(options []Option, code string) *Choice {
	c := &Choice{options: options}
	c.OnTapped, c.self = c.offer, c
	c.Alignment = widget.ButtonAlignLeading
	c.ExtendBaseWidget(c)
	c.turn(max(0, slices.IndexFunc(options, func(o Option) bool { return o.Code == code })))
	return c
}

// Code is the code of what is chosen, "" for nothing.
func (c *Choice) Code() string {
	if c.at < len(c.options) {
		return c.options[c.at].Code
	}
	return ""
}

// Choose turns to the option with a code without telling.
func (c *Choice) Choose(code string) {
	if i := slices.IndexFunc(c.options, func(o Option) bool { return o.Code == code }); i >= 0 {
		c.turn(i)
	}
}

func (c *Choice) turn(i int) {
	if i < 0 || i >= len(c.options) {
		return
	}
	c.at = i
	c.SetText("▼ " + c.options[i].Text)
}

func (c *Choice) choose(i int) {
	c.turn(min(max(i, 0), len(c.options)-1))
	if c.Changed != nil {
		c.Changed(c.Code())
	}
}

// Step turns to the option by steps from the present one, round the end.
func (c *Choice) Step(by int) {
	if n := len(c.options); n > 0 {
		c.choose(((c.at+by)%n + n) % n)
	}
}

// TypedKey turns by the arrows; Space opens the list.
func (c *Choice) TypedKey(e *fyne.KeyEvent) {
	if c.OnKey != nil && c.OnKey(e.Name) {
		return
	}
	switch e.Name {
	case fyne.KeyLeft, fyne.KeyUp:
		c.Step(-1)
	case fyne.KeyRight, fyne.KeyDown:
		c.Step(1)
	default:
		c.Button.TypedKey(e)
	}
}

// offer opens the list under the button.
func (c *Choice) offer() {
	canvas := fyne.CurrentApp().Driver().CanvasForObject(c)
	if canvas == nil {
		return
	}
	var items []*fyne.MenuItem
	for i, o := range c.options {
		rare.See(o.Text)
		items = append(items, fyne.NewMenuItem(o.Text, func() { c.choose(i) }))
	}
	menu := widget.NewPopUpMenu(fyne.NewMenu("", items...), canvas)
	menu.ShowAtRelativePosition(fyne.NewPos(0, c.Size().Height), c)
}

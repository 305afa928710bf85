package hall

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/look"
)

// Counter is the screen at a counter on which a taxpayer rates the service: five levels, no name.
type Counter struct {
	Body fyne.CanvasObject

	words
	rate  func(level string)
	ask   *canvas.Text
	said  *canvas.Text
	grid  *fyne.Container
	taken bool // a rating was given and thanks are said
}

// Sizes of text at a counter.
const (
	counterAsk   = 40
	counterLevel = 34
)

// NewCounter makes the screen of a counter.
func (v *View) NewCounter(desk string) *Counter {
	c := &Counter{words: v.words, rate: func(level string) { v.model.Rate(desk, level) }}
	c.ask = look.Text(c.say("counter.ask"), counterAsk, look.Ink)
	c.said = look.Text(desk, look.Large, look.Faint)
	c.ask.Alignment, c.said.Alignment = fyne.TextAlignCenter, fyne.TextAlignCenter
	c.grid = container.New(look.Columns{Shares: []float32{1, 1, 1, 1, 1}, Gap: 16})
	lines := 1
	for _, t := range v.rules.Words().Ratings {
		lines = max(lines, len(strings.Fields(t.In(string(v.lang)))))
	}
	for _, t := range v.rules.Words().Ratings {
		c.grid.Add(newTarget(t.In(string(v.lang)), t.Code, lines, func() { c.give(t.Code) }))
	}
	head := container.New(layout.NewCustomPaddedLayout(48, 24, 24, 24), container.NewVBox(c.ask, c.said))
	foot := look.Text(c.say("counter.foot"), look.Large, look.Faint)
	foot.Alignment = fyne.TextAlignCenter
	c.Body = container.NewBorder(head, container.New(layout.NewCustomPaddedLayout(16, 32, 24, 24), foot), nil, nil,
		container.New(layout.NewCustomPaddedLayout(0, 0, 24, 24), c.grid))
	return c
}

// give takes a rating; while thanks are said no other is taken, so that one hand rates once.
func (c *Counter) give(level string) {
	if c.taken {
		return
	}
	c.taken = true
	c.rate(level)
}

// Typed takes a rating by its digit.
func (c *Counter) Typed(r rune) {
	if r >= '1' && r <= '5' {
		c.give(string(r))
	}
}

// Draw draws whether ratings are taken, and the thanks for one.
func (c *Counter) Draw(p Public) {
	switch {
	case p.Closed:
		look.Say(c.ask, c.say("counter.closed"), look.Faint)
	case p.Thanks:
		look.Say(c.ask, "✓ "+c.say("counter.thanks"), look.Green)
	case p.RateFault != nil:
		look.Say(c.ask, c.say("counter.fault"), look.Red)
	default:
		look.Say(c.ask, c.say("counter.ask"), look.Ink)
	}
	c.taken = p.Thanks || p.Closed
	c.grid.Hidden = c.taken
	c.grid.Refresh()
}

// target is a level, as large as a hand.
type target struct {
	widget.BaseWidget
	name, level string
	lines       int // that the longest name of all takes
	back        *canvas.Rectangle
	tapped      func()
}

var _ desktop.Hoverable = (*target)(nil)

func newTarget(name, level string, lines int, tapped func()) *target {
	t := &target{name: name, level: level, lines: lines, tapped: tapped, back: canvas.NewRectangle(look.Sheet)}
	t.ExtendBaseWidget(t)
	return t
}

// Tapped rates.
func (t *target) Tapped(*fyne.PointEvent) { t.tapped() }

// MouseIn and MouseOut light the level under the pointer.
func (t *target) MouseIn(*desktop.MouseEvent) { t.light(true) }

// MouseMoved is part of desktop.Hoverable.
func (t *target) MouseMoved(*desktop.MouseEvent) {}

// MouseOut puts the light out.
func (t *target) MouseOut() { t.light(false) }

func (t *target) light(on bool) {
	t.back.FillColor = look.Sheet
	if on {
		t.back.FillColor = look.Line
	}
	t.back.Refresh()
}

// CreateRenderer draws the level's number, its stars and its words.
func (t *target) CreateRenderer() fyne.WidgetRenderer {
	n := int(t.level[0] - '0')
	colour := look.Green
	switch {
	case n <= 2:
		colour = look.Red
	case n == 3:
		colour = look.Amber
	}
	back := t.back
	back.StrokeColor, back.StrokeWidth, back.CornerRadius = colour, 4, 16
	line := func(text string, size float32, c look.Colour) *canvas.Text {
		l := look.Text(text, size, c)
		l.Alignment = fyne.TextAlignCenter
		return l
	}
	words := container.NewVBox(line(t.level, 72, colour), line(strings.Repeat("★", n)+strings.Repeat("☆", 5-n), counterLevel, colour))
	parts := strings.Fields(t.name)
	for i := range max(t.lines, len(parts)) {
		words.Add(line(strings.Join(parts[min(i, len(parts)):min(i+1, len(parts))], ""), counterLevel, look.Ink))
	}
	return widget.NewSimpleRenderer(container.NewStack(back, container.New(layout.NewCustomPaddedLayout(8, 8, 8, 8), container.NewCenter(words))))
}

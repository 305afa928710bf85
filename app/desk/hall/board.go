package hall

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"minglu/app/desk/look"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
)

// Board is the screen for the hall: who is on duty, who sits where, what to know. It shows what Public holds and
// nothing else.
type Board struct {
	Body fyne.CanvasObject

	words
	title  *canvas.Text
	clock  *canvas.Text
	leader *canvas.Text
	seats  *fyne.Container
	said   *fyne.Container
	page   *fyne.Container // the two sides
	width  func() float32
}

// Sizes of text that is read across a hall.
const (
	boardTitle  = 44
	boardLeader = 92
	boardText   = 32
	boardGap    = 48
)

// NewBoard makes the board; width is how wide the screen is.
func (v *View) NewBoard(width func() float32) *Board {
	b := &Board{words: v.words, width: width}
	b.title, b.clock = look.Text(v.actions.Hall, boardTitle, look.White), look.Text("", boardTitle, look.White)
	b.leader = look.Text("", boardLeader, look.Ink)
	b.leader.Alignment = fyne.TextAlignCenter
	head := container.NewStack(canvas.NewRectangle(look.Blue),
		container.New(layout.NewCustomPaddedLayout(16, 16, 32, 32), container.NewBorder(nil, nil, b.title, b.clock)))
	duty := look.Text(b.say("board.leader"), boardText, look.Faint)
	duty.Alignment = fyne.TextAlignCenter
	b.seats, b.said = container.NewVBox(), container.NewVBox()
	left := container.NewVBox(look.Card(container.NewVBox(duty, b.leader)), b.seats)
	b.page = container.New(look.Columns{Shares: []float32{1, 1}, Gap: boardGap}, left, b.said)
	b.Body = container.NewBorder(head, nil, nil, nil, container.New(layout.NewCustomPaddedLayout(24, 16, 32, 32), b.page))
	return b
}

// side gives each side its half, or the left one all where nothing is said on the right; it answers how wide that is.
func (b *Board) side(alone bool) float32 {
	whole := b.width() - 2*32
	sides, width := look.Columns{Shares: []float32{1, 1}, Gap: boardGap}, (whole-boardGap)/2
	if alone {
		sides, width = look.Columns{Shares: []float32{1, 0}}, whole
	}
	b.page.Layout = sides
	b.page.Refresh()
	return width - 8
}

// Draw draws what the hall may see.
func (b *Board) Draw(p Public) {
	width := b.side(p.Board == duty.Board{})
	at := p.Now.In(calendar.Legal())
	day := calendar.DayOf(at)
	look.Say(b.clock, string(day)+" "+b.weekday(day)+" "+at.Format("15:04"), look.White)
	leader := p.Leader
	if leader == "" {
		leader = b.say("board.nobody")
	}
	look.Say(b.leader, leader, look.Ink)
	b.seats.Objects = nil
	for _, s := range p.Seats {
		b.seats.Add(look.Paragraph(b.seat(s), width, boardText, look.Ink))
	}
	b.said.Objects = nil
	gap := float32(0)
	for _, part := range []struct{ head, text string }{{"board.guidance", p.Board.Guidance}, {"board.notices", p.Board.Notices}} {
		if strings.TrimSpace(part.text) == "" {
			continue
		}
		b.said.Add(container.New(layout.NewCustomPaddedLayout(gap, 0, 0, 0), look.Text(b.say(part.head), boardText, look.Blue)))
		gap = boardText
		b.said.Add(look.Paragraph(part.text, width, boardText, look.Ink))
	}
	b.seats.Refresh()
	b.said.Refresh()
}

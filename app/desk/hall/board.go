package hall

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"minglu/app/desk/look"
	"minglu/app/office/calendar"
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
	page := container.New(look.Columns{Shares: []float32{1, 1}, Gap: boardGap}, left, b.said)
	b.Body = container.NewBorder(head, nil, nil, nil, container.New(layout.NewCustomPaddedLayout(24, 16, 32, 32), page))
	return b
}

// Draw draws what the hall may see.
func (b *Board) Draw(p Public) {
	width := (b.width()-2*32-boardGap)/2 - 8
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
	for _, part := range []struct{ head, text string }{{"board.guidance", p.Board.Guidance}, {"board.notices", p.Board.Notices}} {
		if strings.TrimSpace(part.text) == "" {
			continue
		}
		b.said.Add(look.Text(b.say(part.head), boardText, look.Blue))
		b.said.Add(look.Paragraph(part.text, width, boardText, look.Ink))
	}
	b.seats.Refresh()
	b.said.Refresh()
}

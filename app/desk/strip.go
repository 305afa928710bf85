package desk

import (
	"fmt"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"minglu/app/desk/look"
	"minglu/app/desk/record"
	"minglu/app/i18n"
)

// strip is the line at the top of every page. While a recording runs it is red, and says so in words.
type strip struct {
	body  fyne.CanvasObject
	lang  i18n.Lang
	title string // of the room

	back  *canvas.Rectangle
	state *canvas.Text
	parts []*canvas.Text // room, officer, disk, chain, clock, queue
}

const stripHeight = 48

func newStrip(lang i18n.Lang, title string, other *look.Button) *strip {
	s := &strip{lang: lang, title: look.Shorten(title, 12), back: canvas.NewRectangle(look.Sheet)}
	s.state = look.Text("", look.Large, look.Ink)
	row := container.NewHBox(s.state)
	for range 6 {
		t := look.Text("", look.Small, look.Ink)
		s.parts = append(s.parts, t)
		row.Add(layout.NewSpacer())
		row.Add(t)
	}
	inside := container.NewBorder(nil, nil, nil, other, container.New(layout.NewCustomPaddedLayout(0, 0, 12, 12), container.NewStack(row)))
	s.body = look.Least(0, stripHeight, container.NewStack(s.back, inside))
	return s
}

func (s *strip) say(key string, pairs ...string) string { return i18n.Say(s.lang, key, pairs...) }

func (s *strip) draw(v Strip) {
	words, back, ink := s.stateOf(v.Live)
	if s.back.FillColor != back {
		s.back.FillColor = back
		s.back.Refresh()
	}
	look.Say(s.state, words, ink)
	for i, part := range []string{s.title, s.officer(v.Live), s.disk(v.Free), s.chain(v.Live), s.clock(v), s.queue(v)} {
		look.Say(s.parts[i], part, ink)
	}
}

func (s *strip) stateOf(l record.Live) (words string, back, ink look.Colour) {
	at := record.Clock(l.Status.AtMS)
	switch {
	case l.Phase == record.Running && l.Status.Paused:
		return s.say("desk.strip.paused", "at", at), look.Amber, look.White
	case l.Phase == record.Running:
		return s.say("desk.strip.recording", "at", at), look.Red, look.White
	case l.Phase == record.Starting:
		return s.say("desk.strip.starting"), look.Red, look.White
	case l.Phase == record.Sealing:
		return s.say("desk.strip.sealing"), look.Red, look.White
	case l.Phase == record.Away:
		return s.say("desk.strip.away"), look.Sheet, look.Amber
	}
	return s.say("desk.strip.idle"), look.Sheet, look.Ink
}

func (s *strip) officer(l record.Live) string {
	if l.Recording() && len(l.Plan.Officers) > 0 {
		return look.Shorten(l.Plan.Officers[0].Name, 10)
	}
	return s.say("desk.strip.nobody")
}

func (s *strip) disk(free int64) string {
	return s.say("desk.strip.disk", "hours", strconv.FormatInt(free/record.PerHour, 10))
}

func (s *strip) chain(l record.Live) string {
	if !l.Recording() || l.Status.Head == "" {
		return s.say("desk.strip.no_chain")
	}
	return s.say("desk.strip.chain", "lines", strconv.FormatInt(l.Status.Line+1, 10), "head", l.Status.Head[:min(6, len(l.Status.Head))])
}

func (s *strip) clock(v Strip) string {
	if !v.Synced {
		return s.say("desk.strip.clock_free")
	}
	return s.say("desk.strip.clock", "off", fmt.Sprint(v.ClockOff.Milliseconds()))
}

func (s *strip) queue(v Strip) string {
	if v.Offline {
		return s.say("desk.strip.queue_offline", "n", strconv.Itoa(v.Waiting))
	}
	return s.say("desk.strip.queue", "n", strconv.Itoa(v.Waiting))
}

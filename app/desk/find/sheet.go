package find

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/look"
	"minglu/app/office/archive"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
)

// sheet is the page of one recording.
type sheet struct {
	*View
	id    string
	body  *fyne.Container
	story bool // the story is drawn
	told  *saying

	first        *look.Button // has the focus at first
	verify, give *look.Button
	verdict      *fyne.Container
	drawn        *evidence.Report // that verdict shows
	line, main   *fyne.Container  // timeline, and all below it
}

func newSheet(v *View, p *Page) *sheet {
	s := &sheet{View: v, id: p.Card.ID, told: newSaying()}
	s.verdict = container.New(look.Column{Gap: 6})
	s.line, s.main = container.NewStack(), container.NewStack()
	head := container.NewVBox(s.buttons(p), s.told.body, s.line)
	s.body = container.NewBorder(head, nil, nil, nil, s.main)
	s.fill(p)
	return s
}

// buttons lead back, and do something with the recording.
func (s *sheet) buttons(p *Page) fyne.CanvasObject {
	back := look.NewButton("← "+s.say("find.back"), s.model.Back)
	s.first = back
	title := look.Text(s.id+"  "+short(s.item(p.Card), 18), look.Large, look.Ink)
	row := container.NewHBox(back, title, layout.NewSpacer())
	if s.model.Actions.Play != nil && !p.Card.Freed() {
		s.first = look.NewButton(s.say("find.play"), func() { s.model.Play(0) }).Strong()
		row.Add(s.first)
	}
	s.verify = look.NewButton(s.say("find.verify"), s.model.Verify)
	s.give = look.NewButton(s.say("find.export"), func() { s.askExport(s.id) })
	if !p.Card.Freed() {
		row.Add(s.verify)
		row.Add(s.give)
	}
	return row
}

// fill draws what stays the same: facts at the left, the transcript at the right.
func (s *sheet) fill(p *Page) {
	s.story = p.Story != nil
	facts := look.Section(s.say("find.facts"), container.NewVScroll(
		container.New(layout.NewCustomPaddedLayout(0, 0, 0, 14), s.facts(p)))) // 14: the bar of the scroll
	if p.Story == nil {
		why := s.say("find.page.reading")
		if p.Card.Freed() {
			why = s.say("find.page.freed")
		} else if p.Fault != nil {
			why = s.say("find.page.unread")
		}
		s.main.Objects = []fyne.CanvasObject{container.New(look.Columns{Shares: []float32{1, 1}, Gap: 10}, facts, look.Words(why))}
		s.main.Refresh()
		return
	}
	var press func(int64)
	if s.model.Actions.Play != nil {
		press = s.model.Play
	}
	keys := [lanes]string{"find.lane.marks", "write.role.Q", "write.role.A", "find.lane.recorded"}
	t := newTimeline(p.Story, func(lane int) string { return s.say(keys[lane]) }, press)
	s.line.Objects = []fyne.CanvasObject{look.Card(container.NewVBox(t, look.Text(s.say("find.legend"), look.Small, look.Faint)))}
	right := newScript(s.View, p.Story.Segments, press).body
	s.main.Objects = []fyne.CanvasObject{container.New(look.Columns{Shares: []float32{1, 1}, Gap: 10}, facts, right)}
	s.line.Refresh()
	s.main.Refresh()
}

// draw draws what changes.
func (s *sheet) draw(p *Page) {
	if s.story != (p.Story != nil) || p.Story == nil && p.Fault != nil {
		s.fill(p)
	}
	s.drawTold(p)
	words := s.say("find.verify")
	if p.Checking {
		words = s.say("find.verifying", "percent", strconv.FormatInt(100*p.Checked/max(p.Media, 1), 10))
	}
	if s.verify.Text != words {
		s.verify.SetText(words)
	}
	look.Enable(s.verify, p.Story != nil) // while it verifies too: Fyne leads from a disabled button out of the page
	if p.Report != s.drawn || len(s.verdict.Objects) == 0 {
		s.drawn = p.Report
		s.verdict.Objects = s.answer(p.Report)
		s.verdict.Refresh()
		s.main.Refresh()
	}
}

// drawTold says what went wrong, or where an export went.
func (s *sheet) drawTold(p *Page) {
	switch {
	case p.Fault != nil:
		s.told.fault(p.Fault, s.lang)
	case p.Giving:
		s.told.say(widget.MediumImportance, s.say("find.giving"), "")
	case p.Given != nil:
		sign, words, _ := s.speaker.verdict(p.Given.Report)
		kind := widget.SuccessImportance
		if !p.Given.Report.Verdict.Accepted() {
			kind = widget.DangerImportance
		}
		s.told.say(kind, sign+" "+s.say("find.given", "mb", megabytes(p.Given.Bytes), "verdict", words), p.Given.Path)
	default:
		s.told.say(widget.MediumImportance, "", "")
	}
	shown := s.told.what.Text != ""
	if shown != s.told.body.Visible() {
		if shown {
			s.told.body.Show()
		} else {
			s.told.body.Hide()
		}
		s.body.Refresh()
	}
}

// answer is a verdict with its three answers.
func (s *sheet) answer(r *evidence.Report) []fyne.CanvasObject {
	if r == nil {
		return []fyne.CanvasObject{look.Tight(look.Words(s.say("find.verdict.none")))}
	}
	sign, words, colour := s.speaker.verdict(r)
	all := []fyne.CanvasObject{look.Text(sign+" "+words, look.Large, colour)}
	labels := []string{"find.answer.bytes", "find.answer.signer", "find.answer.time"}
	for i, text := range s.answers(r) {
		all = append(all, s.fact(s.say(labels[i]), text, nil))
	}
	for _, place := range s.wrong(r) {
		all = append(all, look.Tight(look.Words("× "+place)))
	}
	return all
}

// fact is a line of the facts: its name, its words, and a button that leads on.
func (s *sheet) fact(name, words string, more fyne.CanvasObject) fyne.CanvasObject {
	if more != nil {
		more = container.NewVBox(more)
	}
	label := container.NewVBox(look.Least(88, 28, look.Text(name, look.Normal, look.Faint)))
	return container.NewBorder(nil, nil, label, more, look.Tight(look.Words(words)))
}

func (s *sheet) facts(p *Page) fyne.CanvasObject {
	c := p.Card
	column := container.New(look.Column{Gap: 6}, s.verdict)
	add := func(key, words string, more fyne.CanvasObject) {
		if words != "" {
			column.Add(s.fact(s.say(key), words, more))
		}
	}
	mark, _ := sign(c)
	add("find.fact.state", mark+" "+s.state(c), nil)
	add("find.fact.receipt", s.receipt(c), nil)
	add("find.fact.taxpayer", joined(c.Taxpayer.Name, c.Taxpayer.USCC), s.tieButton("find.tie.all_household", c.Household(), c.Taxpayer.Name))
	for _, one := range c.Persons {
		add("find.fact.person", joined(one.Name, one.Certificate), s.tieButton("find.tie.all_person", archive.PersonTie(one), one.Name))
	}
	for _, one := range c.Officers {
		add("find.fact.officer", joined(one.Name, one.Certificate), s.tieButton("find.tie.all_officer", archive.OfficerTie(one), one.Name))
	}
	add("find.fact.clerk", c.Clerk, nil)
	add("find.fact.item", s.item(c), nil)
	add("find.fact.case", c.Case, nil)
	place := c.Place
	if place != c.Room {
		place = joined(c.Room, place)
	}
	add("find.fact.place", place, nil)
	add("find.fact.start", s.when(c), nil)
	add("find.fact.length", length(c), nil)
	add("find.fact.size", s.size(c), nil)
	add("find.fact.retention", s.retention(c.Retention), nil)
	if p.Story != nil {
		s.events(column, p.Story)
		s.papers(column, p.Story)
	}
	return column
}

func joined(a, b string) string {
	if a != "" && b != "" {
		return a + "  " + b
	}
	return a + b
}

func (s *sheet) size(c archive.Card) string {
	if c.Bytes == 0 {
		return ""
	}
	return s.say("desk.queue.size", "mb", megabytes(c.Bytes))
}

func (s *sheet) receipt(c archive.Card) string {
	if c.ReceivedMS == 0 {
		return s.say("find.receipt.none")
	}
	return s.say("find.receipt.at", "at", time.UnixMilli(c.ReceivedMS).Local().Format("2006-01-02 15:04:05"))
}

func (s *sheet) retention(code string) string {
	for _, r := range s.words.Retention {
		if r.Code == code {
			return catalog.Text{ZH: r.ZH, EN: r.EN}.In(string(s.lang))
		}
	}
	return code
}

// tieButton leads to all recordings of one household, person or officer.
func (s *sheet) tieButton(key string, t archive.Tie, name string) fyne.CanvasObject {
	if t.Key == "" {
		return nil
	}
	return look.NewButton(s.say(key), func() { s.model.Tie(t, name) })
}

// events are markers, breaks and gaps; one that is pressed plays from there.
func (s *sheet) events(column *fyne.Container, story *archive.Story) {
	heading := func(key string, n int) {
		if n > 0 {
			column.Add(look.Least(0, 40, look.Text(s.say(key, "n", strconv.Itoa(n)), look.Large, look.Ink)))
		}
	}
	heading("find.marks", len(story.Marks))
	for _, m := range story.Marks {
		column.Add(s.moment(m.AtMS, joined(catalog.Name(s.words.Markers, m.Mark, string(s.lang)), m.Text)))
	}
	heading("find.breaks", len(story.Breaks))
	for _, b := range story.Breaks {
		words := catalog.Name(s.words.Interruptions, b.Reason, string(s.lang)) + "  " + Clock(b.FromMS) + "–" + Clock(b.ToMS)
		column.Add(s.moment(b.FromMS, joined(words, b.Text)))
	}
	gaps := lost(story.Record.Gaps)
	heading("find.gaps", len(gaps))
	for _, g := range gaps {
		words := catalog.Name(s.words.GapCauses, g.Cause, string(s.lang))
		column.Add(s.moment(g.FromMS, s.say("find.gap."+g.Medium, "cause", words, "ms", strconv.FormatInt(g.ToMS-g.FromMS, 10))))
	}
}

// lost are the gaps that are no break; a page shows so many.
func lost(gaps []evidence.GapBody) (all []evidence.GapBody) {
	const most = 50
	for _, g := range gaps {
		if g.Cause != evidence.CauseBreak && len(all) < most {
			all = append(all, g)
		}
	}
	return all
}

// moment is a line with a time; a button where it can be played.
func (s *sheet) moment(at int64, words string) fyne.CanvasObject {
	if s.model.Actions.Play == nil {
		return s.fact(Clock(at), words, nil)
	}
	b := look.NewButton("▶ "+Clock(at), func() { s.model.Play(at) })
	return container.NewBorder(nil, nil, container.NewVBox(look.Least(88, look.Target, b)), nil, look.Words(words))
}

// papers are those of the package, with what can be done with them.
func (s *sheet) papers(column *fyne.Container, story *archive.Story) {
	if len(story.Papers) == 0 {
		return
	}
	column.Add(look.Least(0, 40, look.Text(s.say("find.papers"), look.Large, look.Ink)))
	titles := map[string]string{evidence.FilePDF: "find.paper.transcript", evidence.FileReceipt: "find.paper.receipt"}
	for _, file := range story.Papers {
		buttons := container.NewHBox()
		if s.model.Actions.Show != nil && file == evidence.FilePDF {
			buttons.Add(look.NewButton(s.say("find.paper.show"), func() { s.model.Show(file) }))
		}
		column.Add(container.NewBorder(nil, nil, nil, buttons, look.Words(s.say(titles[file]))))
	}
}

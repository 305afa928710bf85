package find

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/look"
	"minglu/app/desk/rare"
	"minglu/capture/transcript"
)

// script is the transcript of the opened recording, with its search.
type script struct {
	body  fyne.CanvasObject
	v     *View
	all   []transcript.Segment
	shown []int // of all, that hold what is searched for
	count *canvas.Text
	list  *paragraphs
	press func(atMS int64) // nil where nothing can be played
}

func newScript(v *View, all []transcript.Segment, press func(atMS int64)) *script {
	s := &script{v: v, all: all, press: press, count: look.Text("", look.Small, look.Faint)}
	s.list = newParagraphs(s)
	search := look.NewField(v.in, v.say("find.script.search"), s.seek)
	head := container.NewBorder(nil, nil, nil, s.count, search)
	s.body = look.Section(v.say("find.script"), container.NewBorder(head, nil, nil, nil, s.list))
	s.seek("")
	return s
}

// seek shows the segments that hold what is typed.
func (s *script) seek(typed string) {
	typed = strings.ToLower(strings.TrimSpace(typed))
	s.shown = nil
	for i, seg := range s.all {
		if typed == "" || strings.Contains(strings.ToLower(seg.Text), typed) {
			s.shown = append(s.shown, i)
		}
	}
	key := "find.script.all"
	if typed != "" {
		key = "find.script.found"
	}
	look.Say(s.count, s.v.say(key, "n", strconv.Itoa(len(s.shown))), look.Faint)
	if s.list.width > 0 { // before it is shown it has nothing to scroll
		s.list.measure()
		s.list.ScrollToTop()
	}
}

// paragraphs is a list whose lines are as high as their texts: only what is seen is made.
type paragraphs struct {
	widget.List
	s     *script
	width float32
}

// badgeWidth is the room for who speaks and when.
const badgeWidth = 80

func newParagraphs(s *script) *paragraphs {
	l := &paragraphs{s: s}
	l.Length = func() int { return len(s.shown) }
	l.CreateItem = func() fyne.CanvasObject { return newParagraph() }
	l.UpdateItem = func(i widget.ListItemID, o fyne.CanvasObject) { o.(*paragraph).show(s.v, s.all[s.shown[i]]) }
	l.OnSelected = func(i widget.ListItemID) {
		l.Unselect(i)
		if s.press != nil {
			s.press(s.all[s.shown[i]].FromMS)
		}
	}
	l.ExtendBaseWidget(l)
	return l
}

// Resize gives the lines the heights that suit the width.
func (l *paragraphs) Resize(size fyne.Size) {
	if l.width != size.Width {
		l.width = size.Width
		l.measure()
	}
	l.List.Resize(size)
}

// measure reckons each line's height from the length of its text. A row of Chinese may leave up to one character
// empty at its end, other words up to a word: the reckoning allows for both.
func (l *paragraphs) measure() {
	size := l.Theme().Size(theme.SizeNameText)
	one := fyne.MeasureText("国", size, fyne.TextStyle{})
	wide := l.width - badgeWidth - 2*l.Theme().Size(theme.SizeNameInnerPadding) - one.Width
	if wide < one.Width {
		return
	}
	for i, at := range l.s.shown {
		lines := float32(0)
		for part := range strings.Lines(l.s.all[at].Text + "\n") {
			w := fyne.MeasureText(strings.TrimSuffix(part, "\n"), size, fyne.TextStyle{}).Width
			lines += float32(1 + int(w/wide))
		}
		l.SetItemHeight(i, max(look.Target, lines*one.Height+2*l.Theme().Size(theme.SizeNameInnerPadding)))
	}
	l.Refresh()
}

// TypedKey plays a line with Return; the window's keys go on to the window.
func (l *paragraphs) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
		e = &fyne.KeyEvent{Name: fyne.KeySpace}
	}
	l.List.TypedKey(e)
	look.Pass(l, e)
}

// paragraph is one question, answer or note.
type paragraph struct {
	widget.BaseWidget
	role, at *canvas.Text
	words    *widget.Label
}

func newParagraph() *paragraph {
	p := &paragraph{role: look.Text("", look.Normal, look.Blue), at: look.Text("", look.Small, look.Faint), words: widget.NewLabel("")}
	p.ExtendBaseWidget(p)
	return p
}

func (p *paragraph) show(v *View, s transcript.Segment) {
	ink := map[string]look.Colour{transcript.Question: look.Blue, transcript.Answer: look.Green, transcript.Note: look.Faint}[s.Role]
	look.Say(p.role, v.say("write.role."+s.Role), ink)
	look.Say(p.at, Clock(s.FromMS), look.Faint)
	if p.words.Text != s.Text {
		rare.See(s.Text)
		p.words.Wrapping = look.Words(s.Text).Wrapping
		p.words.SetText(s.Text)
	}
}

// CreateRenderer belongs to fyne.Widget.
func (p *paragraph) CreateRenderer() fyne.WidgetRenderer {
	const role = 26
	badge := look.Least(badgeWidth, look.Target, container.NewBorder(nil, nil, look.Least(role, 0, p.role), nil, p.at))
	return widget.NewSimpleRenderer(container.NewBorder(nil, nil, container.NewVBox(badge), nil, p.words))
}

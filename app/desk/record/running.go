package record

import (
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/capture/catalog"
)

// running is the screen while a recording runs.
type running struct {
	body  fyne.CanvasObject
	model *Model
	lang  i18n.Lang
	win   fyne.Window
	in    *control.Input

	picture  *canvas.Image
	dark     *canvas.Rectangle // and blind, instead of a picture
	blind    *canvas.Text
	meter    *look.Meter
	level    *canvas.Text
	facts    *widget.Label // the recording and its item
	about    *widget.Label // the taxpayer and the case
	marks    *widget.Label // the newest
	warnings *fyne.Container
	warned   []string
	note     *control.Field
	prompts  *fyne.Container
	steps    []*step
	item     string // whose prompts are shown
	pause    *look.Button
	end      *look.Button
	asker    look.Asker
	swap     *look.Button // to the other camera; hidden while there is one
}

// step is one prompt: a button that becomes a marker.
type step struct {
	kind   string
	button *look.Button
}

func newRunning(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input, beside fyne.CanvasObject) *running {
	r := &running{model: m, lang: lang, win: w, in: in}
	right := container.NewBorder(r.promptRow(), nil, nil, nil, beside)
	r.body = container.New(look.Columns{Shares: []float32{9, 11}, Gap: 10}, r.left(), look.Card(right))
	return r
}

func (r *running) say(key string, pairs ...string) string { return i18n.Say(r.lang, key, pairs...) }

// left is what is seen and heard, and the acts under it.
func (r *running) left() fyne.CanvasObject {
	r.picture = &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleFastest}
	r.blind = look.Text("", look.Large, look.White)
	r.blind.Alignment = fyne.TextAlignCenter
	r.dark = canvas.NewRectangle(look.Ink)
	r.swap = look.NewButton("", r.model.Swap)
	r.swap.Hide()
	over := container.NewBorder(nil, container.NewBorder(nil, nil, nil, r.swap), nil, nil)
	picture := container.New(look.Aspect{Least: 320}, container.NewStack(r.dark, container.NewCenter(r.blind), r.picture, over))
	r.meter, r.level = look.NewMeter(), look.Text("", look.Small, look.Ink)
	r.facts, r.about, r.marks = look.OneLine(""), look.OneLine(""), look.OneLine("")
	r.warnings = container.NewVBox()
	sound := container.NewBorder(nil, nil, look.Text(r.say("desk.run.sound"), look.Small, look.Ink), look.Least(96, 22, r.level), r.meter)
	told := container.NewBorder(container.NewVBox(sound, look.Tight(r.facts), look.Tight(r.about), look.Tight(r.marks)), nil, nil, nil, container.NewVScroll(r.warnings))
	return container.New(look.Tower{}, picture, told, look.Card(r.acts()))
}

// acts are the marker with its text, the break and the end.
func (r *running) acts() fyne.CanvasObject {
	r.note = look.NewField(r.in, r.say("desk.run.note_hint"), nil)
	r.note.OnSubmitted = func(string) { r.mark() }
	mark := look.NewButton(r.say("desk.run.mark"), r.mark)
	r.pause = look.NewButton("", r.turn)
	r.end = look.NewButton(r.say("desk.run.stop"), r.stop)
	r.end.Importance = widget.DangerImportance
	return container.NewVBox(
		container.NewBorder(nil, nil, nil, mark, r.note),
		container.New(look.Columns{Shares: []float32{1, 1}, Gap: 8}, look.Least(120, 60, r.pause), look.Least(120, 60, r.end)),
	)
}

func (r *running) promptRow() fyne.CanvasObject {
	r.prompts = container.NewGridWrap(fyne.NewSize(r.promptWidth(), look.Target))
	head := look.Text(r.say("desk.run.prompts"), look.Small, look.Faint)
	return container.NewVBox(head, r.prompts)
}

// promptWidth takes the longest name of a marker.
func (r *running) promptWidth() float32 {
	if r.lang == i18n.EN {
		return 186
	}
	return 132
}

// marksShown is how many of the newest marks are named.
const marksShown = 3

func (r *running) draw(l Live) {
	if l.Picture != nil {
		if r.picture.Image != l.Picture {
			r.picture.Image = l.Picture
			r.picture.Refresh()
		}
	}
	seen(r.picture, l.Picture != nil)
	seen(r.dark, l.Picture == nil)
	look.Say(r.blind, r.instead(l), look.White)
	r.drawSound(l)
	r.drawFacts(l)
	r.drawWarnings(l)
	r.drawPrompts(l)
	r.drawActs(l)
	r.drawSwap(l)
}

// drawSwap offers the other camera, if there is one.
func (r *running) drawSwap(l Live) {
	seen(r.swap, len(l.Tracks) > 1)
	words := r.say("desk.run.swap", "at", strconv.Itoa(slices.Index(l.Tracks, l.Track)+1), "all", strconv.Itoa(len(l.Tracks)))
	if len(l.Tracks) > 1 && r.swap.Text != words {
		r.swap.SetText(words)
	}
}

// seen shows or hides, and leaves what is as it should be: both draw the window again.
func seen(o fyne.CanvasObject, visible bool) {
	switch {
	case visible && !o.Visible():
		o.Show()
	case !visible && o.Visible():
		o.Hide()
	}
}

// instead says what is the matter while there is no picture.
func (r *running) instead(l Live) string {
	switch {
	case l.Phase == Starting:
		return r.say("desk.run.starting")
	case l.Phase == Sealing:
		return r.say("desk.run.sealing")
	case l.Picture == nil:
		return r.say("desk.run.no_picture")
	}
	return ""
}

func (r *running) drawSound(l Live) {
	level, peak := l.Status.LevelDB, l.Status.PeakDB
	if l.Status.ID == "" {
		level, peak = -96, -96
	}
	r.meter.Set(level, peak)
	words, colour := r.say("desk.run.level", "db", decibels(peak)), look.Ink
	if peak > -1 {
		words, colour = r.say("desk.run.clipped"), look.Red
	}
	look.Say(r.level, words, colour)
}

func (r *running) drawFacts(l Live) {
	said := func(parts ...string) string {
		return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
	}
	look.Set(r.facts, said(l.ID, r.model.Item(l.Plan.Item).In(string(r.lang))))
	look.Set(r.about, said(l.Plan.Taxpayer.Name, l.Plan.Case))
	var newest []string
	for i := len(l.Marks) - 1; i >= 0 && len(newest) < marksShown; i-- {
		newest = append(newest, catalog.Name(r.model.Words().Markers, l.Marks[i].Kind, string(r.lang))+" "+Clock(l.Marks[i].AtMS))
	}
	words := ""
	if len(newest) > 0 {
		words = r.say("desk.run.marks", "n", strconv.Itoa(len(l.Marks)), "newest", strings.Join(newest, " · "))
	}
	look.Set(r.marks, words)
}

// drawWarnings lists what is wrong, each with what to do.
func (r *running) drawWarnings(l Live) {
	all := warnings(l, r.say)
	if slices.Equal(all, r.warned) {
		return
	}
	r.warned = all
	r.warnings.RemoveAll()
	for _, w := range all {
		line := look.NewNote("")
		line.Say("⚠ "+w, true)
		r.warnings.Add(line.Body)
	}
	r.warnings.Refresh()
}

func (r *running) drawPrompts(l Live) {
	if r.item != l.Plan.Item {
		r.item = l.Plan.Item
		r.steps = nil
		r.prompts.RemoveAll()
		for _, kind := range prompts(r.model.Item(l.Plan.Item)) {
			s := &step{kind: kind}
			s.button = look.NewButton("", func() { r.model.Mark(kind, "") })
			r.steps = append(r.steps, s)
			r.prompts.Add(s.button)
		}
	}
	next := l.next(prompts(r.model.Item(l.Plan.Item)))
	for _, s := range r.steps {
		s.draw(r, l, s.kind == next)
	}
}

// draw shows a prompt as done, next, or to come.
func (s *step) draw(r *running, l Live, next bool) {
	words := catalog.Name(r.model.Words().Markers, s.kind, string(r.lang))
	importance := widget.MediumImportance
	if _, done := l.Marked(s.kind); done {
		words, importance = "✓ "+words, widget.LowImportance
	} else if next {
		words, importance = words+" F9", widget.HighImportance
	}
	if s.button.Text != words || s.button.Importance != importance {
		s.button.Importance = importance
		s.button.SetText(words)
	}
}

func (r *running) drawActs(l Live) {
	words := r.say("desk.run.break")
	if l.Status.Paused {
		words = r.say("desk.run.resume")
	}
	if r.pause.Text != words {
		r.pause.Importance = widget.MediumImportance
		if l.Status.Paused {
			r.pause.Importance = widget.HighImportance
		}
		r.pause.SetText(words)
	}
	look.Enable(r.pause, l.Phase == Running)
	look.Enable(r.end, l.Phase == Running)
}

// mark sets a key moment with the words of the field, if any.
func (r *running) mark() {
	r.model.Mark("key", r.note.Text())
	look.Fill(r.note, "")
}

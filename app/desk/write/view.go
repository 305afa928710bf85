package write

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/i18n"
)

// Actions are what the view asks of the window; all but Go may be nil, and then have no button.
type Actions struct {
	Go    func(job func())               // runs it beside the window, which waits for its end
	Play  func(fromMS, toMS int64) error // plays that sound in the room from now on; nothing between them: be quiet
	Print func(paper []byte) error       // shows the paper, to be printed
}

// View draws the transcript and takes the keys.
type View struct {
	Body fyne.CanvasObject

	model   *Model
	lang    i18n.Lang
	win     fyne.Window
	in      *control.Input
	actions Actions

	sheet  Sheet
	rows   map[int64]*rowView
	list   *fyne.Container
	scroll *container.Scroll
	at     int64 // row of the caret

	search *control.Field
	hits   []Hit
	hit    int
	found  *canvas.Text
	count  *canvas.Text
	saved  *canvas.Text
	notice *canvas.Text
	first  fyne.CanvasObject
	frame  *fyne.Container
	steps  *steps
}

// New builds the view in a language.
func New(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input, actions Actions) *View {
	v := &View{model: m, lang: lang, win: w, in: in, actions: actions, rows: map[int64]*rowView{}}
	v.found, v.count = look.Text("", look.Small, look.Faint), look.Text("", look.Small, look.Faint)
	v.saved, v.notice = look.Text("", look.Small, look.Faint), look.Text("", look.Small, look.Amber)
	v.search = control.NewField(in)
	v.search.PlaceHolder = v.say("write.search")
	v.search.OnChanged = func(string) { v.find(0) }
	v.search.OnKey = v.searchKey
	phrases := look.NewButton(v.say("write.phrases"), func() { v.choose() })
	v.list = container.New(look.Column{Gap: 2})
	v.scroll = container.NewVScroll(v.list)
	begin := look.NewButton(v.say("write.first"), func() { v.Focus(v.model.Add(0, "", "")) })
	v.first = container.NewCenter(look.Least(220, look.Target, begin.Strong()))
	v.steps = newSteps(v)
	top := container.New(look.Columns{Shares: []float32{3, 1, 3}, Gap: 8}, v.search, container.NewCenter(v.found), phrases)
	v.count.Alignment = fyne.TextAlignTrailing
	state := container.New(look.Columns{Shares: []float32{2, 1}}, v.saved, v.count)
	if actions.Play != nil {
		state = container.NewBorder(nil, nil, nil, v.listening(), state)
	}
	keys := look.Words(v.say("write.keys"))
	keys.Wrapping = fyne.TextWrapWord
	bottom := container.New(look.Column{}, v.notice, state, v.steps.body, keys)
	v.notice.Hide()
	v.frame = container.NewBorder(top, bottom, nil, nil, container.NewStack(v.scroll, v.first))
	v.Body = look.Card(v.frame)
	v.Draw(m.Feed.Newest())
	return v
}

func (v *View) say(key string, pairs ...string) string { return i18n.Say(v.lang, key, pairs...) }

// Draw draws a newer sheet. What a person is typing stays as it is.
func (v *View) Draw(s Sheet) {
	old := v.sheet
	v.sheet = s
	if old.Turn != s.Turn || old.ID != s.ID || len(v.list.Objects) != len(s.Rows) {
		v.arrange()
	}
	for _, r := range s.Rows {
		v.rows[r.Key].draw(r)
	}
	v.first.Hide()
	if len(s.Rows) == 0 && s.ID != "" && !s.Signed() {
		v.first.Show()
	}
	v.status()
	v.steps.draw(s)
}

// arrange makes the list show the rows of the sheet, those that were there with their fields as they are.
func (v *View) arrange() {
	rows := make(map[int64]*rowView, len(v.sheet.Rows))
	objects := make([]fyne.CanvasObject, 0, len(v.sheet.Rows))
	for _, r := range v.sheet.Rows {
		row := v.rows[r.Key]
		if row == nil {
			row = newRow(v, r)
		}
		rows[r.Key] = row
		objects = append(objects, row.body)
	}
	v.rows = rows
	v.list.Objects = objects
	v.list.Refresh()
	v.scroll.Refresh()
}

func (v *View) status() {
	s := v.sheet
	words := strconv.Itoa(s.Words)
	text := v.say("write.count.words", "words", words)
	if s.Pages > 0 {
		text = v.say("write.count", "words", words, "pages", strconv.Itoa(s.Pages))
	}
	look.Say(v.count, text, look.Faint)
	switch {
	case s.Fault != nil:
		look.Say(v.saved, v.say("write.unsaved", "why", i18n.Explain(s.Fault, v.lang).What), look.Red)
	case s.Saved:
		look.Say(v.saved, v.say("write.saved"), look.Green)
	default:
		look.Say(v.saved, v.say("write.saving"), look.Faint)
	}
}

// tell shows a sentence above the state until the next one; "" takes it away.
func (v *View) tell(text string) {
	look.Say(v.notice, text, look.Amber)
	if hidden := text == ""; hidden != v.notice.Hidden {
		v.notice.Hidden = hidden
		v.frame.Refresh()
	}
}

// now draws what the model has this moment, for keys whose effect must be there before the next key.
func (v *View) now() { v.Draw(v.model.Feed.Newest()) }

// Focus puts the caret at the end of a row.
func (v *View) Focus(key int64) {
	v.now()
	row := v.rows[key]
	if row == nil {
		return
	}
	row.field.Edit().Move(row.field.Edit().Len(), false)
	v.win.Canvas().Focus(row.field)
}

// Enter puts the caret into the transcript: where it was, else into its last row, else into a first one.
func (v *View) Enter() {
	v.now()
	key := v.at
	if n := len(v.sheet.Rows); v.rows[key] == nil && n > 0 {
		key = v.sheet.Rows[n-1].Key
	}
	if v.rows[key] == nil {
		key = v.model.Add(0, "", "")
	}
	v.Focus(key)
}

// Writing reports whether the keys go into the transcript.
func (v *View) Writing() bool {
	focused := v.win.Canvas().Focused()
	for _, row := range v.rows {
		if focused == fyne.Focusable(row.field) {
			return true
		}
	}
	return false
}

// reveal scrolls until a row is seen.
func (v *View) reveal(row *rowView) {
	top, height := row.body.Position().Y, row.body.Size().Height
	offset, room := v.scroll.Offset.Y, v.scroll.Size().Height
	switch {
	case top < offset:
		offset = top
	case top+height > offset+room:
		offset = top + height - room
	default:
		return
	}
	v.scroll.ScrollToOffset(fyne.NewPos(0, offset))
}

// beside gives the row before or behind another, or nil.
func (v *View) beside(key int64, by int) *rowView {
	for i, r := range v.sheet.Rows {
		if at := i + by; r.Key == key && at >= 0 && at < len(v.sheet.Rows) {
			return v.rows[v.sheet.Rows[at].Key]
		}
	}
	return nil
}

// find looks for what the search field says and shows the hit by steps from the present one.
func (v *View) find(by int) {
	v.hits = v.sheet.Find(v.search.Text())
	if len(v.hits) == 0 {
		text := ""
		if v.search.Text() != "" {
			text = v.say("write.hits.none")
		}
		look.Say(v.found, text, look.Faint)
		return
	}
	v.hit = ((v.hit+by)%len(v.hits) + len(v.hits)) % len(v.hits)
	look.Say(v.found, v.say("write.hits", "at", strconv.Itoa(v.hit+1), "all", strconv.Itoa(len(v.hits))), look.Ink)
	h := v.hits[v.hit]
	row := v.rows[h.Key]
	v.reveal(row)
	row.field.Select(h.From, h.To)
}

func (v *View) searchKey(s control.Stroke) bool {
	switch s.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyDown:
		v.find(1)
	case fyne.KeyUp:
		v.find(-1)
	case fyne.KeyEscape:
		v.leaveSearch()
	default:
		return false
	}
	return true
}

// leaveSearch goes to the row that was found, or back to where the caret was.
func (v *View) leaveSearch() {
	key := v.at
	if len(v.hits) > 0 {
		key = v.hits[v.hit].Key
	}
	if row := v.rows[key]; row != nil {
		v.win.Canvas().Focus(row.field)
	}
}

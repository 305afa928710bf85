package queue

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/desk/rare"
	"minglu/app/i18n"
)

// freeing is the sheet on which a person frees space: what may go, what is held and why.
type freeing struct {
	model *Model
	lang  i18n.Lang
	win   fyne.Window
	in    *control.Input

	sheet   *widget.PopUp // nil while it is shut
	told    *look.Note
	lines   *fyne.Container
	boxes   map[string]*widget.Check
	by, why *control.Field
	order   *look.Button
	shown   *Free
}

func newFreeing(m *Model, lang i18n.Lang, w fyne.Window, in *control.Input) *freeing {
	return &freeing{model: m, lang: lang, win: w, in: in}
}

func (f *freeing) say(key string, pairs ...string) string { return i18n.Say(f.lang, key, pairs...) }

// open shows the sheet; what is on it comes with the next snapshot.
func (f *freeing) open() {
	f.shown, f.boxes, f.lines = nil, map[string]*widget.Check{}, container.NewVBox()
	f.told = look.NewNote(f.say("desk.free.how"))
	f.by = look.NewField(f.in, f.say("desk.free.by"), func(string) { f.ready() })
	f.why = look.NewField(f.in, f.say("desk.free.why"), func(string) { f.ready() })
	f.order = look.NewButton(f.say("desk.free.order"), f.release)
	f.order.Importance = widget.DangerImportance
	shut := look.NewButton(f.say("desk.close"), f.shut)
	foot := container.NewVBox(
		container.New(look.Columns{Shares: []float32{1, 2}, Gap: 8}, f.by, f.why),
		container.NewBorder(nil, nil, look.Least(130, look.Target, shut), look.Least(200, look.Target, f.order)))
	head := container.NewVBox(look.Text(f.say("desk.queue.free"), look.Large, look.Ink), f.told.Body)
	size := f.win.Canvas().Size()
	f.sheet = widget.NewModalPopUp(look.Card(container.NewBorder(head, foot, nil, nil, container.NewVScroll(f.lines))), f.win.Canvas())
	f.sheet.Resize(fyne.NewSize(min(820, size.Width-40), min(620, size.Height-40)))
	f.sheet.Show()
	f.ready()
	f.model.ListFree()
}

func (f *freeing) shut() {
	f.sheet.Hide()
	f.sheet = nil
}

// chosen are the recordings whose space is to be freed, oldest first.
func (f *freeing) chosen() (ids []string) {
	if f.shown == nil {
		return nil
	}
	for _, k := range f.shown.May {
		if box := f.boxes[k.ID]; box != nil && box.Checked {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

func (f *freeing) ready() {
	named := strings.TrimSpace(f.by.Text()) != "" && strings.TrimSpace(f.why.Text()) != ""
	look.Enable(f.order, named && len(f.chosen()) > 0)
}

func (f *freeing) release() { f.model.Release(f.chosen(), f.by.Text(), f.why.Text()) }

// draw shows what may go and what is held, when it is known anew.
func (f *freeing) draw(free *Free) {
	if f.sheet == nil || free == nil || free == f.shown {
		return
	}
	f.shown = free
	f.told.Say(f.result(free))
	f.lines.RemoveAll()
	f.boxes = map[string]*widget.Check{}
	f.head("desk.free.may", len(free.May))
	for _, k := range free.May {
		title := k.title(f.lang) + "  " + f.say("desk.queue.size", "mb", megabytes(k.Bytes))
		rare.See(title)
		box := widget.NewCheck(title, func(bool) { f.ready() })
		f.boxes[k.ID] = box
		f.lines.Add(box)
	}
	f.head("desk.free.held", len(free.Held))
	for _, k := range free.Held {
		f.lines.Add(look.Wrap(k.title(f.lang) + "\n" + f.holds(k)))
	}
	f.lines.Refresh()
	f.ready()
}

func (f *freeing) head(key string, n int) {
	f.lines.Add(look.Text(f.say(key, "n", strconv.Itoa(n)), look.Normal, look.Blue))
}

// result says what the last order did, or how it is done.
func (f *freeing) result(free *Free) (text string, bad bool) {
	text = f.say("desk.free.how")
	if free.Count > 0 {
		text = f.say("desk.free.done", "n", strconv.Itoa(free.Count), "mb", megabytes(free.Freed))
	}
	if free.Err != nil {
		e := i18n.Explain(free.Err, f.lang)
		text += " " + e.Sentences()
	}
	return text, free.Err != nil
}

// holds says why a recording may not go.
func (f *freeing) holds(k Kept) string {
	var words []string
	for _, h := range k.Holds {
		until := k.Until.Local().Format("2006-01-02")
		key := "desk.free.hold." + string(h)
		if h == "retention" && k.Until.Year() == 9999 {
			key += ".ever"
		}
		words = append(words, f.say(key, "until", until))
	}
	return strings.Join(words, f.say("desk.comma"))
}

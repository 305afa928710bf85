package queue

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"minglu/app/desk/control"
	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/settings"
	"minglu/capture/strict"
)

// Bounds are what a person lets the courier take of the line, as typed.
type Bounds struct {
	Limit    string // kilobytes a second, "" for none
	From, To string // hours of the day, both "" for any
}

func boundsOf(r settings.Room) Bounds {
	b := Bounds{From: r.UploadFrom, To: r.UploadTo}
	if r.UploadMax > 0 {
		b.Limit = strconv.FormatInt(max(r.UploadMax/1000, 1), 10)
	}
	return b
}

// BoundsFault says which of the bounds cannot be kept.
type BoundsFault struct {
	Limit, From, To bool
	Err             error // of the file; nil while only a text is wrong
}

// none reports whether all can be kept.
func (f BoundsFault) none() bool { return f == BoundsFault{} }

const mostKilobytes = 10_000_000

// check reads what was typed.
func (b Bounds) check(r *settings.Room) (f BoundsFault) {
	n := int64(0)
	if text := strings.TrimSpace(b.Limit); text != "" {
		var err error
		n, err = strconv.ParseInt(text, 10, 64)
		f.Limit = err != nil || n < 0 || n > mostKilobytes
	}
	r.UploadMax, r.UploadFrom, r.UploadTo = n*1000, strings.TrimSpace(b.From), strings.TrimSpace(b.To)
	return f
}

// SetBounds keeps new bounds in the settings; they hold at once, and after a restart. What is wrong is not kept.
func (m *Model) SetBounds(b Bounds) {
	m.do(func(context.Context) {
		fault := b.check(new(settings.Room))
		if fault.none() {
			err := m.kept.Change(func(r *settings.Room) { b.check(r) })
			var faults strict.Faults
			if errors.As(err, &faults) {
				err = nil
			}
			for _, f := range faults {
				fault.Limit = fault.Limit || f.Field == "upload_max"
				fault.From = fault.From || f.Field == "upload_from"
				fault.To = fault.To || f.Field == "upload_to"
			}
			fault.Err = err
		}
		m.mu.Lock()
		m.bounds = fault
		m.mu.Unlock()
		m.nudge()
	})
}

// BoundsView draws the bounds and takes new ones.
type BoundsView struct {
	Body fyne.CanvasObject

	lang            i18n.Lang
	limit, from, to *control.Field
	fault           *look.Note
	shown           Bounds
}

// NewBounds builds the fields in a language.
func NewBounds(m *Model, lang i18n.Lang, in *control.Input) *BoundsView {
	say := func(key string) string { return i18n.Say(lang, key) }
	v := &BoundsView{lang: lang, fault: look.NewNote("")}
	set := func() { m.SetBounds(Bounds{v.limit.Text(), v.from.Text(), v.to.Text()}) }
	field := func(hint string) *control.Field {
		f := look.NewField(in, hint, nil)
		f.OnSubmitted = func(string) { set() }
		return f
	}
	v.limit, v.from, v.to = field(say("desk.queue.limit_hint")), field("20:00"), field("06:30")
	label := func(key string) fyne.CanvasObject {
		return container.NewCenter(look.Text(say(key), look.Normal, look.Faint))
	}
	row := container.NewHBox(label("desk.queue.limit"), look.Least(190, look.Target, v.limit),
		label("desk.queue.hours"), look.Least(84, look.Target, v.from), label("desk.queue.hours_to"), look.Least(84, look.Target, v.to),
		look.Least(90, look.Target, look.NewButton(say("desk.queue.limit_set"), set)))
	v.Body = container.NewVBox(row, v.fault.Body)
	v.fill(boundsOf(m.kept.Now()))
	return v
}

func (v *BoundsView) fill(b Bounds) {
	v.shown = b
	look.Fill(v.limit, b.Limit)
	look.Fill(v.from, b.From)
	look.Fill(v.to, b.To)
}

// Draw shows the bounds that are kept, unless somebody types others, and what is wrong with those.
func (v *BoundsView) Draw(s Snapshot) {
	if s.Bounds != v.shown {
		v.fill(s.Bounds)
	}
	var words []string
	say := func(when bool, key string) {
		if when {
			words = append(words, i18n.Say(v.lang, key))
		}
	}
	f := s.BoundsFault
	say(f.Limit, "desk.queue.fault.limit")
	say(f.From, "desk.queue.fault.from")
	say(f.To, "desk.queue.fault.to")
	if f.Err != nil {
		e := i18n.Explain(f.Err, v.lang)
		words = append(words, e.What+" "+e.Do)
	}
	v.fault.Say(strings.Join(words, " "), true)
}

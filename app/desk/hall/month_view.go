package hall

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"minglu/app/desk/look"
)

// monthTab is a month in numbers and plots.
type monthTab struct {
	body fyne.CanvasObject
	v    *View

	month   *canvas.Text
	sums    *fyne.Container
	kinds   *look.Bars
	desks   *look.Bars
	hours   *look.Bars
	ratings *look.Bars
	rated   *canvas.Text
	shown   string
}

// desksShown bounds the plot of desks.
const desksShown = 6

func newMonthTab(v *View) *monthTab {
	t := &monthTab{v: v, month: look.Text("", look.Large, look.Ink), rated: look.Text("", look.Small, look.Faint)}
	t.sums = look.Paragraph("", 2*halfWidth, look.Normal, look.Ink)
	t.kinds, t.desks, t.hours, t.ratings = look.NewBars(), look.NewBars(), look.NewColumns(), look.NewBars()
	turn := container.NewHBox(
		look.Least(48, look.Target, look.NewButton("◂", func() { v.model.TurnMonth(-1) })), container.NewCenter(t.month),
		look.Least(48, look.Target, look.NewButton("▸", func() { v.model.TurnMonth(1) })))
	export := container.NewHBox(
		look.NewButton(v.say("export.month_pdf"), func() { t.save(Export{Month: t.shown, Form: "pdf"}) }),
		look.NewButton(v.say("export.month_csv"), func() { t.save(Export{Month: t.shown, Form: "csv"}) }),
		look.NewButton(v.say("export.day_pdf"), func() { t.saveDay("pdf") }),
		look.NewButton(v.say("export.day_csv"), func() { t.saveDay("csv") }))
	top := container.NewVBox(container.NewBorder(nil, nil, turn, export), t.sums)
	plot := func(key string, o fyne.CanvasObject) fyne.CanvasObject {
		return container.NewVBox(look.Text(v.say(key), look.Normal, look.Blue), o)
	}
	left := look.Card(plot("plot.kinds", t.kinds))
	right := look.Card(container.NewVBox(plot("plot.hours", t.hours), plot("plot.ratings", container.NewVBox(t.ratings, t.rated)), plot("plot.desks", t.desks)))
	plots := container.New(look.Columns{Shares: []float32{1, 1}, Gap: 8}, left, right)
	t.body = container.NewBorder(top, nil, nil, nil, container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, 14), plots)))
	return t
}

func (t *monthTab) save(what Export) {
	if what.Month == "" && what.Day == "" {
		return
	}
	t.v.wait(t.v.model.Save(what), nil, func(a Answer) {
		if t.v.actions.Reveal != nil && a.Path != "" {
			t.v.actions.Reveal(a.Path)
		}
		t.v.inform(t.v.say("exported"), a.Path)
	})
}

// saveDay exports the day that was opened in the calendar, else today.
func (t *monthTab) saveDay(form string) {
	day := t.v.days.past.Day
	if day == nil {
		day = t.v.now.Day
	}
	if day != nil {
		t.save(Export{Day: day.Day, Form: form})
	}
}

func (t *monthTab) draw(m Month) {
	if m.Month == "" {
		return
	}
	t.shown = m.Month
	look.Say(t.month, t.v.say("month_is", "month", m.Month), look.Ink)
	t.tellSums(m)
	s, n := m.Stats, 0
	var bars []look.Bar
	for _, k := range t.v.rules.KindCodes() {
		bars = append(bars, look.Bar{Name: t.v.kind(k.Code), N: s.Kinds[k.Code], Colour: look.Blue})
	}
	t.kinds.Set(bars)
	bars = nil
	for i, d := range s.Desks {
		if i < desksShown {
			bars = append(bars, look.Bar{Name: d.Name, N: d.N, Colour: look.Blue})
		}
	}
	t.desks.Set(bars)
	t.hours.Set(t.columns(s.Hours))
	bars = nil
	for i := len(s.Ratings) - 1; i >= 0; i-- {
		colour := look.Green
		if i < 2 {
			colour = look.Red
		}
		bars = append(bars, look.Bar{Name: t.v.rating(strconv.Itoa(i + 1)), N: s.Ratings[i], Colour: colour})
		n += s.Ratings[i]
	}
	t.ratings.Set(bars)
	look.Say(t.rated, t.v.say("rated", "n", strconv.Itoa(n), "share", s.Satisfied()), look.Faint)
}

// columns are the hours in which anything happened, and the usual ones.
func (t *monthTab) columns(hours [24]int) (bars []look.Bar) {
	from, to := 8, 17
	for h, n := range hours {
		if n > 0 {
			from, to = min(from, h), max(to, h)
		}
	}
	for h := from; h <= to; h++ {
		bars = append(bars, look.Bar{Name: strconv.Itoa(h), N: hours[h], Colour: look.Blue})
	}
	return bars
}

func (t *monthTab) tellSums(m Month) {
	n := strconv.Itoa
	s := m.Stats
	text := t.v.say("sums", "entries", n(s.Entries), "opened", n(s.Opened), "done", n(s.Done), "late", n(s.Late), "left", n(s.Left),
		"incidents", n(s.Incidents), "closed", n(s.Closed), "system", n(s.System), "unclosed", n(s.Unclosed))
	colour := look.Ink
	if m.Fault != nil {
		text, colour = t.v.explain(m.Fault), look.Red
	}
	look.SetParagraph(t.sums, text, 2*halfWidth, look.Normal, colour)
}

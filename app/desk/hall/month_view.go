package hall

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"minglu/app/desk/look"
	"minglu/app/office/duty"
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
	report  *look.Button
	shown   string
}

// desksShown bounds the plot of desks.
const desksShown = 6

func newMonthTab(v *View) *monthTab {
	t := &monthTab{v: v, month: look.Text("", look.Large, look.Ink), rated: look.Text("", look.Small, look.Faint)}
	t.sums = look.Paragraph("", 2*halfWidth, look.Normal, look.Ink)
	t.kinds, t.desks, t.hours, t.ratings = look.NewBars(), look.NewBars(), look.NewColumns(), look.NewBars()
	turn := container.NewHBox(
		look.Least(48, look.Target, look.NewButton("◀", func() { v.model.TurnMonth(-1) })), container.NewCenter(t.month),
		look.Least(48, look.Target, look.NewButton("▶", func() { v.model.TurnMonth(1) })))
	t.report = look.NewButton(v.say("export.report"), func() { t.save(Export{Month: t.shown, Form: "pdf", Report: true}) }).Strong()
	export := container.NewHBox(
		t.report,
		look.NewButton(v.say("export.month_pdf"), func() { t.save(Export{Month: t.shown, Form: "pdf"}) }),
		look.NewButton(v.say("export.month_csv"), func() { t.save(Export{Month: t.shown, Form: "csv"}) }),
		look.NewButton(v.say("export.day_pdf"), func() { t.saveDay("pdf") }),
		look.NewButton(v.say("export.day_csv"), func() { t.saveDay("csv") }))
	top := container.NewVBox(container.NewHBox(turn, layout.NewSpacer(), export), t.sums)
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
	t.v.wait(t.v.model.Save(what), nil, nil)
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
	s := m.Stats
	blue := func(int) look.Colour { return look.Blue }
	t.kinds.Set(plotted(t.v.rules.KindCounts(s, t.v.lang), blue))
	t.desks.Set(plotted(s.Desks[:min(len(s.Desks), desksShown)], blue))
	t.hours.Set(plotted(s.HourCounts(), blue))
	t.ratings.Set(plotted(t.v.rules.RatingCounts(s, t.v.lang), func(i int) look.Colour {
		if i >= goodLevels {
			return look.Red
		}
		return look.Green
	}))
	look.Say(t.rated, s.SayRated(t.v.lang), look.Faint)
}

// goodLevels is how many levels of rating are no complaint.
const goodLevels = 3

func plotted(counts []duty.Count, colour func(int) look.Colour) (bars []look.Bar) {
	for i, c := range counts {
		bars = append(bars, look.Bar{Name: c.Name, N: c.N, Colour: colour(i)})
	}
	return bars
}

func (t *monthTab) tellSums(m Month) {
	text, colour := m.Stats.Sums(t.v.lang), look.Ink
	if m.Fault != nil {
		text, colour = t.v.explain(m.Fault), look.Red
	}
	look.SetParagraph(t.sums, text, 2*halfWidth, look.Normal, colour)
}

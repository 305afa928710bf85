package hall

import (
	"strconv"
	"strings"
	"time"

	"minglu/app/office/duty"
	"minglu/capture/paper"
)

// barMost is the longest bar of the printed plots, in squares.
const barMost = 24

// report is a month's numbers on paper: sums, plots, and the days with their states.
func (m *Model) report(month string, days []*duty.Day) ([]byte, error) {
	sheet, err := paper.New()
	if err != nil {
		return nil, err
	}
	w := words{m.language(), m.Log.Rules}
	s := Sum(days, m.Log.Today())
	h := m.heading()
	sheet.Centre(paper.SizeHead, h.Org)
	sheet.Centre(paper.SizeTitle, w.say("report.title"))
	sheet.Centre(paper.SizeBody, h.Title+"　"+month)
	sheet.Y += 3
	for _, line := range strings.Split(w.sums(s), "\n") {
		sheet.Paragraph(paper.SizeBody, "", line)
	}
	w.table(sheet, "plot.kinds", w.kindCounts(s))
	w.table(sheet, "plot.desks", s.Desks)
	w.table(sheet, "plot.hours", hourCounts(s))
	w.table(sheet, "plot.ratings", w.ratingCounts(s))
	sheet.Paragraph(paper.SizeBody, "", w.rated(s))
	w.dayTable(sheet, days)
	made := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	if n := len(days); n > 0 {
		made = days[n-1].Day.At("00:00").UTC()
	}
	return sheet.PDF(w.say("report.title")+" "+h.Title+" "+month, made)
}

// table prints counts, each with a bar as long as its share.
func (w words) table(sheet *paper.Sheet, key string, counts []Count) {
	if len(counts) == 0 {
		return
	}
	most := 1
	for _, c := range counts {
		most = max(most, c.N)
	}
	sheet.Heading(w.say(key))
	const name, number = 54, 18
	for _, c := range counts {
		bar := strings.Repeat("■", (c.N*barMost+most-1)/most)
		sheet.Row(paper.Cell{Width: name, Text: c.Name}, paper.Cell{Width: number, Text: strconv.Itoa(c.N), Label: true},
			paper.Cell{Width: paper.Right - paper.Left - name - number, Text: bar})
	}
}

func (w words) dayTable(sheet *paper.Sheet, days []*duty.Day) {
	sheet.Heading(w.say("report.days"))
	for _, d := range days {
		state, sign, _ := w.state(d.State)
		sheet.Row(paper.Cell{Width: 44, Text: string(d.Day) + " " + w.weekday(d.Day)}, paper.Cell{Width: 50, Text: sign + " " + state},
			paper.Cell{Width: 40, Text: d.Leader}, paper.Cell{Width: paper.Right - paper.Left - 134, Text: strconv.FormatInt(d.Count(), 10), Label: true})
	}
}

func (w words) sums(s Stats) string {
	n := strconv.Itoa
	return w.say("sums", "entries", n(s.Entries), "opened", n(s.Opened), "done", n(s.Done), "late", n(s.Late), "left", n(s.Left),
		"incidents", n(s.Incidents), "closed", n(s.Closed), "system", n(s.System), "unclosed", n(s.Unclosed))
}

func (w words) kindCounts(s Stats) (list []Count) {
	for _, k := range w.rules.KindCodes() {
		list = append(list, Count{w.kind(k.Code), s.Kinds[k.Code]})
	}
	return list
}

// hourCounts are the hours in which anything happened, and the usual ones.
func hourCounts(s Stats) (list []Count) {
	from, to := 8, 17
	for h, n := range s.Hours {
		if n > 0 {
			from, to = min(from, h), max(to, h)
		}
	}
	for h := from; h <= to; h++ {
		list = append(list, Count{strconv.Itoa(h), s.Hours[h]})
	}
	return list
}

// ratingCounts are the ratings, the best first.
func (w words) ratingCounts(s Stats) (list []Count) {
	for i := len(s.Ratings) - 1; i >= 0; i-- {
		list = append(list, Count{w.rating(strconv.Itoa(i + 1)), s.Ratings[i]})
	}
	return list
}

func (w words) rated(s Stats) string {
	all := 0
	for _, n := range s.Ratings {
		all += n
	}
	return w.say("rated", "n", strconv.Itoa(all), "share", s.Satisfied())
}

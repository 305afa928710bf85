package duty

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/capture/paper"
)

// MonthDay is a line of a monthly report: what became of a day, in words.
type MonthDay struct {
	Day     calendar.Day
	State   string
	Leader  string
	Entries int64
}

// barMost is the longest bar of the printed plots, in squares.
const barMost = 20

// PrintMonth gives a month's numbers as a PDF: sums, plots of what occurred, and its days. notes stand below the sums, one a line. The same
// month gives the same bytes.
func (r *Rules) PrintMonth(h Heading, month string, s Stats, days []MonthDay, notes ...string) ([]byte, error) {
	sheet, err := paper.New()
	if err != nil {
		return nil, err
	}
	lang := i18n.ZH
	if h.Language == "en" {
		lang = i18n.EN
	}
	say := func(key string) string { return i18n.Say(lang, "desk.hall."+key) }
	sheet.Centre(paper.SizeHead, h.Org)
	sheet.Centre(paper.SizeTitle, say("report.title"))
	sheet.Centre(paper.SizeBody, h.Title+"　"+month)
	sheet.Y += 3
	for _, line := range append(strings.Split(s.Sums(lang), "\n"), notes...) {
		sheet.Paragraph(paper.SizeBody, "", line)
	}
	plot(sheet, say("plot.kinds"), slices.DeleteFunc(r.KindCounts(s, lang), func(c Count) bool { return c.N == 0 }))
	plot(sheet, say("plot.desks"), s.Desks)
	plot(sheet, say("plot.hours"), s.HourCounts())
	plot(sheet, say("plot.ratings"), r.RatingCounts(s, lang))
	sheet.Paragraph(paper.SizeBody, "", s.SayRated(lang))
	sheet.Heading(say("report.days"))
	made := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, d := range days {
		weekday := say("weekday." + strconv.Itoa(int(d.Day.At("12:00").In(calendar.Legal()).Weekday())))
		sheet.Row(paper.Cell{Width: 44, Text: string(d.Day) + " " + weekday}, paper.Cell{Width: 50, Text: d.State},
			paper.Cell{Width: 40, Text: d.Leader}, paper.Cell{Width: paper.Right - paper.Left - 134, Text: strconv.FormatInt(d.Entries, 10), Label: true})
		made = d.Day.At("00:00").UTC()
	}
	return sheet.PDF(say("report.title")+" "+h.Title+" "+month, made)
}

// plot prints counts, each with a bar as long as its share.
func plot(sheet *paper.Sheet, title string, counts []Count) {
	if len(counts) == 0 {
		return
	}
	most := 1
	for _, c := range counts {
		most = max(most, c.N)
	}
	sheet.Heading(title)
	const name, number = 54, 18
	for _, c := range counts {
		bar := strings.Repeat("■", (c.N*barMost+most-1)/most)
		sheet.Row(paper.Cell{Width: name, Text: c.Name}, paper.Cell{Width: number, Text: strconv.Itoa(c.N), Label: true},
			paper.Cell{Width: paper.Right - paper.Left - name - number, Text: bar})
	}
}

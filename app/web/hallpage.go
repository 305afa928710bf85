package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/capture/evidence"
	"minglu/sync/receive"
)

// hallsPage is the days that are missing, late or not closed by their leader, across the halls.
type hallsPage struct {
	From, To calendar.Day
	Halls    []hallRow
}

type hallRow struct {
	*hall
	Wrong   []hallDay // newest first
	Good    int
	Missing int
}

// hallPage is a month of one hall.
type hallPage struct {
	*hall
	Month, Before, After string
	Weekdays             []string
	Blank                []struct{} // cells before the first of the month
	Days                 []hallDay
	Open                 []duty.Matter // at the close of the last day delivered
	OpenDay              calendar.Day
	Stats                duty.Stats
	Missing, Late        int
	Plots                []plot
	Rated                string
	Made                 string
}

// plot is numbers as lying bars.
type plot struct {
	Title string
	Bars  []bar
}

type bar struct {
	Name  string
	N     int
	Width int // of 200
	Y     int
}

// TextY is where the words of a bar stand.
func (b bar) TextY() int { return b.Y + 13 }

// Height is that of the whole plot.
func (p plot) Height() int { return len(p.Bars)*barStep + 4 }

const (
	barMost = 200
	barStep = 20
)

func newPlot(title string, counts []duty.Count) plot {
	most := 1
	for _, c := range counts {
		most = max(most, c.N)
	}
	p := plot{Title: title}
	for i, c := range counts {
		p.Bars = append(p.Bars, bar{Name: c.Name, N: c.N, Width: c.N * barMost / most, Y: i * barStep})
	}
	return p
}

// hallRoutes adds the pages of the duty logs.
func (s *Site) hallRoutes(add func(string, http.HandlerFunc)) {
	add("GET "+Path+"halls", s.guarded(s.showHalls))
	add("GET "+Path+"halls/{hall}", s.guarded(s.showHall))
	add("GET "+Path+"halls/{hall}/report.pdf", s.guarded(s.sendReport))
	add("GET "+Path+"halls/{hall}/{id}/log.pdf", s.guarded(s.sendPaper))
	add("GET "+Path+"halls/{hall}/{id}/package.zip", s.guarded(s.sendPackage))
}

// guarded sends whoever is not inside to the gate, and tells of what is not there.
func (s *Site) guarded(do func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.inside(r) {
			http.Redirect(w, r, Path, http.StatusSeeOther)
			return
		}
		err := do(w, r)
		switch {
		case errors.Is(err, errNoHall), errors.Is(err, receive.ErrUnknown):
			http.Error(w, i18n.Say(language(r), "web.nothing"), http.StatusNotFound)
		case err != nil:
			s.trouble(w, r, err)
		}
	}
}

func (s *Site) showHalls(w http.ResponseWriter, r *http.Request) error {
	p := s.page(r)
	p.Inside = true
	now := s.Gate.Now()
	to := calendar.DayOf(now)
	list := &hallsPage{From: to.Plus(1 - recent), To: to}
	members, err := s.Rooms()
	if err != nil {
		return err
	}
	halls, err := s.Halls.halls(r.Context(), members, list.From, to)
	if err != nil {
		return err
	}
	for _, one := range halls {
		row := hallRow{hall: one}
		for day := to; day >= list.From; day = day.Plus(-1) {
			d := s.Halls.look(one, day, now, p.Lang)
			switch d.Class {
			case "ok":
				row.Good++
			case "fail":
				row.Missing++
			}
			if d.Class == "warn" || d.Class == "fail" {
				row.Wrong = append(row.Wrong, d)
			}
		}
		list.Halls = append(list.Halls, row)
	}
	slices.SortStableFunc(list.Halls, func(a, b hallRow) int { return b.Missing - a.Missing })
	p.Halls = list
	s.show(w, r, http.StatusOK, p)
	return nil
}

func (s *Site) showHall(w http.ResponseWriter, r *http.Request) error {
	p := s.page(r)
	p.Inside = true
	var err error
	if p.Hall, err = s.month(r, p.Lang); err != nil {
		return err
	}
	s.show(w, r, http.StatusOK, p)
	return nil
}

// month is the month of a hall that is asked for, the running one if none is.
func (s *Site) month(r *http.Request, lang i18n.Lang) (*hallPage, error) {
	now := s.Gate.Now()
	first, err := time.ParseInLocation("2006-01", r.FormValue("month"), calendar.Legal())
	if err != nil {
		y, m, _ := now.In(calendar.Legal()).Date()
		first = time.Date(y, m, 1, 0, 0, 0, 0, calendar.Legal())
	}
	from, to := calendar.DayOf(first), calendar.DayOf(first.AddDate(0, 1, -1))
	members, err := s.Rooms()
	if err != nil {
		return nil, err
	}
	one, err := s.Halls.one(r.Context(), members, r.PathValue("hall"), from, to)
	if err != nil {
		return nil, err
	}
	page := &hallPage{hall: one, Month: from.Month(), Before: from.Plus(-1).Month(), After: to.Plus(1).Month(), Made: local(now),
		Blank: make([]struct{}, (int(first.Weekday())+6)%7)}
	for i := range 7 {
		page.Weekdays = append(page.Weekdays, i18n.Say(lang, "desk.hall.weekday."+strconv.Itoa((i+1)%7)))
	}
	var read []*duty.Day
	for day := from; day <= to; day = day.Plus(1) {
		d := s.Halls.look(one, day, now, lang)
		page.take(d)
		if len(d.Packages) == 0 {
			continue
		}
		_, whole, err := s.Halls.book(best(d.Packages).ID)
		if err != nil {
			return nil, err
		}
		read = append(read, whole)
	}
	page.Stats = duty.Sum(read, calendar.DayOf(now))
	page.draw(s.Halls.Rules, lang)
	return page, nil
}

// take adds the next day of the month.
func (p *hallPage) take(d hallDay) {
	p.Days = append(p.Days, d)
	switch d.State {
	case "missing":
		p.Missing++
	case "late":
		p.Late++
	}
	if len(d.Packages) > 0 {
		p.Open, p.OpenDay = d.Open, d.Day
	}
}

// draw makes the plots of a month; kinds that did not occur are left out.
func (p *hallPage) draw(rules *duty.Rules, lang i18n.Lang) {
	kinds := slices.DeleteFunc(rules.KindCounts(p.Stats, lang), func(c duty.Count) bool { return c.N == 0 })
	for _, one := range []struct {
		key    string
		counts []duty.Count
	}{{"kinds", kinds}, {"hours", p.Stats.HourCounts()}, {"desks", p.Stats.Desks}, {"ratings", rules.RatingCounts(p.Stats, lang)}} {
		if len(one.counts) > 0 {
			p.Plots = append(p.Plots, newPlot(i18n.Say(lang, "desk.hall.plot."+one.key), one.counts))
		}
	}
	p.Rated = p.Stats.SayRated(lang)
}

// sendReport prints a month.
func (s *Site) sendReport(w http.ResponseWriter, r *http.Request) error {
	lang := language(r)
	page, err := s.month(r, lang)
	if err != nil {
		return err
	}
	var lines []duty.MonthDay
	for _, d := range page.Days {
		if d.Word != "" && d.State != "off" {
			lines = append(lines, duty.MonthDay{Day: d.Day, State: d.Word, Leader: d.Leader, Entries: d.Entries})
		}
	}
	counted := i18n.Say(lang, "web.hall.counted", "missing", strconv.Itoa(page.Missing), "late", strconv.Itoa(page.Late), "at", page.Made)
	sheet, err := s.Halls.Rules.PrintMonth(duty.Heading{Org: s.Org, Title: page.Title, Language: string(lang)}, page.Month, page.Stats, lines, counted)
	if err != nil {
		return err
	}
	s.Log.Info("admin page: a month's report was read", "hall", page.Code, "month", page.Month, "from", r.RemoteAddr)
	sendPDF(w, page.Code+"-"+page.Month, sheet)
	return nil
}

// ofHall demands that a package is one of a day of the hall in the address.
func (s *Site) ofHall(r *http.Request) (id string, err error) {
	id = r.PathValue("id")
	if _, _, err := evidence.ParseID(id); err != nil {
		return "", errNoHall
	}
	head, err := s.Halls.head(id)
	if err == nil && head.hall != r.PathValue("hall") {
		err = errNoHall
	}
	return id, err
}

func (s *Site) sendPaper(w http.ResponseWriter, r *http.Request) error {
	id, err := s.ofHall(r)
	if err != nil {
		return err
	}
	sheet, err := s.Halls.File(id, evidence.FileDutyPDF, maxBook)
	if err != nil {
		return err
	}
	s.Log.Info("admin page: a day's paper was read", "id", id, "from", r.RemoteAddr)
	sendPDF(w, id, sheet)
	return nil
}

func sendPDF(w http.ResponseWriter, name string, sheet []byte) {
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="`+name+`.pdf"`)
	_, _ = w.Write(sheet) // the browser went away
}

func (s *Site) sendPackage(w http.ResponseWriter, r *http.Request) error {
	id, err := s.ofHall(r)
	if err != nil {
		return err
	}
	var whole bytes.Buffer // a faulty package must not end in half a file
	if err := s.Halls.Export(r.Context(), id, &whole); err != nil {
		return err
	}
	s.Log.Info("admin page: a day's package was fetched", "id", id, "from", r.RemoteAddr)
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="`+id+`.zip"`)
	_, _ = io.Copy(w, &whole)
	return nil
}

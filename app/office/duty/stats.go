package duty

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
)

// Stats is what days amount to. They count what happened in the hall, and say nothing of persons.
type Stats struct {
	Days                       int // with entries
	Entries                    int // ratings and closings left out
	Kinds                      map[string]int
	Desks                      []Count // with ratings, the busiest first
	Hours                      [24]int // entries by hour of legal time
	Ratings                    [5]int
	Opened, Done, InTime, Left int // matters, emergencies among them; Left are open when the last day ends
	Overdue                    int // limits that passed
	Incidents                  int
	Closed, System, Unclosed   int // days; Unclosed are over, and their leader's closing lacks or lacks entries
}

// Count is how often something was named.
type Count struct {
	Name string
	N    int
}

// Sum counts days, the oldest first, each once.
func Sum(days []*Day, today calendar.Day) Stats {
	s := Stats{Days: len(days), Kinds: map[string]int{}}
	desks := map[string]int{}
	for _, d := range days {
		s.day(d, today)
		for _, e := range d.Entries {
			s.entry(e)
			if e.Desk != "" {
				desks[e.Desk]++
			}
		}
	}
	for name, n := range desks {
		s.Desks = append(s.Desks, Count{name, n})
	}
	slices.SortFunc(s.Desks, func(a, b Count) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Name, b.Name)) })
	if n := len(days); n > 0 {
		s.Left = len(days[n-1].Open())
	}
	return s
}

func (s *Stats) day(d *Day, today calendar.Day) {
	switch {
	case d.State == DayClosed:
		s.Closed++
	case d.State == DaySystem:
		s.System++
	case d.Day < today:
		s.Unclosed++
	}
	for i, n := range d.Ratings {
		s.Ratings[i] += n
	}
	for _, m := range d.Matters {
		if m.Day == d.Day {
			s.Opened++
			s.Incidents += min(len(m.Emergency), 1)
		}
		if m.DoneDay == d.Day {
			s.Done++
			if m.Due == "" || m.Done <= m.Due {
				s.InTime++
			}
		}
	}
}

func (s *Stats) entry(e Entry) {
	if e.Act == DayClose || e.Act == Rate { // ratings are counted by themselves
		return
	}
	s.Entries++
	s.Kinds[e.Kind]++
	if at, err := evidence.ParseTime(e.When()); err == nil {
		s.Hours[at.In(calendar.Legal()).Hour()]++
	}
	if e.Kind == "OVERDUE" && e.Author == System {
		s.Overdue++
	}
}

// Late is how many matters were ended after their limit.
func (s Stats) Late() int { return s.Done - s.InTime }

// Rated is how many ratings were given.
func (s Stats) Rated() (all int) {
	for _, n := range s.Ratings {
		all += n
	}
	return all
}

// Satisfied is the share of ratings that are fairly satisfied or better, as people write it; "—" without any.
func (s Stats) Satisfied() string {
	all := s.Rated()
	if all == 0 {
		return "—"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(s.Ratings[2]+s.Ratings[3]+s.Ratings[4])/float64(all))
}

// KindCounts are the entries by kind, in the order of the catalogue, under its short names.
func (r *Rules) KindCounts(s Stats, lang i18n.Lang) (list []Count) {
	for _, k := range r.words.DutyKinds {
		list = append(list, Count{r.ShortKind(k.Code, lang), s.Kinds[k.Code]})
	}
	return list
}

// ShortKind names a kind, shorter than the catalogue does.
func (r *Rules) ShortKind(code string, lang i18n.Lang) string {
	if name, ok := i18n.Find(lang, "desk.hall.kind."+code); ok {
		return name
	}
	return r.KindName(code, string(lang))
}

// HourCounts are the hours in which anything happened, and the usual ones.
func (s Stats) HourCounts() (list []Count) {
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

// RatingCounts are the ratings, the best first.
func (r *Rules) RatingCounts(s Stats, lang i18n.Lang) (list []Count) {
	for i := len(s.Ratings) - 1; i >= 0; i-- {
		list = append(list, Count{catalog.Name(r.words.Ratings, strconv.Itoa(i+1), string(lang)), s.Ratings[i]})
	}
	return list
}

// Sums puts the numbers into two lines of words.
func (s Stats) Sums(lang i18n.Lang) string {
	n := strconv.Itoa
	return i18n.Say(lang, "desk.hall.sums", "entries", n(s.Entries), "opened", n(s.Opened), "done", n(s.Done), "late", n(s.Late()), "left", n(s.Left),
		"incidents", n(s.Incidents), "closed", n(s.Closed), "system", n(s.System), "unclosed", n(s.Unclosed))
}

// SayRated says how many ratings there were, and how good.
func (s Stats) SayRated(lang i18n.Lang) string {
	return i18n.Say(lang, "desk.hall.rated", "n", strconv.Itoa(s.Rated()), "share", s.Satisfied())
}

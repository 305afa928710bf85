package web

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/capture/evidence"
	"minglu/sync/enrol"
	"minglu/sync/receive"
)

// Halls is where the pages of the duty logs have their days from.
type Halls struct {
	Rules *duty.Rules
	// Days are the packages of days from … to, and those on their way; First is, by room, the first day it delivered.
	Days   func(ctx context.Context, from, to calendar.Day) ([]receive.Recording, error)
	First  func(ctx context.Context) (map[string]string, error)
	File   func(id, path string, most int64) ([]byte, error)
	Export func(ctx context.Context, id string, w io.Writer) error

	mu    sync.Mutex
	heads map[string]head // by package; a package never changes
}

const (
	maxBook = 64 << 20
	// deliver is when, on the day after, a closed day must be at headquarters.
	deliver = "12:00"
	// recent is how many days the page across halls goes back.
	recent = 31
)

// head is what the calendar says of a package.
type head struct {
	hall    string
	day     calendar.Day
	state   duty.DayState
	leader  string
	by      string
	entries int64
	open    []duty.Matter
}

// hallDay is one day of a hall as headquarters sees it.
type hallDay struct {
	Day      calendar.Day
	Number   string // of the day in its month
	Weekday  string
	State    string // closed, system, lacking, late, missing, due, off, future
	Class    string // ok, warn, fail, or none
	Word     string
	Holiday  string
	Leader   string
	Entries  int64
	Open     []duty.Matter
	Packages []hallPackage
}

type hallPackage struct {
	ID, Verdict, Came string
	came              time.Time
	head              head
}

// hall is one hall and its machines.
type hall struct {
	Code, Title string
	Since       calendar.Day // the first day it must account for
	Waiting     int          // packages on their way
	Refused     int
	days        map[calendar.Day][]hallPackage
}

// halls are those that keep a duty log, with what they delivered of the days from … to.
func (h *Halls) halls(ctx context.Context, members []enrol.Member, from, to calendar.Day) ([]*hall, error) {
	first, err := h.First(ctx)
	if err != nil {
		return nil, err
	}
	packages, err := h.Days(ctx, from, to)
	if err != nil {
		return nil, err
	}
	found := map[string]*hall{}
	of := map[string]*hall{} // by machine
	for _, m := range members {
		day, delivered := first[m.Room]
		if m.Hall == "" && !delivered {
			continue // a room that keeps no log
		}
		code := cmp.Or(m.Hall, m.Room)
		one := found[code]
		if one == nil {
			one = &hall{Code: code, Title: cmp.Or(m.HallTitle, m.Title), days: map[calendar.Day][]hallPackage{}}
			found[code] = one
		}
		of[m.Room] = one
		since := cmp.Or(calendar.Day(day), calendar.DayOf(m.Admitted).Plus(1))
		if one.Since == "" || since < one.Since {
			one.Since = since
		}
	}
	for _, p := range packages {
		if one := of[p.Room]; one != nil {
			if err := h.add(one, p); err != nil {
				return nil, err
			}
		}
	}
	var list []*hall
	for _, one := range found {
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b *hall) int { return cmp.Compare(a.Code, b.Code) })
	return list, nil
}

func (h *Halls) add(one *hall, p receive.Recording) error {
	switch p.State {
	case "received":
	case "refused":
		one.Refused++
		return nil
	default:
		one.Waiting++
		return nil
	}
	head, err := h.head(p.ID)
	if err != nil {
		return err
	}
	if head.hall == one.Code {
		one.days[head.day] = append(one.days[head.day], hallPackage{p.ID, p.Verdict, local(p.Came), p.Came, head})
	}
	return nil
}

func local(t time.Time) string { return t.In(calendar.Legal()).Format("2006-01-02 15:04") }

func (h *Halls) head(id string) (head, error) {
	h.mu.Lock()
	known, ok := h.heads[id]
	h.mu.Unlock()
	if ok {
		return known, nil
	}
	about, d, err := h.book(id)
	if err != nil {
		return head{}, err
	}
	known = head{about.Hall, d.Day, d.State, d.Leader, about.ClosedBy, d.Count(), d.Open()}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.heads == nil {
		h.heads = map[string]head{}
	}
	h.heads[id] = known
	return known, nil
}

func (h *Halls) book(id string) (evidence.DutyDay, *duty.Day, error) {
	text, err := h.File(id, evidence.FileDutyLog, maxBook)
	if err != nil {
		return evidence.DutyDay{}, nil, err
	}
	return duty.ReadBook(text)
}

// best is the package that covers the most of a day.
func best(list []hallPackage) hallPackage {
	return slices.MaxFunc(list, func(a, b hallPackage) int {
		return cmp.Or(cmp.Compare(a.head.entries, b.head.entries), b.came.Compare(a.came))
	})
}

// look judges one day of a hall. What is late is told by headquarters' clock.
func (h *Halls) look(one *hall, day calendar.Day, now time.Time, lang i18n.Lang) hallDay {
	days := h.Rules.Calendar()
	weekdays := strings.Fields(i18n.Say(lang, "duty.paper.weekdays"))
	d := hallDay{Day: day, Number: strings.TrimPrefix(string(day)[8:], "0"), Weekday: weekdays[day.At("12:00").Weekday()], Packages: one.days[day]}
	if lang == i18n.ZH {
		d.Holiday = days.Holiday(day)
	}
	ended := day.Plus(1).At(deliver)
	if len(d.Packages) > 0 {
		p := best(d.Packages)
		d.State, d.Leader, d.Entries, d.Open = string(p.head.state), p.head.leader, p.head.entries, p.head.open
		d.Class = map[string]string{string(duty.DayClosed): "ok"}[d.State]
		d.Class = cmp.Or(d.Class, "warn")
		d.Word = i18n.Say(lang, "web.day."+d.State)
		if p.came.After(ended) {
			d.State, d.Class = "late", "warn"
			d.Word += i18n.Say(lang, "web.day.late")
		}
		return d
	}
	switch {
	case day > calendar.DayOf(now):
		d.State = "future"
	case day < one.Since || !days.Working(day):
		d.State = "off"
		if !days.Working(day) {
			d.Word = i18n.Say(lang, "web.day.off")
		}
	case now.Before(ended):
		d.State, d.Word = "due", i18n.Say(lang, "web.day.due")
	default:
		d.State, d.Class, d.Word = "missing", "fail", i18n.Say(lang, "web.day.missing")
	}
	return d
}

// errNoHall says that there is no such hall, or day.
var errNoHall = errors.New("no such hall")

// one finds a hall.
func (h *Halls) one(ctx context.Context, members []enrol.Member, code string, from, to calendar.Day) (*hall, error) {
	list, err := h.halls(ctx, members, from, to)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(list, func(one *hall) bool { return one.Code == code }); i >= 0 {
		return list[i], nil
	}
	return nil, errNoHall
}

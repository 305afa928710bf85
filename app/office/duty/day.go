package duty

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"minglu/app/office/calendar"
	"minglu/capture/evidence"
)

// DayState is what became of a day.
type DayState string

// The states of a day.
const (
	DayEmpty    DayState = "empty"   // nothing was entered
	DayOpen     DayState = "open"    // it runs, or waits to be closed
	DayClosed   DayState = "closed"  // by its leader
	DaySystem   DayState = "system"  // by the system: the leader did not
	DayReopened DayState = "lacking" // closed, and entries have come since that no closing covers
)

// Shift is one leader's time on duty.
type Shift struct {
	Leader  string `json:"leader"`
	Machine string `json:"machine"`
	From    string `json:"from"`
	To      string `json:"to,omitempty"`
	Offered string `json:"offered,omitempty"` // to whom it is handed over, until that one accepts
	Text    string `json:"text,omitempty"`    // of the handover
}

// Closing is one closing of a day. Count is how many entries it covers.
type Closing struct {
	Entry   string `json:"entry"`
	By      string `json:"by"`
	Machine string `json:"machine"`
	At      string `json:"at"`
	System  bool   `json:"system"`
	Count   int64  `json:"count"`
}

// Remark is something a reader of the day should know. Code has words in app/i18n under "duty.remark.".
type Remark struct {
	Code   string `json:"code"`
	Entry  string `json:"entry,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// Day is one day of a hall as its entries tell it. Nobody changes a Day; it is made anew.
type Day struct {
	Hall    string       `json:"hall"`
	Day     calendar.Day `json:"day"`
	State   DayState     `json:"state"`
	Leader  string       `json:"leader"` // of the newest shift
	Entries []Entry      `json:"entries"`
	// Matters were open at some time of the day, in the order they were opened.
	Matters  []Matter  `json:"matters"`
	Shifts   []Shift   `json:"shifts"`
	Roster   []Entry   `json:"roster"` // of the expert seats, newest last
	Ratings  [5]int    `json:"ratings"`
	Closings []Closing `json:"closings"`
	Remarks  []Remark  `json:"remarks"`
	Uncover  int64     `json:"uncovered"` // entries that no closing covers
	// Corrections are, by entry, the entries that put it right.
	Corrections map[string][]string `json:"corrections"`
}

// FoldDay is the day that its entries, in the order of their stamps, amount to, with the matters that were open in it.
func FoldDay(hall string, day calendar.Day, entries []Entry, matters []Matter) *Day {
	d := &Day{Hall: hall, Day: day, State: DayEmpty, Entries: entries, Matters: slices.Clone(matters), Corrections: map[string][]string{}}
	slices.SortFunc(d.Matters, func(a, b Matter) int { return cmp.Or(cmp.Compare(a.Opened, b.Opened), cmp.Compare(a.ID, b.ID)) })
	for _, e := range entries {
		d.take(e)
	}
	for _, m := range d.Matters {
		for _, c := range m.Conflicts {
			d.remark("matter_conflict", m.ID, c)
		}
	}
	d.clocks()
	d.conclude()
	return d
}

func (d *Day) remark(code, entry, detail string) {
	d.Remarks = append(d.Remarks, Remark{code, entry, detail})
}

func (d *Day) take(e Entry) {
	if e.Corrects != "" {
		d.Corrections[e.Corrects] = append(d.Corrections[e.Corrects], e.ID)
	}
	switch e.Act {
	case ShiftStart, ShiftOffer, ShiftAccept, ShiftEnd:
		d.shift(e)
	case Roster:
		d.Roster = append(d.Roster, e)
	case Rate:
		if level, err := strconv.Atoi(e.Code); err == nil && level >= 1 && level <= len(d.Ratings) {
			d.Ratings[level-1]++
		}
	case DayClose:
		for _, c := range d.Closings {
			if c.Machine != e.Machine {
				d.remark("closed_twice", e.ID, c.Machine+" / "+e.Machine)
			}
		}
		d.Closings = append(d.Closings, Closing{e.ID, e.Author, e.Machine, e.Recorded, e.Author == System, e.Count})
	}
}

func (d *Day) shift(e Entry) {
	var now *Shift
	if n := len(d.Shifts); n > 0 && d.Shifts[n-1].To == "" {
		now = &d.Shifts[n-1]
	}
	switch {
	case e.Act == ShiftOffer && now != nil:
		now.Offered, now.Text = e.Owner, e.Text
	case e.Act == ShiftEnd && now != nil:
		now.To, now.Offered = e.When(), ""
	case e.Act == ShiftStart || e.Act == ShiftAccept:
		if now != nil && e.Act == ShiftStart && now.Leader != e.Author {
			d.remark("two_leaders", e.ID, now.Leader+" ("+now.Machine+") / "+e.Author+" ("+e.Machine+")")
		}
		if now != nil && now.Leader == e.Author && e.Act == ShiftStart {
			return // the same leader on a second machine
		}
		if now != nil {
			now.To, now.Offered = e.When(), ""
		}
		d.Shifts = append(d.Shifts, Shift{Leader: e.Author, Machine: e.Machine, From: e.When()})
	default:
		d.remark("shift_order", e.ID, string(e.Act))
	}
}

// clockSlack is how far the wall clock may move against the boot clock unremarked.
const clockSlack = 2 * time.Second

// clocks remarks where a machine's wall clock was moved between two of its entries.
func (d *Day) clocks() {
	drift := map[string]int64{}
	for _, e := range d.Entries {
		at, err := evidence.ParseTime(e.Recorded)
		if err != nil || e.BootID == "" {
			continue
		}
		key := e.Machine + " " + e.BootID
		now := at.UnixMilli() - e.BootMS
		if was, ok := drift[key]; ok && (now-was > clockSlack.Milliseconds() || was-now > clockSlack.Milliseconds()) {
			d.remark("clock_moved", e.ID, (time.Duration(now-was) * time.Millisecond).String())
		}
		drift[key] = now
	}
}

func (d *Day) conclude() {
	if n := len(d.Shifts); n > 0 {
		d.Leader = d.Shifts[n-1].Leader
	}
	var covered int64
	for _, c := range d.Closings {
		covered = max(covered, c.Count)
	}
	d.Uncover = d.Count() - covered
	switch {
	case len(d.Entries) == 0:
	case len(d.Closings) == 0:
		d.State = DayOpen
	case d.Uncover > 0:
		d.State = DayReopened
		d.remark("uncovered", "", fmt.Sprint(d.Uncover))
	case d.Closings[0].System:
		d.State = DaySystem
	default:
		d.State = DayClosed
	}
}

// Count is how many entries the day has, closings left out.
func (d *Day) Count() int64 { return int64(len(d.Entries) - len(d.Closings)) }

// Corrected lists the entries that put one right.
func (d *Day) Corrected(id string) []string { return d.Corrections[id] }

// Open lists the matters that nothing has ended yet, the most urgent first.
func (d *Day) Open() []Matter {
	var open []Matter
	for _, m := range d.Matters {
		if m.OpenAfter(d.Day) {
			open = append(open, m)
		}
	}
	slices.SortStableFunc(open, func(a, b Matter) int { return cmp.Compare(orLast(a.Due), orLast(b.Due)) })
	return open
}

func orLast(due string) string { return cmp.Or(due, "9") }

// Lack is something without which a leader cannot close a day. Code has words under "duty.lack.".
type Lack struct {
	Code   string `json:"code"` // matter, incident, offer, leader
	Matter string `json:"matter,omitempty"`
	Title  string `json:"title,omitempty"`
	Owner  string `json:"owner,omitempty"`
	Due    string `json:"due,omitempty"`
}

// Lacks lists what stands against closing the day: matters neither done nor carried over with a reason and an
// owner, a handover nobody accepted, no leader at all.
func (d *Day) Lacks() []Lack {
	lacks := []Lack{}
	if len(d.Shifts) == 0 {
		lacks = append(lacks, Lack{Code: "leader"})
	}
	for _, s := range d.Shifts {
		if s.Offered != "" {
			lacks = append(lacks, Lack{Code: "offer", Owner: s.Offered})
		}
	}
	for _, m := range d.Open() {
		if m.CarriedOver(d.Day) {
			continue
		}
		l := Lack{"matter", m.ID, m.Title, m.Owner, m.Due}
		if m.Emergency != "" {
			l.Code = "incident"
		}
		lacks = append(lacks, l)
	}
	return lacks
}

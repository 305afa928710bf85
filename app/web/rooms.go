package web

import (
	"context"
	"strconv"
	"time"

	"minglu/app/i18n"
	"minglu/sync/facts"
)

// staleAfter is more than the day that lies between two examinations.
const staleAfter = 30 * time.Hour

// row is one room.
type row struct {
	Room, Title     string
	Looked, Version string
	State           string // ok, warn, fail: the worst
	Verdict         string
	Wrong           []facts.Check
}

// rows lists every admitted room with what it last told, those in trouble first in colour but all in order.
func (s *Site) rows(ctx context.Context, lang i18n.Lang) ([]row, error) {
	members, err := s.Rooms()
	if err != nil {
		return nil, err
	}
	newest, err := facts.Newest(ctx, s.DB, facts.Doctor)
	if err != nil {
		return nil, err
	}
	told := map[string]facts.Fact{}
	for _, f := range newest {
		told[f.Room] = f
	}
	var list []row
	for _, m := range members {
		r := row{Room: m.Room, Title: m.Title, State: "warn", Verdict: i18n.Say(lang, "web.never")}
		if f, ok := told[m.Room]; ok {
			h, err := facts.ParseHealth(f.Body)
			if err != nil {
				return nil, err
			}
			r.fill(h, f.Received, s.Gate.Now(), lang)
		}
		list = append(list, r)
	}
	return list, nil
}

// fill takes in what a room told. Its age is judged by headquarters' clock.
func (r *row) fill(h facts.Health, received, now time.Time, lang i18n.Lang) {
	r.Looked, r.Version, r.State = received.Local().Format("2006-01-02 15:04"), h.Version, "ok"
	count := map[string]int{}
	for _, c := range h.Checks {
		if c.State == "warn" || c.State == "fail" {
			count[c.State]++
			r.Wrong = append(r.Wrong, c)
		}
	}
	r.Verdict = i18n.Say(lang, "web.fine")
	if len(r.Wrong) > 0 {
		r.State = "warn"
		r.Verdict = i18n.Say(lang, "web.counts", "fail", strconv.Itoa(count["fail"]), "warn", strconv.Itoa(count["warn"]))
	}
	if count["fail"] > 0 {
		r.State = "fail"
	}
	if now.Sub(received) > staleAfter {
		r.State = "fail"
		r.Verdict = i18n.Say(lang, "web.stale", "hours", strconv.Itoa(int(staleAfter.Hours()))) + " · " + r.Verdict
	}
}

package seal

import (
	"fmt"
	"strings"
	"time"

	"minglu/capture/evidence"
)

// Record is the record.json of a closed journal of plan. Everything in it follows from the two, so that
// sealing may be done again after a crash and comes to the same bytes.
func (t *Tally) Record(plan evidence.Plan) evidence.Record {
	r := evidence.Record{
		V: 1, ID: plan.ID, Room: plan.Room, Plan: plan,
		JournalHead: t.Head, JournalLines: t.Lines, Clock: t.Clock,
		Gaps: append([]evidence.GapBody{}, t.Gaps...), Marks: append([]evidence.MarkBody{}, t.Marks...),
		Tracks: []evidence.TrackRecord{}, QueuedDigests: []string{}, Interrupted: t.Recovered != nil,
	}
	if t.Close != nil {
		r.DurationMS, r.CloseReason = t.Close.DurationMS, t.Close.Reason
	}
	if t.Tokens == 0 {
		r.QueuedDigests = append(r.QueuedDigests, t.Head)
	}
	if t.Open != nil {
		r.Number, r.Software = t.Open.Number, t.Open.Software
		r.LedgerSize, r.LedgerRoot, r.NotBefore = t.Open.LedgerSize, t.Open.LedgerRoot, t.Open.Beacon.Time
		for _, p := range t.Open.Tracks {
			r.Tracks = append(r.Tracks, t.track(p))
		}
	}
	start := t.LastUTC
	if t.Start != nil {
		start = t.Start.ZeroUTC
	}
	r.Start, r.End = start, start
	if from, err := evidence.ParseTime(start); err == nil {
		r.End = evidence.FormatTime(from.Add(time.Duration(r.DurationMS) * time.Millisecond))
	}
	r.Elements = elements(plan, r)
	return r
}

func (t *Tally) track(p evidence.TrackPlan) evidence.TrackRecord {
	r := evidence.TrackRecord{TrackPlan: p}
	if f := t.Files[p.Track]; f != nil {
		r.Frames, r.Sounds = f.Frames, f.Sounds
	}
	for _, g := range t.Gaps {
		if g.Track == p.Track && g.Medium == "video" && g.Cause != evidence.CauseBreak {
			r.Dropped += g.Count
		}
	}
	return r
}

// elements are the seven elements as far as the recording itself knows them.
func elements(plan evidence.Plan, r evidence.Record) evidence.Elements {
	var persons []string
	for _, group := range [][]evidence.Person{plan.Officers, {plan.Clerk, plan.Operator}, plan.Persons} {
		for _, p := range group {
			if p.Name != "" {
				persons = append(persons, p.Name)
			}
		}
	}
	place := plan.Place
	if place == "" {
		place = plan.RoomTitle
	}
	return evidence.Elements{
		Time: r.Start + " / " + r.End, Place: place, Persons: strings.Join(persons, "、"),
		Event: plan.Item + " " + plan.ItemTitle, Cause: plan.Case,
		Process: fmt.Sprintf("%d ms, %d marks, %d gaps", r.DurationMS, len(r.Marks), len(r.Gaps)),
		Result:  r.CloseReason,
	}
}

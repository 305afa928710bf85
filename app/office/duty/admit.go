package duty

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"minglu/app/office/calendar"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
	"minglu/capture/strict"
)

func fault(code string, pairs ...string) *Fault {
	f := &Fault{Code: "duty." + code}
	for i, to := range []*string{&f.Field, &f.Got, &f.Want} {
		if i < len(pairs) {
			*to = pairs[i]
		}
	}
	return f
}

// admit completes an entry by the rules and refuses what cannot be: the first thing wrong, in words.
func (l *Log) admit(ctx context.Context, tx *sql.Tx, e *Entry, now time.Time) error {
	if faults := e.words(); len(faults) > 0 {
		return faults[0]
	}
	if err := l.admitDay(ctx, tx, e, now); err != nil {
		return err
	}
	if err := l.admitKind(e); err != nil {
		return err
	}
	if err := l.admitLinks(ctx, tx, e); err != nil {
		return err
	}
	switch e.Act {
	case Hand, Pause, Resume, Step, Done, Carry:
		return l.admitMove(ctx, tx, e)
	case Begin:
		return l.admitBegin(e)
	case ShiftStart, ShiftOffer, ShiftAccept, ShiftEnd:
		return l.admitShift(ctx, tx, e)
	}
	return l.admitPlain(e)
}

// statedSlack is how far ahead of the clock a stated time may lie.
const statedSlack = 10 * time.Minute

func (l *Log) admitDay(ctx context.Context, tx *sql.Tx, e *Entry, now time.Time) error {
	last := calendar.DayOf(now)
	if e.Act == Posted { // the board can be changed after today was closed
		last = l.Rules.calendar.After(last, 1)
	}
	if d, err := calendar.ParseDay(string(e.Day)); err != nil || d > last {
		return fault("day", "", string(e.Day))
	}
	if e.Stated != "" {
		at, err := evidence.ParseTime(e.Stated)
		if err != nil || at.After(now.Add(statedSlack)) {
			return fault("stated", "", e.Stated)
		}
	}
	var closed string
	err := tx.QueryRowContext(ctx, `SELECT closed FROM day WHERE hall = $1 AND day = $2`, l.Hall, e.Day).Scan(&closed)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if closed != "" && e.Act != DayClose {
		return fault("day_closed", "", string(e.Day))
	}
	return nil
}

// admitKind finds act and kind where they were left out, and demands that both are known.
func (l *Log) admitKind(e *Entry) error {
	own := map[Act]string{ShiftStart: "SHIFT", ShiftOffer: "SHIFT", ShiftAccept: "SHIFT", ShiftEnd: "SHIFT", DayClose: "SHIFT",
		Report: "MEETING", Review: "PREREVIEW", Roster: "EXPERT", Posted: "GUIDE", Rate: "RATING", Patrol: "DISCIPLINE"}
	if e.Kind == "" {
		e.Kind = own[e.Act]
	}
	if e.Act == Patrol && e.Code == "equipment" {
		e.Kind = "EQUIP"
	}
	if e.Kind == "" {
		e.Kind = l.Rules.Guess(e.Text, "")
	}
	if e.Act == "" {
		e.Act = Note
		if l.Rules.Kind(e.Kind).Matter && e.Matter == "" && e.Corrects == "" {
			e.Act = Begin
		}
	}
	if l.Rules.KindName(e.Kind, "zh") == e.Kind {
		return fault("kind", "", e.Kind)
	}
	if !slices.Contains(acts(), e.Act) {
		return fault("act", "", string(e.Act))
	}
	if e.Zone != "" && l.Rules.ZoneName(e.Zone, "zh") == e.Zone {
		return fault("zone", "", e.Zone, zoneCodes(l.Rules.Zones))
	}
	if e.Act == Rate {
		e.Author = "" // a rating is anonymous
		return nil
	}
	if strings.TrimSpace(e.Author) == "" {
		return fault("author")
	}
	return nil
}

func acts() []Act {
	return []Act{Note, Begin, Hand, Pause, Resume, Step, Done, Carry, ShiftStart, ShiftOffer, ShiftAccept, ShiftEnd,
		Patrol, Report, Review, Roster, Posted, Rate, DayClose}
}

func zoneCodes(zones []catalog.Term) string {
	var codes []string
	for _, z := range zones {
		codes = append(codes, z.Code)
	}
	return strict.OneOf(codes...)
}

// admitLinks demands that what an entry names is there.
func (l *Log) admitLinks(ctx context.Context, tx *sql.Tx, e *Entry) error {
	for field, id := range map[string]string{"corrects": e.Corrects, "matter": e.Matter, "incident": e.Incident} {
		if id == "" {
			continue
		}
		if _, err := find(ctx, tx, id); errors.Is(err, sql.ErrNoRows) {
			return fault("link", field, id)
		} else if err != nil {
			return err
		}
	}
	if e.Recording != "" {
		if _, _, err := evidence.ParseID(e.Recording); err != nil {
			return fault("link", "recording", e.Recording)
		}
	}
	return nil
}

func need(field, text string) error {
	if strings.TrimSpace(text) == "" {
		return fault("needs", field)
	}
	return nil
}

func (l *Log) admitBegin(e *Entry) error {
	rule := l.Rules.Kind(e.Kind)
	if e.Tier == "" {
		e.Tier = rule.Tier
	}
	if e.Limit == "" {
		e.Limit = rule.Limit
	}
	if e.Owner == "" {
		e.Owner = e.Author
	}
	if _, ok := catalog.Find(l.Rules.words.Tiers, e.Tier); !ok && e.Tier != "" {
		return fault("tier", "", e.Tier)
	}
	limit, ok := l.Rules.limit(e.Limit)
	if !ok && e.Limit != "" {
		return fault("limit", "", e.Limit)
	}
	if limit.Unit == UnitStated && e.Due == "" {
		return fault("needs", "due")
	}
	if _, err := evidence.ParseTime(e.Due); e.Due != "" && err != nil {
		return fault("stated", "", e.Due)
	}
	if _, ok := catalog.Find(l.Rules.words.Emergencies, e.Code); e.Kind == "INCIDENT" && !ok {
		return fault("emergency", "", e.Code)
	}
	return need("text", e.Text)
}

// admitMove demands that the matter is there and in a state for the act.
func (l *Log) admitMove(ctx context.Context, tx *sql.Tx, e *Entry) error {
	var raw string
	err := tx.QueryRowContext(ctx, `SELECT raw FROM matter WHERE id = $1 AND hall = $2`, e.Matter, l.Hall).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return fault("link", "matter", e.Matter)
	}
	var m Matter
	if err == nil {
		err = json.Unmarshal([]byte(raw), &m)
	}
	if err != nil {
		return err
	}
	e.Kind = m.Kind
	switch {
	case m.State == MatterDone && e.Act != Step:
		return fault("matter_done", "", m.Title)
	case e.Act == Pause && m.State == MatterPaused:
		return fault("paused", "", m.Title)
	case e.Act == Resume && m.State != MatterPaused:
		return fault("not_paused", "", m.Title)
	case e.Act == Carry && m.Day > e.Day:
		return fault("day", "", string(e.Day))
	}
	for act, fields := range map[Act]map[string]string{
		Hand: {"owner": e.Owner}, Pause: {"reason": e.Reason}, Step: {"text": e.Text}, Done: {"outcome": e.Outcome},
		Carry: {"reason": e.Reason, "owner": e.Owner},
	} {
		for field, text := range fields {
			if act != e.Act {
				continue
			}
			if err := need(field, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// admitShift demands that a leader begins where none leads, and takes over what was handed over.
func (l *Log) admitShift(ctx context.Context, tx *sql.Tx, e *Entry) error {
	list, err := entries(ctx, tx, `hall = $1 AND day = $2 AND act LIKE 'shift_%'`, l.Hall, e.Day)
	if err != nil {
		return err
	}
	shifts := FoldDay(l.Hall, e.Day, list, nil).Shifts
	var now Shift
	if n := len(shifts); n > 0 && shifts[n-1].To == "" {
		now = shifts[n-1]
	}
	switch {
	case e.Act == ShiftStart && now.Leader != "" && now.Leader != e.Author:
		return fault("shift_runs", "", now.Leader)
	case e.Act == ShiftOffer && now.Leader == "", e.Act == ShiftEnd && now.Leader == "":
		return fault("shift_none")
	case e.Act == ShiftOffer:
		return need("owner", e.Owner)
	case e.Act == ShiftAccept && now.Offered != e.Author:
		return fault("shift_offer", "", e.Author)
	}
	return nil
}

func (l *Log) admitPlain(e *Entry) error {
	switch e.Act {
	case Rate:
		if _, ok := catalog.Find(l.Rules.words.Ratings, e.Code); !ok {
			return fault("rating", "", e.Code)
		}
	case Review:
		if e.Code != Accepted && e.Code != Supplement {
			return fault("review", "", e.Code)
		}
		if e.Code == Supplement && len(e.Lacks) == 0 {
			return fault("needs", "lacks")
		}
	case Roster:
		if len(e.People) == 0 {
			return fault("needs", "people")
		}
	case Posted:
		return admitBoard(e)
	case Patrol:
		if _, ok := catalog.Find(l.Rules.Patrols, e.Code); !ok {
			return fault("patrol", "", e.Code)
		}
	case Report:
		return errors.Join(need("desk", e.Desk), need("text", e.Text))
	case Note:
		return need("text", e.Text)
	case DayClose:
		if e.Count < 0 {
			return fault("day", "", fmt.Sprint(e.Count))
		}
	}
	return nil
}

// Clean makes pasted text fit for an entry: line ends become newlines, what cannot be printed goes. gone is how
// many characters went, so that it can be said.
func Clean(text string) (clean string, gone int) {
	text = strings.ToValidUTF8(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\x00")
	clean = strings.Map(func(r rune) rune {
		if strict.Unprintable(r) {
			gone++
			return -1
		}
		return r
	}, text)
	return clean, gone
}

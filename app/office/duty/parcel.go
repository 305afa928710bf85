package duty

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"minglu/app/office/calendar"
	"minglu/capture/evidence"
)

// Item is the code that a day's package bears where a recording has its act.
const Item = "DUTY"

// Parcel is what the package of a closed day holds. The same closing gives the same texts each time.
type Parcel struct {
	Plan  evidence.Plan
	Texts []ParcelText
	Part  int64
	ID    string // package begun or sealed for it, "" for none
	Done  bool   // ID is sealed
}

// ParcelText is one text of it: what was open before (a JSON array of Matter), or an entry.
type ParcelText struct {
	What   string
	Author string
	Raw    []byte
}

// wanted is a row of the table of packages.
type wanted struct {
	entry    string
	part     int64
	upto     int64
	id       string
	finished bool
}

// Parcel gives what is to be sealed of a day next: the first closing of this machine that has no package, else the
// last that has one. title names the hall.
func (l *Log) Parcel(ctx context.Context, day calendar.Day, title string) (Parcel, error) {
	w, err := l.wanted(ctx, day)
	if err != nil {
		return Parcel{}, err
	}
	list, err := entries(ctx, l.db, `hall = $1 AND day = $2 AND seq <= $3`, l.Hall, day, w.upto)
	if err != nil {
		return Parcel{}, fmt.Errorf("pack day %s: %w", day, err)
	}
	before, err := l.before(ctx, day, w.upto)
	if err != nil {
		return Parcel{}, fmt.Errorf("pack day %s: %w", day, err)
	}
	raw, err := evidence.MarshalBody(before)
	if err != nil {
		return Parcel{}, err
	}
	p := Parcel{Part: w.part, ID: w.id, Done: w.finished, Texts: []ParcelText{{evidence.TextDutyBefore, System, raw}}}
	for _, e := range list {
		p.Texts = append(p.Texts, ParcelText{evidence.TextDutyEntry, e.Author, e.Raw})
	}
	p.Plan = plan(FoldDay(l.Hall, day, list, nil), w, title)
	return p, nil
}

func (l *Log) wanted(ctx context.Context, day calendar.Day) (w wanted, err error) {
	err = l.db.QueryRowContext(ctx, `SELECT entry, part, upto, id, state = 'sealed' FROM package WHERE hall = $1 AND day = $2
		ORDER BY state = 'sealed', CASE WHEN state = 'sealed' THEN -part ELSE part END LIMIT 1`, l.Hall, day).
		Scan(&w.entry, &w.part, &w.upto, &w.id, &w.finished)
	if errors.Is(err, sql.ErrNoRows) {
		return w, fault("not_closed", "", string(day))
	}
	return w, err
}

func plan(d *Day, w wanted, title string) evidence.Plan {
	duty := evidence.DutyDay{Hall: d.Hall, Title: title, Day: string(d.Day), Part: w.part, Leader: d.Leader, Entry: w.entry}
	for _, c := range d.Closings {
		if c.Entry == w.entry {
			duty.ClosedBy = c.By
		}
	}
	p := evidence.Plan{
		V: 1, Item: Item, ItemTitle: "值班日志", Case: string(d.Day), Place: title, Retention: "LONG", Language: "zh",
		Persons: []evidence.Person{}, Officers: []evidence.Person{}, Overrides: []string{}, Relates: []string{},
		Kind: evidence.KindDutyDay, Duty: &duty,
	}
	for _, s := range d.Shifts {
		leader := evidence.Person{Name: s.Leader, Role: "duty_leader"}
		if !slices.Contains(p.Officers, leader) {
			p.Officers = append(p.Officers, leader)
		}
	}
	return p
}

// before is the matters that were open when the day began, as the entries up to upto tell it.
func (l *Log) before(ctx context.Context, day calendar.Day, upto int64) (list []Matter, err error) {
	const open = `seq <= $3 AND day < $2 AND matter <> '' AND matter IN (SELECT id FROM matter WHERE hall = $1 AND opened < $2
		AND (done = '' OR done >= $2 OR id IN (SELECT matter FROM entry WHERE seq > $3 AND matter <> '')))`
	moves, err := entries(ctx, l.db, open, l.Hall, day, upto)
	if err != nil {
		return nil, err
	}
	of := map[string][]Entry{}
	for _, e := range moves {
		id := cmp.Or(e.Matter, e.ID)
		of[id] = append(of[id], e)
	}
	list = []Matter{}
	for _, steps := range of {
		if m, ok := l.Rules.FoldMatter(steps); ok && m.OpenAfter(day.Plus(-1)) {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b Matter) int { return cmp.Or(cmp.Compare(a.Opened, b.Opened), cmp.Compare(a.ID, b.ID)) })
	return list, nil
}

// Number keeps the number taken for a day's package, before anything of it is written.
func (l *Log) Number(ctx context.Context, day calendar.Day, part int64, id string) error {
	_, err := l.db.ExecContext(ctx, `UPDATE package SET id = $4 WHERE hall = $1 AND day = $2 AND part = $3 AND state = 'wanted'`, l.Hall, day, part, id)
	return err
}

// Sealed notes that the package of a day is sealed. It may be said again.
func (l *Log) Sealed(ctx context.Context, d evidence.DutyDay, id string) error {
	_, err := l.db.ExecContext(ctx, `UPDATE package SET id = $4, state = 'sealed' WHERE hall = $1 AND day = $2 AND part = $3`, d.Hall, d.Day, d.Part, id)
	return err
}

// Unpacked lists the closed days of this machine whose package is not sealed yet.
func (l *Log) Unpacked(ctx context.Context) ([]calendar.Day, error) {
	return days(ctx, l.db, `SELECT DISTINCT day FROM package WHERE hall = $1 AND state = 'wanted' ORDER BY day`, l.Hall)
}

// Book is data/dutylog.json: the day as it was sealed. Duty, Before and Entries are what a verifier compares; Matters,
// Remarks and the rest follow from them and are for readers.
type Book struct {
	V       int               `json:"v"`
	Duty    evidence.DutyDay  `json:"duty"`
	Before  json.RawMessage   `json:"before"`
	Entries []json.RawMessage `json:"entries"`
	Shifts  []Shift           `json:"shifts"`
	Matters []Matter          `json:"matters"`
	Ratings [5]int            `json:"ratings"`
	Remarks []Remark          `json:"remarks"`
}

// ReadBook reads data/dutylog.json of a day's package, whose verification is the caller's: the day as it was sealed.
func ReadBook(text []byte) (evidence.DutyDay, *Day, error) {
	var b Book
	if err := json.Unmarshal(text, &b); err != nil {
		return b.Duty, nil, fmt.Errorf("read duty log: %w", err)
	}
	day, err := calendar.ParseDay(b.Duty.Day)
	if err != nil || b.V != 1 {
		return b.Duty, nil, fmt.Errorf("read duty log: version %d, day %.20q", b.V, b.Duty.Day)
	}
	list := make([]Entry, 0, len(b.Entries))
	for _, raw := range b.Entries {
		e, err := decode(string(raw), raw)
		if err != nil {
			return b.Duty, nil, fmt.Errorf("read duty log: %w", err)
		}
		list = append(list, e)
	}
	return b.Duty, FoldDay(b.Duty.Hall, day, list, b.Matters), nil
}

// Papers makes data/dutylog.json and its printed form of a day's package; org is the bureau's name. It is a function
// of what was signed, so that it may be done again after a crash.
func (r *Rules) Papers(org string, plan evidence.Plan, texts []byte) (map[string][]byte, error) {
	if plan.Duty == nil {
		return nil, errors.New("print duty log: the plan names no day")
	}
	book := Book{V: 1, Duty: *plan.Duty, Before: json.RawMessage("[]"), Entries: []json.RawMessage{}}
	var entries []Entry
	for line := range bytes.Lines(texts) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(line) > 0 && line[0] == '[' {
			book.Before = bytes.Clone(line)
			continue
		}
		e, err := Parse(line)
		if err != nil {
			return nil, fmt.Errorf("print duty log: %w", err)
		}
		entries = append(entries, e)
		book.Entries = append(book.Entries, bytes.Clone(line))
	}
	var before []Matter
	if err := json.Unmarshal(book.Before, &before); err != nil {
		return nil, fmt.Errorf("print duty log: %w", err)
	}
	d := FoldDay(book.Duty.Hall, calendar.Day(book.Duty.Day), entries, r.during(before, entries))
	book.Shifts, book.Matters, book.Ratings, book.Remarks = d.Shifts, d.Matters, d.Ratings, d.Remarks
	raw, err := evidence.MarshalBody(book)
	if err != nil {
		return nil, err
	}
	sheet, err := r.Print(Heading{Org: org, Title: book.Duty.Title, Package: plan.ID, ClosedBy: book.Duty.ClosedBy, Part: book.Duty.Part, Language: plan.Language}, d)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{evidence.FileDutyLog: append(raw, '\n'), evidence.FileDutyPDF: sheet}, nil
}

// during carries the matters that were open on through a day's entries, and adds those the day opened.
func (r *Rules) during(before []Matter, entries []Entry) []Matter {
	all, at := slices.Clone(before), map[string]int{}
	for i, m := range all {
		at[m.ID] = i
	}
	for _, e := range entries {
		if e.Opens() {
			at[e.ID] = len(all)
			all = append(all, r.opened(e))
			continue
		}
		if i, ok := at[e.Matter]; ok && e.Matter != "" {
			r.follow(&all[i], e)
		}
	}
	return all
}

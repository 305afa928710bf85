package archive

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"minglu/app/store"
)

// Query asks for recordings; members that are empty ask for nothing. What is typed may be words of any length.
type Query struct {
	Text      string   // anywhere: in all fields, what was typed, the transcript
	Items     []string // codes, one of them; nil asks for nothing, an empty list finds nothing
	Household string
	Person    string
	Officer   string
	Case      string
	Tie       Tie       // exactly of one household, person, officer or case
	From, To  time.Time // the recording began at From or later and before To
	Faulty    bool      // cannot be read
}

// Empty reports whether the query asks for everything.
func (q Query) Empty() bool {
	return q.match() == "" && q.Items == nil && q.From.IsZero() && q.To.IsZero() && !q.Faulty
}

// match is the full-text part of the query, "" when there is none.
func (q Query) match() string {
	var parts []string
	if m := store.Match(q.Text); m != "" {
		parts = append(parts, "("+m+")")
	}
	for _, c := range [][2]string{{"household", q.Household}, {"person", q.Person}, {"officer", q.Officer}, {"casenr", q.Case}} {
		if m := store.Match(c[1]); m != "" {
			parts = append(parts, c[0]+" : ("+m+")")
		}
	}
	var items []string
	for _, code := range q.Items {
		items = append(items, `"`+store.Terms(code)+`"`)
	}
	if len(items) > 0 {
		parts = append(parts, "item : ("+strings.Join(items, " OR ")+")")
	}
	if q.Tie.Key != "" {
		parts = append(parts, `tie : "`+q.Tie.word()+`"`)
	}
	return strings.Join(parts, " AND ")
}

// where is the rest of a SELECT for what the query asks, newest first, and its values: keys below before, or all
// when it is 0, at most n, or all when n is 0.
func (q Query) where(before int64, n int) (text string, values []any) {
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	if !q.From.IsZero() {
		low = keyAt(q.From)
	}
	if !q.To.IsZero() {
		high = keyAt(q.To)
	}
	if before != 0 {
		high = min(high, before)
	}
	if n == 0 {
		n = math.MaxInt32
	}
	fault := ""
	if q.Faulty {
		fault = ` AND recording.fault <> ''`
	}
	m := q.match()
	if m == "" {
		return ` FROM recording WHERE recording.key >= $1 AND recording.key < $2` + fault + ` ORDER BY recording.key DESC LIMIT $3`,
			[]any{low, high, n}
	}
	return ` FROM words JOIN recording ON recording.key = words.rowid WHERE words MATCH $1 AND words.rowid >= $2
		AND words.rowid < $3` + fault + ` ORDER BY words.rowid DESC LIMIT $4`, []any{m, low, high, n}
}

// nothing reports a query that cannot find anything.
func (q Query) nothing() bool { return q.Items != nil && len(q.Items) == 0 }

const cardColumns = `SELECT recording.key, recording.state, recording.fault, recording.card`

// Page gives the cards that the query asks for, newest first: at most n whose keys are below before; 0 begins with
// the newest, n 0 gives all.
func (a *Archive) Page(ctx context.Context, q Query, before int64, n int) ([]Card, error) {
	if q.nothing() {
		return nil, nil
	}
	rest, values := q.where(before, n)
	return a.cards(ctx, cardColumns+rest, values)
}

// Keys gives the keys of what Page gives, in the same order.
func (a *Archive) Keys(ctx context.Context, q Query, before int64, n int) ([]int64, error) {
	if q.nothing() {
		return nil, nil
	}
	rest, values := q.where(before, n)
	if !q.Faulty { // the full-text index alone knows the keys
		rest = strings.Replace(rest, ` JOIN recording ON recording.key = words.rowid`, "", 1)
	}
	column := `SELECT recording.key`
	if strings.HasPrefix(rest, " FROM words") {
		column = `SELECT words.rowid`
	}
	var keys []int64
	err := a.each(ctx, column+rest, values, func(scan func(...any) error) error {
		var key int64
		err := scan(&key)
		keys = append(keys, key)
		return err
	})
	return keys, err
}

// Cards gives the cards of keys, in no order; one that is gone is left out.
func (a *Archive) Cards(ctx context.Context, keys []int64) ([]Packed, error) {
	const most = 500
	var all []Packed
	for len(keys) > 0 {
		some := keys[:min(most, len(keys))]
		keys = keys[len(some):]
		values := make([]any, len(some))
		for i, key := range some {
			values[i] = key
		}
		list := strings.TrimSuffix(strings.Repeat("?,", len(some)), ",")
		cards, err := a.packed(ctx, cardColumns+` FROM recording WHERE key IN (`+list+`)`, values)
		if err != nil {
			return nil, err
		}
		all = append(all, cards...)
	}
	return all, nil
}

// ErrUnknown says that no recording of this name is filed.
var ErrUnknown = error(&coded{"archive.unknown", "no such recording is filed"})

// coded is an error with a code of i18n.
type coded struct{ code, what string }

func (e *coded) Error() string     { return e.what }
func (e *coded) FaultCode() string { return e.code }

// Card finds one recording.
func (a *Archive) Card(ctx context.Context, id string) (Card, error) {
	cards, err := a.cards(ctx, cardColumns+` FROM recording WHERE id = $1`, []any{id})
	if err == nil && len(cards) == 0 {
		err = fmt.Errorf("find %.40q: %w", id, ErrUnknown)
	}
	if err != nil {
		return Card{}, err
	}
	return cards[0], nil
}

// State is how much the archive holds, and how far its edits have come: a card that was kept is right while
// Edited tells of no other.
type State struct {
	Recordings, Faulty int
	Edit               int64
}

// State counts.
func (a *Archive) State(ctx context.Context) (s State, err error) {
	const text = `SELECT (SELECT count(*) FROM recording), (SELECT count(*) FROM recording WHERE fault <> ''),
		(SELECT coalesce(max(edit), 0) FROM recording)`
	err = a.each(ctx, text, nil, func(scan func(...any) error) error {
		return scan(&s.Recordings, &s.Faulty, &s.Edit)
	})
	return s, err
}

// Edited gives the cards that were filed or changed after an edit.
func (a *Archive) Edited(ctx context.Context, after int64) ([]Packed, error) {
	return a.packed(ctx, cardColumns+` FROM recording WHERE edit > $1`, []any{after})
}

func (a *Archive) packed(ctx context.Context, text string, values []any) ([]Packed, error) {
	var all []Packed
	err := a.each(ctx, text, values, func(scan func(...any) error) error {
		var p Packed
		err := scan(&p.Key, &p.state, &p.fault, &p.card)
		all = append(all, p)
		return err
	})
	return all, err
}

func (a *Archive) cards(ctx context.Context, text string, values []any) ([]Card, error) {
	list, err := a.packed(ctx, text, values)
	all := make([]Card, len(list))
	for i, p := range list {
		all[i] = p.Card()
	}
	return all, err
}

// each calls do for every row of a query.
func (a *Archive) each(ctx context.Context, text string, values []any, do func(scan func(...any) error) error) error {
	rows, err := a.db.QueryContext(ctx, text, values...)
	if err != nil {
		return fmt.Errorf("search archive: %w", err)
	}
	for err == nil && rows.Next() {
		err = do(rows.Scan)
	}
	if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("search archive: %w", err)
	}
	return nil
}

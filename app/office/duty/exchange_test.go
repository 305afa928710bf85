package duty_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"minglu/app/office/duty"
	"minglu/app/office/duty/dutytest"
	"minglu/sync/wire"
)

// post is a headquarters in memory. It can be unreachable, and it can do what was asked and lose the answer.
type post struct {
	entries []string
	ids     map[string]bool
	away    bool
	mute    bool
	facts   []wire.RoomFact // not noted yet
}

func (p *post) Told(_ context.Context, _ string, n wire.DutyNoted) (wire.DutyFacts, error) {
	if p.away {
		return wire.DutyFacts{}, errLine
	}
	p.facts = slices.DeleteFunc(p.facts, func(f wire.RoomFact) bool { return slices.Contains(n.Noted, f.Key) })
	if p.mute {
		return wire.DutyFacts{}, errLine
	}
	return wire.DutyFacts{Facts: slices.Clone(p.facts), Using: []wire.RoomInUse{{Room: "R7"}}}, nil
}

var errLine = errors.New("the line broke")

func (p *post) Share(_ context.Context, _ string, e wire.DutyEntries) (wire.DutyTaken, error) {
	if p.away {
		return wire.DutyTaken{}, errLine
	}
	for _, raw := range e.Entries {
		if !p.ids[raw] {
			p.ids[raw], p.entries = true, append(p.entries, raw)
		}
	}
	if p.mute {
		return wire.DutyTaken{}, errLine
	}
	return wire.DutyTaken{Taken: len(e.Entries), Newest: int64(len(p.entries))}, nil
}

func (p *post) Shared(_ context.Context, _ string, after int64) (wire.DutyPage, error) {
	if p.away {
		return wire.DutyPage{}, errLine
	}
	page := wire.DutyPage{Newest: int64(len(p.entries))}
	for i := int(after); i < len(p.entries) && len(page.Entries) < 3; i++ {
		page.Entries = append(page.Entries, wire.DutyEntry{Seq: int64(i + 1), Entry: p.entries[i]})
	}
	page.More = after+int64(len(page.Entries)) < page.Newest
	return page, nil
}

func newPost() *post { return &post{ids: map[string]bool{}} }

// joined demands that both machines show the same day of n entries.
func joined(t *testing.T, a, b *duty.Log, n int) {
	t.Helper()
	da, db := day(t, a, "2026-11-25"), day(t, b, "2026-11-25")
	if len(da.Entries) != n || len(db.Entries) != n {
		t.Fatalf("%d and %d entries; want %d", len(da.Entries), len(db.Entries), n)
	}
	for i := range da.Entries {
		if string(da.Entries[i].Raw) != string(db.Entries[i].Raw) {
			t.Fatalf("entry %d differs", i)
		}
	}
}

func TestHeadquartersAwayForAWeekLosesNothing(t *testing.T) {
	hq := newPost()
	wa, wb := &dutytest.Wall{Now: dutytest.At("2026-11-25", "09:00")}, &dutytest.Wall{Now: dutytest.At("2026-11-25", "09:00")}
	a, b := dutytest.Open(t, t.TempDir(), "H1", wa), dutytest.Open(t, t.TempDir(), "H2", wb)
	hq.away = true
	for i := range 10 {
		wa.Pass(time.Minute)
		dutytest.Add(t, a, duty.Entry{Text: fmt.Sprint("甲", i)})
		dutytest.Add(t, b, duty.Entry{Text: fmt.Sprint("乙", i)})
		if _, err := a.Exchange(t.Context(), hq); !errors.Is(err, errLine) {
			t.Fatalf("an exchange with nobody: %v", err)
		}
	}
	wa.Pass(7 * 24 * time.Hour)
	hq.away, hq.mute = false, true
	if _, err := a.Exchange(t.Context(), hq); !errors.Is(err, errLine) {
		t.Fatal(err) // it was done and the answer lost
	}
	hq.mute = false
	for _, l := range []*duty.Log{a, b, a} {
		if _, err := l.Exchange(t.Context(), hq); err != nil {
			t.Fatal(err)
		}
	}
	if len(hq.entries) != 20 {
		t.Errorf("headquarters has %d of 20 entries", len(hq.entries))
	}
	joined(t, a, b, 20)
	if x, err := a.Exchange(t.Context(), hq); err != nil || x != (duty.Exchanged{}) {
		t.Errorf("nothing new moves %+v, %v", x, err)
	}
}

func TestAHeadquartersRestoredFromAnOlderCopyGetsEverythingAgain(t *testing.T) {
	hq := newPost()
	w := &dutytest.Wall{Now: dutytest.At("2026-11-25", "09:00")}
	a, b := dutytest.Open(t, t.TempDir(), "H1", w), dutytest.Open(t, t.TempDir(), "H2", w)
	for i := range 7 {
		dutytest.Add(t, a, duty.Entry{Text: fmt.Sprint("第", i)})
	}
	for range 2 {
		if _, err := a.Exchange(t.Context(), hq); err != nil {
			t.Fatal(err)
		}
	}
	*hq = *newPost()
	for range 2 { // it notices, then sends
		if _, err := a.Exchange(t.Context(), hq); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Exchange(t.Context(), hq); err != nil {
		t.Fatal(err)
	}
	joined(t, a, b, 7)
}

func TestWhatComesByItselfIsEnteredOnce(t *testing.T) {
	l, w := morning(t)
	source := func(context.Context) ([]duty.Fact, error) {
		return []duty.Fact{
			{Key: "sealed R1-000001", Kind: "RECORDING", Text: "约谈室使用", At: w.Now.Add(-time.Minute), Recording: "R1-000001"},
			{Key: "old", Kind: "RECORDING", Text: "去年", At: w.Now.AddDate(-1, 0, 0)},
		}, nil
	}
	broken := func(context.Context) ([]duty.Fact, error) { return nil, errLine }
	for want := 1; want >= 0; want-- {
		if n, err := l.Gather(t.Context(), broken, source); n != want || !errors.Is(err, errLine) {
			t.Errorf("gathered %d, %v; want %d and the fault of the broken source", n, err, want)
		}
	}
	q := dutytest.Add(t, l, duty.Entry{Kind: "FIRST_ASKED", Text: "首问"})
	w.Pass(31 * time.Minute)
	for want := 1; want >= 0; want-- {
		if n, err := l.Overdue(t.Context(), func(m duty.Matter) string { return "超时：" + m.Title }); n != want || err != nil {
			t.Errorf("%d limits passed, %v; want %d", n, err, want)
		}
	}
	if m := matter(t, l, q.ID); !m.Overdue {
		t.Errorf("the matter does not know: %+v", m)
	}
	if s := duty.Sum([]*duty.Day{day(t, l, "2026-11-25")}, "2026-11-26"); s.Entries != 3 || s.Overdue != 1 || s.Opened != 1 || s.Kinds["RECORDING"] != 1 || s.Days != 1 {
		t.Errorf("the month: %+v", s)
	}
}

func TestAFactOfAnotherRoomIsNotedOnceWhateverTheLineDoes(t *testing.T) {
	hq := newPost()
	l := dutytest.Open(t, t.TempDir(), "H1", &dutytest.Wall{Now: dutytest.At("2026-11-25", "10:00")})
	fact := func(n int, kind string) wire.RoomFact {
		return wire.RoomFact{Key: fmt.Sprint(kind, n), Room: "R7", Kind: kind, At: fmt.Sprintf("2026-11-25T01:0%d:00.000Z", n), ID: fmt.Sprintf("R7-00000%d", n)}
	}
	say := func(f wire.RoomFact) string { return f.Room + " " + f.Kind }
	hear := func(want int) {
		t.Helper()
		if added, _, _ := l.Hear(t.Context(), hq, say); added != want {
			t.Errorf("%d facts were new; want %d", added, want)
		}
	}
	hq.facts, hq.away = []wire.RoomFact{fact(1, wire.FactUsed), fact(2, wire.FactFailing)}, true
	hear(0)
	hq.away = false
	again := slices.Clone(hq.facts)
	hear(2)
	hq.facts = again // it was noted, and the answer was lost
	hear(0)
	hq.mute = true
	hear(0)
	d := day(t, l, "2026-11-25")
	if len(hq.facts) != 0 || len(d.Entries) != 2 {
		t.Fatalf("%d facts left, %d entries", len(hq.facts), len(d.Entries))
	}
	used, failing := d.Entries[0], d.Entries[1]
	if used.Author != duty.System || used.Kind != "RECORDING" || used.Recording != "R7-000001" || used.Stated != "2026-11-25T01:01:00.000Z" || failing.Kind != "EQUIP" {
		t.Errorf("%+v\n%+v", used, failing)
	}
}

package duty_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"minglu/app/office/duty"
	"minglu/app/office/duty/dutytest"
	"minglu/capture/evidence"
)

// give carries entries from one log to another, in any order, some of them twice.
func give(t *testing.T, from, to *duty.Log, chance *rand.Rand) {
	t.Helper()
	f, err := from.Search(t.Context(), "", 0, 500)
	if err != nil {
		t.Fatal(err)
	}
	var raws [][]byte
	for _, e := range f.Entries {
		raws = append(raws, e.Raw)
	}
	chance.Shuffle(len(raws), func(i, j int) { raws[i], raws[j] = raws[j], raws[i] })
	for part := range slices.Chunk(append(raws, raws[:len(raws)/3]...), 7) {
		if _, err := to.Take(t.Context(), part); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTwoMachinesApartForADayThenJoinedShowTheSame(t *testing.T) {
	for seed := range uint64(5) {
		chance := rand.New(rand.NewPCG(seed, 1))
		now := dutytest.At("2026-11-25", "09:00")
		wa, wb := &dutytest.Wall{Now: now}, &dutytest.Wall{Now: now.Add(-90 * time.Second)} // their clocks differ
		a, b := dutytest.Open(t, t.TempDir(), "HALL1", wa), dutytest.Open(t, t.TempDir(), "HALL2", wb)
		dutytest.Add(t, a, duty.Entry{Act: duty.ShiftStart, Author: "李强"})
		shared := dutytest.Add(t, a, duty.Entry{Kind: "COORD", Text: "协调：软件升级"})
		give(t, a, b, chance)
		for i := range 40 {
			l, w := a, wa
			if chance.IntN(2) == 0 {
				l, w = b, wb
			}
			wa.Pass(time.Duration(chance.IntN(60)) * time.Second)
			wb.Pass(time.Duration(chance.IntN(60)) * time.Second)
			e := dutytest.Add(t, l, duty.Entry{Kind: []string{"CONSULT", "GUIDE", "COMPLAINT", "FIRST_ASKED"}[chance.IntN(4)], Text: fmt.Sprint("第", i, "件"), Stated: evidence.FormatTime(w.Now)})
			if e.Opens() && chance.IntN(2) == 0 {
				dutytest.Add(t, l, duty.Entry{Act: duty.Done, Matter: e.ID, Outcome: "办结"})
			}
		}
		dutytest.Add(t, b, duty.Entry{Act: duty.ShiftStart, Author: "李强"})
		dutytest.Add(t, a, duty.Entry{Act: duty.Done, Matter: shared.ID, Author: "李强", Outcome: "已升级"})
		dutytest.Add(t, b, duty.Entry{Act: duty.Done, Matter: shared.ID, Author: "王芳", Outcome: "已绕过"})
		give(t, a, b, chance)
		give(t, b, a, chance)
		da, db := day(t, a, "2026-11-25"), day(t, b, "2026-11-25")
		x, errX := evidence.MarshalBody(da)
		y, errY := evidence.MarshalBody(db)
		if errX != nil || errY != nil || string(x) != string(y) {
			t.Fatalf("seed %d: the two show different days:\n%s\n%s", seed, x, y)
		}
		if m := matter(t, a, shared.ID); len(m.Conflicts) != 1 || m.State != duty.MatterDone {
			t.Errorf("seed %d: the matter ended twice shows %v", seed, m.Conflicts)
		}
		for _, m := range da.Open() {
			dutytest.Add(t, b, duty.Entry{Act: duty.Carry, Matter: m.ID, Reason: "次日续办", Owner: "王芳"})
		}
		if _, err := b.CloseDay(t.Context(), "2026-11-25", "李强"); err != nil {
			t.Fatal(err)
		}
		give(t, b, a, chance)
		if d := day(t, a, "2026-11-25"); d.State != duty.DayClosed || len(d.Closings) != 1 {
			t.Errorf("seed %d: on the other machine the day is %s with %d closings", seed, d.State, len(d.Closings))
		}
	}
}

func TestTwoLeadersAndTwoClosingsShowAndNothingIsLost(t *testing.T) {
	now := dutytest.At("2026-11-25", "09:00")
	a, b := dutytest.Open(t, t.TempDir(), "HALL1", &dutytest.Wall{Now: now}), dutytest.Open(t, t.TempDir(), "HALL2", &dutytest.Wall{Now: now})
	for who, l := range map[string]*duty.Log{"李强": a, "赵敏": b} {
		dutytest.Add(t, l, duty.Entry{Act: duty.ShiftStart, Author: who})
		dutytest.Add(t, l, duty.Entry{Text: "咨询", Author: who})
		if _, err := l.CloseDay(t.Context(), "2026-11-25", who); err != nil {
			t.Fatal(err)
		}
	}
	chance := rand.New(rand.NewPCG(1, 1))
	give(t, a, b, chance)
	give(t, b, a, chance)
	d := day(t, a, "2026-11-25")
	codes := map[string]bool{}
	for _, r := range d.Remarks {
		codes[r.Code] = true
	}
	if d.State != duty.DayReopened || d.Uncover != 2 || !codes["two_leaders"] || !codes["closed_twice"] || !codes["uncovered"] {
		t.Errorf("it is %s, %d uncovered, %+v", d.State, d.Uncover, d.Remarks)
	}
	if _, err := a.CloseDay(t.Context(), "2026-11-25", duty.System); err != nil {
		t.Fatal(err)
	}
	give(t, a, b, chance)
	for _, l := range []*duty.Log{a, b} {
		if d := day(t, l, "2026-11-25"); d.State != duty.DayClosed || d.Uncover != 0 || d.Count() != 4 {
			t.Errorf("after the supplement it is %s, %d uncovered, %d entries", d.State, d.Uncover, d.Count())
		}
	}
}

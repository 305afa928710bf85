// Package dutytest opens a hall's duty log for tests, by a clock that the test turns.
package dutytest

import (
	"fmt"
	"testing"
	"time"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/capture/clock"
	"minglu/capture/evidence"
)

// Hall is the hall of all logs here, and the code of its first machine.
const Hall = "HALL1"

// Wall is a machine's clocks: the wall clock, which anybody may set, and the boot clock, which only Pass moves.
type Wall struct {
	Now  time.Time
	Boot time.Duration
}

// Pass lets time go by on both clocks.
func (w *Wall) Pass(d time.Duration) { w.Now, w.Boot = w.Now.Add(d), w.Boot+d }

// Clock is the clock of a machine that has been on since it was started.
func (w *Wall) Clock() clock.Clock {
	return clock.Clock{Now: func() time.Time { return w.Now }, Boot: func() time.Duration { return w.Boot }, BootID: "boot"}
}

// At is a moment of legal time.
func At(day calendar.Day, clock string) time.Time { return day.At(clock) }

// Open opens the log of a machine in a home until the test ends.
func Open(t testing.TB, home, machine string, w *Wall) *duty.Log {
	t.Helper()
	l, err := duty.Open(t.Context(), home, duty.Who{Hall: Hall, Machine: machine}, w.Clock())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// Morning opens an empty log at a time of Wednesday, 25 November 2026.
func Morning(t testing.TB, clock string) (*duty.Log, *Wall) {
	t.Helper()
	w := &Wall{Now: At("2026-11-25", clock), Boot: time.Hour}
	return Open(t, t.TempDir(), Hall, w), w
}

// Add enters what must be taken; where no author is named 李强 writes.
func Add(t testing.TB, l *duty.Log, e duty.Entry) duty.Entry {
	t.Helper()
	if e.Author == "" && e.Act != duty.Rate {
		e.Author = "李强"
	}
	made, err := l.Add(t.Context(), e)
	if err != nil {
		t.Fatalf("%+v: %v", e, err)
	}
	return made
}

// Other is another machine of the hall, H2, from which years of entries come at once.
type Other struct {
	t     testing.TB
	log   *duty.Log
	n     int
	batch [][]byte
}

// NewOther makes the other machine of a log.
func NewOther(t testing.TB, l *duty.Log) *Other { return &Other{t: t, log: l} }

// batch is how many entries come at once.
const batch = 4000

// Enter makes an entry of the day at.
func (o *Other) Enter(at time.Time, e duty.Entry) (id string) {
	o.t.Helper()
	o.n++
	e.V, e.ID, e.Hall, e.Machine, e.Stamp = 1, fmt.Sprintf("%032x", o.n), Hall, "H2", duty.Stamp{MS: at.UnixMilli()}
	e.Recorded, e.BootMS, e.BootID, e.Day = evidence.FormatTime(at), at.UnixMilli()%1e9, "boot", calendar.DayOf(at)
	raw, err := evidence.MarshalBody(e)
	if err != nil {
		o.t.Fatal(err)
	}
	if o.batch = append(o.batch, raw); len(o.batch) == batch {
		o.Flush()
	}
	return e.ID
}

// Count is how many entries it made.
func (o *Other) Count() int { return o.n }

// Flush brings in what was made and is not in the log yet.
func (o *Other) Flush() {
	o.t.Helper()
	if _, err := o.log.Take(o.t.Context(), o.batch); err != nil {
		o.t.Fatal(err)
	}
	o.batch = nil
}

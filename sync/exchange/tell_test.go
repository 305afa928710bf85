package exchange_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"minglu/app/store"
	"minglu/sync/enrol"
	"minglu/sync/exchange"
	"minglu/sync/facts"
	"minglu/sync/receive"
	"minglu/sync/wire"
)

// desk is headquarters with hall HALL1: the machines H1 and H2, the rooms R1 and R2, and R9 of another hall.
func desk(t *testing.T, now *time.Time, recordings map[string][]receive.Recording) *exchange.Desk {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "hq.db"),
		store.Schema{Name: "exchange", Versions: exchange.Versions()}, store.Schema{Name: "facts", Versions: facts.Versions()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	seat := func(room, hall string) enrol.Member { return enrol.Member{Seat: enrol.Seat{Room: room, Hall: hall}} }
	return &exchange.Desk{DB: db, Now: func() time.Time { return *now },
		Members: func() ([]enrol.Member, error) {
			return []enrol.Member{seat("H1", "HALL1"), seat("H2", "HALL1"), seat("R1", "HALL1"), seat("R2", "HALL1"), seat("R9", "")}, nil
		},
		Changed: func(_ context.Context, room string, _ time.Time) ([]receive.Recording, error) {
			return recordings[room], nil
		},
		Broken: func(id string) (bool, error) { return id == "R1-000002", nil },
	}
}

func ask(t *testing.T, d *exchange.Desk, machine string, noted ...string) (keys []string, using []wire.RoomInUse) {
	t.Helper()
	answer, err := d.Tell(t.Context(), "HALL1", machine, noted)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range answer.Facts {
		keys = append(keys, f.Key)
	}
	return keys, answer.Using
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %q; want %q", what, got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: got %q; want %q", what, got, want)
		}
	}
}

func TestAFactIsToldToOneMachineUntilItIsNoted(t *testing.T) {
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	d := desk(t, &now, map[string][]receive.Recording{
		"R1": {
			{ID: "R1-000001", State: "received", Item: "I03", Start: "2026-11-25T01:00:00.000Z"},
			{ID: "R1-000002", State: "received", Item: "I03", Start: "2026-11-25T02:00:00.000Z"},
			{ID: "R1-000003", State: "recording", Item: "I01", Start: "2026-11-25T07:00:00.000Z"},
		},
		"R2": {{ID: "R2-000001", State: "received", Item: "DUTY", Start: "2026-11-25T01:00:00.000Z"}},
		"R9": {{ID: "R9-000001", State: "received", Item: "I03", Start: "2026-11-25T01:00:00.000Z"}},
	})
	ill := `{"v":1,"at":"2026-11-25T03:00:00Z","version":"1","checks":[{"check":"disk","state":"fail","title":"磁盘","found":"满"},{"check":"net","state":"ok"}]}`
	if err := facts.Put(t.Context(), d.DB, facts.Fact{Room: "R2", Kind: facts.Doctor, Received: now.Add(-time.Hour), Body: []byte(ill)}); err != nil {
		t.Fatal(err)
	}
	all := []string{"used R1-000001", "interrupted R1-000002", "failing 2026-11-25 R2 disk"}
	keys, using := ask(t, d, "H1")
	same(t, "first", keys, all...)
	if len(using) != 1 || using[0].ID != "R1-000003" {
		t.Errorf("in use: %+v", using)
	}
	keys, _ = ask(t, d, "H1")
	same(t, "its answer was lost", keys, all...)
	keys, _ = ask(t, d, "H2")
	same(t, "the other machine meanwhile", keys)
	keys, _ = ask(t, d, "H1", all[0])
	same(t, "one is noted", keys, all[1:]...)
	now = now.Add(7 * time.Hour)
	keys, _ = ask(t, d, "H2")
	same(t, "the first is silent for hours", keys, all[1:]...)
	keys, _ = ask(t, d, "H2", all[1:]...)
	same(t, "all are noted", keys)
	now = now.Add(7 * time.Hour)
	keys, _ = ask(t, d, "H1")
	same(t, "and stay so", keys)
}

func TestARoomThatKeepsTheLogNotesItsOwnFacts(t *testing.T) {
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	d := desk(t, &now, map[string][]receive.Recording{"H2": {{ID: "H2-000001", State: "received", Item: "I03", Start: "2026-11-25T01:00:00.000Z"}}})
	_, err := d.DB.Exec(`INSERT INTO duty_entry (seq, hall, id, day, machine, came, raw) VALUES (1, 'HALL1', 'x', '2026-11-25', 'H2', 0, '{}')`)
	if err != nil {
		t.Fatal(err)
	}
	keys, _ := ask(t, d, "H1")
	same(t, "of a machine of the log", keys)
}

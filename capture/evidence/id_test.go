package evidence_test

import (
	"math"
	"testing"

	"minglu/capture/evidence"
)

func TestIDsHaveOneSpelling(t *testing.T) {
	for id, want := range map[string]int64{"HALL01-000007": 7, "7-1234567": 1234567, "ABCDEFGHIJKLMNOP-000001": 1,
		"A-9223372036854775807": math.MaxInt64} {
		room, n, err := evidence.ParseID(id)
		if err != nil || n != want || evidence.MakeID(room, n) != id {
			t.Errorf("%s: got %s %d %v; want number %d", id, room, n, err, want)
		}
	}
	for _, id := range []string{"", "HALL01", "HALL01-", "HALL01-1", "HALL01-000000", "HALL01-0000001", "hall-000001",
		"-000001", "HALL01-00001x", "HALL01-000001 ", "HALL01-+00001", "ABCDEFGHIJKLMNOPQ-000001", "HALL01--00001",
		"HALL01-9223372036854775808", "../01-000001", "HÄLL-000001", "HALL01-000001/..", "HALL01-000001\n"} {
		if _, _, err := evidence.ParseID(id); err == nil {
			t.Errorf("%q was accepted", id)
		}
	}
}

func TestARoomsCodeIsShortPlainAndCapital(t *testing.T) {
	for code, want := range map[string]bool{"HALL01": true, "7": true, "ABCDEFGHIJKLMNOP": true, "": false, "hall": false,
		"HALL 1": false, "HALL-1": false, "ABCDEFGHIJKLMNOPQ": false, "..": false, "室": false, "HALL\n": false} {
		if got := evidence.IsRoom(code); got != want {
			t.Errorf("%q: got %v; want %v", code, got, want)
		}
	}
}

package main

import (
	"errors"
	"testing"
)

func TestTheNewestTimeIsTheLatestAndNotTheLast(t *testing.T) {
	entries := []string{`{"time":"2026-11-25T10:00:00.000Z"}`, `{"time":"2026-11-25T10:05:00.000Z"}`, `{"time":"2026-11-25T09:56:00.000Z"}`}
	read := func(i int64) ([]byte, error) { return []byte(entries[i]), nil }
	if newest, err := newestTime(3, read); err != nil || newest != "2026-11-25T10:05:00.000Z" {
		t.Errorf("%q, %v", newest, err)
	}
	if newest, err := newestTime(0, read); err != nil || newest != "" {
		t.Errorf("of none: %q, %v", newest, err)
	}
	broken := errors.New("cannot be read")
	if _, err := newestTime(1, func(int64) ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("a ledger that cannot be read: %v", err)
	}
}

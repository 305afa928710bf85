package upload_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"minglu/sync/outbox"
	"minglu/sync/upload"
)

func TestHoursMayGoOverMidnight(t *testing.T) {
	at := func(hour, minute int) time.Time { return time.Date(2026, 3, 1, hour, minute, 0, 0, time.Local) }
	night := upload.Hours{From: 20 * time.Hour, To: 6*time.Hour + 30*time.Minute}
	day := upload.Hours{From: 12 * time.Hour, To: 14 * time.Hour}
	for _, c := range []struct {
		h    upload.Hours
		t    time.Time
		want bool
	}{
		{night, at(20, 0), true}, {night, at(23, 59), true}, {night, at(0, 0), true}, {night, at(6, 29), true},
		{night, at(6, 30), false}, {night, at(12, 0), false}, {night, at(19, 59), false},
		{day, at(11, 59), false}, {day, at(12, 0), true}, {day, at(13, 59), true}, {day, at(14, 0), false},
		{upload.Hours{}, at(3, 0), true},
	} {
		if got := c.h.Open(c.t); got != c.want {
			t.Errorf("%v at %v: %v; want %v", c.h, c.t, got, c.want)
		}
	}
}

func TestOutsideItsHoursARecordingIsAnnouncedAndNotSent(t *testing.T) {
	hq := newFakeHQ(t)
	room := newRoom(t, hq)
	id := room.record(300 << 10)
	hour, minute, _ := time.Now().Clock()
	later := (time.Duration(hour+2)*time.Hour + time.Duration(minute)*time.Minute) % (24 * time.Hour)
	room.Hours = upload.Hours{From: later, To: (later + time.Hour) % (24 * time.Hour)}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := room.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	hq.mu.Lock()
	_, told := hq.told[id]
	parts := len(hq.parts)
	hq.mu.Unlock()
	if row := room.row(id); !told || parts > 0 || row.State != outbox.Announced {
		t.Errorf("told: %v, %d parts, %s; want told and nothing sent", told, parts, row.State)
	}
	room.Hours = upload.Hours{}
	room.drain()
	room.arrived(id)
}

func TestASendingStopsWhenItsHoursEndAndGoesOnInTheNext(t *testing.T) {
	hq := newFakeHQ(t)
	room := newRoom(t, hq, func(terms *upload.Terms) { terms.Limit = 512 << 10 })
	id := room.record(3 << 20)
	var over atomic.Bool
	room.Now = func() time.Time {
		if over.Load() {
			return time.Now().Add(2 * time.Hour)
		}
		return time.Now()
	}
	hour, minute, _ := time.Now().Clock()
	from := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
	room.Hours = upload.Hours{From: from, To: (from + time.Hour) % (24 * time.Hour)}
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
	defer cancel()
	time.AfterFunc(2*time.Second, func() { over.Store(true) })
	if err := room.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	row := room.row(id)
	if row.Acked == 0 || row.Acked >= 3<<20 || row.Tries != 0 || row.State != outbox.Uploading {
		t.Errorf("%d bytes sent, %d failed tries, %s; want some, none, uploading", row.Acked, row.Tries, row.State)
	}
	room.Hours = upload.Hours{}
	room.drain()
	room.arrived(id)
}

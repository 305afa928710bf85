package queue_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"minglu/app/desk/queue"
	"minglu/app/i18n"
	"minglu/app/room"
	"minglu/app/settings"
	"minglu/capture/clock"
	"minglu/capture/durable"
	"minglu/capture/key"
	"minglu/capture/vault"
	"minglu/sync/outbox"
	"minglu/sync/wire"
)

const seal = "0cd52bd0b47800e6a2631689a1bbe2fd8383fff42348163ec0a8e94e0cb101d9"

// office is a room with an outbox and no way to headquarters.
type office struct {
	t     *testing.T
	room  *room.Room
	kept  *settings.Kept
	model *queue.Model
}

func open(t *testing.T) *office {
	t.Helper()
	home := t.TempDir()
	r := &room.Room{Home: home, Clock: clock.System(), Keys: &key.Keys{},
		Settings: settings.Room{V: 1, Room: "R101", Title: "一号室", HQ: "https://hq.example:8443"}}
	var err error
	if r.Vault, err = vault.Open(durable.OS{}, filepath.Join(home, "vault")); err != nil {
		t.Fatal(err)
	}
	if r.Box, err = outbox.Open(filepath.Join(home, "outbox.db"), "R101"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Box.Close() })
	o := &office{t: t, room: r, kept: settings.Keep(durable.OS{}, home, r.Settings)}
	if o.model, err = queue.NewModel(r, o.kept, func(context.Context, string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return o
}

// run works the model until the test ends.
func (o *office) run() {
	ctx, stop := context.WithCancel(o.t.Context())
	var work sync.WaitGroup
	work.Go(func() { o.model.Run(ctx) })
	o.t.Cleanup(func() { stop(); work.Wait() })
}

// record makes a sealed recording of an item, begun at a time, and its folder.
func (o *office) record(item string, at time.Time) (id string) {
	o.t.Helper()
	ctx := o.t.Context()
	n, err := o.room.Box.Reserve(ctx, at)
	if err != nil {
		o.t.Fatal(err)
	}
	id = "R101-00000" + string(rune('0'+n))
	parts := []wire.Part{{Path: "data/media/cam0.mp4", Size: 5_000_000, SHA256: seal}}
	for _, err := range []error{
		os.MkdirAll(o.room.Vault.Dir(id), 0o700), o.room.Box.Describe(ctx, id, item, "2026-03-02T01:00:00.000Z"),
		o.room.Box.Seal(ctx, id, seal, at), o.room.Box.Queue(ctx, id, parts, at),
	} {
		if err != nil {
			o.t.Fatal(err)
		}
	}
	return id
}

// received gives a recording its receipt, of this time, and a fresh confirmation.
func (o *office) received(id string, at time.Time) {
	o.t.Helper()
	ctx := o.t.Context()
	err := o.room.Box.Receive(ctx, id, nil, at, at)
	if err == nil {
		err = o.room.Box.Confirm(ctx, []wire.Held{{ID: id, Seal: seal}}, nil, time.Now())
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("not within fifteen seconds: %s", what)
}

func TestBoundsAreKeptInTheSettingsAndWhatIsWrongIsNot(t *testing.T) {
	o := open(t)
	o.run()
	o.model.SetBounds(queue.Bounds{Limit: "500", From: "20:00", To: "06:30"})
	until(t, "they are kept", func() bool { return o.model.Feed.Newest().Bounds.To == "06:30" })
	read, err := settings.LoadRoom(o.room.Home)
	if err != nil || read.UploadMax != 500_000 || read.UploadFrom != "20:00" {
		t.Errorf("the file has %+v, %v", read, err)
	}
	for _, c := range []struct {
		bounds queue.Bounds
		want   queue.BoundsFault
	}{
		{queue.Bounds{Limit: "fast"}, queue.BoundsFault{Limit: true}},
		{queue.Bounds{Limit: "-1"}, queue.BoundsFault{Limit: true}},
		{queue.Bounds{From: "8 am", To: "09:00"}, queue.BoundsFault{From: true}},
		{queue.Bounds{From: "08:00"}, queue.BoundsFault{To: true}},
		{queue.Bounds{From: "08:00", To: "08:00"}, queue.BoundsFault{To: true}},
	} {
		o.model.SetBounds(c.bounds)
		until(t, "a fault is told", func() bool { return o.model.Feed.Newest().BoundsFault == c.want })
		if now := o.kept.Now(); now.UploadMax != 500_000 || now.UploadTo != "06:30" {
			t.Errorf("%+v changed the settings: %+v", c.bounds, now)
		}
	}
	o.model.SetBounds(queue.Bounds{})
	until(t, "none are kept", func() bool {
		s := o.model.Feed.Newest()
		return s.Bounds == queue.Bounds{} && s.BoundsFault == queue.BoundsFault{}
	})
}

func TestOnlyWhatHeadquartersHoldsAndNobodyNeedsIsFreedByAPerson(t *testing.T) {
	o := open(t)
	old := time.Now().AddDate(-12, 0, 0)
	may := o.record("I01", old)
	young, here, ever := o.record("I01", time.Now()), o.record("I01", old), o.record("I03", old)
	for _, id := range []string{may, ever} {
		o.received(id, old.AddDate(0, 0, 1))
	}
	o.received(young, time.Now())
	o.run()
	o.model.ListFree()
	until(t, "the list is there", func() bool { return o.model.Feed.Newest().Free != nil })
	s := o.model.Feed.Newest()
	if len(s.Free.May) != 1 || s.Free.May[0].ID != may || len(s.Free.Held) != 3 {
		t.Fatalf("may %+v, held %+v", s.Free.May, s.Free.Held)
	}
	if s.Waiting != 1 || s.Here != 5_000_000 {
		t.Errorf("%d are only here, %d bytes; want 1 of 5000000", s.Waiting, s.Here)
	}
	for _, k := range s.Free.Held {
		want := map[string]outbox.Hold{young: outbox.HoldRetention, here: outbox.HoldReceipt, ever: outbox.HoldRetention}[k.ID]
		if len(k.Holds) == 0 || k.Holds[0] != want {
			t.Errorf("%s is held by %v; want %s", k.ID, k.Holds, want)
		}
	}
	o.model.Release([]string{may, here}, " 张三 ", "")
	until(t, "it is refused without a reason", func() bool { return o.model.Feed.Newest().Free.Err != nil })
	if _, err := os.Stat(o.room.Vault.Dir(may)); err != nil {
		t.Fatal(err)
	}
	o.model.Release([]string{may, here}, " 张三 ", "硬盘将满")
	until(t, "one is freed", func() bool { return o.model.Feed.Newest().Free.Count == 1 })
	if f := o.model.Feed.Newest().Free; f.Freed != 5_000_000 || !errors.Is(f.Err, outbox.ErrHeld) || i18n.Explain(f.Err, i18n.ZH).Code != "held" {
		t.Errorf("freed %d bytes, %v", f.Freed, f.Err)
	}
	person, reason, _, err := o.room.Box.Ordered(t.Context(), may)
	if err != nil || person != "张三" || reason != "硬盘将满" {
		t.Errorf("ordered by %q for %q, %v", person, reason, err)
	}
	if _, err := os.Stat(o.room.Vault.Dir(may)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	if _, err := os.Stat(o.room.Vault.Dir(here)); err != nil {
		t.Errorf("what is only here was deleted: %v", err)
	}
}

func TestADatabaseThatIsLockedIsToldAndHoldsNobodyUp(t *testing.T) {
	o := open(t)
	o.record("I01", time.Now())
	other, err := sql.Open("sqlite", filepath.Join(o.room.Home, "outbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	lock, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	o.run()
	began := time.Now()
	o.model.Retry()
	if held := time.Since(began); held > 50*time.Millisecond {
		t.Errorf("the button waited %v", held)
	}
	until(t, "it is told", func() bool {
		err := o.model.Feed.Newest().Fault
		return err != nil && strings.Contains(i18n.Explain(err, i18n.ZH).What, "数据库")
	})
	if _, err := lock.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	_ = lock.Close()
	o.model.Retry()
	until(t, "it goes on by itself", func() bool { return len(o.model.Feed.Newest().Rows) == 1 })
}

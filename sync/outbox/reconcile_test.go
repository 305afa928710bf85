package outbox_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"minglu/sync/outbox"
	"minglu/sync/wire"
)

func TestAStartBringsRowsAndFoldersTogether(t *testing.T) {
	box, ctx := newBox(t), t.Context()
	running, torn, sealed, gone, young := reserve(t, box, noon), reserve(t, box, noon), reserve(t, box, noon),
		reserve(t, box, noon), reserve(t, box, noon.Add(2*time.Hour))
	at := noon.Add(2 * time.Hour)
	found, err := box.Reconcile(ctx, []outbox.Folder{
		{ID: running, Live: true}, {ID: torn}, {ID: sealed, Seal: sealA}, {ID: "HALL01-000042", Seal: sealA},
		{ID: "HALL02-000001"}, {ID: "lost+found"},
	}, at)
	must(t, err)
	got := map[string]string{}
	for _, f := range found {
		got[f.ID] = f.What
	}
	for id, want := range map[string]string{running: "", torn: "interrupted", sealed: "sealed", gone: "lost", young: "",
		"HALL01-000042": "added", "HALL02-000001": "foreign", "lost+found": "foreign"} {
		if got[id] != want {
			t.Errorf("%s: got %q; want %q", id, got[id], want)
		}
	}
	for id, want := range map[string]outbox.State{running: outbox.Recording, torn: outbox.Interrupted,
		sealed: outbox.Sealed, gone: outbox.Lost, young: outbox.Recording, "HALL01-000042": outbox.Sealed} {
		if r := row(t, box, id); r.State != want {
			t.Errorf("%s: got %s; want %s", id, r.State, want)
		}
	}
	if n, err := box.Reserve(ctx, at); err != nil || n != 43 {
		t.Errorf("next number %d, %v; want 43, after the folder that was found", n, err)
	}
}

func TestAFolderThatComesBackGoesOn(t *testing.T) {
	box, ctx := newBox(t), t.Context()
	id := receive(t, box, noon)
	found, err := box.Reconcile(ctx, nil, noon.Add(time.Hour))
	if err != nil || len(found) != 1 || found[0].What != "lost" {
		t.Fatalf("got %v, %v; want lost", found, err)
	}
	found, err = box.Reconcile(ctx, []outbox.Folder{{ID: id, Seal: sealA}}, noon.Add(2*time.Hour))
	if err != nil || len(found) != 1 || found[0].What != "back" || row(t, box, id).State != outbox.Queued {
		t.Errorf("got %v, %v in %s; want back and queued", found, err, row(t, box, id).State)
	}
}

func TestASealThatChangedOnTheDiskIsAnAlarm(t *testing.T) {
	box, ctx := newBox(t), t.Context()
	id := reserve(t, box, noon)
	must(t, box.Seal(ctx, id, sealA, noon))
	for _, want := range []int{1, 0} { // told once
		found, err := box.Reconcile(ctx, []outbox.Folder{{ID: id, Seal: strings.Repeat("d", 64)}}, noon)
		if err != nil || len(found) != want {
			t.Errorf("got %v, %v; want %d findings", found, err, want)
		}
	}
	if r := row(t, box, id); r.State != outbox.Refused || r.Wait.Cause != outbox.CauseDamaged {
		t.Errorf("got %s for %s; want refused for damaged", r.State, r.Wait.Cause)
	}
}

func TestSpaceIsFreedOnlyWithReceiptRetentionAndAPerson(t *testing.T) {
	box, ctx := newBox(t), t.Context()
	id, open := receive(t, box, noon), reserve(t, box, noon)
	later := noon.Add(60 * 24 * time.Hour)
	good := outbox.Order{ID: id, Person: "王芳", Reason: "retention ended", Until: noon.Add(40 * 24 * time.Hour)}
	refuse := func(name string, o outbox.Order, at time.Time, why string) {
		t.Helper()
		_, err := box.Release(ctx, o, at)
		if !errors.Is(err, outbox.ErrHeld) || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: got %v; want held: %s", name, err, why)
		}
	}
	refuse("stale confirmation", good, later, "has not confirmed")
	must(t, box.Confirm(ctx, []wire.Held{{ID: id, Seal: sealA}}, nil, later))
	for name, change := range map[string]func(*outbox.Order){
		"nobody":       func(o *outbox.Order) { o.Person = "" },
		"no reason":    func(o *outbox.Order) { o.Reason = "" },
		"retention":    func(o *outbox.Order) { o.Until = later.Add(time.Hour) },
		"no retention": func(o *outbox.Order) { o.Until = time.Time{} },
		"no receipt":   func(o *outbox.Order) { o.ID = open },
	} {
		o := good
		change(&o)
		refuse(name, o, later, "")
	}
	freed, err := box.Release(ctx, good, later)
	must(t, err)
	person, reason, at, err := box.Ordered(ctx, id)
	if err != nil || freed != 1031 || person != good.Person || reason != good.Reason || !at.Equal(later) {
		t.Errorf("freed %d, recorded %s, %s, %v, %v; want 1031", freed, person, reason, at, err)
	}
	found, err := box.Reconcile(ctx, []outbox.Folder{{ID: id, Seal: sealA}, {ID: open}}, later)
	if err != nil || found[0].What != "leftover" {
		t.Errorf("got %v, %v; want the leftover folder", found, err)
	}
	if found, err = box.Reconcile(ctx, []outbox.Folder{{ID: open}}, later); err != nil || len(found) != 0 {
		t.Errorf("got %v, %v; want no alarm for what was released", found, err)
	}
}

func TestWhatHeadquartersForgotReturnsToTheQueue(t *testing.T) {
	box, ctx := newBox(t), t.Context()
	kept, forgot := receive(t, box, noon), receive(t, box, noon)
	held, err := box.Held(ctx, "", 10)
	if err != nil || len(held) != 2 {
		t.Fatalf("held %v, %v; want 2", held, err)
	}
	later := noon.Add(time.Hour)
	must(t, box.Confirm(ctx, held, []string{forgot}, later))
	must(t, box.Audited(ctx, later))
	if r := row(t, box, kept); r.State != outbox.Received || !r.Confirmed.Equal(later) {
		t.Errorf("got %s confirmed %v; want received, confirmed now", r.State, r.Confirmed)
	}
	r := row(t, box, forgot)
	if r.State != outbox.Queued || r.Wait.Cause != outbox.CauseForgotten || r.Acked != 0 || r.Told != "" {
		t.Errorf("got %+v; want queued again because headquarters forgot", r)
	}
	if at, err := box.LastAudit(ctx); err != nil || !at.Equal(later) {
		t.Errorf("last audit %v, %v; want %v", at, err, later)
	}
}

func TestWhatHeadquartersForgotAfterItsReleaseIsAnAlarm(t *testing.T) {
	box, ctx := newBox(t), t.Context()
	id := receive(t, box, noon)
	later := noon.Add(31 * 24 * time.Hour)
	held := []wire.Held{{ID: id, Seal: sealA}}
	must(t, box.Confirm(ctx, held, nil, later))
	_, err := box.Release(ctx, outbox.Order{ID: id, Person: "a", Reason: "b", Until: noon}, later)
	must(t, err)
	must(t, box.Confirm(ctx, held, []string{id}, later))
	if r := row(t, box, id); r.State != outbox.Lost || r.Wait.Cause != outbox.CauseForgotten {
		t.Errorf("got %s for %s; want lost because headquarters forgot", r.State, r.Wait.Cause)
	}
}

package outbox_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/outbox"
	"minglu/sync/wire"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

const sealA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

func openBox(t *testing.T, path string) *outbox.Box {
	t.Helper()
	box, err := outbox.Open(path, "HALL01")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	return box
}

func newBox(t *testing.T) *outbox.Box {
	t.Helper()
	return openBox(t, filepath.Join(t.TempDir(), "outbox ?#%.db"))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func row(t *testing.T, box *outbox.Box, id string) outbox.Row {
	t.Helper()
	r, err := box.Row(t.Context(), id)
	must(t, err)
	return r
}

// reserve makes a row and gives its id.
func reserve(t *testing.T, box *outbox.Box, at time.Time) string {
	t.Helper()
	n, err := box.Reserve(t.Context(), at)
	must(t, err)
	return evidence.MakeID("HALL01", n)
}

func parts() []wire.Part {
	return []wire.Part{{Path: "mimetype", Size: 31, SHA256: sealA}, {Path: "data/media/cam0.mp4", Size: 1000, SHA256: strings.Repeat("b", 64)}}
}

// receive brings a new recording to its receipt.
func receive(t *testing.T, box *outbox.Box, at time.Time) string {
	t.Helper()
	ctx, id := t.Context(), reserve(t, box, at)
	must(t, box.Seal(ctx, id, sealA, at))
	must(t, box.Queue(ctx, id, parts(), at))
	must(t, box.Tell(ctx, id, outbox.Sealed, at))
	must(t, box.Verify(ctx, id, at))
	must(t, box.Receive(ctx, id, []wire.File{{Path: "receipt.tlog-proof", Data: []byte("proof")}}, at, at))
	return id
}

func TestNumbersAreGaplessWhoeverAsks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.db")
	boxes := []*outbox.Box{openBox(t, path), openBox(t, path)}
	var crew sync.WaitGroup
	var mu sync.Mutex
	seen := map[int64]bool{}
	for i := range 20 {
		crew.Go(func() {
			n, err := boxes[i%2].Reserve(context.Background(), noon)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			seen[n] = true
		})
	}
	crew.Wait()
	for n := int64(1); n <= 20; n++ {
		if !seen[n] {
			t.Errorf("nobody got number %d", n)
		}
	}
}

func TestALifeFromRecordingToReceived(t *testing.T) {
	box, ctx := newBox(t), t.Context()
	id := reserve(t, box, noon)
	if r := row(t, box, id); id != "HALL01-000001" || r.State != outbox.Recording {
		t.Fatalf("got %s in %s; want HALL01-000001 in recording", id, r.State)
	}
	tell := func(want int) {
		t.Helper()
		rows, err := box.Tellable(ctx, noon, 10)
		must(t, err)
		if len(rows) != want {
			t.Errorf("%d rows to tell; want %d", len(rows), want)
		}
	}
	tell(0)
	must(t, box.Describe(ctx, id, "I03", "2026-03-02T12:00:00.000Z"))
	tell(1)
	must(t, box.Tell(ctx, id, outbox.Recording, noon))
	tell(0)
	must(t, box.Interrupt(ctx, id, noon))
	must(t, box.Seal(ctx, id, sealA, noon))
	must(t, box.Seal(ctx, id, sealA, noon)) // recovery may repeat it
	tell(1)
	must(t, box.Queue(ctx, id, parts(), noon))
	must(t, box.Tell(ctx, id, outbox.Sealed, noon))
	must(t, box.Acknowledge(ctx, id, strings.Repeat("b", 64), 400, noon))
	r := row(t, box, id)
	if r.State != outbox.Uploading || r.Bytes != 1031 || r.Acked != 400 || r.State.Word() != "sending" {
		t.Errorf("got %s %d of %d; want uploading 400 of 1031", r.State, r.Acked, r.Bytes)
	}
	must(t, box.Verify(ctx, id, noon))
	must(t, box.Receive(ctx, id, []wire.File{{Path: "receipt.tlog-proof", Data: []byte("x")}}, noon.Add(time.Hour), noon))
	if r = row(t, box, id); r.State != outbox.Received || r.Acked != r.Bytes || !r.Wait.Next.IsZero() {
		t.Errorf("got %+v; want received and nothing to wait for", r)
	}
	if last, err := box.LastReceipt(ctx); err != nil || !last.Equal(noon.Add(time.Hour)) {
		t.Errorf("last receipt %v, %v; want headquarters' time", last, err)
	}
}

func TestStepsOutOfOrderAreRefused(t *testing.T) {
	box, ctx := newBox(t), t.Context()
	id := reserve(t, box, noon)
	w := outbox.Wait{Cause: outbox.CauseContent, Why: "x"}
	for name, err := range map[string]error{
		"queue before seal":    box.Queue(ctx, id, parts(), noon),
		"tell before queue":    box.Tell(ctx, id, outbox.Sealed, noon),
		"verify before tell":   box.Verify(ctx, id, noon),
		"receive before seal":  box.Receive(ctx, id, nil, noon, noon),
		"refuse a recording":   box.Stop(ctx, id, outbox.Refused, w, noon),
		"stop into the queue":  box.Stop(ctx, id, outbox.Queued, w, noon),
		"retry what goes on":   box.Retry(ctx, id, noon),
		"a row that is absent": box.Interrupt(ctx, "HALL01-000099", noon),
		"an empty seal":        box.Seal(ctx, id, "", noon),
	} {
		if !errors.Is(err, outbox.ErrState) {
			t.Errorf("%s: got %v; want ErrState", name, err)
		}
	}
	must(t, box.Seal(ctx, id, sealA, noon))
	if err := box.Seal(ctx, id, strings.Repeat("c", 64), noon); !errors.Is(err, outbox.ErrState) {
		t.Errorf("another seal: got %v; want ErrState", err)
	}
}

func TestAWaitingRowAlwaysHasItsCauseAndNextTry(t *testing.T) {
	box, ctx := newBox(t), t.Context()
	ids := []string{reserve(t, box, noon), reserve(t, box, noon), reserve(t, box, noon)}
	must(t, box.Seal(ctx, ids[1], sealA, noon))
	must(t, box.Seal(ctx, ids[2], sealA, noon))
	must(t, box.Queue(ctx, ids[2], parts(), noon))
	w := outbox.Wait{Cause: outbox.CauseUnreachable, Why: "no route to host", Next: noon.Add(time.Minute)}
	must(t, box.Delay(ctx, ids[2], w, noon))
	if err := box.Delay(ctx, ids[2], outbox.Wait{Next: noon}, noon); err == nil {
		t.Error("a wait without a cause was accepted")
	}
	if err := box.Delay(ctx, ids[2], outbox.Wait{Cause: outbox.CauseBusy, Why: "busy"}, noon); err == nil {
		t.Error("a wait without a next try was accepted")
	}
	rows, err := box.Waiting(ctx)
	must(t, err)
	for _, r := range rows {
		if r.Wait.Cause == "" || r.Wait.Why == "" || r.Wait.Next.IsZero() {
			t.Errorf("%s in %s waits for %+v", r.ID, r.State, r.Wait)
		}
	}
	must(t, box.DelayAll(ctx, w))
	if rows, err = box.Tellable(ctx, noon, 10); err != nil || len(rows) != 0 {
		t.Errorf("%d rows to tell while all wait, %v", len(rows), err)
	}
	must(t, box.Wake(ctx, noon, outbox.CauseUnreachable))
	if rows, err = box.Tellable(ctx, noon, 10); err != nil || len(rows) != 2 {
		t.Errorf("%d rows to tell after waking; want 2, %v", len(rows), err)
	}
	log, err := box.Attempts(ctx, ids[2])
	if err != nil || len(log) != 1 || log[0].Wait != w {
		t.Errorf("log %+v, %v; want the one attempt", log, err)
	}
}

func TestTheLogOfAttemptsIsBounded(t *testing.T) {
	box, ctx := newBox(t), t.Context()
	id := reserve(t, box, noon)
	for i := range 150 {
		at := noon.Add(time.Duration(i) * time.Second)
		must(t, box.Delay(ctx, id, outbox.Wait{Cause: outbox.CauseBusy, Why: "busy", Next: at}, at))
	}
	log, err := box.Attempts(ctx, id)
	if err != nil || len(log) != 100 || !log[0].At.Equal(noon.Add(149*time.Second)) {
		t.Errorf("%d attempts, newest %v, %v; want the newest 100", len(log), log[0].At, err)
	}
}

func TestPriorityGoesBeforeNumber(t *testing.T) {
	box, ctx := newBox(t), t.Context()
	first, second := reserve(t, box, noon), reserve(t, box, noon)
	must(t, box.Prioritise(ctx, second, 0))
	rows, err := box.Waiting(ctx)
	if err != nil || rows[0].ID != second || rows[1].ID != first {
		t.Errorf("got %v, %v; want %s first", rows, err, second)
	}
}

func TestABlockedOrRefusedPackageGoesOnAfterAPersonActed(t *testing.T) {
	box, ctx := newBox(t), t.Context()
	id := reserve(t, box, noon)
	must(t, box.Seal(ctx, id, sealA, noon))
	must(t, box.Queue(ctx, id, parts(), noon))
	must(t, box.Stop(ctx, id, outbox.Refused, outbox.Wait{Cause: outbox.CauseContent, Why: "one bit"}, noon))
	if r := row(t, box, id); r.State.Waits() || r.Wait.Why != "one bit" {
		t.Errorf("got %+v; want refused with its reason", r)
	}
	must(t, box.Retry(ctx, id, noon))
	if r := row(t, box, id); r.State != outbox.Queued {
		t.Errorf("got %s; want queued", r.State)
	}
}

func TestAnOutboxOfANewerProgramIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.db")
	openBox(t, path)
	db, err := sql.Open("sqlite", path)
	must(t, err)
	_, err = db.Exec(`PRAGMA user_version = 99`)
	must(t, errors.Join(err, db.Close()))
	if _, err := outbox.Open(path, "HALL01"); !errors.Is(err, outbox.ErrNewer) {
		t.Errorf("got %v; want ErrNewer", err)
	}
}

func TestAFullDiskIsKnownAsOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.db")
	if _, err := outbox.OpenWith(path, "HALL01", outbox.Pragmas+"&_pragma=max_page_count(4)"); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a new outbox on a full disk: %v", err)
	}
	openBox(t, path)
	// SQLite raises the bound to the pages that are there: the tables are, and nothing more fits.
	box, err := outbox.OpenWith(path, "HALL01", outbox.Pragmas+"&_pragma=max_page_count(1)")
	must(t, err)
	reserved := 0
	for err == nil && reserved < 10_000 {
		if _, err = box.Reserve(t.Context(), noon); err == nil {
			reserved++
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("number %d on a full disk: %v", reserved+1, err)
	}
	rows, err := box.Rows(t.Context())
	if err != nil || len(rows) != reserved {
		t.Errorf("%d rows, %v; want the %d that were reserved", len(rows), err, reserved)
	}
	must(t, box.Close())
}

func TestWhatChangedIsListedWithoutItsParts(t *testing.T) {
	box := newBox(t)
	first, second := receive(t, box, noon), reserve(t, box, noon.Add(time.Hour))
	for since, want := range map[time.Time][]string{time.UnixMilli(0): {first, second}, noon.Add(time.Minute): {second}, noon.Add(2 * time.Hour): nil} {
		rows, err := box.Changed(t.Context(), since)
		must(t, err)
		var got []string
		for _, r := range rows {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("since %v: %v; want %v", since, got, want)
		}
	}
}

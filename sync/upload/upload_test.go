package upload_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/outbox"
	"minglu/sync/upload"
	"minglu/sync/wire"
)

func TestEveryPackageArrivesOnceAndByteIdentical(t *testing.T) {
	hq := newFakeHQ(t)
	room := newRoom(t, hq)
	ids := []string{room.record(0), room.record(100), room.record(3 << 20)}
	room.drain()
	for _, id := range ids {
		room.arrived(id)
	}
	if hq.sealed != 3 {
		t.Errorf("%d receipts; want 3", hq.sealed)
	}
	s := room.Snapshot()
	if len(s.Packages) != 0 || s.Left != 0 || s.Rate <= 0 {
		t.Errorf("snapshot %+v; want nothing left and a rate", s)
	}
}

func TestEachCallSurvivesNotDoneAndAnswerLost(t *testing.T) {
	calls := []struct{ method, path string }{
		{http.MethodPut, "/v1/packages/"}, {http.MethodPost, "/v1/parts/"}, {http.MethodHead, "/v1/parts/"},
		{http.MethodPatch, "/v1/parts/"}, {http.MethodPost, "/seal"},
	}
	for _, c := range calls {
		for name, f := range map[string]fault{"not done": {drop: true}, "answer lost": {lose: true}} {
			t.Run(c.method+" "+strings.Trim(c.path, "/")+" "+name, func(t *testing.T) {
				t.Parallel()
				hq := newFakeHQ(t)
				room := newRoom(t, hq)
				id := room.record(600 << 10)
				left := hq.break_(2, c.method, c.path, f)
				if c.method == http.MethodHead { // asked only after an upload that broke off
					hq.breakFirst(http.MethodPatch, 500<<10)
				}
				room.drain()
				room.arrived(id)
				if *left != 0 || hq.sealed != 1 {
					t.Errorf("%d faults did not happen, %d receipts; want 0 and 1", *left, hq.sealed)
				}
			})
		}
	}
}

func TestAPartGoesOnWhereHeadquartersStands(t *testing.T) {
	hq := newFakeHQ(t)
	room := newRoom(t, hq)
	id := room.record(2 << 20)
	cuts := 0
	hq.fault = func(r *http.Request) fault {
		if r.Method == http.MethodPatch && cuts < 6 && r.ContentLength > 200<<10 {
			cuts++
			return fault{cut: 150 << 10}
		}
		return fault{}
	}
	room.drain()
	room.arrived(id)
	var size int64
	for _, data := range hq.parts {
		size += int64(len(data))
	}
	if cuts != 6 || hq.got != size {
		t.Errorf("%d cuts, %d bytes arrived for %d; want 6 and none twice", cuts, hq.got, size)
	}
}

func TestABlackHoleIsLeft(t *testing.T) {
	for _, method := range []string{http.MethodPatch, http.MethodHead} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			hq := newFakeHQ(t)
			room := newRoom(t, hq, func(terms *upload.Terms) { terms.Stall = 300 * time.Millisecond })
			id := room.record(1 << 20)
			left := hq.break_(1, method, "/v1/parts/", fault{hang: true})
			hq.breakFirst(http.MethodPatch, 500<<10)
			room.drain()
			room.arrived(id)
			log, err := room.Box.Attempts(t.Context(), id)
			if err != nil || *left != 0 || len(log) != 2 || log[0].Wait.Cause != outbox.CauseUnreachable {
				t.Errorf("attempts %+v, %v; want two, unreachable", log, err)
			}
		})
	}
}

func TestAFullHeadquartersIsWaitedFor(t *testing.T) {
	hq := newFakeHQ(t)
	room := newRoom(t, hq)
	id := room.record(1 << 20)
	hq.break_(1, http.MethodPatch, "", fault{status: 507, code: wire.RefuseFull, after: "1"})
	began := time.Now()
	room.drain()
	room.arrived(id)
	log, err := room.Box.Attempts(t.Context(), id)
	if err != nil || log[0].Wait.Cause != outbox.CauseFull || time.Since(began) < time.Second {
		t.Errorf("attempts %+v after %v, %v; want full, and the second that was asked for", log, time.Since(began), err)
	}
}

func TestWhatNeedsAPersonStopsWithItsReason(t *testing.T) {
	for _, c := range []struct {
		method, path string
		fault        fault
		state        outbox.State
		cause        outbox.Cause
	}{
		{http.MethodPut, "", fault{status: 401}, outbox.Blocked, outbox.CauseCertificate},
		{http.MethodPut, "", fault{status: 403, code: wire.RefuseCertificate}, outbox.Blocked, outbox.CauseCertificate},
		{http.MethodPost, "/parts/", fault{status: 410}, outbox.Blocked, outbox.CauseCertificate},
		{http.MethodPut, "", fault{status: 409, code: wire.RefuseConflict}, outbox.Refused, outbox.CauseConflict},
		{http.MethodPost, "/seal", fault{status: 422, code: wire.RefuseContent}, outbox.Refused, outbox.CauseContent},
		{http.MethodPut, "", fault{status: 400, code: wire.RefuseForm}, outbox.Blocked, outbox.CauseForm},
	} {
		t.Run(string(c.cause)+" "+c.method, func(t *testing.T) {
			t.Parallel()
			hq := newFakeHQ(t)
			room := newRoom(t, hq)
			var told string
			room.Stopped = func(_, why string) { told = why }
			id := room.record(1000)
			hq.break_(1, c.method, c.path, c.fault)
			room.drain()
			row := room.row(id)
			if row.State != c.state || row.Wait.Cause != c.cause || told != row.Wait.Why {
				t.Errorf("got %s for %s, told %q; want %s for %s", row.State, row.Wait.Cause, told, c.state, c.cause)
			}
			if c.fault.code != "" && !strings.Contains(row.Wait.Why, "because of the test") {
				t.Errorf("got %q; want headquarters' reason", row.Wait.Why)
			}
			must(t, room.Box.Retry(t.Context(), id, time.Now()))
			room.drain()
			room.arrived(id)
		})
	}
}

func TestAFileThatChangedHereIsFoundAfterThreeRefusals(t *testing.T) {
	hq := newFakeHQ(t)
	room := newRoom(t, hq)
	id := room.record(300 << 10)
	media := filepath.Join(room.Vault, id, "data", "media", "cam0.mp4")
	raw, err := os.ReadFile(media)
	must(t, err)
	raw[1000] ^= 1
	must(t, os.WriteFile(media, raw, 0o644))
	room.drain()
	row := room.row(id)
	if row.State != outbox.Refused || row.Wait.Cause != outbox.CauseDamaged || !strings.Contains(row.Wait.Why, "cam0.mp4") {
		t.Errorf("got %s: %s; want refused, naming the file", row.State, row.Wait.Why)
	}
}

func TestAReceiptThatIsNotBelievedSettlesNothing(t *testing.T) {
	hq := newFakeHQ(t)
	room := newRoom(t, hq)
	tries := 0
	room.Check = func(p upload.Package, r wire.Receipt) (time.Time, error) {
		if tries++; tries < 3 {
			return time.Time{}, errors.New("the checkpoint is not signed")
		}
		if _, err := os.Stat(filepath.Join(room.Vault, p.ID, evidence.FileReceipt)); err == nil {
			t.Error("a receipt lies in the package that was not believed")
		}
		return believe(p, r)
	}
	id := room.record(1000)
	room.drain()
	room.arrived(id)
	log, err := room.Box.Attempts(t.Context(), id)
	if err != nil || len(log) != 2 || log[0].Wait.Cause != outbox.CauseReceipt {
		t.Errorf("attempts %+v, %v; want two receipts not believed", log, err)
	}
}

func TestALateTimestampIsAskedForButNotForEver(t *testing.T) {
	for _, c := range []struct{ fail, asked int }{{2, 3}, {100, 6}} {
		hq := newFakeHQ(t)
		room := newRoom(t, hq)
		id, asked := room.record(1000), 0
		room.AddToken = func(_ context.Context, dir string) error {
			if asked++; asked <= c.fail {
				return errors.New("no time today")
			}
			return os.WriteFile(filepath.Join(dir, "META-INF", "timestamp003.tst"), []byte("token"), 0o644)
		}
		room.drain()
		room.arrived(id)
		token := slices.ContainsFunc(hq.told[id].Files, func(p wire.Part) bool { return p.Path == "META-INF/timestamp003.tst" })
		if asked != c.asked || token != (c.fail < 100) {
			t.Errorf("asked %d times, token sent: %t; want %d", asked, token, c.asked)
		}
	}
}

func TestARecordingIsAnnouncedWhileItRuns(t *testing.T) {
	hq := newFakeHQ(t)
	room := newRoom(t, hq)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- room.Run(ctx) }()
	n, err := room.Box.Reserve(ctx, time.Now())
	must(t, err)
	must(t, room.Box.Describe(ctx, evidence.MakeID("HALL01", n), "I03", "2026-03-02T12:00:00.000Z"))
	room.Wake()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		hq.mu.Lock()
		told := slices.Contains(hq.states, "HALL01-000001 recording")
		hq.mu.Unlock()
		if told {
			break
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want the end that was asked for", err)
	}
	if a := hq.told["HALL01-000001"]; a.State != "recording" || a.Item != "I03" || len(a.Files) != 0 {
		t.Errorf("announced %+v; want a recording of I03 without files", a)
	}
}

func TestAForgottenReceiptIsSentAgain(t *testing.T) {
	hq := newFakeHQ(t)
	room := newRoom(t, hq)
	kept, lost := room.record(1000), room.record(2000)
	room.drain()
	first, err := os.ReadFile(filepath.Join(room.Vault, lost, evidence.FileReceipt))
	must(t, err)
	hq.mu.Lock()
	delete(hq.receipts, lost)
	hq.parts, hq.forgotten = map[string][]byte{}, []string{lost}
	hq.mu.Unlock()
	forgotten, err := room.Audit(t.Context())
	if err != nil || !slices.Equal(forgotten, []string{lost}) {
		t.Fatalf("forgotten %v, %v; want %s", forgotten, err, lost)
	}
	room.drain()
	if room.row(lost).State != outbox.Received || room.row(kept).State != outbox.Received || hq.sealed != 3 {
		t.Errorf("%d receipts; want a third for %s", hq.sealed, lost)
	}
	if now, err := os.ReadFile(filepath.Join(room.Vault, lost, evidence.FileReceipt)); err != nil || string(now) != string(first) {
		t.Errorf("the first receipt became %q, %v", now, err)
	}
}

func TestTheLimitIsKept(t *testing.T) {
	hq := newFakeHQ(t)
	room := newRoom(t, hq, func(terms *upload.Terms) { terms.Limit = 400 << 10 })
	id := room.record(800 << 10)
	began := time.Now()
	room.drain()
	room.arrived(id)
	if took := time.Since(began); took < 1800*time.Millisecond || took > 5*time.Second {
		t.Errorf("800 KiB at 400 KiB/s took %v; want about 2 s", took)
	}
}

func TestADeadClockBatteryDoesNotStopTheUpload(t *testing.T) {
	hq := newFakeHQ(t)
	past := func() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }
	room := newRoom(t, hq, func(terms *upload.Terms) { terms.Now, terms.Floor = past, time.Now() })
	id := room.record(1000)
	room.drain()
	room.arrived(id)
}

func TestAStrangersHeadquartersIsNotSpokenTo(t *testing.T) {
	hq, stranger := newFakeHQ(t), newFakeHQ(t)
	room := newRoom(t, hq, func(terms *upload.Terms) { terms.URL = stranger.URL })
	id := room.record(1000)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if err := room.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v; want to wait still", err)
	}
	if row := room.row(id); row.Wait.Cause != outbox.CauseStranger || len(stranger.states) != 0 {
		t.Errorf("waits for %+v, stranger heard %v; want stranger and nothing", row.Wait, stranger.states)
	}
}

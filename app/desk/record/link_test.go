package record_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"minglu/app/desk/record"
	"minglu/app/i18n"
	"minglu/capture"
	"minglu/capture/attach"
	"minglu/capture/evidence"
)

// recorder answers as the recording process does, and dies when told.
type recorder struct {
	t    *testing.T
	home string

	mu     sync.Mutex
	l      net.Listener
	conns  []net.Conn
	orders []attach.Order
	id     string // of the recording that runs
	cutOff string // left by a crash, not sealed
	filed  []attach.Request
}

func (r *recorder) ensure(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.l != nil {
		return nil
	}
	l, err := attach.Listen(r.home)
	if err != nil {
		return err
	}
	r.l = l
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			r.mu.Lock()
			r.conns = append(r.conns, conn)
			r.mu.Unlock()
			go r.serve(conn)
		}
	}()
	return nil
}

func (r *recorder) die() {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.l.Close()
	for _, c := range r.conns {
		_ = c.Close()
	}
	r.l, r.conns, r.id = nil, nil, ""
}

func (r *recorder) serve(conn net.Conn) {
	raw, err := attach.ReadMessage(bufio.NewReader(conn))
	if err != nil {
		return
	}
	var q attach.Request
	_ = json.Unmarshal(raw, &q)
	say := func(e attach.Event) { _ = json.NewEncoder(conn).Encode(e) }
	r.mu.Lock()
	if q.Op == attach.OpStart {
		r.orders = append(r.orders, *q.Order)
		r.id = evidence.MakeID("ROOM01", int64(len(r.orders)))
	}
	id := r.id
	r.mu.Unlock()
	switch {
	case q.Op == attach.OpMend || q.Op == attach.OpRecover:
		r.crashed(q, say)
	case id == "":
		say(attach.Event{Event: attach.EventIdle})
	case q.Op == attach.OpStart || q.Op == attach.OpWatch:
		say(attach.Event{Event: attach.EventRecording, ID: id})
		return // and stays open
	case q.Op == attach.OpStatus:
		status, _ := json.Marshal(capture.Status{ID: id, AtMS: 60_000})
		say(attach.Event{Event: attach.EventDone, Data: status})
	default:
		say(attach.Event{Event: attach.EventDone})
	}
	_ = conn.Close()
}

// crashed tells of the recording that a crash left, and seals it when asked to.
func (r *recorder) crashed(q attach.Request, say func(attach.Event)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	saved, lost := int64(723_000), int64(500)
	e := attach.Event{Event: attach.EventCutOff, ID: r.cutOff, DurableMS: &saved, LostMS: &lost}
	if q.Op == attach.OpRecover {
		e.Event, r.cutOff, r.filed = attach.EventRecovered, "", append(r.filed, q)
	}
	if e.ID != "" {
		say(e)
	}
	say(attach.Event{Event: attach.EventDone})
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("not within ten seconds: %s", what)
}

func TestARecordingGoesOnWhenTheRecorderIsKilled(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(attach.RunDir(home), 0o700); err != nil {
		t.Fatal(err)
	}
	r := &recorder{t: t, home: home}
	link := record.NewLink(home, r.ensure)
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { link.Run(ctx) })
	defer work.Wait()
	defer stop()
	defer r.die()

	until(t, "the recorder is there", func() bool { return link.Feed.Newest().Phase == record.Idle })
	link.Record(attach.Order{Plan: evidence.Plan{Item: "I03"}, Cameras: []string{"synth:"}})
	until(t, "it records", func() bool { v := link.Feed.Newest(); return v.Phase == record.Running && v.Status.AtMS > 0 })
	r.die()
	until(t, "it records again", func() bool { return link.Feed.Newest().ID == "ROOM01-000002" })

	r.mu.Lock()
	order := r.orders[1]
	r.mu.Unlock()
	if len(order.Plan.Relates) != 1 || order.Plan.Relates[0] != "ROOM01-000001" || order.Cameras[0] != "synth:" {
		t.Errorf("the second order is %+v", order)
	}
	notices := link.Feed.Newest().Notices
	if len(notices) != 1 || notices[0].Kind != record.NoticeDied || notices[0].Say(i18n.ZH) == "" {
		t.Errorf("told %+v", notices)
	}
	link.PutAway()
	if len(link.Feed.Newest().Notices) != 0 {
		t.Error("a notice that was read stays")
	}
}

func TestANewWindowFindsTheRecordingThatRuns(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(attach.RunDir(home), 0o700); err != nil {
		t.Fatal(err)
	}
	r := &recorder{t: t, home: home, id: "ROOM01-000007"}
	link := record.NewLink(home, r.ensure)
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { link.Run(ctx) })
	defer work.Wait()
	defer stop()
	defer r.die()
	until(t, "it is found", func() bool { v := link.Feed.Newest(); return v.Phase == record.Running && v.ID == "ROOM01-000007" })
}

func TestTheNextStartAsksWhyARecordingWasCutOffAndFilesTheAnswer(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(attach.RunDir(home), 0o700); err != nil {
		t.Fatal(err)
	}
	r := &recorder{t: t, home: home, cutOff: "ROOM01-000007"}
	link := record.NewLink(home, r.ensure)
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { link.Run(ctx) })
	defer work.Wait()
	defer stop()
	defer r.die()

	asked := func() (record.Notice, bool) { return link.Feed.Newest().Shown() }
	until(t, "it asks", func() bool { n, ok := asked(); return ok && n.Kind == record.NoticeCutOff })
	n, _ := asked()
	for lang, want := range map[i18n.Lang]string{
		i18n.ZH: "录制 ROOM01-000007 曾意外中断：已保存 0:12:03，最多丢失最后 0.5 秒。请写明中断原因，随后封存。",
		i18n.EN: "Recording ROOM01-000007 was cut off: 0:12:03 are saved, at most the last 0.5 s are lost. State why; it is sealed then.",
	} {
		if got := n.Say(lang); got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	}
	link.PutAway()
	if n, _ := asked(); n.Kind != record.NoticeCutOff {
		t.Error("a question that was not answered is gone")
	}
	link.Tell(errors.New("something newer"))
	if n, _ := asked(); n.Kind != record.NoticeFault {
		t.Errorf("a question hides news: %+v", n)
	}
	link.PutAway()
	link.File(record.Cause{ID: n.ID, Code: "power", By: "张三", Text: "停电"})
	until(t, "it is filed", func() bool { n, ok := asked(); return ok && n.Kind == record.NoticeRecovered })
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.filed) != 1 || r.filed[0].ID != "ROOM01-000007" || r.filed[0].Kind != "power" || r.filed[0].By != "张三" || r.filed[0].Text != "停电" {
		t.Errorf("filed %+v", r.filed)
	}
}

// Package agent keeps one recording running in a process of its own and lets clients attach to it.
package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"minglu/capture"
	"minglu/capture/attach"
	"minglu/capture/evidence"
	"minglu/capture/listen"
	"minglu/capture/seal"
	"minglu/capture/source"
	"minglu/capture/vault"
)

// Room is what the recorder works with. The functions lead up to parts that capture does not know.
type Room struct {
	Code, Title, Organization string

	Vault    *vault.Vault
	Gear     capture.Gear // Vault, Signer, Clock and the rest; Tell and Alive are the agent's own
	Signers  []evidence.Signer
	KeyStore string
	Program  string // name and version
	Software string // SHA-256 of the running program

	OpenCamera     func(ctx context.Context, spec string) (source.Camera, error)
	OpenMicrophone func(ctx context.Context, spec string) (source.Microphone, error)
	// Paired forgets what cameras and microphones of one source share, before a new recording opens them.
	Paired func()
	// Devices lists this machine's cameras and microphones, as JSON.
	Devices func(ctx context.Context) ([]byte, error)

	// Play plays the sound of package id in the room, in a process that can be killed: it calls ready with the
	// loudspeaker's title before the first sound, and returns when all was heard, ctx ended or it failed.
	Play func(ctx context.Context, id string, fromMS, toMS int64, ready func(speaker string)) error
	// Trials is the folder of test recordings, a vault of its own. Hear opens the sound of one.
	Trials string
	Hear   func(channels int) (listen.Decoder, error)

	// Begin fills the first line with what the room knows: ledger, beacon. It may refuse, for a turned clock.
	Begin func(plan evidence.Plan) (evidence.OpenBody, error)
	// Number takes the room's next number durably.
	Number func() (int64, error)
	// Opened hears that the package exists, Interrupted that a crash left it, Sealed that it is sealed.
	Opened      func(plan evidence.Plan) error
	Interrupted func(id string) error
	Sealed      func(id string, record evidence.Record, stamped bool) error

	Papers func(plan evidence.Plan, record evidence.Record, texts []byte) (map[string][]byte, error)
	// Day gives what a closed day of the duty log holds; nil where the home keeps none.
	Day func(ctx context.Context, hall, day string) (DayLog, error)
	// MakeSpace gives up what was kept free to close a recording on a full disk.
	MakeSpace func()
	// Code names a fault so that a program has words for it.
	FaultCode func(error) string
	// Alive keeps the sign of life where LastAlive finds it after a crash.
	Alive     func(id string, at time.Duration)
	LastAlive func(id string) time.Duration
}

// Agent serves one home.
type Agent struct {
	room Room
	log  io.Writer

	mu      sync.Mutex // guards what follows
	session *capture.Session
	hub     *hub            // of the session, or of the last one
	busy    bool            // a start is under way
	own     map[string]bool // packages this process is writing: no crash left them
	work    sync.WaitGroup  // recordings from start to sealed
	last    time.Time       // when somebody last asked or a recording ended

	speaker speaker
	turns   turns // of those who use the devices while nothing is recorded

	mending sync.Mutex // held while packages are recovered or days sealed, one at a time
}

// New makes an agent; log hears what no client is there to hear.
func New(room Room, log io.Writer) *Agent {
	return &Agent{room: room, log: log, last: time.Now(), own: map[string]bool{}}
}

// idle is how long the agent stays without work and clients.
const idle = 3 * time.Second

// Serve answers clients until ctx ends or nothing has been asked for a while. A running recording is then
// sealed first.
func (a *Agent) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var clients sync.WaitGroup
	var open sync.Map
	closing := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer closing()
	go a.retire(ctx, cancel, &open)
	for {
		conn, err := l.Accept()
		if err != nil {
			break
		}
		open.Store(conn, true)
		clients.Go(func() {
			defer open.Delete(conn)
			a.serve(ctx, conn)
		})
	}
	a.stop()
	a.work.Wait()
	open.Range(func(conn, _ any) bool {
		_ = conn.(net.Conn).SetReadDeadline(time.Now())
		return true
	})
	clients.Wait()
	return nil
}

// retire ends an agent that nobody needs.
func (a *Agent) retire(ctx context.Context, cancel func(), open *sync.Map) {
	t := time.NewTicker(idle / 6)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		clients := false
		open.Range(func(any, any) bool { clients = true; return false })
		a.mu.Lock()
		if clients || a.session != nil || a.busy || a.speaker.busy() {
			a.last = time.Now()
		}
		quiet := time.Since(a.last) > idle
		a.mu.Unlock()
		if quiet {
			cancel()
			return
		}
	}
}

// stop ends a running recording.
func (a *Agent) stop() {
	if s := a.running(); s != nil {
		s.Stop()
	}
}

func (a *Agent) running() *capture.Session {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.session
}

// serve answers one client.
func (a *Agent) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	raw, err := attach.ReadMessage(bufio.NewReader(conn))
	if err != nil {
		return // a client that only looked whether we live
	}
	var r attach.Request
	if err := json.Unmarshal(raw, &r); err != nil {
		a.say(conn, failed("form", err))
		return
	}
	a.mu.Lock()
	a.last = time.Now()
	a.mu.Unlock()
	a.answer(ctx, conn, r)
}

func (a *Agent) say(conn net.Conn, e attach.Event) bool {
	_ = conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
	return json.NewEncoder(conn).Encode(e) == nil
}

func failed(code string, err error) attach.Event {
	return attach.Event{Event: attach.EventFailed, Code: code, Detail: err.Error()}
}

// fault is the failed event of an error, with the code that the program has words for.
func (a *Agent) fault(err error) attach.Event {
	code := ""
	if a.room.FaultCode != nil {
		code = a.room.FaultCode(err)
	}
	return failed(code, err)
}

func (a *Agent) answer(ctx context.Context, conn net.Conn, r attach.Request) {
	tell := func(e attach.Event) { a.say(conn, e) }
	switch r.Op {
	case attach.OpStart:
		a.start(ctx, conn, r)
	case attach.OpWatch:
		a.watch(conn)
	case attach.OpMend:
		a.crashed(ctx, r, tell, a.mend)
	case attach.OpRecover:
		a.crashed(ctx, r, tell, func(id string) attach.Event { return a.recover(ctx, id, r) })
	case attach.OpDevices:
		a.reply(conn, func() ([]byte, error) { return a.room.Devices(ctx) })
	case attach.OpProbe:
		a.reply(conn, func() ([]byte, error) { return a.probe(ctx, r.Order) })
	case attach.OpPlay:
		a.reply(conn, func() ([]byte, error) { return nil, a.play(ctx, r) })
	case attach.OpTrial:
		a.reply(conn, func() ([]byte, error) { return a.trial(ctx, r.Order) })
	case attach.OpLook:
		a.look(ctx, conn, r.Order)
	case attach.OpStamp:
		a.reply(conn, func() ([]byte, error) {
			if _, _, err := evidence.ParseID(r.ID); err != nil {
				return nil, err
			}
			return nil, a.closing(r.ID).Late(ctx)
		})
	case attach.OpDay:
		a.say(conn, a.sealDay(ctx, r.Hall, r.Day))
	default:
		a.act(conn, r)
	}
}

// reply sends done with data, or failed.
func (a *Agent) reply(conn net.Conn, f func() ([]byte, error)) {
	data, err := f()
	if err != nil {
		a.say(conn, a.fault(err))
		return
	}
	a.say(conn, attach.Event{Event: attach.EventDone, Data: data})
}

// act does something in the running recording.
func (a *Agent) act(conn net.Conn, r attach.Request) {
	s := a.running()
	if s == nil {
		a.say(conn, attach.Event{Event: attach.EventIdle})
		return
	}
	a.reply(conn, func() ([]byte, error) {
		switch r.Op {
		case attach.OpStop:
			s.Stop()
			return nil, nil
		case attach.OpMark:
			return nil, s.Mark(r.Kind, r.By, r.Text)
		case attach.OpPause:
			return nil, s.Pause(r.Kind, r.By, r.Text)
		case attach.OpResume:
			return nil, s.Resume(r.By, r.Text)
		case attach.OpRevise:
			return revise(s, r.Revision)
		case attach.OpPrint:
			return nil, s.Printed(r.Kind, r.SHA256)
		case attach.OpStatus:
			return json.Marshal(s.Status())
		case attach.OpPreview:
			return preview(s, r.Track)
		}
		return nil, errors.New("no such operation: " + r.Op)
	})
}

// watch sends a client the events of the running recording.
func (a *Agent) watch(conn net.Conn) {
	a.mu.Lock()
	h := a.hub
	if a.session == nil {
		h = nil
	}
	a.mu.Unlock()
	if h == nil {
		a.say(conn, attach.Event{Event: attach.EventIdle})
		return
	}
	a.follow(conn, h)
}

// follow sends events until the last one or until the client is gone. A client too slow for segments misses
// some; it never holds up the recording.
func (a *Agent) follow(conn net.Conn, h *hub) {
	events, leave := h.join()
	defer leave()
	for e := range events {
		if !a.say(conn, e) {
			return
		}
	}
}

func (a *Agent) closing(id string) seal.Closing {
	return seal.Closing{
		FS: a.room.Vault.FS(), Dir: a.room.Vault.Dir(id), Signers: a.room.Signers, Stamper: a.room.Gear.Stamper,
		Organization: a.room.Organization, Software: a.room.Program, KeyStore: a.room.KeyStore,
		Now: a.room.Gear.Clock.Now, Papers: a.room.Papers,
	}
}

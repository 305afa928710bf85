package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	"minglu/capture"
	"minglu/capture/attach"
	"minglu/capture/evidence"
	"minglu/capture/source"
	"minglu/capture/transcript"
)

// ErrBusy answers a start while a recording runs.
var ErrBusy = errors.New("a recording runs already")

// start begins a recording and follows it for this client; the recording does not depend on the client.
func (a *Agent) start(ctx context.Context, conn net.Conn, r attach.Request) {
	h, err := a.begin(ctx, r.Order)
	if err != nil {
		a.say(conn, a.fault(err))
		return
	}
	a.follow(conn, h)
}

// reserve keeps every other recording from beginning until release is called.
func (a *Agent) reserve() (release func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.session != nil || a.busy {
		return nil, ErrBusy
	}
	a.busy = true
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.busy = false
	}, nil
}

func (a *Agent) begin(ctx context.Context, order *attach.Order) (*hub, error) {
	if order == nil {
		return nil, errors.New("start without an order")
	}
	release, err := a.reserve()
	if err != nil {
		return nil, err
	}
	defer release()
	a.freeDevices()
	h := newHub()
	s, err := a.open(ctx, *order, h)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	a.session, a.hub = s, h
	a.mu.Unlock()
	a.work.Go(func() { a.finish(s, h) })
	return h, nil
}

func (a *Agent) open(ctx context.Context, order attach.Order, h *hub) (*capture.Session, error) {
	plan := order.Plan
	plan.V, plan.Room, plan.RoomTitle = 1, a.room.Code, a.room.Title
	if faults := plan.Check(); len(faults) > 0 {
		return nil, fmt.Errorf("the plan: %w", errors.Join(faults...))
	}
	inputs, err := a.inputs(order)
	if err != nil {
		return nil, err
	}
	open, err := a.room.Begin(plan)
	if err != nil {
		return nil, err
	}
	open.V, open.Room, open.Item, open.Software = 1, plan.Room, plan.Item, a.room.Software
	gear := a.room.Gear
	gear.Alive = a.room.Alive
	gear.Tell = a.teller(h)
	var id string
	s, err := capture.Start(ctx, capture.Setup{
		Plan: plan, Bureau: a.room.Organization, Open: open, Inputs: inputs,
		Number: func() (int64, error) {
			n, err := a.room.Number()
			id = evidence.MakeID(plan.Room, n)
			a.claim(id, err == nil)
			return n, err
		},
		Limit: time.Duration(order.LimitMS) * time.Millisecond,
	}, gear)
	if err != nil {
		a.claim(id, false)
		return nil, err
	}
	if err := a.room.Opened(s.Plan()); err != nil {
		fmt.Fprintf(a.log, "%s: %v\n", id, err) // the recording runs; a later start brings the lists in step
	}
	return s, nil
}

// claim marks a package as being written by this process, or no longer.
func (a *Agent) claim(id string, writing bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if writing {
		a.own[id] = true
	} else {
		delete(a.own, id)
	}
}

func (a *Agent) claimed(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.own[id]
}

// inputs makes one media file of each camera; the microphone goes with the first, or alone.
func (a *Agent) inputs(order attach.Order) ([]capture.Input, error) {
	a.room.Paired()
	var inputs []capture.Input
	for i, spec := range order.Cameras {
		if _, err := source.ParseSpec(spec); err != nil {
			return nil, err
		}
		inputs = append(inputs, capture.Input{
			Track:  fmt.Sprintf("cam%d", i),
			Camera: func(ctx context.Context) (source.Camera, error) { return a.room.OpenCamera(ctx, spec) },
		})
	}
	if order.Microphone == "" {
		return inputs, nil
	}
	if _, err := source.ParseSpec(order.Microphone); err != nil {
		return nil, err
	}
	if len(inputs) == 0 {
		inputs = append(inputs, capture.Input{Track: "mic0"})
	}
	inputs[0].Microphone = func(ctx context.Context) (source.Microphone, error) {
		return a.room.OpenMicrophone(ctx, order.Microphone)
	}
	return inputs, nil
}

// teller turns the session's events into the clients'. "recording" is said with the first durable segment
// after the heads.
func (a *Agent) teller(h *hub) func(capture.Event) {
	began := make(chan struct{}, 1)
	began <- struct{}{}
	return func(e capture.Event) {
		if e.Name == "segment" {
			select {
			case <-began:
				h.tell(attach.Event{Event: attach.EventRecording, ID: e.ID, Package: a.room.Vault.Dir(e.ID)})
			default:
			}
		}
		h.tell(attach.Event{Event: e.Name, ID: e.ID, Track: e.Track, Seq: e.Seq, MS: e.MS, Kind: e.Kind, Detail: e.Detail})
	}
}

// finish waits for the recording's end, closes and seals it.
func (a *Agent) finish(s *capture.Session, h *hub) {
	<-s.Done()
	if s.Reason() == capture.StopDisk {
		a.room.MakeSpace()
	}
	body, faults := s.Finish()
	last := a.seal(context.Background(), s.ID(), body, faults)
	a.claim(s.ID(), false)
	a.mu.Lock()
	a.session, a.last = nil, time.Now()
	a.mu.Unlock()
	h.end(last)
}

// seal seals a closed package and tells the outbox. What ended the recording is told with it.
func (a *Agent) seal(ctx context.Context, id string, body evidence.CloseBody, faults error) attach.Event {
	record, stamped, err := a.closing(id).Seal(ctx)
	if err == nil {
		err = a.room.Sealed(id, record, stamped)
	}
	if err != nil {
		fmt.Fprintf(a.log, "%s: %v\n", id, errors.Join(faults, err))
		e := a.fault(errors.Join(err, faults))
		e.ID = id
		return e
	}
	e := attach.Event{
		Event: attach.EventSealed, ID: id, Package: a.room.Vault.Dir(id), DurationMS: record.DurationMS,
		Frames: body.Frames, Dropped: &body.Dropped, Gaps: record.Gaps, Reason: body.Reason, Stamped: &stamped,
	}
	for _, t := range body.Tracks {
		e.Segments += t.Segments - 1 // the head is none
	}
	if faults != nil {
		fmt.Fprintf(a.log, "%s: %v\n", id, faults)
		e.Detail = faults.Error()
		if a.room.FaultCode != nil {
			e.Code = a.room.FaultCode(faults)
		}
	}
	return e
}

func revise(s *capture.Session, raw []byte) ([]byte, error) {
	var r transcript.Revision
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, err
	}
	done, err := s.Revise(r)
	if err != nil {
		return nil, err
	}
	return json.Marshal(done)
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"minglu/app/settings"
	"minglu/capture/attach"
)

// withAgent makes sure that a room is enrolled and its recorder runs.
func withAgent(ctx context.Context, c *call) error {
	if _, err := settings.LoadRoom(c.home); err != nil {
		return notEnrolled(c.home, err)
	}
	agent, err := beside("minglu-agent")
	if err != nil {
		return err
	}
	return attach.Ensure(ctx, c.home, agent)
}

// recoverAll closes and seals what a crash left, for a reason if one is given.
func recoverAll(ctx context.Context, c *call) error {
	r := attach.Request{Op: attach.OpRecover}
	flags := c.flags("minglu recover")
	flags.StringVar(&r.Kind, "reason", "", "")
	flags.StringVar(&r.By, "by", "", "")
	flags.StringVar(&r.Text, "text", "", "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	if r.Kind == "" && r.By+r.Text != "" {
		return usage("recover")
	}
	if err := withAgent(ctx, c); err != nil {
		return err
	}
	found, err := recoverEvents(ctx, c, r)
	if err == nil && found == 0 {
		c.say("recover.nothing")
	}
	return err
}

// recoverFirst does it before a recording begins, quietly if there is nothing.
func recoverFirst(ctx context.Context, c *call) error {
	_, err := recoverEvents(ctx, c, attach.Request{Op: attach.OpRecover})
	if errors.Is(err, errWrong) {
		return nil // it was told; what cannot be mended must not stop a new recording
	}
	return err
}

// recoveredLine is the contract's line of a recovery: these members are always there.
type recoveredLine struct {
	Event     string `json:"event"`
	ID        string `json:"id"`
	DurableMS int64  `json:"durable_ms"`
	LostMS    int64  `json:"lost_ms"`
	Package   string `json:"package"`
	Detail    string `json:"detail,omitempty"`
}

func recoverEvents(ctx context.Context, c *call, r attach.Request) (found int, err error) {
	s, err := attach.Ask(ctx, c.home, r)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	var wrong error
	for {
		e, err := s.Next()
		if err != nil {
			return found, errors.Join(errAgentGone, err)
		}
		switch e.Event {
		case attach.EventDone:
			return found, wrong
		case attach.EventFailed:
			if e.ID == "" { // nothing was looked at: the request itself was refused
				return found, &attach.Refused{Code: e.Code, Detail: e.Detail}
			}
			wrong = errWrong
			c.say("recover.failed", "id", e.ID, "why", e.Detail)
			err = c.out.event(e)
		case attach.EventRecovered:
			found++
			err = c.recovered(e)
		}
		if err != nil {
			return found, err
		}
	}
}

func (c *call) recovered(e attach.Event) error {
	line := recoveredLine{Event: e.Event, ID: e.ID, Package: e.Package, Detail: e.Detail}
	if e.DurableMS != nil {
		line.DurableMS = *e.DurableMS
	}
	if e.LostMS != nil {
		line.LostMS = *e.LostMS
	}
	c.say("recover.done", "id", e.ID, "kept", seconds(line.DurableMS), "lost", seconds(line.LostMS))
	return c.out.event(line)
}

// seconds writes milliseconds for people.
func seconds(ms int64) string { return fmt.Sprintf("%.2f", float64(ms)/1000) }

// ask sends one act to the running recording.
func (c *call) ask(ctx context.Context, r attach.Request) error {
	e, err := attach.Once(ctx, c.home, r)
	if errors.Is(err, attach.ErrNoAgent) || err == nil && e.Event == attach.EventIdle {
		return errIdle
	}
	if err != nil {
		return err
	}
	if len(e.Data) == 0 || !json.Valid(e.Data) {
		return c.out.event(struct {
			Event string `json:"event"`
		}{"done"})
	}
	return c.out.event(json.RawMessage(e.Data))
}

// errIdle answers an act while nothing is recorded.
var errIdle = &coded{"agent.idle", "minglu-agent records nothing"}

// act reads the flags of an act and sends it.
func act(ctx context.Context, c *call, name string, r attach.Request) error {
	flags := c.flags("minglu " + name)
	flags.StringVar(&r.Kind, "kind", r.Kind, "")
	flags.StringVar(&r.By, "by", "", "")
	flags.StringVar(&r.Text, "text", "", "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	return c.ask(ctx, r)
}

func mark(ctx context.Context, c *call) error {
	return act(ctx, c, "mark", attach.Request{Op: attach.OpMark, Kind: "key"})
}

func pause(ctx context.Context, c *call) error {
	return act(ctx, c, "break", attach.Request{Op: attach.OpPause, Kind: "rest"})
}

func resume(ctx context.Context, c *call) error {
	return act(ctx, c, "resume", attach.Request{Op: attach.OpResume})
}

func stop(ctx context.Context, c *call) error {
	return act(ctx, c, "stop", attach.Request{Op: attach.OpStop})
}

func status(ctx context.Context, c *call) error {
	return act(ctx, c, "status", attach.Request{Op: attach.OpStatus})
}

// devices lists this machine's cameras and microphones.
func devices(ctx context.Context, c *call) error {
	if err := c.parse(c.flags("minglu devices"), c.args); err != nil {
		return err
	}
	if err := withAgent(ctx, c); err != nil {
		return err
	}
	return c.ask(ctx, attach.Request{Op: attach.OpDevices})
}

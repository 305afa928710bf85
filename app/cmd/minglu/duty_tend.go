package main

import (
	"context"
	"errors"
	"fmt"

	"minglu/app/i18n"
	"minglu/app/office/duty"
	"minglu/app/room"
	"minglu/capture/clock"
	"minglu/sync/upload"
)

// exchangeLine is the contract's line of an exchange with headquarters.
type exchangeLine struct {
	Event string `json:"event"`
	duty.Exchanged
	Heard   int  `json:"heard"` // facts about the hall's other rooms
	Reached bool `json:"reached"`
}

// exchange meets headquarters for the duty log.
func (l *hall) exchange(ctx context.Context, c *call) error {
	r, err := openRoom(c)
	if err != nil {
		return err
	}
	return errors.Join(l.exchangeBy(ctx, c, r), r.Close())
}

func (l *hall) exchangeBy(ctx context.Context, c *call, r *room.Room) error {
	line, err := r.Line(0)
	if err != nil {
		return err
	}
	defer line.Close()
	x, err := l.Exchange(ctx, line)
	heard, reached := 0, err == nil
	if reached {
		heard, _, err = l.Hear(ctx, line, room.SayFact(c.lang))
	}
	if errOut := c.out.event(exchangeLine{"exchanged", x, heard, reached}); errOut != nil {
		return errOut
	}
	c.say("duty.exchanged", "sent", fmt.Sprint(x.Sent), "came", fmt.Sprint(x.Came))
	return err
}

// exchangeIfReachable does it where it can be done: the log is whole without headquarters, only alone.
func (l *hall) exchangeIfReachable(ctx context.Context, c *call) (reached bool) {
	err := l.exchange(ctx, c)
	if err != nil {
		e := i18n.Explain(err, c.lang)
		c.say("duty.unreached", "why", e.What)
	}
	return err == nil
}

// dutySync exchanges entries with the hall's other machines through headquarters.
func dutySync(ctx context.Context, c *call) error {
	if err := c.parse(c.flags("minglu duty sync"), c.args); err != nil {
		return err
	}
	return withHall(ctx, c, func(l *hall) error { return l.exchange(ctx, c) })
}

// dutyTend does what a log needs without anybody: exchange, facts of the machine, passed limits, days nobody closed,
// and their packages. Run it every few minutes; the window does the same.
func dutyTend(ctx context.Context, c *call) error {
	flags := c.flags("minglu duty tend")
	look := flags.Bool("doctor", false, "")
	offline := flags.Bool("offline", false, "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	return withHall(ctx, c, func(l *hall) error {
		reached := !*offline && l.exchangeIfReachable(ctx, c)
		if err := l.gather(ctx, c, *look); err != nil {
			return err
		}
		closed, err := l.CloseDue(ctx)
		if err != nil {
			return err
		}
		for _, d := range closed {
			c.say("duty.closed_system", "day", string(d))
		}
		wanted, err := l.Unpacked(ctx)
		for _, d := range wanted {
			err = errors.Join(err, sealDay(ctx, c, l.Hall, d))
		}
		if reached && len(closed) > 0 {
			l.exchangeIfReachable(ctx, c)
		}
		return err
	})
}

// gather enters what comes by itself.
func (l *hall) gather(ctx context.Context, c *call, look bool) (err error) {
	r, err := openRoom(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	sources := []duty.Source{room.RecordingFacts(r.Box, c.lang)}
	if look {
		look, err := c.patient(ctx)
		if err != nil {
			return err
		}
		sources = append(sources, room.EquipmentFacts(look.Checks(), clock.System(), c.lang))
	}
	facts, err := l.Gather(ctx, sources...)
	if err != nil {
		return err
	}
	late, err := l.Overdue(ctx, func(m duty.Matter) string {
		return i18n.Say(c.lang, "duty.fact.overdue", "title", m.Title, "owner", m.Owner, "due", localTime(m.Due))
	})
	if err != nil {
		return err
	}
	return c.out.event(struct {
		Event   string `json:"event"`
		Facts   int    `json:"facts"`
		Overdue int    `json:"overdue"`
	}{"gathered", facts, late})
}

var _ duty.Line = (*upload.Line)(nil)

package main

import (
	"context"
	"errors"

	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/capture/attach"
)

// dutyClose closes a day by its leader, and has the recorder seal it.
func dutyClose(ctx context.Context, c *call) error {
	var day calendar.Day
	flags := c.flags("minglu duty close")
	dayFlag(flags, &day, "day")
	author := flags.String("author", "", "")
	offline := flags.Bool("offline", false, "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	return withHall(ctx, c, func(l *hall) error {
		if day == "" {
			day = l.Today()
		}
		if *author == "" || *author == duty.System {
			return &duty.Fault{Code: "duty.author"}
		}
		reached := !*offline && l.exchangeIfReachable(ctx, c)
		err := closeAndSeal(ctx, c, l, day, *author)
		if reached { // who cannot be reached is not waited for twice
			l.exchangeIfReachable(ctx, c)
		}
		return err
	})
}

func closeAndSeal(ctx context.Context, c *call, l *hall, day calendar.Day, by string) error {
	e, err := l.CloseDay(ctx, day, by)
	var lacking *duty.Lacking
	if errors.As(err, &lacking) {
		return c.lacks(lacking, err)
	}
	if err != nil {
		return err
	}
	c.say("duty.closed", "day", string(day), "by", e.Author)
	if err := c.out.event(struct {
		Event string `json:"event"`
		Day   string `json:"day"`
		By    string `json:"by"`
		Entry string `json:"entry"`
	}{"closed", string(day), e.Author, e.ID}); err != nil {
		return err
	}
	if e.Machine != l.Machine {
		c.say("duty.closed_elsewhere", "day", string(day), "machine", e.Machine)
		return nil
	}
	return sealDay(ctx, c, l.Hall, day)
}

// lacks tells what stands against closing, one line each; the day stays open.
func (c *call) lacks(l *duty.Lacking, err error) error {
	e := i18n.Explain(err, c.lang)
	c.say("duty.lack", "what", e.What+e.Do)
	for _, lack := range l.Lacks {
		c.say("duty.lack", "what", i18n.Say(c.lang, "duty.lack."+lack.Code, "title", lack.Title, "owner", lack.Owner))
		event := struct {
			Event string `json:"event"`
			duty.Lack
		}{"lacks", lack}
		if err := c.out.event(event); err != nil {
			return err
		}
	}
	return errWrong
}

// sealDay asks the recorder, which holds the keys, for the package of a closed day.
func sealDay(ctx context.Context, c *call, hall string, day calendar.Day) error {
	if err := withAgent(ctx, c); err != nil {
		return err
	}
	e, err := attach.Once(ctx, c.home, attach.Request{Op: attach.OpDay, Hall: hall, Day: string(day)})
	if err != nil {
		return err
	}
	c.say("duty.sealed", "day", string(day), "id", e.ID, "path", e.Package)
	return c.out.event(struct {
		Event   string `json:"event"`
		ID      string `json:"id"`
		Day     string `json:"day"`
		Package string `json:"package"`
	}{"sealed", e.ID, string(day), e.Package})
}

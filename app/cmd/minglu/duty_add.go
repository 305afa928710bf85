package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/capture/evidence"
)

// entryFlags are what an entry may say. at is the stated time, HH:MM of the day or a whole time.
func entryFlags(f *flag.FlagSet, e *duty.Entry, at, taxpayer, due *string) {
	dayFlag(f, &e.Day, "day")
	f.StringVar(&e.ID, "id", "", "")
	f.StringVar(&e.Author, "author", "", "")
	f.StringVar(&e.Kind, "kind", "", "")
	f.Func("act", "", func(text string) error {
		e.Act = duty.Act(text)
		return nil
	})
	f.StringVar(&e.Text, "text", "", "")
	f.StringVar(&e.Zone, "zone", "", "")
	f.StringVar(&e.Desk, "desk", "", "")
	f.StringVar(at, "at", "", "")
	f.StringVar(taxpayer, "taxpayer", "", "")
	f.StringVar(&e.Recording, "recording", "", "")
	f.StringVar(&e.Matter, "matter", "", "")
	f.StringVar(&e.Incident, "incident", "", "")
	f.StringVar(&e.Corrects, "corrects", "", "")
	f.StringVar(&e.Owner, "owner", "", "")
	f.StringVar(&e.Tier, "tier", "", "")
	f.StringVar(&e.Limit, "limit", "", "")
	f.StringVar(due, "due", "", "")
	f.StringVar(&e.Code, "code", "", "")
	f.StringVar(&e.Reason, "reason", "", "")
	f.StringVar(&e.Outcome, "outcome", "", "")
	f.Var((*names)(&e.Lacks), "lacks", "")
	f.Var((*names)(&e.People), "person", "")
}

// dutyAdd enters one entry, or with --stdin one for each JSON line read.
func dutyAdd(ctx context.Context, c *call) error {
	var e duty.Entry
	var at, taxpayer, due string
	flags := c.flags("minglu duty add")
	entryFlags(flags, &e, &at, &taxpayer, &due)
	many := flags.Bool("stdin", false, "")
	clean := flags.Bool("clean", false, "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	return withHall(ctx, c, func(l *hall) error {
		if *many {
			return addLines(ctx, c, l, os.Stdin)
		}
		if err := stated(&e, l.Today(), at, due); err != nil {
			return err
		}
		e.Taxpayer = taxpayerOf(taxpayer)
		if *clean {
			var gone int
			if e.Text, gone = duty.Clean(e.Text); gone > 0 {
				c.say("duty.cleaned", "n", fmt.Sprint(gone))
			}
		}
		made, err := l.Add(ctx, e)
		if err != nil {
			return err
		}
		c.say("duty.added", "kind", l.Rules.KindName(made.Kind, string(c.lang)), "id", made.ID)
		return c.entry(made)
	})
}

// stated reads the times a person types.
func stated(e *duty.Entry, today calendar.Day, at, due string) error {
	day := e.Day
	if day == "" {
		day = today
	}
	if at != "" {
		t, err := time.ParseInLocation("2006-01-02 15:04", string(day)+" "+at, calendar.Legal())
		if err != nil {
			return usage("at", "got", at)
		}
		e.Stated = evidence.FormatTime(t)
	}
	if due == "" {
		return nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", due, calendar.Legal())
	if err != nil {
		d, errDay := calendar.ParseDay(due)
		if errDay != nil {
			return usage("due", "got", due)
		}
		t = d.At("17:30")
	}
	e.Due = evidence.FormatTime(t)
	return nil
}

// refusedLine is the contract's line of an entry that was not taken.
type refusedLine struct {
	Event string `json:"event"`
	Line  int    `json:"line"`
	ID    string `json:"id"`
	Code  string `json:"code"`
	Why   string `json:"why"`
}

// addLines enters one entry a line and answers each before the next: what was answered is durable.
func addLines(ctx context.Context, c *call, l *hall, from io.Reader) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 4*duty.MaxRaw)
	wrong := false
	for n := 1; lines.Scan(); n++ {
		var e duty.Entry
		err := json.Unmarshal(lines.Bytes(), &e)
		if err != nil {
			err = usage("line", "n", strconv.Itoa(n), "why", err.Error())
		} else {
			e, err = l.Add(ctx, e)
		}
		if err == nil {
			if err := c.entry(e); err != nil {
				return err
			}
			continue
		}
		var fault *duty.Fault
		var form *usageError
		if !errors.As(err, &fault) && !errors.As(err, &form) {
			return err
		}
		wrong = true
		why := i18n.Explain(err, c.lang)
		c.say("duty.refused_line", "line", fmt.Sprint(n), "why", why.What+why.Do)
		if err := c.out.event(refusedLine{"refused", n, e.ID, why.Code, why.What}); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if wrong {
		return errWrong
	}
	return nil
}

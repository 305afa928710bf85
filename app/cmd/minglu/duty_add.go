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
	"time"

	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/capture/evidence"
)

// entryFlags are what an entry may say. at is the stated time, HH:MM of the day or a whole time.
func entryFlags(f *flag.FlagSet, e *duty.Entry, at, taxpayer, due *string) {
	dayFlag(f, &e.Day, "day", "an earlier day that is still open; today if not given")
	f.StringVar(&e.ID, "id", "", "id of the entry, 32 hexadecimal digits; the same one again adds nothing")
	f.StringVar(&e.Author, "author", "", "who writes")
	f.StringVar(&e.Kind, "kind", "", "kind of the catalogue, as CONSULT; guessed from the text if not given")
	f.Func("act", "what the entry does: note, open, hand, pause, resume, step, done, carry, shift_start, …", func(text string) error {
		e.Act = duty.Act(text)
		return nil
	})
	f.StringVar(&e.Text, "text", "", "what happened")
	f.StringVar(&e.Zone, "zone", "", "zone of the hall")
	f.StringVar(&e.Desk, "desk", "", "desk or department")
	f.StringVar(at, "at", "", "when it happened, HH:MM")
	f.StringVar(taxpayer, "taxpayer", "", "NAME or NAME:USCC")
	f.StringVar(&e.Recording, "recording", "", "id of a recording")
	f.StringVar(&e.Matter, "matter", "", "id of the matter it moves")
	f.StringVar(&e.Incident, "incident", "", "id of the emergency it belongs to")
	f.StringVar(&e.Corrects, "corrects", "", "id of the entry it puts right")
	f.StringVar(&e.Owner, "owner", "", "who is to do it")
	f.StringVar(&e.Tier, "tier", "", "first-asked tier, 1 to 4")
	f.StringVar(&e.Limit, "limit", "", "time limit, T0 to TX")
	f.StringVar(due, "due", "", "when it is due where the limit has no length: 2026-11-30 or 2026-11-30T17:30")
	f.StringVar(&e.Code, "code", "", "emergency, rating, patrol, accepted or supplement, or guidance or notices of the board")
	f.StringVar(&e.Reason, "reason", "", "why")
	f.StringVar(&e.Outcome, "outcome", "", "how it ended")
	f.Var((*names)(&e.Lacks), "lacks", "a paper that is missing; may be repeated")
	f.Var((*names)(&e.People), "person", "who took part; may be repeated")
}

// dutyAdd enters one entry, or with --stdin one for each JSON line read.
func dutyAdd(ctx context.Context, c *call) error {
	var e duty.Entry
	var at, taxpayer, due string
	flags := c.flags("minglu duty add")
	entryFlags(flags, &e, &at, &taxpayer, &due)
	many := flags.Bool("stdin", false, "read entries from standard input, one JSON object a line")
	clean := flags.Bool("clean", false, "take control characters out of the text instead of refusing it")
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
			return usage("--at %q is not a time of day like 09:05", at)
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
			return usage("--due %q is neither a day like 2026-11-30 nor a time like 2026-11-30T17:30", due)
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
			err = usage("line %d is not an entry: %v", n, err)
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

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/capture/durable"
	"minglu/capture/evidence"
)

// taxpayerOf reads NAME or NAME:USCC.
func taxpayerOf(text string) (t evidence.Taxpayer) {
	t.Name, t.USCC, _ = strings.Cut(text, ":")
	return t
}

// localTime writes a time of the log for people.
func localTime(at string) string {
	t, err := evidence.ParseTime(at)
	if err != nil {
		return at
	}
	return t.In(calendar.Legal()).Format("2006-01-02 15:04")
}

// dutyList tells the open matters, the most urgent first; with --day that day's entries; with --from and --to a line
// a day.
func dutyList(ctx context.Context, c *call) error {
	var day, from, to calendar.Day
	flags := c.flags("minglu duty list")
	dayFlag(flags, &day, "day")
	dayFlag(flags, &from, "from")
	dayFlag(flags, &to, "to")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	return withHall(ctx, c, func(l *hall) error {
		switch {
		case day != "":
			d, err := l.Day(ctx, day)
			if err != nil {
				return err
			}
			for _, e := range d.Entries {
				err = errors.Join(err, c.entry(e))
			}
			return err
		case from != "":
			if to == "" {
				to = l.Today()
			}
			return listDays(ctx, c, l, from, to)
		}
		open, err := l.OpenMatters(ctx)
		if err == nil && len(open) == 0 {
			c.say("duty.nothing_open")
		}
		for _, m := range open {
			err = errors.Join(err, c.matter(l, m))
		}
		return err
	})
}

func listDays(ctx context.Context, c *call, l *hall, from, to calendar.Day) error {
	days, err := l.Days(ctx, from, to)
	for _, d := range days {
		c.say("duty.day", "day", string(d.Day), "n", fmt.Sprint(d.Entries), "state", i18n.Say(c.lang, "duty.state."+string(d.State)))
		err = errors.Join(err, c.out.event(struct {
			Event string `json:"event"`
			duty.DaySum
		}{"day", d}))
	}
	return err
}

// dayLine is the contract's line of a whole day.
type dayLine struct {
	Event string `json:"event"`
	*duty.Day
	Lacks []duty.Lack `json:"lacks"`
}

// dutyShow tells a day whole, as one line.
func dutyShow(ctx context.Context, c *call) error {
	var day calendar.Day
	flags := c.flags("minglu duty show")
	dayFlag(flags, &day, "day")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	return withHall(ctx, c, func(l *hall) error {
		if day == "" {
			day = l.Today()
		}
		d, err := l.Day(ctx, day)
		if err != nil {
			return err
		}
		c.say("duty.day", "day", string(day), "n", fmt.Sprint(d.Count()), "state", i18n.Say(c.lang, "duty.state."+string(d.State)))
		for _, r := range d.Remarks {
			c.say("duty.remark."+r.Code, "detail", r.Detail)
		}
		return c.out.event(dayLine{"day", d, d.Lacks()})
	})
}

// dutySearch finds entries by words of any length, newest first.
func dutySearch(ctx context.Context, c *call) error {
	flags := c.flags("minglu duty search")
	text := flags.String("text", "", "")
	before := flags.Int64("before", 0, "")
	limit := flags.Int("limit", 50, "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	return withHall(ctx, c, func(l *hall) error {
		f, err := l.Search(ctx, *text, *before, *limit)
		for _, e := range f.Entries {
			err = errors.Join(err, c.entry(e))
		}
		return errors.Join(err, c.out.event(struct {
			Event  string `json:"event"`
			N      int    `json:"n"`
			Before int64  `json:"before"`
		}{"found", len(f.Entries), f.Before}))
	})
}

// dutyExport writes a day or a month as PDF and CSV.
func dutyExport(ctx context.Context, c *call) error {
	var day calendar.Day
	flags := c.flags("minglu duty export")
	dayFlag(flags, &day, "day")
	month := flags.String("month", "", "")
	pdf := flags.String("pdf", "", "")
	table := flags.String("csv", "", "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	from, to := day, day
	if *month != "" {
		first, err := time.Parse("2006-01", *month)
		if err != nil || day != "" {
			return usage("month", "got", *month)
		}
		from, to = calendar.Day(first.Format(time.DateOnly)), calendar.Day(first.AddDate(0, 1, -1).Format(time.DateOnly))
	}
	if from == "" || *pdf == "" && *table == "" {
		return usage("duty_export")
	}
	return withHall(ctx, c, func(l *hall) error {
		days, err := daysBetween(ctx, l, from, to)
		if err != nil {
			return err
		}
		return writeDays(c, l, days, *pdf, *table)
	})
}

func daysBetween(ctx context.Context, l *hall, from, to calendar.Day) (days []*duty.Day, err error) {
	sums, err := l.Days(ctx, from, to)
	if err != nil {
		return nil, err
	}
	for _, s := range sums {
		d, err := l.Day(ctx, s.Day)
		if err != nil {
			return nil, err
		}
		days = append(days, d)
	}
	if len(days) == 0 {
		return nil, &duty.Fault{Code: "duty.day_empty", Got: string(from)}
	}
	return days, nil
}

func writeDays(c *call, l *hall, days []*duty.Day, pdf, table string) error {
	if pdf != "" {
		raw, err := l.Rules.Print(l.heading(c), days...)
		if err == nil {
			err = c.write(pdf, raw)
		}
		if err != nil {
			return err
		}
	}
	if table == "" {
		return nil
	}
	var b strings.Builder
	if err := l.Rules.WriteCSV(&b, c.lang, days...); err != nil {
		return err
	}
	return c.write(table, []byte(b.String()))
}

func (l *hall) heading(c *call) duty.Heading {
	return duty.Heading{Org: l.room.Org, Title: l.room.HallName(), Language: string(c.lang)}
}

// write puts a file where a person wants it, whole or not at all, and says so.
func (c *call) write(path string, raw []byte) error {
	path, err := filepath.Abs(path)
	if err == nil {
		err = durable.WriteFile(durable.OS{}, path, raw)
	}
	if err != nil {
		return err
	}
	c.say("duty.written", "path", path)
	return c.out.event(struct {
		Event string `json:"event"`
		Path  string `json:"path"`
		Bytes int    `json:"bytes"`
	}{"written", path, len(raw)})
}

// dutySlip prints what a taxpayer takes along from a pre-review.
func dutySlip(ctx context.Context, c *call) error {
	flags := c.flags("minglu duty slip")
	id := flags.String("entry", "", "")
	pdf := flags.String("pdf", "", "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	if *id == "" || *pdf == "" {
		return usage("duty_slip")
	}
	return withHall(ctx, c, func(l *hall) error {
		e, ok, err := l.Entry(ctx, *id)
		if err != nil {
			return err
		}
		if !ok || e.Act != duty.Review {
			return fmt.Errorf("print slip of %q: %w", *id, os.ErrNotExist)
		}
		raw, err := l.Rules.PrintSlip(l.heading(c), e)
		if err != nil {
			return err
		}
		return c.write(*pdf, raw)
	})
}

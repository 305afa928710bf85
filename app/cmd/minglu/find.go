package main

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"time"

	"minglu/app/office/access"
	"minglu/app/office/archive"
	"minglu/app/room"
	"minglu/app/settings"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
)

// withArchive opens the archive of the home for f.
func withArchive(ctx context.Context, c *call, f func(*archive.Archive) error) (err error) {
	r, err := openRoom(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	a, err := archive.Open(ctx, r)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return f(a)
}

// recording is one line of find.
type recording struct {
	Event      string            `json:"event"`
	ID         string            `json:"id"`
	State      string            `json:"state"`
	Item       string            `json:"item"`
	Title      string            `json:"item_title"`
	Case       string            `json:"case"`
	Taxpayer   evidence.Taxpayer `json:"taxpayer"`
	Persons    []evidence.Person `json:"persons"`
	Officers   []evidence.Person `json:"officers"`
	Start      string            `json:"start"`
	DurationMS int64             `json:"duration_ms"`
	Bytes      int64             `json:"bytes"`
	Freed      bool              `json:"freed"` // no longer on this machine
	Fault      archive.Fault     `json:"fault"` // why the package cannot be read, or ""
	Why        string            `json:"why"`
}

func told(card archive.Card) recording {
	r := recording{Event: "recording", ID: card.ID, State: card.State.Word(), Item: card.Item, Title: card.Title, Case: card.Case,
		Taxpayer: card.Taxpayer, Persons: card.Persons, Officers: card.Officers, DurationMS: card.DurationMS, Bytes: card.Bytes,
		Freed: card.Freed(), Fault: card.Fault, Why: card.Why}
	if at := card.Start(); !at.IsZero() {
		r.Start = evidence.FormatTime(at)
	}
	r.Persons, r.Officers = append([]evidence.Person{}, r.Persons...), append([]evidence.Person{}, r.Officers...)
	return r
}

// find tells the recordings that were asked for, newest first, one a line.
func find(ctx context.Context, c *call) error {
	var q archive.Query
	var item, from, to string
	var rebuild bool
	flags := c.flags("minglu find")
	flags.StringVar(&q.Text, "text", "", "")
	flags.StringVar(&item, "item", "", "")
	flags.StringVar(&q.Household, "taxpayer", "", "")
	flags.StringVar(&q.Person, "person", "", "")
	flags.StringVar(&q.Officer, "officer", "", "")
	flags.StringVar(&q.Case, "case", "", "")
	flags.StringVar(&from, "from", "", "")
	flags.StringVar(&to, "to", "", "")
	flags.BoolVar(&q.Faulty, "faulty", false, "")
	flags.BoolVar(&rebuild, "rebuild", false, "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	if err := limit(&q, item, from, to); err != nil {
		return err
	}
	return withArchive(ctx, c, func(a *archive.Archive) error {
		catchUp := a.Sync
		if rebuild {
			catchUp = a.Rebuild
		}
		if _, err := catchUp(ctx); err != nil {
			return err
		}
		return c.tellAll(ctx, a, q)
	})
}

// limit puts item and days into the query.
func limit(q *archive.Query, item, from, to string) error {
	var err error
	if q.From, _, err = archive.ParseDays(from); err != nil {
		return usage("flag", "command", "--from", "why", err.Error())
	}
	if _, q.To, err = archive.ParseDays(to); err != nil {
		return usage("flag", "command", "--to", "why", err.Error())
	}
	if item == "" {
		return nil
	}
	items, err := catalog.Load()
	if err != nil {
		return err
	}
	q.Items = []string{}
	for _, i := range items.Search(item) {
		q.Items = append(q.Items, i.Code)
	}
	if exact, ok := items.Item(item); ok {
		q.Items = []string{exact.Code}
	}
	return nil
}

// tellAll pages through what the query asks for.
func (c *call) tellAll(ctx context.Context, a *archive.Archive, q archive.Query) error {
	const page = 500
	n := 0
	for before := int64(0); ; {
		cards, err := a.Page(ctx, q, before, page)
		if err != nil {
			return err
		}
		for _, card := range cards {
			if err := c.out.event(told(card)); err != nil {
				return err
			}
		}
		n += len(cards)
		if len(cards) < page {
			c.say("find.done", "n", strconv.Itoa(n))
			return nil
		}
		before = cards[len(cards)-1].Key
	}
}

// give exports one package for a stranger.
func give(ctx context.Context, c *call, o archive.Order) error {
	if o.ID == "" || o.Out == "" {
		return usage("export")
	}
	return withArchive(ctx, c, func(a *archive.Archive) error {
		if _, err := a.Sync(ctx); err != nil {
			return err
		}
		done, err := a.Export(ctx, o)
		if err != nil {
			return err
		}
		verdict := done.Report.Verdict
		c.say("export.given", "id", o.ID, "path", done.Path, "verdict", string(verdict))
		err = c.out.event(struct {
			Event   string           `json:"event"`
			ID      string           `json:"id"`
			Path    string           `json:"path"`
			Bytes   int64            `json:"bytes"`
			Verdict evidence.Verdict `json:"verdict"`
		}{"exported", o.ID, done.Path, done.Bytes, verdict})
		if err == nil && !verdict.Accepted() {
			err = errWrong
		}
		return err
	})
}

// tellAccess tells who looked at which recording, and everything that is wrong with the log.
func tellAccess(_ context.Context, c *call) error {
	if err := c.parse(c.flags("minglu access"), c.args); err != nil {
		return err
	}
	if _, err := settings.LoadRoom(c.home); errors.Is(err, fs.ErrNotExist) {
		return room.ErrNoRoom
	} else if err != nil {
		return err
	}
	entries, faults, err := access.Open(c.home, time.Now).Read()
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := c.out.event(struct {
			Event string `json:"event"`
			access.Entry
		}{"access", e}); err != nil {
			return err
		}
	}
	for _, f := range faults {
		if err := c.out.event(struct {
			Event string `json:"event"`
			access.Fault
		}{"fault", f}); err != nil {
			return err
		}
	}
	if len(faults) > 0 {
		c.say("access.faulty", "n", strconv.Itoa(len(faults)))
		return errWrong
	}
	c.say("access.whole", "n", strconv.Itoa(len(entries)))
	return nil
}

package main

import (
	"context"
	"errors"
	"os"
	"time"

	"minglu/capture/catalog"
	"minglu/sync/outbox"
)

// free gives the space of one recording back, by a person's order and only with headquarters' receipt.
func free(ctx context.Context, c *call) (err error) {
	var o outbox.Order
	flags := c.flags("minglu free")
	flags.StringVar(&o.ID, "id", "", "recording")
	flags.StringVar(&o.Person, "by", "", "who orders it")
	flags.StringVar(&o.Reason, "reason", "", "why")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	r, err := openRoom(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	row, err := r.Box.Row(ctx, o.ID)
	if err != nil {
		return err
	}
	if o.Until, err = keepUntil(row); err != nil {
		return err
	}
	freed, err := r.Box.Release(ctx, o, r.Clock.Now())
	if err != nil {
		return err
	}
	if err := os.RemoveAll(r.Vault.Dir(o.ID)); err != nil {
		return err
	}
	return c.out.event(struct {
		Event string `json:"event"`
		ID    string `json:"id"`
		Bytes int64  `json:"bytes"`
	}{"freed", o.ID, freed})
}

// keepUntil is the end of a recording's retention on this machine: the class of its item, counted from its
// start. What is kept for ever, or with its case, is never freed by time.
func keepUntil(row outbox.Row) (time.Time, error) {
	never := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	items, err := catalog.Load()
	if err != nil {
		return never, err
	}
	words, err := catalog.LoadWords()
	if err != nil {
		return never, err
	}
	item, _ := items.Item(row.Item)
	for _, class := range words.Retention {
		if class.Code == item.Retention && class.Months > 0 {
			return row.Created.AddDate(0, class.Months, 0), nil
		}
	}
	return never, nil
}

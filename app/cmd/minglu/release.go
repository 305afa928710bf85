package main

import (
	"context"
	"errors"

	"minglu/sync/outbox"
)

// free gives the space of one recording back, by a person's order and only with headquarters' receipt.
func free(ctx context.Context, c *call) (err error) {
	var o outbox.Order
	flags := c.flags("minglu free")
	flags.StringVar(&o.ID, "id", "", "")
	flags.StringVar(&o.Person, "by", "", "")
	flags.StringVar(&o.Reason, "reason", "", "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	r, err := openRoom(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	freed, err := r.Release(ctx, o)
	if err != nil {
		return err
	}
	return c.out.event(struct {
		Event string `json:"event"`
		ID    string `json:"id"`
		Bytes int64  `json:"bytes"`
	}{"freed", o.ID, freed})
}

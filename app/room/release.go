package room

import (
	"context"
	"os"
	"time"

	"minglu/capture/catalog"
	"minglu/sync/outbox"
)

// Release gives the space of one recording back, by a person's order, with headquarters' receipt and after its
// retention; else it answers outbox.ErrHeld and every outbox.Hold. The order is kept before a byte is deleted.
func (r *Room) Release(ctx context.Context, o outbox.Order) (freed int64, err error) {
	row, err := r.Box.Row(ctx, o.ID)
	if err != nil {
		return 0, err
	}
	if o.Until, err = KeepUntil(row); err != nil {
		return 0, err
	}
	if freed, err = r.Box.Release(ctx, o, r.Clock.Now()); err != nil {
		return 0, err
	}
	return freed, os.RemoveAll(r.Vault.Dir(o.ID))
}

// KeepUntil is the end of a recording's retention on this machine: the class of its item, counted from its
// start. What is kept for ever, or with its case, is never freed by time.
func KeepUntil(row outbox.Row) (time.Time, error) {
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

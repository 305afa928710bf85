package main

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"

	"minglu/app/office/archive"
	"minglu/sync/upload"
)

// travel opens what the two ways by USB stick share: a courier that never touches the network.
func travel(c *call, f func(*upload.Courier, *settled) error) (err error) {
	r, err := openRoom(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	line, err := r.Line(0)
	if err != nil {
		return err
	}
	defer line.Close()
	told := &settled{c: c, vault: filepath.Join(c.home, "vault")}
	courier := r.Courier(line, func(ctx context.Context, id string) error { return addToken(ctx, c, id) })
	courier.Settled, courier.Stopped = told.receipt, told.refused
	return f(courier, told)
}

// export copies the packages that wait for headquarters to a folder that travels, or gives one package away.
func export(ctx context.Context, c *call) error {
	var to string
	var o archive.Order
	flags := c.flags("minglu export")
	flags.StringVar(&to, "to", "", "")
	flags.StringVar(&o.ID, "id", "", "")
	flags.StringVar(&o.Out, "out", "", "")
	flags.StringVar(&o.By, "by", "", "")
	flags.StringVar(&o.Reason, "reason", "", "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	if to == "" {
		return give(ctx, c, o)
	}
	if o != (archive.Order{}) {
		return usage("export")
	}
	return travel(c, func(courier *upload.Courier, _ *settled) error {
		ids, err := courier.Export(ctx, to)
		for _, id := range ids {
			err = errors.Join(err, c.out.event(struct {
				Event string `json:"event"`
				ID    string `json:"id"`
				Path  string `json:"path"`
			}{"exported", id, filepath.Join(to, id)}))
		}
		c.say("export.done", "n", strconv.Itoa(len(ids)), "to", to)
		return err
	})
}

// importReceipts takes back what headquarters wrote beside exported packages.
func importReceipts(ctx context.Context, c *call) error {
	var from string
	flags := c.flags("minglu import")
	flags.StringVar(&from, "from", "", "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	if from == "" {
		return usage("lacks", "names", "--from")
	}
	return travel(c, func(courier *upload.Courier, told *settled) error {
		ids, err := courier.ImportReceipts(ctx, from)
		c.say("import.done", "n", strconv.Itoa(len(ids)), "from", from)
		return err
	})
}

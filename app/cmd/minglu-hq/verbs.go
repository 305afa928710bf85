package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"minglu/app/web"
	"minglu/capture/durable"
	"minglu/sync/enrol"
	"minglu/sync/receive"
)

func initialise(f *flag.FlagSet) action {
	data := f.String("data", "", "`D`")
	name := f.String("name", "", "`ORG`")
	return func(ctx context.Context, c console) error {
		if err := durable.MkdirAll(durable.OS{}, *data); err != nil {
			return err
		}
		if err := enrol.Init(*data, *name); err != nil {
			return err
		}
		h, err := open(ctx, places{Data: *data}, false)
		if err != nil {
			return err
		}
		print := h.authority.Fingerprint()
		c.say("hq.made", "fingerprint", print)
		return errors.Join(c.event(map[string]string{"event": "initialised", "name": *name, "ca_fingerprint": print}), h.close())
	}
}

func invite(f *flag.FlagSet) action {
	data := f.String("data", "", "`D`")
	room := f.String("room", "", "`CODE`")
	title := f.String("title", "", "`TEXT`")
	hall := f.String("hall", "", "`CODE`")
	hallTitle := f.String("hall-title", "", "`TEXT`")
	return func(_ context.Context, c console) error {
		authority, err := enrol.Open(*data)
		if err != nil {
			return err
		}
		code, expires, err := authority.InviteSeat(enrol.Seat{Room: *room, Title: *title, Hall: *hall, HallTitle: *hallTitle})
		if err != nil {
			return err
		}
		until := expires.UTC().Format(time.RFC3339)
		c.say("hq.invited", "room", *room, "code", code, "expires", until)
		return c.event(map[string]string{"event": "invited", "room": *room, "code": code, "expires": until, "ca_fingerprint": authority.Fingerprint()})
	}
}

func revoke(f *flag.FlagSet) action {
	data := f.String("data", "", "`D`")
	room := f.String("room", "", "`CODE`")
	why := f.String("why", "", "`TEXT`")
	from := f.String("from", "", "`TIME`")
	return func(_ context.Context, c console) error {
		at := time.Now().UTC()
		if *from != "" {
			var err error
			if at, err = time.Parse(time.RFC3339, *from); err != nil {
				return fault{"cli.usage", fmt.Errorf("read --from: %w", err)}
			}
		}
		authority, err := enrol.Open(*data)
		if err != nil {
			return err
		}
		if err := authority.Revoke(*room, at, *why); err != nil {
			return err
		}
		c.say("hq.revoked", "room", *room, "from", at.Format(time.RFC3339))
		return c.event(map[string]string{"event": "revoked", "room": *room, "from": at.Format(time.RFC3339)})
	}
}

// pass lets whoever may run this command on headquarters' machine into its pages, once.
func pass(f *flag.FlagSet) action {
	data := f.String("data", "", "`D`")
	return func(_ context.Context, c console) error {
		word, expires, err := web.Gate{Dir: *data, Now: time.Now}.Pass()
		if err != nil {
			return err
		}
		until := expires.UTC().Format(time.RFC3339)
		c.say("hq.pass", "word", word, "expires", until)
		return c.event(map[string]string{"event": "pass", "password": word, "expires": until, "path": web.Path})
	}
}

// with opens headquarters where its last serve kept things.
func with(ctx context.Context, data string, do func(*house) error) error {
	p, err := remembered(data)
	if err != nil {
		return err
	}
	h, err := open(ctx, p, true)
	if err != nil {
		return err
	}
	return errors.Join(do(h), h.close())
}

func list(f *flag.FlagSet) action {
	data := f.String("data", "", "`D`")
	return func(ctx context.Context, c console) error {
		return with(ctx, *data, func(h *house) error {
			recordings, holes, err := h.desk.List()
			if err != nil {
				return err
			}
			for _, r := range recordings {
				if err := c.event(struct {
					Event string `json:"event"`
					receive.Recording
				}{"recording", r}); err != nil {
					return err
				}
			}
			return c.holes(holes)
		})
	}
}

// holes reports the numbers that never came.
func (c console) holes(holes []receive.Hole) error {
	for _, hole := range holes {
		c.say("hq.hole", "room", hole.Room, "from", strconv.FormatInt(hole.From, 10), "to", strconv.FormatInt(hole.To, 10))
		if err := c.event(struct {
			Event string `json:"event"`
			receive.Hole
		}{"hole", hole}); err != nil {
			return err
		}
	}
	return nil
}

func check(f *flag.FlagSet) action {
	data := f.String("data", "", "`D`")
	return func(ctx context.Context, c console) error {
		return with(ctx, *data, func(h *house) error {
			_, holes, err := h.desk.List()
			if err != nil {
				return err
			}
			if err := c.holes(holes); err != nil {
				return err
			}
			found, err := h.desk.Check(ctx)
			if err != nil {
				return err
			}
			for _, fault := range found.Faults {
				c.say("hq.fault", "id", fault.ID, "file", fault.File, "what", fault.What)
			}
			c.say("hq.checked", "packages", strconv.Itoa(found.Packages), "bytes", strconv.FormatInt(found.Bytes, 10), "faults", strconv.Itoa(len(found.Faults)))
			err = c.event(struct {
				Event string `json:"event"`
				receive.Checked
			}{"checked", found})
			if err == nil && len(found.Faults) > 0 {
				err = errWrong
			}
			return err
		})
	}
}

func export(f *flag.FlagSet) action {
	data := f.String("data", "", "`D`")
	id := f.String("id", "", "`ID`")
	out := f.String("out", "", "`FILE.zip`")
	return func(ctx context.Context, c console) error {
		return with(ctx, *data, func(h *house) error {
			if err := writeNew(*out, func(to *os.File) error { return h.export(ctx, *id, to) }); err != nil {
				return err
			}
			c.say("hq.exported", "id", *id, "file", *out)
			return c.event(map[string]string{"event": "exported", "id": *id, "file": *out})
		})
	}
}

// export writes a package as a stranger gets it, with what is needed to verify it beside.
func (h *house) export(ctx context.Context, id string, to io.Writer) error {
	revoked, err := h.authority.RevocationLists()
	if err != nil {
		return err
	}
	return h.desk.Export(ctx, id, to, map[string][]byte{
		"roots.pem": h.authority.RootsPEM(), "revoked.pem": revoked, "hq.vkey": []byte(h.authority.LedgerKey + "\n"),
	})
}

// writeNew makes a file that is whole or not there.
func writeNew(path string, fill func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = fill(f)
	if err == nil {
		err = errors.Join(f.Chmod(0o644), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/sync/receive"
	"minglu/sync/wire"
)

// carry takes the packages from a stick and writes their receipts back beside them.
func carry(f *flag.FlagSet) action {
	data := f.String("data", "", "`D`")
	from := f.String("from", "", "`DIR`")
	return func(ctx context.Context, c console) error {
		return with(ctx, *data, func(h *house) error {
			folders, err := packagesIn(*from)
			if err != nil {
				return err
			}
			if len(folders) == 0 {
				c.say("hq.nothing", "dir", *from)
			}
			var refused bool
			for _, folder := range folders {
				ok, err := h.carry(ctx, c, folder)
				if err != nil {
					return fmt.Errorf("import %s: %w", folder, err)
				}
				refused = refused || !ok
			}
			if refused {
				return errWrong
			}
			return nil
		})
	}
}

// packagesIn lists the folders that look like packages: dir itself, or those in it.
func packagesIn(dir string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(dir, evidence.FileMimetype)); err == nil {
		return []string{dir}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read stick: %w", err)
	}
	var folders []string
	for _, e := range entries {
		folder := filepath.Join(dir, e.Name())
		if _, err := os.Stat(filepath.Join(folder, evidence.FileMimetype)); err == nil {
			folders = append(folders, folder)
		}
	}
	return folders, nil
}

// carry takes one package; a refusal is an answer, not an error.
func (h *house) carry(ctx context.Context, c console, folder string) (ok bool, err error) {
	fsys, closer, err := evidence.OpenPackage(folder)
	var receipt wire.Receipt
	if err == nil {
		receipt, err = h.desk.Carry(ctx, fsys)
		err = errors.Join(err, closer.Close())
	}
	var border *evidence.BorderError
	var refused *receive.Refused
	switch {
	case errors.As(err, &border):
		err = c.refused(filepath.Base(folder), wire.RefuseContent, border.Error())
		return false, err
	case errors.As(err, &refused) && refused.Code != wire.RefuseFull:
		err = c.refused(filepath.Base(folder), refused.Code, refused.Reasons...)
		return false, err
	case err != nil:
		return false, err
	}
	if err := writeBack(folder, receipt); err != nil {
		return false, err
	}
	c.say("hq.received", "id", receipt.ID)
	return true, c.event(map[string]string{"event": "receipt", "id": receipt.ID, "receipt": filepath.Join(folder, evidence.FileReceipt)})
}

func (c console) refused(id, code string, reasons ...string) error {
	why := strings.Join(reasons, "; ")
	c.say("hq.refused", "id", id, "why", why)
	return c.event(map[string]string{"event": "refused", "id": id, "code": code, "why": why})
}

// writeBack puts headquarters' files into the package. A file that is there stays: it is an earlier receipt's.
func writeBack(folder string, receipt wire.Receipt) error {
	for _, f := range receipt.Files {
		path := filepath.Join(folder, filepath.FromSlash(f.Path))
		if _, err := os.Stat(path); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("write receipt: %w", err)
		}
		if err := durable.WriteFile(durable.OS{}, path, f.Data); err != nil {
			return fmt.Errorf("write receipt: %w", err)
		}
	}
	return nil
}

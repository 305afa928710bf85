package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"
)

// runManual prints the manuals. Their pictures are those with which the tests compare the screens.
func runManual(ctx context.Context, s shop, args []string) error {
	flags := flag.NewFlagSet("manual", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	out := flags.String("out", "", "folder for the papers")
	if err := flags.Parse(args); err != nil || *out == "" {
		return fmt.Errorf("%w understand: dev manual takes --out DIR %w", errUnable, err)
	}
	folder, err := filepath.Abs(*out)
	if err != nil {
		return err
	}
	r, err := s.openRelease(ctx, folder, "")
	if err != nil {
		return err
	}
	return s.show(ctx, "go", "run", "./installer/pack", "manual", "--desk", filepath.Join(s.root, "app", "desk"), "--out", folder, "--epoch", r.epoch)
}

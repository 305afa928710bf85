package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

//go:embed roots.sh
var rootsScript string

// bare roots are made of the essential packages alone; the older one has openssl, so that both ways of trust
// are walked.
func campaignRoots() []debian {
	withSSL := bare("bullseye")
	withSSL.name, withSSL.packages = "openssl-bullseye", []string{"openssl"}
	return []debian{bare("bookworm"), withSSL}
}

// pair is two releases as bundles, the second newer.
type pair struct {
	shop
	folder   string
	old, new string // bundles
}

// openPair reads a campaign's flags, of which more may be defined, and finds or makes its bundles.
func (s shop) openPair(ctx context.Context, name string, args []string, more func(*flag.FlagSet)) (pair, error) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	folder := flags.String("bundles", "", "folder with the bundles old and new; made when they are not there")
	more(flags)
	if err := flags.Parse(args); err != nil {
		return pair{}, fmt.Errorf("%w understand: dev %s: %w", errUnable, name, err)
	}
	if *folder == "" {
		cache, err := cacheFolder("bundles")
		if err != nil {
			return pair{}, err
		}
		*folder = cache
	}
	at, err := filepath.Abs(*folder)
	if err != nil {
		return pair{}, err
	}
	p := pair{shop: s, folder: at, old: filepath.Join(at, "old"), new: filepath.Join(at, "new")}
	return p, p.make(ctx)
}

// make builds both bundles from these sources: they differ by their version.
func (p pair) make(ctx context.Context) error {
	for i, folder := range []string{p.old, p.new} {
		if _, err := os.Stat(filepath.Join(folder, "SHA256SUMS")); err == nil {
			continue
		}
		r, err := p.openRelease(ctx, folder+".release", "")
		if err != nil {
			return err
		}
		r.version += fmt.Sprintf(".%d", i)
		if err := errors.Join(os.RemoveAll(folder), os.RemoveAll(r.out)); err != nil {
			return err
		}
		if err := r.make(ctx, []platform{machines()[0]}); err != nil {
			return err
		}
		if err := r.bundle(ctx, folder); err != nil {
			return err
		}
		if err := os.RemoveAll(r.out); err != nil {
			return err
		}
	}
	return nil
}

// trust is the option by which a root's technician trusts a bundle.
func (p pair) trust(d debian, bundle string) ([2]string, error) {
	paper, err := sheetOf(bundle)
	if len(d.packages) > 0 {
		return [2]string{"--fingerprint", "sha256:" + paper.fingerprint}, err
	}
	return [2]string{"--digest", paper.digest}, err
}

// cell is a root with both bundles at hand and no network.
func (p pair) cell(ctx context.Context, d debian, scratch string) (cell, error) {
	root, err := p.raise(ctx, d)
	return cell{shop: p.shop, root: root, scratch: scratch, offline: true,
		mounts: []mount{{p.old, "/old", false}, {p.new, "/new", false}}}, err
}

func runRoots(ctx context.Context, s shop, args []string) error {
	p, err := s.openPair(ctx, "roots", args, func(*flag.FlagSet) {})
	if err != nil {
		return err
	}
	var failed []error
	for _, d := range campaignRoots() {
		if err := p.walkRoot(ctx, d); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", d.name, err))
		}
	}
	return errors.Join(failed...)
}

// walkRoot runs the whole day in one root and tells what it cost.
func (p pair) walkRoot(ctx context.Context, d debian) error {
	scratch, err := os.MkdirTemp("", "minglu-roots-")
	if err != nil {
		return err
	}
	c, err := p.cell(ctx, d, scratch)
	if err != nil {
		return err
	}
	first, err1 := p.trust(d, p.old)
	second, err2 := p.trust(d, p.new)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	began := time.Now()
	cmd := c.run(ctx, rootsScript, first[0], first[1], second[1])
	text, err := cmd.CombinedOutput()
	p.say("=== %s\n%s", d.name, strings.TrimSpace(string(text)))
	used := usedBy(cmd)
	p.say("ROOTS %s wall=%.1f min cpu=%.1f min %s", d.name, time.Since(began).Minutes(), used.seconds/60, passed(err))
	return errors.Join(err, os.RemoveAll(scratch))
}

func passed(err error) string {
	if err != nil {
		return "FAIL"
	}
	return "PASS"
}

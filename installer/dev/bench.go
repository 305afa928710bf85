package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// bench measures ours beside a peer: the same input, in turns, in the same run. Processor seconds are user and
// system of every process that took part; wall time on a shared machine says little.
type bench struct {
	shop
	folder  string
	memory  string // folder whose files lie in memory, as a camera's pictures do; folder where there is none
	pairs   int
	seconds int           // of the raw clip
	long    time.Duration // of the long recording
	clips   []string      // real footage to make the raw clip of; else a test pattern
	from    string        // folder of a long recording that was kept
	log     *os.File
}

// measure is one thing that can be measured by its name.
type measure struct {
	name string
	run  func(context.Context) error
}

func (b *bench) measures() []measure {
	if b.from != "" {
		return b.ofKept()
	}
	return []measure{
		{"record", func(ctx context.Context) error { return b.record(ctx, "RECORD720", 1280, 720, "2M", 0.45) }},
		{"record1080", func(ctx context.Context) error { return b.record(ctx, "RECORD1080", 1920, 1080, "4M", 0.5) }},
		{"evidence", b.evidence},
		{"mjpeg", b.mjpeg},
		{"frames", b.frames},
		{"window", b.window},
		{"long", b.longRecording},
	}
}

// pick keeps the measures that are named; without a name all of them.
func pick(list []measure, names []string) ([]measure, error) {
	if len(names) == 0 {
		return list, nil
	}
	var known []string
	for _, m := range list {
		known = append(known, m.name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("%w measure %q; there is %s", errUnable, name, strings.Join(known, ", "))
		}
	}
	return slices.DeleteFunc(list, func(m measure) bool { return !slices.Contains(names, m.name) }), nil
}

func runBench(ctx context.Context, s shop, args []string) (err error) {
	b := &bench{shop: s}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&b.pairs, "pairs", 5, "runs of each side")
	flags.IntVar(&b.seconds, "seconds", 30, "length of the raw clip")
	flags.DurationVar(&b.long, "long", time.Hour, "length of the long recording")
	flags.StringVar(&b.from, "from", "", "folder that a run of long kept: verify, open and send its package once more")
	clips := flags.String("clips", "", "folder of video files to make the raw clip of")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w understand: %w; dev bench [-pairs N] [-seconds N] [-long 1h] [-clips DIR] [-from DIR] [NAME…]", errUnable, err)
	}
	list := b.measures()
	if list, err = pick(list, flags.Args()); err != nil {
		return err
	}
	if *clips != "" {
		b.clips, _ = filepath.Glob(filepath.Join(*clips, "*.mkv"))
	}
	if err := errors.Join(s.install(ctx, toTest(s)), s.build(ctx, headless()...)); err != nil {
		return err
	}
	if b.folder, err = os.MkdirTemp("", "minglu-bench-"); err != nil {
		return fmt.Errorf("%w make a folder: %w", errUnable, err)
	}
	if b.log, err = os.Create(filepath.Join(b.folder, "run.log")); err != nil {
		return err
	}
	if b.memory, err = os.MkdirTemp("/dev/shm", "minglu-bench-"); err != nil {
		b.memory = b.folder
	} else {
		defer os.RemoveAll(b.memory)
	}
	var errs []error
	for _, m := range list {
		if err := m.run(ctx); err != nil {
			errs = append(errs, fmt.Errorf("bench %s: %w", m.name, err))
		}
	}
	if err := errors.Join(append(errs, b.log.Close())...); err != nil {
		return fmt.Errorf("%w\n  kept for a look: %s", err, b.folder)
	}
	return os.RemoveAll(b.folder)
}

// compare prints one line: the medians of both sides, and the median of the pairs' ratios, which must not
// exceed goal.
func (b *bench) compare(name, unit string, ours, peer []float64, goal float64) error {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i] / peer[i]
	}
	ratio := median(ratios)
	return b.judgeLine(ratio <= goal, "%s ours=%.3g%s peer=%.3g%s ratio=%.3f goal=%.3g", name, median(ours), unit,
		median(peer), unit, ratio, goal)
}

// bound prints one line about a figure without a peer.
func (b *bench) bound(name, unit string, got, goal float64) error {
	return b.judgeLine(got <= goal, "%s ours=%.3g%s goal=%.3g%s", name, got, unit, goal, unit)
}

func (b *bench) judgeLine(good bool, format string, args ...any) error {
	line := fmt.Sprintf(format, args...)
	if !good {
		b.say("%s FAIL", line)
		return fmt.Errorf("%s misses its goal", strings.Fields(line)[0])
	}
	b.say("%s PASS", line)
	return nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return 0
	}
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// used runs a command to its end and returns what it used, its children with it.
func (b *bench) used(cmd *exec.Cmd) (cost, error) {
	var said tail
	cmd.Stderr = io.MultiWriter(&said, b.log)
	if cmd.Stdout == nil {
		cmd.Stdout = b.log
	}
	if err := cmd.Run(); err != nil {
		return cost{}, fmt.Errorf("%s: %w: %s", base(cmd.Path), err, said.last())
	}
	return usedBy(cmd), nil
}

func (b *bench) path(name string) string { return filepath.Join(b.folder, name) }

// benchRoom is the code of the benchmark's rooms.
const benchRoom = "B1"

// quiet is the shop without its words: a benchmark prints figures.
func (b *bench) quiet() shop {
	quiet := b.shop
	quiet.out = io.Discard
	return quiet
}

// room is an enrolled room beside a running headquarters, in a folder of the benchmark's own. stop ends the
// headquarters.
func (b *bench) room(ctx context.Context) (p practice, stop func() error, err error) {
	folder, err := os.MkdirTemp(b.folder, "house-")
	if err != nil {
		return practice{}, nil, err
	}
	p = newPractice(b.quiet(), folder, benchRoom, b.log)
	if stop, err = p.openHeadquarters(ctx); err != nil {
		return practice{}, nil, err
	}
	if err := errors.Join(p.enrol(ctx), p.examined()); err != nil {
		return practice{}, nil, errors.Join(err, stop())
	}
	return p, stop, nil
}

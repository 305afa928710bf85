package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// runARM walks a practice with the arm64 packages of a release. There is no such machine here: qemu-aarch64 plays
// its processor, the old build root lends its libraries, and the kernel is this machine's.
func runARM(ctx context.Context, s shop, args []string) (err error) {
	flags := flag.NewFlagSet("arm", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	from := flags.String("release", "", "folder of a release with linux-arm64; without it one is made")
	length := flags.Duration("for", 10*time.Second, "length of the recording")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w understand: dev arm takes --release DIR and --for TIME: %w", errUnable, err)
	}
	if err := s.install(ctx, []string{"qemu-user-static"}); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "minglu-arm-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	release, err := s.releaseFor(ctx, "linux-arm64", *from, folder)
	if err != nil {
		return err
	}
	if s.bin, err = s.emulated(ctx, release, filepath.Join(folder, "programs")); err != nil {
		return err
	}
	err = s.walkARM(ctx, filepath.Join(folder, "practice"), *length)
	s.say("ARM %s", passed(err))
	s.say("Not shown by this: a real arm64 machine, its kernel, its drivers of cameras, sound and graphics, its speed. " +
		"qemu-user plays the processor alone, several times slower, so pictures are missing that a machine would take.")
	return err
}

// emulated unpacks the arm64 packages and puts before each program a script by which qemu runs it. Programs that
// start each other find the scripts.
func (s shop) emulated(ctx context.Context, release, folder string) (bin string, err error) {
	root, err := s.raise(ctx, workshop())
	if err != nil {
		return "", err
	}
	packages, err := filepath.Glob(filepath.Join(release, "*_arm64.deb"))
	if err != nil || len(packages) == 0 {
		return "", errors.Join(fmt.Errorf("%w find an arm64 package in %s", errUnable, release), err)
	}
	for _, p := range packages {
		if text, err := s.command(ctx, "dpkg-deb", "-x", p, folder).CombinedOutput(); err != nil {
			return "", fmt.Errorf("unpack %s: %w\n%s", p, err, text)
		}
	}
	bin = filepath.Join(folder, "usr", "lib", "minglu")
	for _, name := range append(headless(), "minglu-desk") {
		path := filepath.Join(bin, name)
		if err := os.Rename(path, path+".arm64"); err != nil {
			return "", err
		}
		script := fmt.Sprintf("#!/bin/sh\nexec qemu-aarch64-static -L %s %s.arm64 \"$@\"\n", quote(root), quote(path))
		if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
			return "", err
		}
	}
	return bin, nil
}

// walkARM goes from the doctor to the verified receipt.
func (s shop) walkARM(ctx context.Context, folder string, length time.Duration) (err error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(folder, "run.log"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	p := newPractice(s, folder, "ARM1", log)
	p.length = length
	stop, err := p.openHeadquarters(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := p.enrol(ctx); err != nil {
		return err
	}
	if err := p.examine(ctx); err != nil {
		return err
	}
	r, err := p.deliver(ctx)
	if err != nil {
		return err
	}
	return errors.Join(p.verify(ctx, r), p.loads(ctx))
}

// releaseFor is the release in from, or one made now in folder for one kind of machine alone.
func (s shop) releaseFor(ctx context.Context, machine, from, folder string) (string, error) {
	if from != "" {
		return from, nil
	}
	made := filepath.Join(folder, "release")
	return made, runPackage(ctx, s, []string{"--only", machine, "--out", made})
}

// deliver records the synthetic stage and sends it.
func (p practice) deliver(ctx context.Context) (recorded, error) {
	r, err := p.recordFrom(ctx, "synth:", "synth:")
	if err != nil {
		return r, err
	}
	return r, p.sync(ctx, &r)
}

// examine tells what the doctor finds. It may find failures, since much of a room is not here; it must not be
// unable to look.
func (p practice) examine(ctx context.Context) error {
	found := map[string][]string{}
	err := p.finish(ctx, p.log, 5*time.Minute, func(e event) {
		if e.is("check") {
			found[e.text("state")] = append(found[e.text("state")], e.text("check"))
		}
	}, "minglu", "doctor", "--json", "--home", p.room)
	if code := exitCode(err); code != 0 && code != 1 || len(found["ok"]) == 0 {
		return errors.Join(errors.New("the doctor could not look"), err)
	}
	for _, state := range []string{"ok", "warn", "fail", "skipped"} {
		p.say("Doctor: %-7s %s", state, strings.Join(found[state], ", "))
	}
	return nil
}

// loads starts the window's program as far as its command line: its libraries are found and fit.
func (p practice) loads(ctx context.Context) error {
	text, err := p.command(ctx, p.program("minglu-desk"), "--lang", "en").CombinedOutput()
	if code := exitCode(err); code != 2 || !strings.Contains(string(text), "minglu-desk --home") {
		return fmt.Errorf("the window's program does not load: %w\n%s", err, text)
	}
	p.say("Window: minglu-desk loads with its libraries; no window was opened")
	return nil
}

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
	"slices"
	"strings"
	"time"
)

// procPrng is the source of a library that Wine 8 lacks.
//
//go:embed procprng.c.txt
var procPrng []byte

// wineRun is a Windows of Wine's in a folder, and the release that is tried in it.
type wineRun struct {
	shop
	folder, setup string
	cuts          int
}

// runWine installs the release's Windows installer under Wine and goes as far as Wine does: the doctor, the
// enrolment at a headquarters on this machine, the verdict on a package made here, and the removal.
func runWine(ctx context.Context, s shop, args []string) (err error) {
	flags := flag.NewFlagSet("wine", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	from := flags.String("release", "", "folder of a release with windows-amd64; without it one is made")
	cuts := flags.Int("cuts", 10, "upgrades that are cut off")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w understand: dev wine takes --release DIR and --cuts N: %w", errUnable, err)
	}
	if err := s.install(ctx, append(toCross(), "wine", "wine64")); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "minglu-wine-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	release, err := s.releaseFor(ctx, "windows-amd64", *from, folder)
	if err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(release, "minglu-setup_*.exe"))
	if err != nil || len(found) != 1 {
		return errors.Join(fmt.Errorf("%w find one Windows installer in %s", errUnable, release), err)
	}
	s.env = append(s.env, "WINEPREFIX="+filepath.Join(folder, "prefix"), "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=")
	w := wineRun{shop: s, folder: folder, setup: found[0], cuts: *cuts}
	err = w.walk(ctx)
	w.end(ctx)
	s.say("WINE %s", passed(err))
	s.say("Not shown by this: a real Windows, its disks after a power cut; cameras, sound and the window there.")
	return err
}

func (w wineRun) walk(ctx context.Context) (err error) {
	if err := w.raiseWindows(ctx); err != nil {
		return err
	}
	if err := errors.Join(w.loads(ctx), w.cutUpgrades(ctx)); err != nil {
		return err
	}
	if err := w.build(ctx, headless()...); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(w.folder, "run.log"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	here := newPractice(w.shop, filepath.Join(w.folder, "practice"), "R101", log)
	here.length = 5 * time.Second
	if err := os.MkdirAll(filepath.Dir(here.room), 0o750); err != nil {
		return err
	}
	stop, err := here.openHeadquarters(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := here.enrol(ctx); err != nil {
		return err
	}
	made, err := here.deliver(ctx)
	if err != nil {
		return err
	}
	there := here
	there.room, there.code = filepath.Join(filepath.Dir(here.room), "W101"), "W101"
	if there.bin, err = w.wrappers(); err != nil {
		return err
	}
	return errors.Join(there.enrol(ctx), there.examine(ctx), there.judgeBoth(ctx, made), there.tryRecorder(ctx), w.remove(ctx, there.room))
}

// raiseWindows makes the folder a Windows, sees what Wine lacks, and installs without a question.
func (w wineRun) raiseWindows(ctx context.Context) error {
	if text, err := w.command(ctx, "wine", "wineboot", "-i").CombinedOutput(); err != nil {
		return fmt.Errorf("start Wine: %w\n%s", err, text)
	}
	system := filepath.Join(w.folder, "prefix", "drive_c", "windows", "system32")
	source := filepath.Join(w.folder, "procprng.c")
	if _, err := os.Stat(filepath.Join(system, "bcryptprimitives.dll")); err != nil {
		if err := os.WriteFile(source, procPrng, 0o644); err != nil {
			return err
		}
		text, err := w.command(ctx, "x86_64-w64-mingw32-gcc-posix", "-shared", "-O2", "-o", filepath.Join(system, "bcryptprimitives.dll"), source, "-ladvapi32").CombinedOutput()
		if err != nil {
			return fmt.Errorf("make what Wine lacks: %w\n%s", err, text)
		}
		w.say("Wine: has no bcryptprimitives.dll, without which no Go program starts; a stand-in was made for this test")
	}
	if text, err := w.command(ctx, "wine", w.setup, "/S").CombinedOutput(); err != nil {
		return fmt.Errorf("install under Wine: %w\n%s", err, text)
	}
	if _, err := os.Stat(filepath.Join(w.installed(), "uninstall.exe")); err != nil {
		return fmt.Errorf("after the installation: %w", err)
	}
	w.say("Setup: installed without a question")
	return nil
}

// loads starts the window's program as far as its command line, which it refuses: its libraries are found and fit.
func (w wineRun) loads(ctx context.Context) error {
	programs, err := w.inUse()
	if err != nil {
		return err
	}
	text, err := w.command(ctx, "wine", filepath.Join(programs, "minglu-desk.exe"), "--lang", "en").CombinedOutput()
	if code := exitCode(err); code != 2 {
		return fmt.Errorf("the window's program does not load: code %d, %w\n%s", code, err, text)
	}
	w.say("Window: minglu-desk.exe loads with its libraries; no window was opened")
	return nil
}

// installed is the folder of the installation.
func (w wineRun) installed() string {
	return filepath.Join(w.folder, "prefix", "drive_c", "Program Files", "Minglu")
}

// wrappers are scripts that start the installed programs, and this machine's headquarters.
func (w wineRun) wrappers() (string, error) {
	bin := filepath.Join(w.folder, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return "", err
	}
	programs, err := w.inUse()
	if err != nil {
		return "", err
	}
	for _, name := range []string{"minglu", "minglu-verify", "minglu-hq"} {
		line := "wine " + quote(filepath.Join(programs, name+".exe"))
		if name == "minglu-hq" {
			line = quote(w.program(name))
		}
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\nexec "+line+" \"$@\"\n"), 0o755); err != nil {
			return "", err
		}
	}
	return bin, nil
}

// judgeBoth lets the verifier judge a package made on this machine, then one with a byte changed.
func (p practice) judgeBoth(ctx context.Context, r recorded) error {
	v, err := p.judge(ctx, r.folder, p.roots)
	if err != nil {
		return err
	}
	if !v.authentic() || !v.Receipt.Checked {
		return fmt.Errorf("under Wine a good package is %s: %v", v.Verdict, v.Faults)
	}
	spoilt := filepath.Join(filepath.Dir(p.room), "spoilt")
	if err := os.CopyFS(spoilt, os.DirFS(r.folder)); err != nil {
		return err
	}
	plan := filepath.Join(spoilt, "data", "plan.json")
	text, err := os.ReadFile(plan)
	if err != nil {
		return err
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(plan, text, 0o644); err != nil {
		return err
	}
	bad, err := p.judge(ctx, spoilt, p.roots)
	if err != nil {
		return err
	}
	if bad.authentic() {
		return fmt.Errorf("under Wine a changed package is %s", bad.Verdict)
	}
	p.say("Verifier: under Wine the package made here is %s with its receipt, and with one bit changed %s", v.Verdict, bad.Verdict)
	return nil
}

// tryRecorder records, if Wine can: the recorder is spoken to over a local socket, which Windows has since 10 and
// Wine 8 has not.
func (p practice) tryRecorder(ctx context.Context) error {
	r, err := p.recordFrom(ctx, "synth:", "synth:")
	if err == nil {
		p.say("Recorder: %s, %d pictures", r.id, r.frames)
		return nil
	}
	said, readErr := os.ReadFile(filepath.Join(p.room, "run", "agent.log"))
	if readErr != nil || !strings.Contains(string(said), "winapi error #10047") {
		return fmt.Errorf("the recorder under Wine: %w\n%s", err, said)
	}
	p.say("Recorder: not shown. This Wine has no local sockets (error 10047), by which it is spoken to")
	return nil
}

// remove uninstalls without a question: programs go, the room's data stay.
func (w wineRun) remove(ctx context.Context, room string) error {
	// by _?= the uninstaller runs where it lies and can be waited for; by itself it would start a copy
	text, err := w.command(ctx, "wine", filepath.Join(w.installed(), "uninstall.exe"), "/S", `_?=C:\Program Files\Minglu`).CombinedOutput()
	if err != nil {
		return fmt.Errorf("remove under Wine: %w\n%s", err, text)
	}
	left, err := filepath.Glob(filepath.Join(w.installed(), "*"))
	// what runs where it lies cannot remove itself
	left = slices.DeleteFunc(left, func(path string) bool { return filepath.Base(path) == "uninstall.exe" })
	if err != nil || len(left) > 0 {
		return errors.Join(fmt.Errorf("after the removal there are still %v", left), err)
	}
	if _, err := os.Stat(filepath.Join(room, "room.json")); err != nil {
		return fmt.Errorf("the removal took data: %w", err)
	}
	w.say("Setup: removed; the room's data are where they were")
	return nil
}

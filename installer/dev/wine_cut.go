package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// pointer is the line by which a command file starts a program of the folder in use.
var pointer = regexp.MustCompile(`%~dp0([^\\"]+)\\minglu[a-z-]*\.exe`)

// inUse is the folder of the programs that minglu.cmd starts.
func (w wineRun) inUse() (string, error) {
	text, err := os.ReadFile(filepath.Join(w.installed(), "minglu.cmd"))
	if err != nil {
		return "", err
	}
	m := pointer.FindSubmatch(text)
	if m == nil {
		return "", fmt.Errorf("minglu.cmd says %q", text)
	}
	return filepath.Join(w.installed(), string(m[1])), nil
}

// whole demands that the folder in use holds the release's programs and that they start, and names the folder.
func (w wineRun) whole(ctx context.Context, want map[string][sha256.Size]byte) (string, error) {
	folder, err := w.inUse()
	if err != nil {
		return "", err
	}
	for name, sum := range want {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return "", err
		}
		if sha256.Sum256(text) != sum {
			return "", fmt.Errorf("%s in %s is not whole", name, folder)
		}
	}
	if text, err := w.command(ctx, "wine", filepath.Join(folder, "minglu.exe"), "--version").CombinedOutput(); err != nil {
		return "", fmt.Errorf("start minglu of %s: %w\n%s", folder, err, text)
	}
	return folder, nil
}

// end ends every process of this Windows at once, as a power cut would. There may be none.
func (w wineRun) end(ctx context.Context) { _ = w.command(ctx, "wineserver", "-k").Run() }

// cutUpgrades installs over what is there, ends everything at a random moment, and demands each time that what would
// be started is whole. An undisturbed run must then leave one folder of programs alone.
func (w wineRun) cutUpgrades(ctx context.Context) error {
	want, err := w.sums()
	if err != nil {
		return err
	}
	began := time.Now()
	before, err := w.again(ctx, want)
	if err != nil {
		return err
	}
	takes := time.Since(began)
	stayed := 0
	for range w.cuts {
		at := rand.N(takes)
		now, err := w.cutOnce(ctx, at, want)
		if err != nil {
			return fmt.Errorf("cut off after %v: %w", at.Round(time.Millisecond), err)
		}
		if now == before {
			stayed++
		}
		before = now
	}
	last, err := w.again(ctx, want)
	if err != nil {
		return fmt.Errorf("after the cuts: %w", err)
	}
	programs, err := filepath.Glob(filepath.Join(w.installed(), "*", "minglu*.exe"))
	if err != nil || len(programs) != len(want) {
		return errors.Join(fmt.Errorf("programs were left behind: %v; in use is %s", programs, last), err)
	}
	w.say("Setup: %d installations cut off within %v: %d times the programs before stayed, %d times the new ones were in use, whole each time; "+
		"the next run cleared up", w.cuts, takes.Round(time.Second), stayed, w.cuts-stayed)
	return nil
}

// sums are the digests of the programs in use, by their names.
func (w wineRun) sums() (map[string][sha256.Size]byte, error) {
	folder, err := w.inUse()
	if err != nil {
		return nil, fmt.Errorf("after the installation: %w", err)
	}
	sums := map[string][sha256.Size]byte{}
	for _, name := range []string{"minglu.exe", "minglu-agent.exe", "minglu-desk.exe", "minglu-verify.exe"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, fmt.Errorf("after the installation: %w", err)
		}
		sums[name] = sha256.Sum256(text)
	}
	return sums, nil
}

// again installs undisturbed, and names the folder then in use.
func (w wineRun) again(ctx context.Context, want map[string][sha256.Size]byte) (string, error) {
	if text, err := w.command(ctx, "wine", w.setup, "/S").CombinedOutput(); err != nil {
		return "", fmt.Errorf("install once more: %w\n%s", err, text)
	}
	return w.whole(ctx, want)
}

// cutOnce begins to install, ends everything, and names the folder then in use.
func (w wineRun) cutOnce(ctx context.Context, at time.Duration, want map[string][sha256.Size]byte) (string, error) {
	cmd := w.command(ctx, "wine", w.setup, "/S")
	if err := cmd.Start(); err != nil {
		return "", err
	}
	time.Sleep(at)
	w.end(ctx)
	_ = cmd.Wait() // it was ended
	return w.whole(ctx, want)
}

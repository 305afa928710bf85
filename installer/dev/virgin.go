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
	"regexp"
	"strings"
	"time"
)

//go:embed virgin.sh
var virginScript string

// virginDebian is the Debian that README promises.
const virginDebian = "bookworm"

// The two commands of README.
const (
	firstCommand = "go run ./installer/dev run --once --home /practice"
	testCommand  = ".ci/run"
)

// runVirgin makes a bare Debian in a folder, gives it Go and a clean clone of what is committed here, and runs the
// first command in it twice, or all tests once. Modules come from this machine's cache; everything is compiled anew.
func runVirgin(ctx context.Context, s shop, args []string) error {
	flags := flag.NewFlagSet("virgin", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	tests := flags.Bool("test", false, "run the tests instead of the first command")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return fmt.Errorf("%w understand %q; dev virgin takes -test or nothing", errUnable, args)
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("%w make a Debian in a folder: only root may; run it with sudo", errUnable)
	}
	if err := s.install(ctx, []string{"debootstrap", "util-linux", "git"}); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "minglu-virgin-")
	if err != nil {
		return fmt.Errorf("%w make a folder: %w", errUnable, err)
	}
	if err := s.proveVirgin(ctx, folder, *tests); err != nil {
		return fmt.Errorf("%w\n  kept for a look: %s", err, folder)
	}
	return os.RemoveAll(folder)
}

func (s shop) proveVirgin(ctx context.Context, folder string, tests bool) error {
	root, log := filepath.Join(folder, "root"), filepath.Join(folder, "run.log")
	mirror := aptMirror()
	s.say("Making a bare Debian %s %s", virginDebian, strings.Join(mirror, ""))
	for _, line := range [][]string{
		append([]string{"debootstrap", "--variant=minbase", virginDebian, root}, mirror...),
		{"git", "clone", "--quiet", "--no-hardlinks", s.root, filepath.Join(root, "minglu")},
	} {
		if text, err := s.command(ctx, line[0], line[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%w make a bare Debian: %s: %w\n%s", errUnable, line[0], err, text)
		}
	}
	if tests {
		return s.inVirgin(ctx, root, log, "tests", testCommand)
	}
	for _, name := range []string{"first", "second"} {
		if err := s.inVirgin(ctx, root, log, name+" run", firstCommand); err != nil {
			return err
		}
		if receipts, _ := filepath.Glob(filepath.Join(root, "practice", "*", "vault", "*", "receipt.tlog-proof")); len(receipts) == 0 {
			return fmt.Errorf("the %s run ended well and left no receipt", name)
		}
	}
	return nil
}

// inVirgin runs a command there, shows what it says to people, and says what it took, its children with it.
func (s shop) inVirgin(ctx context.Context, root, log, name, command string) error {
	facts, err := s.command(ctx, "go", "env", "GOROOT", "GOMODCACHE", "GOPROXY").Output()
	paths := strings.Fields(string(facts))
	if err != nil || len(paths) != 3 {
		return fmt.Errorf("ask where Go lies: %q, %w", facts, err)
	}
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	cmd := s.command(ctx, "unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", virginScript, "virgin", root, paths[0], paths[1], command)
	cmd.Env = append(cmd.Env, "GOPROXY="+paths[2])
	cmd.Stdout, cmd.Stderr = s.out, out
	began := time.Now()
	if err = errors.Join(cmd.Run(), out.Close()); err != nil {
		return fmt.Errorf("the %s: %w; the whole story is in %s", name, err, log)
	}
	s.say("VIRGIN %s: %.1f min, %.1f CPU minutes, passed", name, time.Since(began).Minutes(), usedBy(cmd).seconds/60)
	return nil
}

// aptMirror is where this machine gets its Debian from, as an argument; none where apt does not say, and then the
// tools have one of their own.
func aptMirror() []string {
	pattern := regexp.MustCompile(`https?://[^\s/]+(?:/[^\s/]+)*/debian/?(?:\s|$)`)
	lists, _ := filepath.Glob("/etc/apt/sources.list.d/*.sources")
	for _, path := range append(lists, "/etc/apt/sources.list") {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if found := pattern.FindString(string(text)); found != "" {
			return []string{strings.TrimSpace(found)}
		}
	}
	return nil
}

// Command dev prepares a Debian machine, builds Minglu, and shows, tests and measures it.
//
// It imports the standard library alone, so that it starts on a machine that has Go and nothing else.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// shop is where the work is done: the source tree, the built programs, and the settings of every go command.
type shop struct {
	root string // of the repository
	bin  string // the built programs
	env  []string
	out  io.Writer // what people and CI read
	// cache is Go's build cache in the workshop; "": the usual one
	cache string
}

type task struct {
	name, does string
	run        func(ctx context.Context, s shop, args []string) error
}

func tasks() []task {
	return []task{
		{"run", "a practice room records 15 s; headquarters answers with a receipt", runPractice},
		{"test", "everything CI checks", runTests},
		{"bench", "speed and memory beside the peers", runBench},
		{"kill", "kill -9 of the recorder at random moments", runKill},
		{"kill-duty", "kill -9 while a duty log is typed and closed", runKillDuty},
		{"package", "packages, zips and a signed list of them", runPackage},
		{"manual", "the manuals as PDF, with pictures of the screens", runManual},
		{"reproduce", "the same release again, elsewhere: are its bytes the same", runReproduce},
		{"bundle", "a folder that installs a computer without a network", runBundle},
		{"roots", "install, record, upgrade, roll back, remove in bare Debian roots without a network", runRoots},
		{"mutants", "changed bundles are refused before anything is changed", runMutants},
		{"arm", "a practice with the arm64 packages, their processor played by qemu", runARM},
		{"wine", "the Windows installer under Wine: doctor, enrolment, verdict, removal", runWine},
		{"upgrade-kill", "kill -9 of upgrades at random moments", runUpgradeKill},
		{"qemu", "true camera and sound drivers in a machine of its own, unplugged while recording", runQEMU},
		{"virgin", "the first command on a bare Debian 12", runVirgin},
	}
}

// errUnable marks what could not be tried at all: exit code 2 instead of 1.
var errUnable = errors.New("could not")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case err == nil:
	case errors.Is(err, errUnable):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	list := tasks()
	i := -1
	if len(args) > 0 {
		i = slices.IndexFunc(list, func(t task) bool { return t.name == args[0] })
	}
	if i < 0 {
		return usage(list)
	}
	s, err := openShop(ctx, out)
	if err != nil {
		return err
	}
	err = list[i].run(ctx, s, args[1:])
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("dev %s: stopped by a signal", list[i].name)
	}
	return err
}

func usage(list []task) error {
	var b strings.Builder
	for _, t := range list {
		fmt.Fprintf(&b, "\n  go run ./installer/dev %-12s %s", t.name, t.does)
	}
	return fmt.Errorf("%w choose: name one of%s", errUnable, b.String())
}

// openShop finds the repository around the working directory.
func openShop(ctx context.Context, out io.Writer) (shop, error) {
	mod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return shop{}, fmt.Errorf("%w run the go command: %w; install Go 1.26 and put it on the PATH", errUnable, err)
	}
	path := strings.TrimSpace(string(mod))
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), "module minglu\n") {
		return shop{}, fmt.Errorf("%w find Minglu's sources; run this inside the repository", errUnable)
	}
	root := filepath.Dir(path)
	return shop{root: root, bin: filepath.Join(root, "bin"), env: environment(os.Environ()), out: out}, nil
}

func (s shop) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

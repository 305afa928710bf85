// Command minglu is the command line of a room or hall; without arguments it opens the window.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"minglu/app/i18n"
	"minglu/app/release"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes of every command.
const (
	exitDone     = 0 // done
	exitWrong    = 1 // done, and something is wrong with the thing
	exitCouldNot = 2 // could not
)

// call is one command under way.
type call struct {
	home string
	lang i18n.Lang
	said string // --lang, "" when nothing was said
	args []string
	out  *lines    // machine-readable events
	err  io.Writer // people's text
}

// verb is a command.
type verb struct {
	name string
	run  func(context.Context, *call) error
}

var errWrong = errors.New("done, with faults") // the faults have been told

// verbs lists the commands in the order people meet them.
func verbs() []verb {
	return []verb{
		{"setup", setUp}, {"enrol", enrolRoom}, {"record", record}, {"recover", recoverAll}, {"list", list}, {"sync", syncAll},
		{"doctor", examine}, {"mark", mark}, {"break", pause}, {"resume", resume}, {"stop", stop}, {"status", status},
		{"devices", devices}, {"trial", trial}, {"export", export}, {"import", importReceipts}, {"free", free},
		{"duty", dutyLog}, {"find", find}, {"access", tellAccess}, {"update", update},
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := &call{lang: i18n.FromLocale(os.Getenv), out: &lines{w: stdout}, err: stderr}
	err := dispatch(ctx, c, args)
	switch {
	case err == nil, errors.Is(err, errHelp):
		return exitDone
	case errors.Is(err, errWrong):
		return exitWrong
	}
	fmt.Fprintln(stderr, strings.ReplaceAll(i18n.Explain(err, c.lang).String(), "\n", " "))
	return exitCouldNot
}

// dispatch finds the command; without one the window opens.
func dispatch(ctx context.Context, c *call, args []string) error {
	if len(args) > 0 && args[0] == "--version" {
		return c.out.event(release.Says("minglu"))
	}
	if len(args) > 0 && asksHelp(args[0]) {
		if len(args) > 1 {
			return dispatch(ctx, c, append(slices.Clone(args[1:]), "-h"))
		}
		return c.explainAll("", verbs())
	}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		for _, v := range verbs() {
			if v.name == args[0] {
				c.args = args[1:]
				return v.run(ctx, c)
			}
		}
		return usage("command", "got", args[0])
	}
	flags := c.flags("minglu")
	if err := c.read(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return dispatch(ctx, c, flags.Args()) // the flags of every command may stand before it
	}
	return openWindow(ctx, c)
}

// flags are those every command takes.
func (c *call) flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&c.home, "home", cmp.Or(c.home, defaultHome()), "")
	f.Func("lang", "", func(text string) (err error) {
		c.lang, err = i18n.ParseLang(text, os.Getenv)
		c.said = text
		return err
	})
	return f
}

// parse reads flags and refuses what is left over.
func (c *call) parse(f *flag.FlagSet, args []string) error {
	if err := c.read(f, args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return usage("word", "command", f.Name(), "got", f.Arg(0))
	}
	return nil
}

// read reads flags up to the first word that is none.
func (c *call) read(f *flag.FlagSet, args []string) error {
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		c.explain(f)
		return errHelp
	}
	if err != nil {
		return usage("flag", "command", f.Name(), "why", err.Error())
	}
	c.home, err = filepath.Abs(c.home)
	return err
}

// say tells a person something, on stderr; pairs are name, value, … for the sentence's {names}.
func (c *call) say(key string, pairs ...string) { fmt.Fprintln(c.err, i18n.Say(c.lang, key, pairs...)) }

// defaultHome is the user's data folder.
func defaultHome() string {
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "minglu")
	}
	if runtime.GOOS == "windows" {
		if dir := os.Getenv("LOCALAPPDATA"); dir != "" {
			return filepath.Join(dir, "Minglu")
		}
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "minglu-home"
	}
	return filepath.Join(user, ".local", "share", "minglu")
}

// beside is a program of ours, found in the folder of this one.
func beside(name string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program's folder: %w", err)
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(filepath.Dir(self), name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("find %s beside this program: %w", name, err)
	}
	return path, nil
}

// Command minglu-hq is headquarters: it admits rooms, takes in their evidence, keeps it and answers for it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"minglu/app/i18n"
	"minglu/app/release"
)

// Exit codes.
const (
	exitDone   = 0
	exitWrong  = 1 // done, and something is wrong with the thing
	exitCannot = 2 // could not
)

// errWrong ends a command that did its work and found something wrong, which it has said already.
var errWrong = errors.New("something is wrong")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// action is a command whose flags have been read.
type action func(context.Context, console) error

// command is one verb of the program. Its flags are all needed but those listed as optional.
type command struct {
	name     string
	define   func(*flag.FlagSet) action
	optional []string
}

func commands() []command {
	return []command{
		{"init", initialise, nil},
		{"serve", serve, []string{"store", "db", "reserve"}},
		{"invite", invite, []string{"hall", "hall-title"}},
		{"revoke", revoke, []string{"from"}},
		{"pass", pass, nil},
		{"list", list, nil},
		{"check", check, nil},
		{"export", export, nil},
		{"import", carry, nil},
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c := console{events: stdout, people: stderr, lang: i18n.FromLocale(getenv)}
	if len(args) == 0 || slices.Contains([]string{"help", "-h", "--help"}, args[0]) {
		for _, cmd := range commands() {
			cmd.explain(c)
		}
		if len(args) > 0 {
			return exitDone
		}
		return exitCannot
	}
	if args[0] == "--version" {
		return c.finish(c.event(release.Says("minglu-hq")))
	}
	for _, cmd := range commands() {
		if cmd.name == args[0] {
			return c.finish(cmd.run(ctx, &c, args[1:]))
		}
	}
	c.say("hq.unknown", "command", args[0])
	return exitCannot
}

func (cmd command) flags() (*flag.FlagSet, action) {
	f := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return f, cmd.define(f)
}

// explain says what the command does, and its flags.
func (cmd command) explain(c console) {
	c.line("minglu-hq %s\n    %s", cmd.usage(), i18n.Say(c.lang, "hq.verb."+cmd.name))
}

// usage is the command with its flags.
func (cmd command) usage() string {
	f, _ := cmd.flags()
	words := []string{cmd.name}
	f.VisitAll(func(o *flag.Flag) {
		name, _ := flag.UnquoteUsage(o)
		word := "--" + o.Name + " " + name
		if slices.Contains(cmd.optional, o.Name) {
			word = "[" + word + "]"
		}
		words = append(words, word)
	})
	return strings.Join(append(words, "[--lang zh|en]"), " ")
}

func (cmd command) run(ctx context.Context, c *console, args []string) error {
	f, act := cmd.flags()
	f.Func("lang", "zh or en", func(text string) (err error) {
		c.lang, err = i18n.ParseLang(text, os.Getenv)
		return err
	})
	err := f.Parse(args)
	var lack []string
	f.VisitAll(func(o *flag.Flag) {
		if o.Value.String() == "" && o.Name != "lang" && !slices.Contains(cmd.optional, o.Name) {
			lack = append(lack, "--"+o.Name)
		}
	})
	switch {
	case errors.Is(err, flag.ErrHelp):
		cmd.explain(*c)
		return nil
	case err == nil && f.NArg() > 0:
		err = fmt.Errorf("%q is not a flag", f.Arg(0))
	case err == nil && lack != nil:
		err = fmt.Errorf("%s: missing", strings.Join(lack, ", "))
	}
	if err != nil {
		return fault{"cli.usage", fmt.Errorf("%w; minglu-hq %s", err, cmd.usage())}
	}
	return act(ctx, *c)
}

// console is where a command speaks: events for programs, sentences for people.
type console struct {
	events io.Writer
	people io.Writer
	lang   i18n.Lang
}

// event writes one line of JSON.
func (c console) event(v any) error {
	e := json.NewEncoder(c.events)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return nil
}

// say writes a sentence for people; pairs are name, value, name, value, …
func (c console) say(key string, pairs ...string) { c.line("%s", i18n.Say(c.lang, key, pairs...)) }

func (c console) line(format string, args ...any) { fmt.Fprintf(c.people, format+"\n", args...) }

// finish turns a command's end into an exit code and, if it could not, one line for people.
func (c console) finish(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errWrong):
		return exitWrong
	}
	c.line("%s", strings.ReplaceAll(i18n.Explain(err, c.lang).String(), "\n", " "))
	return exitCannot
}

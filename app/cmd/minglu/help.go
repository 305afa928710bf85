package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"minglu/app/i18n"
)

// errHelp ends a command that was only asked what it does, and has said so.
var errHelp = errors.New("help was asked for")

func asksHelp(word string) bool {
	return slices.Contains([]string{"help", "-h", "-help", "--help"}, word)
}

// explainAll lists commands; those of the duty log have a group of their own.
func (c *call) explainAll(group string, verbs []verb) error {
	c.say("help.head")
	for _, v := range verbs {
		name := group + v.name
		fmt.Fprintf(c.err, "  %-12s %s\n", name, i18n.Say(c.lang, "help.verb."+helpKey(name)))
	}
	c.say("help.foot")
	return errHelp
}

// explain says what a command does and what its flags mean; an act's flags are the same for all of them.
func (c *call) explain(f *flag.FlagSet) {
	name := helpKey(strings.TrimPrefix(strings.TrimPrefix(f.Name(), "minglu"), " "))
	if name != "" {
		fmt.Fprintln(c.err, f.Name()+"  "+i18n.Say(c.lang, "help.verb."+name))
	}
	f.VisitAll(func(o *flag.Flag) {
		known := *o
		for _, key := range []string{name + "." + o.Name, "act." + o.Name, o.Name} {
			if text, ok := i18n.Find(c.lang, "help.flag."+helpKey(key)); ok {
				known.Usage = text
				break
			}
		}
		value, text := flag.UnquoteUsage(&known)
		if standard := o.DefValue; standard != "" && standard != "false" && standard != "0" && standard != "0s" {
			text += i18n.Say(c.lang, "help.default", "value", standard)
		}
		fmt.Fprintf(c.err, "  %-30s %s\n", strings.TrimSpace("--"+o.Name+" "+value), text)
	})
}

// helpKey is a name as the catalogues' keys have it.
func helpKey(name string) string { return strings.NewReplacer(" ", "_", "-", "_").Replace(name) }

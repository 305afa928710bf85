package main

import (
	"errors"
	"io/fs"
	"strings"

	"minglu/capture/evidence"
	"minglu/capture/evidence/words"
)

// wished is the language that --lang names, read ahead of everything else so that a fault in the command line is told
// in it too; otherwise the locale's, Chinese if that says neither.
func wished(args []string, getenv func(string) string) string {
	for i, arg := range args {
		name, value, joined := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		if name != "lang" && name != "-lang" || name == arg {
			continue
		}
		if !joined && i+1 < len(args) {
			value = args[i+1]
		}
		if value == "zh" || value == "en" {
			return value
		}
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(v, "en") {
				return "en"
			}
			return "zh"
		}
	}
	return "zh"
}

// cannot says on one line why nothing was looked at, and what to do.
func cannot(known words.Words, err error) string {
	key, what := "cannot", "could not look at the package:"
	var line usageError
	switch {
	case errors.As(err, &line):
		key, what = "cannot.usage", "the command line is not right; usage: "+form+" (--help says more):"
	case errors.Is(err, evidence.ErrNoPackage):
		key, what = "cannot.package", "give the package's folder or its zip:"
	case errors.Is(err, fs.ErrNotExist):
		key, what = "cannot.absent", "there is no such file; check the path:"
	case errors.Is(err, fs.ErrPermission):
		key, what = "cannot.rights", "this account may not read it; ask for the right or copy the package:"
	}
	return strings.ReplaceAll(known.Say(key, what)+" "+err.Error(), "\n", "; ")
}

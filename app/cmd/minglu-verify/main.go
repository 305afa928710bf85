// Command minglu-verify says whether an evidence package is what was recorded: offline, without the room or
// headquarters, on any machine.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"minglu/app/release"
	"minglu/capture/evidence"
)

// Exit codes.
const (
	exitAuthentic = 0
	exitFaults    = 1 // looked, and the package is not to be rested on
	exitCannot    = 2 // could not look
)

func main() { os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr)) }

func run(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	if len(args) == 1 && args[0] == "--version" {
		if err := json.NewEncoder(stdout).Encode(release.Says("minglu-verify")); err != nil {
			return exitCannot
		}
		return exitAuthentic
	}
	set, err := parse(args, getenv, stderr)
	if errors.Is(err, errHelp) {
		return exitAuthentic
	}
	var report *evidence.Report
	if err == nil {
		report, err = look(set)
	}
	if err == nil {
		err = tell(set, report, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "minglu-verify:", cannot(set.words, err))
		return exitCannot
	}
	if !report.Verdict.Accepted() {
		return exitFaults
	}
	return exitAuthentic
}

// look verifies the package.
func look(set settings) (*evidence.Report, error) {
	fsys, closer, err := evidence.OpenPackage(set.path)
	var border *evidence.BorderError
	if errors.As(err, &border) {
		return evidence.Refused(border), nil
	}
	if err != nil {
		return nil, err
	}
	report, err := evidence.Verify(fsys, set.options)
	if err == nil && set.explain != "" {
		err = explain(set, fsys, report)
	}
	if errors.As(err, &border) {
		report, err = evidence.Refused(border), nil
	}
	return report, errors.Join(err, closer.Close())
}

func tell(set settings, r *evidence.Report, stdout io.Writer) error {
	if !set.json {
		return speak(set.words, r, stdout)
	}
	e := json.NewEncoder(stdout)
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

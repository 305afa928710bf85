// Package doctor says what is wrong with a room's machine and what to do.
//
// A check that stands on another is skipped when that one fails, so that the cause is named and not its
// symptoms. Nothing here needs cgo, a window or a running recorder: what only another program can find out is
// asked through a function handed in.
package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"minglu/app/i18n"
)

// State is how a check ended.
type State string

// The states.
const (
	OK      State = "ok"
	Warn    State = "warn" // works, but will not for long or not for everything
	Fail    State = "fail"
	Skipped State = "skipped" // a check it stands on failed
)

// Finding is what a check found: a sentence (its key below "doctor.") with its values, or an error.
type Finding struct {
	State State
	Key   string
	Pairs []string
	Why   string // the technician's text, beside the sentence
	Err   error
}

// Check is one thing looked at.
type Check struct {
	Name  string
	After []string      // checks that must not have failed
	Limit time.Duration // 0: usual
	Run   func(context.Context) Finding
}

// usual is how long a check may take.
const usual = 15 * time.Second

// Result is a check's finding in words. Code is for the technician.
type Result struct {
	Event  string   `json:"event"` // check
	Check  string   `json:"check"`
	State  State    `json:"state"`
	Title  string   `json:"title"`
	Found  string   `json:"found"`
	Do     string   `json:"do"`
	Ask    string   `json:"ask"` // who can help; "" when nothing is wrong
	Code   string   `json:"code"`
	Detail []string `json:"detail"`
}

// Tally counts the results.
type Tally struct {
	Event   string `json:"event"` // doctor
	OK      int    `json:"ok"`
	Warn    int    `json:"warn"`
	Fail    int    `json:"fail"`
	Skipped int    `json:"skipped"`
}

// Run runs the checks in their order and tells each result as it is there.
func Run(ctx context.Context, checks []Check, lang i18n.Lang, tell func(Result)) Tally {
	return new(Rounds).Run(ctx, checks, lang, tell)
}

// Rounds is one examination in several runs: what failed in one is known in the next.
type Rounds struct {
	cause map[string]string // check that failed or was skipped → the one to mend first
}

// Run runs some of the checks; the tally is of these.
func (o *Rounds) Run(ctx context.Context, checks []Check, lang i18n.Lang, tell func(Result)) Tally {
	tally := Tally{Event: "doctor"}
	if o.cause == nil {
		o.cause = map[string]string{}
	}
	for _, c := range checks {
		f := Finding{State: Skipped}
		for _, before := range c.After {
			if first, bad := o.cause[before]; bad {
				o.cause[c.Name] = first
				f.Pairs = []string{"because", i18n.Say(lang, "doctor."+first+".title")}
				break
			}
		}
		if f.Pairs == nil {
			f = c.look(ctx)
		}
		if f.State == Fail {
			o.cause[c.Name] = c.Name
		}
		tally.count(f.State)
		tell(f.words(c.Name, lang))
	}
	return tally
}

func (c Check) look(ctx context.Context) Finding {
	limit := c.Limit
	if limit == 0 {
		limit = usual
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return c.Run(ctx)
}

func (t *Tally) count(s State) {
	switch s {
	case OK:
		t.OK++
	case Warn:
		t.Warn++
	case Skipped:
		t.Skipped++
	default:
		t.Fail++
	}
}

// words puts a finding into words.
func (f Finding) words(check string, lang i18n.Lang) Result {
	r := Result{Event: "check", Check: check, State: f.State, Title: i18n.Say(lang, "doctor."+check+".title"), Detail: []string{}}
	switch {
	case f.Err != nil:
		e := i18n.Explain(f.Err, lang)
		r.Found, r.Do, r.Code, r.Detail = e.What, e.Do, e.Code, e.Detail
	case f.State == Skipped:
		r.Found, r.Code = i18n.Say(lang, "doctor.skipped", f.Pairs...), "skipped"
	default:
		r.Found, r.Code = i18n.Say(lang, "doctor."+f.Key, f.Pairs...), f.Key
		if f.Why != "" {
			r.Detail = []string{f.Why}
		}
		if _, ok := i18n.Find(lang, "doctor."+f.Key+".do"); ok {
			r.Do = i18n.Say(lang, "doctor."+f.Key+".do", f.Pairs...)
		}
	}
	if f.State == Warn || f.State == Fail {
		r.Ask = i18n.Say(lang, "doctor.ask."+helper(check))
	}
	return r
}

// helper is who can help when a check finds something.
func helper(check string) string {
	switch {
	case check == "hq_name" || check == "hq_tcp" || check == "hq_rate":
		return "network"
	case strings.HasPrefix(check, "hq_") || check == "keys" || check == "settings":
		return "hq"
	case check == "release" || check == "programs":
		return "installer"
	}
	return "technician"
}

// PrintJSON runs the checks and writes one JSON object a line: each result, then the tally.
func PrintJSON(ctx context.Context, w io.Writer, checks []Check, lang i18n.Lang) ([]Result, error) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	var failed error
	keep := func(err error) {
		if failed == nil {
			failed = err
		}
	}
	var all []Result
	tally := Run(ctx, checks, lang, func(r Result) {
		all = append(all, r)
		keep(e.Encode(r))
	})
	keep(e.Encode(tally))
	return all, failed
}

// Print runs the checks and writes them for a person: a line each, and under it what to do.
func Print(ctx context.Context, w io.Writer, checks []Check, lang i18n.Lang) ([]Result, error) {
	signs := map[State]string{OK: "[✓]", Warn: "[!]", Fail: "[✗]", Skipped: "[-]"}
	var failed error
	say := func(format string, args ...any) {
		if _, err := fmt.Fprintf(w, format, args...); failed == nil {
			failed = err
		}
	}
	var all []Result
	tally := Run(ctx, checks, lang, func(r Result) {
		all = append(all, r)
		say("%s %s\n", signs[r.State], i18n.Say(lang, "doctor.line", "title", r.Title, "found", r.Found))
		if r.State == OK || r.State == Skipped {
			return
		}
		for _, d := range r.Detail {
			say("      %s\n", strings.ReplaceAll(d, "\n", " "))
		}
		if r.Do != "" {
			say("    → %s\n", r.Do)
		}
		say("    %s\n", i18n.Say(lang, "doctor.asks", "who", r.Ask))
	})
	say("%s\n", i18n.Say(lang, "doctor.summary", "ok", strconv.Itoa(tally.OK), "warn", strconv.Itoa(tally.Warn),
		"fail", strconv.Itoa(tally.Fail), "skipped", strconv.Itoa(tally.Skipped)))
	return all, failed
}

func ok(key string, pairs ...string) Finding   { return Finding{State: OK, Key: key, Pairs: pairs} }
func warn(key string, pairs ...string) Finding { return Finding{State: Warn, Key: key, Pairs: pairs} }
func fail(key string, pairs ...string) Finding { return Finding{State: Fail, Key: key, Pairs: pairs} }
func broken(err error) Finding                 { return Finding{State: Fail, Err: err} }

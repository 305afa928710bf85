package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/words"
)

var errHelp = errors.New("help was asked for")

// settings are the command line, read.
type settings struct {
	path    string
	json    bool
	words   words.Words
	explain string // folder for the step-by-step files
	roots   []string
	options evidence.Options
}

// list collects a flag that may be given many times.
type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func parse(args []string, getenv func(string) string, stderr io.Writer) (set settings, err error) {
	if set.words, err = words.In(wished(args, getenv)); err != nil {
		return set, err
	}
	say := set.words.Say
	var crls, keys list
	var at, cert string
	f := flag.NewFlagSet("minglu-verify", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.BoolVar(&set.json, "json", false, say("flag.json", "the whole report as one JSON object on stdout"))
	f.String("lang", "", say("flag.lang", "zh or en"))
	f.Var((*list)(&set.roots), "root", say("flag.root", "PEM `FILE` with root certificates to trust (repeat)"))
	f.Var(&crls, "crl", say("flag.crl", "PEM `FILE` with a revocation list (repeat)"))
	f.Var(&keys, "hq-key", say("flag.hq-key", "verifier key of headquarters' ledger, or a `FILE` that holds it (repeat)"))
	f.StringVar(&cert, "cert", "", say("flag.cert", "PEM `FILE` with the room's certificates, for a package without layers"))
	f.StringVar(&at, "at", "", say("flag.at", "judge certificates at this `TIME` when nothing in the package proves one (RFC 3339)"))
	f.StringVar(&set.options.ID, "id", "", say("flag.id", "the recording asked for; another `ID` is a fault"))
	f.BoolVar(&set.options.Whole, "whole", false, say("flag.whole", "hash media files as a whole too, and their SM3 digests"))
	f.StringVar(&set.explain, "explain", "", say("flag.explain", "write into `FOLDER` the openssl commands of every step and what they need"))
	paths, err := interspersed(f, args)
	if errors.Is(err, flag.ErrHelp) {
		usage(say, f, stderr)
		return set, errHelp
	}
	if err == nil && len(paths) != 1 {
		err = fmt.Errorf("%d packages given", len(paths))
	}
	if lang := f.Lookup("lang").Value.String(); err == nil && lang != "" && lang != "zh" && lang != "en" {
		err = fmt.Errorf("read --lang: %q is neither zh nor en", lang)
	}
	if err != nil {
		return set, usageError{err}
	}
	set.path, set.options.SM3 = paths[0], set.options.Whole
	return set, set.load(at, cert, crls, keys)
}

// interspersed reads flags before and after the package.
func interspersed(f *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := f.Parse(args); err != nil {
			return nil, err
		}
		if f.NArg() == 0 {
			return rest, nil
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
}

// form is the command line as it is meant.
const form = "minglu-verify [--json] [--root PEM]… [--at TIME] PACKAGE"

func usage(say func(key, what string) string, f *flag.FlagSet, w io.Writer) {
	fmt.Fprintln(w, say("usage", "usage:"), form)
	fmt.Fprintln(w, say("usage.more", "PACKAGE is a folder or a zip. Exit 0: authentic (perhaps with gaps that it lists); 1: not; 2: could not look."))
	f.SetOutput(w)
	f.PrintDefaults()
}

// load reads the files that the flags name.
func (set *settings) load(at, cert string, crls, keys []string) error {
	if at != "" {
		t, err := time.Parse(time.RFC3339, at)
		if err != nil {
			return usageError{fmt.Errorf("read --at: %w", err)}
		}
		set.options.At = t.UTC()
	}
	texts, err := readAll(set.roots)
	if err != nil {
		return err
	}
	if set.options.Roots, err = evidence.ParseRoots(texts...); err != nil {
		return err
	}
	if texts, err = readAll(crls); err != nil {
		return err
	}
	for _, text := range texts {
		if err := set.options.Roots.Revoke(text); err != nil {
			return err
		}
	}
	if cert != "" {
		text, err := readBounded(cert)
		if err != nil {
			return err
		}
		if set.options.Certificates, err = evidence.ParseCertificates(text); err != nil {
			return err
		}
	}
	return set.loadKeys(keys)
}

func (set *settings) loadKeys(keys []string) error {
	for _, k := range keys {
		if evidence.CheckLedgerKey(k) != nil {
			text, errRead := readBounded(k)
			if errRead != nil {
				return errRead
			}
			k = strings.TrimSpace(string(text))
		}
		if err := evidence.CheckLedgerKey(k); err != nil {
			return usageError{fmt.Errorf("read --hq-key: %w", err)}
		}
		set.options.LedgerKeys = append(set.options.LedgerKeys, k)
	}
	return nil
}

func readAll(names []string) ([][]byte, error) {
	var texts [][]byte
	for _, name := range names {
		text, err := readBounded(name)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// readBounded reads a file of at most a mebibyte: keys and certificates are smaller.
func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	return text, errors.Join(err, f.Close())
}

// Command pack makes packages of built programs, a list of all their files, and signs it.
//
// dev starts it: dev itself stands on the standard library alone.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "release":
			return runRelease(args[1:], out)
		case "key":
			return runKey(args[1:], out)
		case "sign":
			return runSign(args[1:])
		case "manual":
			return runManual(args[1:])
		}
	}
	return errors.New("say release, key, sign or manual")
}

// release is what is packed.
type release struct {
	programs, out, changes string
	sign, desk             string
	version                string
	time                   time.Time // of every file
	maintainer             string
	stage                  string   // folder for what is written on the way
	manuals                []string // the printed ones
}

func runRelease(args []string, out io.Writer) error {
	var r release
	flags := flag.NewFlagSet("pack release", flag.ContinueOnError)
	flags.StringVar(&r.programs, "programs", "", "folder with SYSTEM-PROCESSOR/PROGRAM")
	flags.StringVar(&r.out, "out", "", "folder of the release")
	flags.StringVar(&r.sign, "sign", "", "folder with release.key, release.pem and root.pem")
	flags.StringVar(&r.desk, "desk", "app/desk", "folder of the screens, for the manuals' pictures")
	flags.StringVar(&r.version, "version", "", "version, N.N.N")
	flags.StringVar(&r.changes, "changes", "", "file with a line for each change, newest first")
	flags.StringVar(&r.maintainer, "maintainer", "Minglu <maintainers@minglu.invalid>", "who answers for the packages")
	epoch := flags.String("epoch", "", "time of every file, seconds since 1970")
	if err := flags.Parse(args); err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(*epoch, 10, 64)
	if err != nil || seconds <= 0 {
		return fmt.Errorf("--epoch %q: want seconds since 1970", *epoch)
	}
	r.time = time.Unix(seconds, 0).UTC()
	if r.stage, err = os.MkdirTemp("", "minglu-pack-"); err != nil {
		return err
	}
	return errors.Join(r.make(out), os.RemoveAll(r.stage))
}

// make writes every package, then the lists, then signs them.
func (r release) make(out io.Writer) error {
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	var err error
	if r.manuals, err = manuals(r.desk, filepath.Join(r.out, "manual"), r.time); err != nil {
		return err
	}
	for _, processor := range []string{"amd64", "arm64"} {
		if _, err := os.Stat(r.machine("linux", processor)); err != nil {
			continue // not asked for
		}
		for _, p := range parts() {
			if err := r.packages(p, processor, out); err != nil {
				return fmt.Errorf("%s for %s: %w", p.name, processor, err)
			}
		}
	}
	if err := r.windows(out); err != nil {
		return fmt.Errorf("windows: %w", err)
	}
	if err := r.zips(out); err != nil {
		return err
	}
	return r.seal(out)
}

package main

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// oldest is the C library of the oldest desktops that must run the programs: 2.28.
const oldest = 28

// outside are the libraries that programs with C parts may expect on a desktop. All else lies inside them.
func outside() []string {
	return []string{"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "ld-linux-x86-64.so.2",
		"ld-linux-aarch64.so.1", "libGL.so.1", "libGLESv2.so.2", "libEGL.so.1", "libX11.so.6"}
}

// checkLinking reads what a built program needs of the system it will run on.
func checkLinking(path string) error {
	f, err := elf.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	libraries, err := f.ImportedLibraries()
	if err != nil {
		return err
	}
	var wrong []error
	for _, l := range libraries {
		if !slices.Contains(outside(), l) {
			wrong = append(wrong, fmt.Errorf("%s needs %s", filepath.Base(path), l))
		}
	}
	symbols, err := f.ImportedSymbols()
	if err != nil {
		return err
	}
	for _, s := range symbols {
		minor, ok := strings.CutPrefix(s.Version, "GLIBC_2.")
		minor, _, _ = strings.Cut(minor, ".")
		if n, err := strconv.Atoi(minor); ok && (err != nil || n > oldest) {
			wrong = append(wrong, fmt.Errorf("%s needs %s of %s", filepath.Base(path), s.Name, s.Version))
		}
	}
	return errors.Join(wrong...)
}

// checkPackages asks Debian's own critic. A machine without it is told, not passed over.
func (r release) checkPackages(ctx context.Context) error {
	if _, err := exec.LookPath("lintian"); err != nil {
		r.say("lintian is not here: the packages were not looked at; apt-get install lintian brings it")
		return nil
	}
	files, err := filepath.Glob(filepath.Join(r.out, "*.deb"))
	if err != nil {
		return err
	}
	args := []string{"--fail-on", "error", "--tag-display-limit", "0", "--allow-root"}
	text, err := r.command(ctx, "lintian", append(args, files...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("lintian: %w\n%s", err, text)
	}
	r.say("lintian: no errors, %d warnings", bytes.Count(text, []byte("\nW: ")))
	return nil
}

// runReproduce makes a release again, from a clone in another place with caches of its own, and compares.
func runReproduce(ctx context.Context, s shop, args []string) error {
	flags := flag.NewFlagSet("reproduce", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	with := flags.String("release", "", "folder of a release made from this commit")
	only := flags.String("only", "linux-amd64", "machines")
	if err := flags.Parse(args); err != nil || *with == "" {
		return fmt.Errorf("%w understand: dev reproduce takes --release DIR and --only MACHINES %w", errUnable, err)
	}
	folder, err := os.MkdirTemp("", "minglu-reproduce-")
	if err != nil {
		return err
	}
	clone := filepath.Join(folder, "somewhere", "else")
	if text, err := s.command(ctx, "git", "clone", "--quiet", s.root, clone).CombinedOutput(); err != nil {
		return fmt.Errorf("clone: %w\n%s", err, text)
	}
	again := shop{root: clone, bin: filepath.Join(clone, "bin"), out: s.out, cache: filepath.Join(folder, "workshop"),
		env: append(slices.Clone(s.env), "GOCACHE="+filepath.Join(folder, "cache"))}
	if err := os.MkdirAll(again.cache, 0o755); err != nil {
		return err
	}
	out := filepath.Join(folder, "release")
	if err := runPackage(ctx, again, []string{"--out", out, "--only", *only}); err != nil {
		return err
	}
	err = compareFolders(out, *with)
	s.say("REPRODUCE %s", passed(err))
	return errors.Join(err, os.RemoveAll(folder))
}

// compareFolders demands the same bytes under the same names. The signature alone may differ: each has a random
// number in it; and its key's root, when another one signed.
func compareFolders(a, b string) error {
	files, err := filesBelow(a)
	if err != nil {
		return err
	}
	var wrong []error
	for _, name := range files {
		if name == "SHA256SUMS.p7s" {
			continue
		}
		x, errX := os.ReadFile(filepath.Join(a, name))
		y, errY := os.ReadFile(filepath.Join(b, name))
		if err := errors.Join(errX, errY); err != nil {
			wrong = append(wrong, err)
		} else if !bytes.Equal(x, y) {
			wrong = append(wrong, fmt.Errorf("%s differs", name))
		}
	}
	if len(files) < 4 {
		wrong = append(wrong, fmt.Errorf("%s is no release: %d files", a, len(files)))
	}
	return errors.Join(wrong...)
}

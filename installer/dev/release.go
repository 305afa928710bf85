package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// release is one state of the sources, made into packages.
type release struct {
	shop
	version string
	epoch   string // seconds; every time in a package
	out     string
	sign    string // folder with the organisation's release key
}

// runPackage builds the programs and packs them.
func runPackage(ctx context.Context, s shop, args []string) error {
	flags := flag.NewFlagSet("package", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	out := flags.String("out", "", "folder of the release")
	sign := flags.String("sign", "", "folder with release.key, release.pem and root.pem")
	version := flags.String("version", "", "another version than the commit's number")
	only := flags.String("only", "", "machines, for example linux-amd64,windows-amd64")
	if err := flags.Parse(args); err != nil || *out == "" {
		return fmt.Errorf("%w understand: dev package takes --out DIR, --sign DIR, --version N.N.N and --only MACHINES %w", errUnable, err)
	}
	r, err := s.openRelease(ctx, *out, *sign)
	if err != nil {
		return err
	}
	if *version != "" {
		r.version = *version
	}
	list := machines()
	if *only != "" {
		list = slices.DeleteFunc(list, func(m platform) bool { return !slices.Contains(strings.Split(*only, ","), m.String()) })
	}
	return r.make(ctx, list)
}

// openRelease names the release after the commit that the sources stand at: its number and its time.
func (s shop) openRelease(ctx context.Context, out, sign string) (release, error) {
	var said [2]string
	for i, args := range [][]string{{"rev-list", "--count", "HEAD"}, {"log", "-1", "--format=%ct"}} {
		text, err := s.command(ctx, "git", args...).Output()
		if err != nil {
			return release{}, fmt.Errorf("%w name the release: git %s: %w; packages are made from a clone", errUnable, args[0], err)
		}
		said[i] = strings.TrimSpace(string(text))
	}
	folder, err := filepath.Abs(out)
	if err != nil {
		return release{}, err
	}
	return release{shop: s, version: "0.1." + said[0], epoch: said[1], out: folder, sign: sign}, nil
}

// make builds and packs; the built programs stay beside the packages, in a folder of their own.
func (r release) make(ctx context.Context, list []platform) error {
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	built, err := os.MkdirTemp("", "minglu-release-")
	if err != nil {
		return err
	}
	return errors.Join(r.makeIn(ctx, list, built), os.RemoveAll(built))
}

func (r release) makeIn(ctx context.Context, list []platform, built string) error {
	if err := r.buildRelease(ctx, list, r.version, built); err != nil {
		return err
	}
	sign, err := r.signingFolder(ctx)
	if err != nil {
		return err
	}
	changes := filepath.Join(built, "changes")
	if err := r.writeChanges(ctx, changes); err != nil {
		return err
	}
	err = r.show(ctx, "go", "run", "./installer/pack", "release", "--programs", built, "--out", r.out,
		"--version", r.version, "--epoch", r.epoch, "--changes", changes, "--sign", sign,
		"--desk", filepath.Join(r.root, "app", "desk"))
	if err != nil {
		return err
	}
	return r.checkPackages(ctx)
}

// changesTold is how many changes the changelog tells, newest first.
const changesTold = 30

func (r release) writeChanges(ctx context.Context, path string) error {
	text, err := r.command(ctx, "git", "log", "-n", strconv.Itoa(changesTold), "--format=%s").Output()
	if err != nil {
		return fmt.Errorf("list the changes: %w", err)
	}
	return os.WriteFile(path, text, 0o644)
}

// signingFolder is the organisation's, or one with a key for practice, whose name says so.
func (r release) signingFolder(ctx context.Context) (string, error) {
	if r.sign != "" {
		return filepath.Abs(r.sign)
	}
	folder, err := cacheFolder("practice-release-key")
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(folder, "windows.pem")); err == nil {
		return folder, nil
	}
	return folder, r.show(ctx, "go", "run", "./installer/pack", "key", "--org", "示例市税务局（练习）", "--out", folder)
}

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// tags choose X11 alone for the window, its new threading rules, and no colour emoji font in the program.
const tags = "x11,migrated_fynedo,no_emoji"

// environment gives every go command the same flags, or build, vet and test would not share one cache. What
// GOFLAGS already holds for other matters stays.
func environment(base []string) []string {
	flags := []string{"-trimpath", "-buildvcs=false", "-tags=" + tags}
	for _, flag := range strings.Fields(os.Getenv("GOFLAGS")) {
		name, _, _ := strings.Cut(flag, "=")
		if !slices.Contains([]string{"-trimpath", "-buildvcs", "-tags"}, name) {
			flags = append(flags, flag)
		}
	}
	return append(slices.Clone(base), "GOFLAGS="+strings.Join(flags, " "))
}

// command is a program run at the root of the sources, ended politely when ctx is.
func (s shop) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = s.root, s.env
	endPolitely(cmd)
	return cmd
}

// headless are the programs that need no window; the window's C parts take most of a first build.
func headless() []string { return []string{"minglu", "minglu-agent", "minglu-hq", "minglu-verify"} }

// build makes the named programs, or all; a second time it takes a moment.
func (s shop) build(ctx context.Context, names ...string) error {
	if err := os.MkdirAll(s.bin, 0o750); err != nil {
		return fmt.Errorf("make %s: %w", s.bin, err)
	}
	if len(names) == 0 {
		names = []string{"..."}
	}
	args := []string{"build", "-o", s.bin + string(filepath.Separator)}
	for _, name := range names {
		args = append(args, "./app/cmd/"+name)
	}
	if text, err := s.command(ctx, "go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("build the programs: %w\n%s", err, text)
	}
	return nil
}

// program is the path of a built program.
func (s shop) program(name string) string { return filepath.Join(s.bin, name) }

// hasWindow reports whether the sources have a window.
func (s shop) hasWindow() bool {
	_, err := os.Stat(filepath.Join(s.root, "app", "cmd", "minglu-desk"))
	return err == nil
}

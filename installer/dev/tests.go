package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// staticcheck runs by version, so that go.mod stays free of it.
const staticcheck = "honnef.co/go/tools/cmd/staticcheck@v0.7.0"

// fuzzBudget, shared by all fuzz targets, and killRuns keep the whole under its 25 minutes on two cores.
const (
	fuzzBudget = 2 * time.Minute
	killRuns   = 20
)

// step is one thing CI checks; its output goes straight to people.
type step struct {
	name string
	run  func(ctx context.Context, s shop) error
}

func steps() []step {
	return []step{
		{"gofmt", checkFormat},
		{"vet", goStep("vet", "./...")},
		{"build", func(ctx context.Context, s shop) error { return s.build(ctx) }},
		{"build without cgo", buildPure},
		{"verifier elsewhere", buildVerifier},
		{"windows", buildWindows},
		{"staticcheck", goStep("run", staticcheck, "./...")},
		{"test", goStep("test", "-timeout", "25m", "./...")},
		{"race", raceTests},
		{"fuzz", fuzzAll},
		{"kill", func(ctx context.Context, s shop) error {
			return runKill(ctx, s, []string{"-n", fmt.Sprint(killRuns)})
		}},
		{"kill-duty", func(ctx context.Context, s shop) error {
			return runKillDuty(ctx, s, []string{"-n", "10"})
		}},
	}
}

// runTests runs every step, also after one has failed, and sums up.
func runTests(ctx context.Context, s shop, args []string) error {
	list := steps()
	if len(args) > 0 {
		list = slices.DeleteFunc(list, func(st step) bool { return !slices.Contains(args, st.name) })
	}
	if err := s.install(ctx, toTest(s)); err != nil {
		return err
	}
	// A test that misses a tool fails instead of skipping. Fyne throws away what was not painted for a minute, which a
	// test's window is not on a slow machine; what it makes again has no size.
	s.env = append(s.env, "CI=true", "FYNE_CACHE=1h")
	began := time.Now()
	var summary []string
	var failed []error
	for _, st := range list {
		s.say("=== %s", st.name)
		start := time.Now()
		err := st.run(ctx, s)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		word := "ok  "
		if err != nil {
			word = "FAIL"
			failed = append(failed, fmt.Errorf("%s: %w", st.name, err))
		}
		summary = append(summary, fmt.Sprintf("%s  %-20s %6.1f s", word, st.name, time.Since(start).Seconds()))
	}
	s.say("=== summary, %.0f s\n%s", time.Since(began).Seconds(), strings.Join(summary, "\n"))
	if len(failed) > 0 {
		return fmt.Errorf("dev test: %d of %d steps failed\n%w", len(failed), len(list), errors.Join(failed...))
	}
	return nil
}

// show runs a command whose output people read.
func (s shop) show(ctx context.Context, name string, args ...string) error {
	cmd := s.command(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = s.out, s.out
	return cmd.Run()
}

func goStep(args ...string) func(context.Context, shop) error {
	return func(ctx context.Context, s shop) error { return s.show(ctx, "go", args...) }
}

func checkFormat(ctx context.Context, s shop) error {
	list, err := s.command(ctx, "git", "ls-files", "--cached", "--others", "--exclude-standard", "*.go").Output()
	if err != nil {
		return fmt.Errorf("list the Go files: %w", err)
	}
	out, err := s.command(ctx, "gofmt", append([]string{"-l"}, strings.Fields(string(list))...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		return errors.Join(err, fmt.Errorf("not formatted:\n%s", out))
	}
	return nil
}

// buildPure builds what must run on a machine without C libraries, as one static file each.
func buildPure(ctx context.Context, s shop) error {
	var errs []error
	for _, name := range []string{"minglu", "minglu-hq", "minglu-verify"} {
		errs = append(errs, s.buildFor(ctx, name))
	}
	return errors.Join(errs...)
}

// buildVerifier builds the verifier for the machines a court may own.
func buildVerifier(ctx context.Context, s shop) error {
	var errs []error
	for _, machine := range []string{"windows/amd64", "linux/arm64", "linux/loong64", "darwin/arm64", "js/wasm"} {
		system, processor, _ := strings.Cut(machine, "/")
		errs = append(errs, s.buildFor(ctx, "minglu-verify", "GOOS="+system, "GOARCH="+processor))
	}
	return errors.Join(errs...)
}

// buildWindows builds for Windows what needs no C there. The recorder and the window need a C compiler for Windows.
func buildWindows(ctx context.Context, s shop) error {
	var errs []error
	for _, name := range []string{"minglu", "minglu-hq"} {
		errs = append(errs, s.buildFor(ctx, name, "GOOS=windows", "GOARCH=amd64"))
	}
	return errors.Join(errs...)
}

func (s shop) buildFor(ctx context.Context, name string, env ...string) error {
	cmd := s.command(ctx, "go", "build", "-o", os.DevNull, "./app/cmd/"+name)
	cmd.Env = append(append(cmd.Env, "CGO_ENABLED=0"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s %s: %w\n%s", name, strings.Join(env, " "), err, out)
	}
	return nil
}

// raceTests runs the packages that stand on no large C library or translated C: their race builds would take
// longer than all else, and the race detector does not see C anyway.
func raceTests(ctx context.Context, s shop) error {
	const form = `{{.ImportPath}}{{range .Deps}} {{.}}{{end}}{{range .TestImports}} {{.}}{{end}}{{range .XTestImports}} {{.}}{{end}}`
	list, err := s.command(ctx, "go", "list", "-f", form, "./...").Output()
	if err != nil {
		return fmt.Errorf("list the packages: %w", err)
	}
	heavy := []string{"github.com/pion/mediadevices", "fyne.io/fyne", "modernc.org/", "minglu/capture/codec",
		"minglu/app/proof",  // only starts programs, which are built without the detector
		"minglu/app/manual"} // prints for two minutes under it, and starts no goroutine
	var light []string
	for line := range strings.Lines(string(list)) {
		part, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !slices.ContainsFunc(heavy, func(h string) bool { return strings.Contains(line, h) }) {
			light = append(light, part)
		}
	}
	return s.show(ctx, "go", append([]string{"test", "-race", "-timeout", "10m"}, light...)...)
}

// fuzzAll gives every fuzz target a few seconds.
func fuzzAll(ctx context.Context, s shop) error {
	targets, err := s.fuzzTargets()
	if err != nil {
		return err
	}
	each := min(10*time.Second, max(2*time.Second, fuzzBudget/time.Duration(max(1, len(targets)))))
	var errs []error
	for _, t := range targets {
		fuzz := func() ([]byte, error) {
			return s.command(ctx, "go", "test", "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", each.String(), t.dir).CombinedOutput()
		}
		out, err := fuzz()
		if err != nil && outOfTime(out) {
			out, err = fuzz()
		}
		last := bytes.LastIndex(out, []byte("fuzz: elapsed"))
		line, _, _ := bytes.Cut(out[max(0, last):], []byte("\n"))
		s.say("%s %s: %s", t.dir, t.name, line)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s in %s: %w\n%s", t.name, t.dir, err, out))
		}
	}
	s.say("%d fuzz targets, %v each", len(targets), each)
	return errors.Join(errs...)
}

// outOfTime recognises a run that Go 1.26 calls failed because its time was over (go.dev/issue/75804, mended in
// 1.27): no input failed. It is worth one more.
func outOfTime(out []byte) bool {
	return bytes.Contains(out, []byte("context deadline exceeded")) && !bytes.Contains(out, []byte("Failing input"))
}

type target struct{ dir, name string }

// fuzzTargets finds them in the sources: asking the compiled tests would build them all once more.
func (s shop) fuzzTargets() ([]target, error) {
	var found []target
	err := filepath.WalkDir(s.root, func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for line := range bytes.Lines(text) {
			if name, ok := bytes.CutPrefix(line, []byte("func Fuzz")); ok {
				dir, _ := filepath.Rel(s.root, filepath.Dir(path))
				name, _, _ = bytes.Cut(name, []byte("("))
				found = append(found, target{"./" + filepath.ToSlash(dir), "Fuzz" + string(name)})
			}
		}
		return err
	})
	return found, err
}

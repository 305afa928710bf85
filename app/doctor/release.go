package doctor

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"minglu/app/release"
)

// named is how many files of a list are named.
const named = 3

// release compares what is installed with what was built.
func (v *visit) release(ctx context.Context) Finding {
	if _, err := fs.Stat(v.Root, "var/lib/minglu-install/before"); err == nil {
		return fail("release.unfinished")
	}
	r, err := release.Check(ctx, v.Root)
	if errors.Is(err, release.ErrNoList) && release.Version() == "dev" {
		return ok("release.dev")
	}
	if errors.Is(err, release.ErrNoList) {
		return warn("release.none", "version", release.Version())
	}
	if err != nil {
		return Finding{State: Fail, Key: "release.untrusted", Why: err.Error()}
	}
	values := []string{"version", r.Version, "signer", r.Signer, "root", r.Root, "files", strconv.Itoa(r.Files),
		"names", strings.Join(some(append(r.Changed, r.Missing...)), ", "), "count", strconv.Itoa(len(r.Changed) + len(r.Missing))}
	if len(r.Changed)+len(r.Missing) > 0 {
		return fail("release.changed", values...)
	}
	if running := release.Version(); running != "dev" && running != r.Version {
		return warn("release.other", append(values, "running", running)...)
	}
	return ok("release.ok", values...)
}

func some(list []string) []string { return list[:min(named, len(list))] }

// health reads what the kernel has noted of the disks: errors that a file system met since it was made.
func (v *visit) health(context.Context) Finding {
	counts, _ := fs.Glob(v.Root, "sys/fs/ext4/*/errors_count")
	var bad []string
	read := 0
	for _, path := range counts {
		text, err := fs.ReadFile(v.Root, path)
		if err != nil {
			continue // not for everybody's eyes
		}
		read++
		if n := strings.TrimSpace(string(text)); n != "0" {
			bad = append(bad, strings.Split(path, "/")[3]+": "+n)
		}
	}
	switch {
	case len(bad) > 0:
		return warn("health.errors", "names", strings.Join(bad, ", "))
	case read == 0:
		return ok("health.unknown")
	}
	return ok("health.ok", "count", strconv.Itoa(read))
}

// renderer asks what draws the window. A software renderer works, and takes the processor from the encoder.
func (v *visit) renderer(ctx context.Context) Finding {
	if !v.windowed {
		return ok("renderer.none")
	}
	name, err := v.Renderer(ctx)
	if err != nil {
		return broken(err)
	}
	if slow := strings.ToLower(name); strings.Contains(slow, "llvmpipe") || strings.Contains(slow, "softpipe") || strings.Contains(slow, "swrast") {
		return warn("renderer.software", "name", name)
	}
	return ok("renderer.ok", "name", name)
}

package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// debian is a Debian system in a folder, made once and kept in the user's cache.
type debian struct {
	name, suite   string
	architectures []string // the first is the machine's own
	packages      []string // beyond the essential ones
}

// bare is a Debian that has nothing but what every Debian has.
func bare(suite string) debian {
	return debian{name: "bare-" + suite, suite: suite, architectures: []string{"amd64"}}
}

// cacheFolder is a folder of ours in the user's cache.
func cacheFolder(parts ...string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("%w find the user's cache: %w", errUnable, err)
	}
	folder := filepath.Join(append([]string{cache, "minglu"}, parts...)...)
	return folder, os.MkdirAll(folder, 0o755)
}

// raise makes the root, or finds it made; packages that were asked for since make it anew.
func (s shop) raise(ctx context.Context, d debian) (folder string, err error) {
	if os.Geteuid() != 0 {
		return "", fmt.Errorf("%w make a Debian root: that needs root; run this with sudo", errUnable)
	}
	roots, err := cacheFolder("roots")
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%v", d))
	folder = filepath.Join(roots, fmt.Sprintf("%s-%.8x", d.name, sum))
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := s.install(ctx, []string{"mmdebstrap"}); err != nil {
		return "", err
	}
	s.say("Making a Debian %s root in %s (once) …", d.suite, folder)
	began, draft := time.Now(), folder+".new"
	if err := os.RemoveAll(draft); err != nil {
		return "", err
	}
	args := []string{"--quiet", "--mode=root", "--variant=minbase", "--architectures=" + strings.Join(d.architectures, ",")}
	if len(d.packages) > 0 {
		args = append(args, "--include="+strings.Join(d.packages, ","))
	}
	if text, err := s.command(ctx, "mmdebstrap", append(append(args, d.suite, draft), aptMirror()...)...).CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("make a Debian %s root: %w\n%s", d.suite, err, text), os.RemoveAll(draft))
	}
	s.say("Made it in %.0f s", time.Since(began).Seconds())
	return folder, os.Rename(draft, folder)
}

// mount is a folder of this machine, seen inside a root.
type mount struct {
	from, to string
	writable bool
}

// cell is a root in which something is run: with /proc and /dev, in namespaces of its own, so that nothing stays
// mounted or running whatever ends it.
type cell struct {
	shop
	root    string
	below   []string // folders of changes that lie over the root, the newest first
	scratch string   // folder that takes what is written; "": the root itself is written to
	mounts  []mount
	env     []string
	offline bool // no network but its own loopback
}

// run prepares a shell script with its arguments $1, $2, … in the cell. Killing the command kills all that runs
// in the cell at one blow.
func (c cell) run(ctx context.Context, script string, args ...string) *exec.Cmd {
	var b strings.Builder
	b.WriteString("set -e\n")
	root := quote(c.root)
	if c.scratch != "" {
		layers := strings.Join(append(slices.Clone(c.below), c.root), ":")
		at := func(name string) string { return quote(filepath.Join(c.scratch, name)) }
		root = at("root")
		fmt.Fprintf(&b, "mkdir -p %s %s %s\nmount -t overlay overlay -o %s %s\n", at("changes"), at("work"), root,
			quote("lowerdir="+layers+",upperdir="+c.changes()+",workdir="+filepath.Join(c.scratch, "work")), root)
	}
	fmt.Fprintf(&b, "root=%s\n", root)
	for _, m := range append(slices.Clone(c.mounts), mount{"/dev", "/dev", true}) {
		fmt.Fprintf(&b, "mkdir -p \"$root%s\"\nmount --rbind %s \"$root%s\"\n", m.to, quote(m.from), m.to)
		if !m.writable {
			fmt.Fprintf(&b, "mount -o remount,bind,ro \"$root%s\"\n", m.to)
		}
	}
	b.WriteString("mount -t proc proc \"$root/proc\"\n")
	if c.offline {
		b.WriteString("ip link set lo up\n")
	}
	b.WriteString("exec chroot \"$root\" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8")
	for _, e := range c.env {
		b.WriteString(" " + quote(e))
	}
	fmt.Fprintf(&b, " sh -ec %s sh \"$@\"\n", quote(script))
	spaces := []string{"--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"}
	if c.offline {
		spaces = append(spaces, "--net")
	}
	return c.command(ctx, "unshare", slices.Concat(spaces, []string{"sh", "-c", b.String(), "sh"}, args)...)
}

// changes is the folder of what was written in the cell, to lie below another one.
func (c cell) changes() string { return filepath.Join(c.scratch, "changes") }

// quote makes one word for a shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

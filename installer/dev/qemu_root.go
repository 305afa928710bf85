package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// debianKernel downloads Debian's kernel once into the user's cache; it returns the kernel and the modules that the
// guest loads, in the order of their needs.
func (s shop) debianKernel(ctx context.Context, folder string) (kernel string, modules []string, err error) {
	needs, err := s.command(ctx, "apt-cache", "depends", "linux-image-amd64").Output()
	_, name, found := strings.Cut(string(needs), "Depends: ")
	if err != nil || !found {
		return "", nil, fmt.Errorf("ask for linux-image-amd64: %q, %w", needs, err)
	}
	name = strings.Fields(name)[0]
	version := strings.TrimPrefix(name, "linux-image-")
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = folder
	}
	tree := filepath.Join(cache, "minglu", name)
	if _, err := os.Stat(filepath.Join(tree, "boot")); err != nil {
		if err := s.unpackKernel(ctx, name, version, tree); err != nil {
			return "", nil, err
		}
	}
	home := filepath.Join(tree, "lib", "modules", version)
	table, err := os.ReadFile(filepath.Join(home, "modules.dep"))
	if err != nil {
		return "", nil, err
	}
	for _, m := range []string{"virtio_pci", "virtio_blk", "vivid", "snd-aloop"} {
		modules = append(modules, moduleNeeds(string(table), home, m)...)
	}
	return filepath.Join(tree, "boot", "vmlinuz-"+version), unique(modules), nil
}

func (s shop) unpackKernel(ctx context.Context, name, version, tree string) error {
	if err := os.MkdirAll(tree, 0o755); err != nil {
		return err
	}
	download := s.command(ctx, "apt-get", "download", name)
	download.Dir = tree
	if text, err := download.CombinedOutput(); err != nil {
		return fmt.Errorf("download %s: %w\n%s", name, err, text)
	}
	files, _ := filepath.Glob(filepath.Join(tree, name+"_*.deb"))
	if len(files) == 0 {
		return fmt.Errorf("download %s: no file came", name)
	}
	for _, line := range [][]string{{"dpkg-deb", "-x", files[0], tree}, {"depmod", "-b", tree, version}} {
		if text, err := s.command(ctx, line[0], line[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", line[0], err, text)
		}
	}
	return os.Remove(files[0])
}

// moduleNeeds lists a module's file after those it needs. In modules.dep each line names a module and, nearest
// first, all that it stands on.
func moduleNeeds(table, home, module string) []string {
	for line := range strings.Lines(table) {
		path, needs, _ := strings.Cut(strings.TrimSpace(line), ":")
		if filepath.Base(path) != module+".ko" {
			continue
		}
		var files []string
		for _, f := range append([]string{path}, strings.Fields(needs)...) {
			files = append(files, filepath.Join(home, f))
		}
		slices.Reverse(files)
		return files
	}
	return nil
}

func unique(list []string) []string {
	var kept []string
	for _, s := range list {
		if !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// guestRoot packs what the guest has into an initial RAM disk.
func (s shop) guestRoot(ctx context.Context, folder string, modules []string, length time.Duration) (string, error) {
	a := newArchive()
	for _, dir := range []string{"dev", "proc", "sys", "tmp"} {
		a.add(dir+"/.keep", 0o644, nil)
	}
	a.add("etc/group", 0o644, []byte("root:x:0:\naudio:x:29:\n"))
	a.add("etc/passwd", 0o644, []byte("root:x:0:0::/root:/bin/sh\n"))
	a.add("init", 0o755, []byte(strings.NewReplacer("@LENGTH@", length.String(), "@CAMERA@", guestCamera).Replace(guest)))
	programs := []string{"/usr/bin/aplay", "/usr/bin/v4l2-ctl"}
	for _, name := range []string{"minglu", "minglu-agent", "minglu-hq", "minglu-verify"} {
		programs = append(programs, s.program(name))
	}
	libraries, err := s.librariesOf(ctx, append(programs, "/usr/lib/x86_64-linux-gnu/libasound.so.2"))
	if err != nil {
		return "", err
	}
	var errs []error
	for _, p := range programs {
		errs = append(errs, a.addFile("bin/"+filepath.Base(p), p))
	}
	for _, l := range libraries {
		errs = append(errs, a.addFile(strings.TrimPrefix(l, "/"), l))
	}
	for i, m := range modules {
		errs = append(errs, a.addFile(fmt.Sprintf("modules/%02d-%s", i, filepath.Base(m)), m))
	}
	light := filepath.Join(folder, "light")
	if text, err := s.command(ctx, "go", "build", "-o", light, "./installer/dev/clap/light").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the light: %w\n%s", err, text)
	}
	a.add("beeps.wav", 0o644, beepFile(length+2*time.Minute))
	errs = append(errs, a.addFile("bin/light", light), a.addFile("bin/busybox", "/bin/busybox"), a.addTree("/usr/share/alsa"))
	path := filepath.Join(folder, "root.cpio.gz")
	return path, errors.Join(append(errs, a.write(path))...)
}

// librariesOf asks the loader what programs need, the loader itself with it.
func (s shop) librariesOf(ctx context.Context, programs []string) ([]string, error) {
	found := []string{"/usr/lib/x86_64-linux-gnu/libasound.so.2"}
	for _, p := range programs {
		text, err := s.command(ctx, "ldd", p).CombinedOutput()
		if err != nil && !bytes.Contains(text, []byte("not a dynamic executable")) {
			return nil, fmt.Errorf("ldd %s: %w\n%s", p, err, text)
		}
		for _, word := range strings.Fields(string(text)) {
			if strings.HasPrefix(word, "/") && !strings.HasSuffix(word, ":") {
				found = append(found, word)
			}
		}
	}
	return unique(found), nil
}

// archive is a cpio archive in the form the kernel reads ("newc").
type archive struct {
	body    bytes.Buffer
	folders map[string]bool
}

func newArchive() *archive { return &archive{folders: map[string]bool{".": true}} }

func (a *archive) addFile(name, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	a.add(name, 0o755, data)
	return nil
}

func (a *archive) addTree(path string) error {
	return filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		return a.addFile(strings.TrimPrefix(p, "/"), p)
	})
}

// add adds a file and the folders it lies in.
func (a *archive) add(name string, mode fs.FileMode, data []byte) {
	for _, dir := range parents(name) {
		if !a.folders[dir] {
			a.folders[dir] = true
			a.entry(dir, 0o040755, nil)
		}
	}
	a.entry(name, 0o100000|int(mode), data)
}

// parents lists the folders above name, the outermost first.
func parents(name string) []string {
	var dirs []string
	for dir := filepath.Dir(name); dir != "."; dir = filepath.Dir(dir) {
		dirs = append(dirs, dir)
	}
	slices.Reverse(dirs)
	return dirs
}

func (a *archive) entry(name string, mode int, data []byte) {
	const form = "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x"
	fmt.Fprintf(&a.body, form, a.body.Len()+1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0)
	a.pad([]byte(name + "\x00"))
	a.pad(data)
}

// pad appends data and fills up to a multiple of four.
func (a *archive) pad(data []byte) {
	a.body.Write(data)
	a.body.Write(make([]byte, (4-a.body.Len()%4)%4))
}

func (a *archive) write(path string) error {
	a.entry("TRAILER!!!", 0, nil)
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	_, err = z.Write(a.body.Bytes())
	return errors.Join(err, z.Close(), f.Close())
}

package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"minglu/capture/key"
)

// parts are the programs of a room.
func parts() []string {
	names := []string{"minglu", "minglu-agent", "minglu-desk", "minglu-verify"}
	if runtime.GOOS == "windows" {
		for i := range names {
			names[i] += ".exe"
		}
	}
	return names
}

func (v *visit) programs(context.Context) Finding {
	var missing []string
	for _, name := range parts() {
		st, err := os.Stat(filepath.Join(v.Programs, name))
		if err != nil || !st.Mode().IsRegular() || runtime.GOOS != "windows" && st.Mode()&0o111 == 0 {
			missing = append(missing, name)
		}
	}
	switch {
	case len(missing) == 1 && strings.HasPrefix(missing[0], "minglu-desk"): // a room can be recorded without a window
		return warn("programs.no_window", "dir", v.Programs)
	case len(missing) > 0:
		return fail("programs.missing", "dir", v.Programs, "names", strings.Join(missing, ", "))
	}
	return ok("programs.ok", "dir", v.Programs)
}

// library is a shared library and the Debian package that brings it.
type library struct{ name, from string }

// graphical are the libraries the window loads.
func graphical() []library {
	libs := []library{{"libGL.so.1", "libgl1"}, {"libX11.so.6", "libx11-6"}, {"libXcursor.so.1", "libxcursor1"},
		{"libXrandr.so.2", "libxrandr2"}, {"libXinerama.so.1", "libxinerama1"}, {"libXi.so.6", "libxi6"},
		{"libXxf86vm.so.1", "libxxf86vm1"}}
	if runtime.GOARCH == "arm64" {
		libs = append(libs, library{"libEGL.so.1", "libegl1"}, library{"libGLESv2.so.2", "libgles2"})
	}
	return libs
}

// graphics warns and does not fail: a room can be recorded without a window.
func (v *visit) graphics(context.Context) Finding {
	if runtime.GOOS != "linux" {
		return ok("graphics.ok")
	}
	var names, packages []string
	dirs := v.libraryDirs()
	for _, l := range graphical() {
		if !v.has(dirs, l.name) {
			names, packages = append(names, l.name), append(packages, l.from)
		}
	}
	switch {
	case len(names) > 0:
		return warn("graphics.missing", "names", strings.Join(names, ", "), "packages", strings.Join(packages, " "))
	case v.Getenv("DISPLAY") == "" && v.Getenv("WAYLAND_DISPLAY") == "":
		return warn("graphics.no_display")
	}
	v.windowed = true
	return ok("graphics.ok")
}

// sound looks for what the microphone driver loads; without it the driver would hand out silence.
func (v *visit) sound(context.Context) Finding {
	if runtime.GOOS != "linux" {
		return ok("sound.ok", "name", runtime.GOOS)
	}
	dirs := v.libraryDirs()
	for _, name := range []string{"libpulse.so.0", "libasound.so.2"} {
		if v.has(dirs, name) {
			return ok("sound.ok", "name", name)
		}
	}
	return fail("sound.missing")
}

// libraryDirs are the folders the loader looks into, below the root.
func (v *visit) libraryDirs() []string {
	triplet := map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu", "loong64": "loongarch64-linux-gnu"}[runtime.GOARCH]
	dirs := filepath.SplitList(v.Getenv("LD_LIBRARY_PATH"))
	for _, dir := range []string{"lib", "usr/lib"} {
		dirs = append(dirs, dir+"/"+triplet, dir+"64", dir)
	}
	lists, _ := fs.Glob(v.Root, "etc/ld.so.conf.d/*.conf")
	for _, list := range lists {
		text, _ := fs.ReadFile(v.Root, list)
		dirs = append(dirs, strings.Fields(string(text))...)
	}
	for i := range dirs {
		dirs[i] = path.Clean(strings.TrimPrefix(dirs[i], "/"))
	}
	return dirs
}

func (v *visit) has(dirs []string, name string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool {
		_, err := fs.Stat(v.Root, path.Join(dir, name))
		return err == nil
	})
}

// input looks for a running input method.
func (v *visit) input(context.Context) Finding {
	if runtime.GOOS != "linux" {
		return ok("input.ok", "name", runtime.GOOS)
	}
	running, _ := fs.ReadDir(v.Root, "proc")
	for _, process := range running {
		text, _ := fs.ReadFile(v.Root, path.Join("proc", process.Name(), "comm")) // most of what is there has none
		if name := strings.TrimSpace(string(text)); slices.Contains([]string{"fcitx5", "fcitx", "ibus-daemon"}, name) {
			return ok("input.ok", "name", name)
		}
	}
	return warn("input.missing")
}

// Bounds of the disk.
const (
	hoursLeast  = 1
	hoursEnough = 8
	syncSlow    = 500 * time.Millisecond // the recorder makes a segment durable twice a second
	syncTries   = 16
)

func (v *visit) disk(ctx context.Context) Finding {
	home := ground(v.Home)
	left, err := v.Free(home)
	if err != nil {
		return broken(err)
	}
	worst, err := syncTime(ctx, home)
	if err != nil {
		return broken(err)
	}
	hours := float64(left) / float64(max(v.BytesPerHour, 1))
	values := []string{"hours", strconv.FormatFloat(hours, 'f', 1, 64), "free", strconv.FormatFloat(float64(left)/1e9, 'f', 1, 64),
		"sync", strconv.FormatInt(worst.Milliseconds(), 10)}
	switch {
	case hours < hoursLeast:
		return fail("disk.full", values...)
	case hours < hoursEnough:
		return warn("disk.low", values...)
	case worst > syncSlow:
		return warn("disk.slow", values...)
	}
	return ok("disk.ok", values...)
}

// ground is the folder in which a home is, or will be: before the first start there is none yet.
func ground(home string) string {
	for dir := home; ; dir = filepath.Dir(dir) {
		if st, err := os.Stat(dir); err == nil && st.IsDir() || dir == filepath.Dir(dir) {
			return dir
		}
	}
}

// syncTime writes and syncs a small file in dir several times and gives the longest sync.
func syncTime(ctx context.Context, dir string) (worst time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return 0, fmt.Errorf("try the disk: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	block := make([]byte, 64<<10)
	for range syncTries {
		if ctx.Err() != nil {
			return worst, fmt.Errorf("try the disk: %w", ctx.Err())
		}
		if _, err := f.Write(block); err != nil {
			return 0, fmt.Errorf("try the disk: %w", err)
		}
		begun := time.Now()
		if err := f.Sync(); err != nil {
			return 0, fmt.Errorf("try the disk: %w", err)
		}
		worst = max(worst, time.Since(begun))
	}
	return worst, nil
}

// settingsFault names a missing settings file for what it is: the room was never enrolled.
func settingsFault(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", key.ErrNotEnrolled, err)
	}
	return err
}

// Package desktoptest is a desktop for tests: a screen, a window manager, a session bus, an input method, and
// the hands of a person.
package desktoptest

import (
	"bufio"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Desktop lives until its test ends.
type Desktop struct {
	t       *testing.T
	Dir     string   // home of everything that runs on it
	Env     []string // beside the desktop's own
	display string
	bus     string
}

// Need skips a test where a program is missing; in CI that is a fault.
func Need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", p)
		}
		t.Skipf("%s is not installed", p)
	}
}

// New opens a desktop of so many pixels.
func New(t *testing.T, width, height int) *Desktop {
	t.Helper()
	if testing.Short() {
		t.Skip("a whole desktop takes too long for a short run")
	}
	Need(t, "Xvfb", "openbox", "dbus-daemon", "xdotool", "import")
	d := &Desktop{t: t, Dir: t.TempDir()}
	d.display = ":" + d.FirstLine("Xvfb", "-displayfd", "1", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp")
	d.bus = d.FirstLine("dbus-daemon", "--session", "--nofork", "--print-address=1")
	d.Start("openbox")
	// A window that comes first has no frame, and no way to ask for the whole display.
	d.Until(time.Minute, "the window manager is there", func() bool { return d.Command("xdotool", "get_num_desktops").Run() == nil })
	return d
}

// Command is a program on this desktop.
func (d *Desktop) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+d.display, "DBUS_SESSION_BUS_ADDRESS="+d.bus, "HOME="+d.Dir,
		"XDG_CONFIG_HOME="+filepath.Join(d.Dir, ".config"), "XDG_DATA_HOME="+filepath.Join(d.Dir, "data"),
		"XDG_CACHE_HOME="+filepath.Join(d.Dir, "cache"), "XDG_RUNTIME_DIR="+d.Dir, "LC_ALL=C.UTF-8",
		"GSETTINGS_BACKEND=memory", "NO_AT_BRIDGE=1")
	cmd.Env = append(cmd.Env, d.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// Start runs a program until the test ends.
func (d *Desktop) Start(name string, args ...string) *exec.Cmd {
	d.t.Helper()
	cmd := d.Command(name, args...)
	if os.Getenv("VERBOSE") != "" {
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	}
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { Kill(cmd) })
	return cmd
}

// Kill ends a program and its children at once.
func Kill(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may be gone
	_ = cmd.Wait()
}

// FirstLine starts a server and reads the line it says first.
func (d *Desktop) FirstLine(name string, args ...string) string {
	d.t.Helper()
	cmd := d.Command(name, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { Kill(cmd) })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		d.t.Fatalf("%s: %v", name, err)
	}
	return strings.TrimSpace(line)
}

// Fcitx starts fcitx5 with pinyin switched on.
func (d *Desktop) Fcitx() *exec.Cmd {
	d.t.Helper()
	Need(d.t, "fcitx5")
	d.Put(".config/fcitx5/profile", "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=pinyin\n"+
		"[Groups/0/Items/0]\nName=keyboard-us\nLayout=\n[Groups/0/Items/1]\nName=pinyin\nLayout=\n[GroupOrder]\n0=Default\n")
	d.Put(".config/fcitx5/config", "[Behavior]\nActiveByDefault=True\n")
	return d.Start("fcitx5", "--disable=wayland,kimpanel,notificationitem,cloudpinyin")
}

// IBus starts ibus with libpinyin switched on.
func (d *Desktop) IBus() *exec.Cmd {
	d.t.Helper()
	Need(d.t, "ibus-daemon", "ibus")
	daemon := d.Start("ibus-daemon", "--replace", "--panel=disable", "--emoji-extension=disable", "--cache=none")
	d.Until(60*time.Second, "ibus takes libpinyin", func() bool {
		_ = d.Command("ibus", "engine", "libpinyin").Run() // it fails without setxkbmap, but does it
		name, err := d.Command("ibus", "engine").Output()
		return err == nil && strings.TrimSpace(string(name)) == "libpinyin"
	})
	return daemon
}

// Put writes a file below Dir.
func (d *Desktop) Put(name, text string) {
	d.t.Helper()
	path := filepath.Join(d.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// Until waits for something to happen.
func (d *Desktop) Until(within time.Duration, what string, done func() bool) {
	d.t.Helper()
	for end := time.Now().Add(within); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			d.Picture("failed")
			d.t.Fatalf("not in %v: %s", within, what)
		}
	}
}

// Picture keeps a picture of the screen where PICTURES names a folder.
func (d *Desktop) Picture(name string) {
	if dir := os.Getenv("PICTURES"); dir != "" {
		file := filepath.Join(dir, strings.ReplaceAll(d.t.Name(), "/", "_")+"_"+name+".png")
		if err := d.Command("import", "-window", "root", file).Run(); err != nil {
			d.t.Logf("take picture: %v", err)
		}
	}
}

// Look is what a part of the screen shows now; two looks are equal where nothing changed.
func (d *Desktop) Look(part image.Rectangle) string {
	d.t.Helper()
	crop := fmt.Sprintf("%dx%d+%d+%d", part.Dx(), part.Dy(), part.Min.X, part.Min.Y)
	out, err := d.Command("import", "-window", "root", "-crop", crop, "-depth", "8", "rgb:-").Output()
	if err != nil {
		d.t.Fatalf("look at %v: %v", part, err)
	}
	return string(out)
}

// UntilDrawn waits until a part of the screen shows something else than before, and then no longer changes.
func (d *Desktop) UntilDrawn(what string, part image.Rectangle, before string) {
	d.t.Helper()
	last := before
	d.Until(20*time.Second, what+" is drawn", func() bool {
		now := d.Look(part)
		done := now == last && now != before
		last = now
		return done
	})
}

// Quick is the pause between keys of a fast typist.
const Quick = 20 * time.Millisecond

// Keys presses keys as xdotool names them, one after the other.
func (d *Desktop) Keys(pause time.Duration, names ...string) {
	d.t.Helper()
	d.hand(append([]string{"key", "--delay", fmt.Sprint(pause.Milliseconds())}, names...)...)
}

// Type types Latin letters and digits.
func (d *Desktop) Type(pause time.Duration, text string) {
	d.t.Helper()
	d.hand("type", "--delay", fmt.Sprint(pause.Milliseconds()), text)
}

// Pinyin types letters and a space for each word.
func (d *Desktop) Pinyin(pause time.Duration, words ...string) {
	d.t.Helper()
	var names []string
	for _, w := range words {
		names = append(append(names, strings.Split(w, "")...), "space")
	}
	d.Keys(pause, names...)
}

// Click presses the mouse at a point of the screen.
func (d *Desktop) Click(x, y int) {
	d.t.Helper()
	d.hand("mousemove", fmt.Sprint(x), fmt.Sprint(y), "click", "1")
}

func (d *Desktop) hand(args ...string) {
	d.t.Helper()
	if out, err := d.Command("xdotool", args...).CombinedOutput(); err != nil {
		d.t.Fatalf("xdotool: %v: %s", err, out)
	}
}

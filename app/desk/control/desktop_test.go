package control_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// desktop is a screen with a window manager, a session bus and the window under test.
type desktop struct {
	t       *testing.T
	dir     string
	display string
	bus     string
	file    string
}

// need skips a test where a program is missing; in CI that is a fault.
func need(t *testing.T, programs ...string) {
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

func newDesktop(t *testing.T) *desktop {
	t.Helper()
	if testing.Short() {
		t.Skip("a whole desktop takes too long for a short run")
	}
	need(t, "Xvfb", "openbox", "dbus-daemon", "xdotool")
	d := &desktop{t: t, dir: t.TempDir()}
	d.file = filepath.Join(d.dir, "state.json")
	d.display = ":" + d.firstLine("Xvfb", "-displayfd", "1", "-screen", "0", "900x700x24", "-nolisten", "tcp")
	d.bus = d.firstLine("dbus-daemon", "--session", "--nofork", "--print-address=1")
	d.start("openbox")
	return d
}

func (d *desktop) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+d.display, "DBUS_SESSION_BUS_ADDRESS="+d.bus, "HOME="+d.dir,
		"XDG_CONFIG_HOME="+filepath.Join(d.dir, ".config"), "XDG_DATA_HOME="+filepath.Join(d.dir, "data"),
		"XDG_CACHE_HOME="+filepath.Join(d.dir, "cache"), "XDG_RUNTIME_DIR="+d.dir, "LC_ALL=C.UTF-8",
		"GSETTINGS_BACKEND=memory", "NO_AT_BRIDGE=1", stateFile+"="+d.file)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// start runs a program until the test ends.
func (d *desktop) start(name string, args ...string) *exec.Cmd {
	d.t.Helper()
	cmd := d.command(name, args...)
	if os.Getenv("VERBOSE") != "" {
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	}
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { stop(cmd) })
	return cmd
}

// stop ends a program and its children at once.
func stop(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may be gone
	_ = cmd.Wait()
}

// firstLine starts a server and reads the line it says first.
func (d *desktop) firstLine(name string, args ...string) string {
	d.t.Helper()
	cmd := d.command(name, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { stop(cmd) })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		d.t.Fatalf("%s: %v", name, err)
	}
	return strings.TrimSpace(line)
}

// fcitx starts fcitx5 with pinyin switched on.
func (d *desktop) fcitx() *exec.Cmd {
	d.t.Helper()
	need(d.t, "fcitx5")
	d.put(".config/fcitx5/profile", "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=pinyin\n"+
		"[Groups/0/Items/0]\nName=keyboard-us\nLayout=\n[Groups/0/Items/1]\nName=pinyin\nLayout=\n[GroupOrder]\n0=Default\n")
	d.put(".config/fcitx5/config", "[Behavior]\nActiveByDefault=True\n")
	return d.start("fcitx5", "--disable=wayland,kimpanel,notificationitem,cloudpinyin")
}

// ibus starts ibus with libpinyin switched on.
func (d *desktop) ibus() *exec.Cmd {
	d.t.Helper()
	need(d.t, "ibus-daemon", "ibus")
	daemon := d.start("ibus-daemon", "--replace", "--panel=disable", "--emoji-extension=disable", "--cache=none")
	d.until(60*time.Second, "ibus takes libpinyin", func() bool {
		_ = d.command("ibus", "engine", "libpinyin").Run() // it fails without setxkbmap, but does it
		name, err := d.command("ibus", "engine").Output()
		return err == nil && strings.TrimSpace(string(name)) == "libpinyin"
	})
	return daemon
}

func (d *desktop) put(name, text string) {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// window opens the window under test and waits until it takes keys.
func (d *desktop) window(method string) {
	d.t.Helper()
	program, err := os.Executable()
	if err != nil {
		d.t.Fatal(err)
	}
	d.start(program)
	d.until(60*time.Second, "the window is ready with method "+method, func() bool {
		s := d.see()
		return s.Focus == "field" && s.Method == method
	})
}

func (d *desktop) see() (s seen) {
	data, err := os.ReadFile(d.file)
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil && !os.IsNotExist(err) {
		d.t.Fatal(err)
	}
	return s
}

func (d *desktop) until(within time.Duration, what string, done func() bool) {
	d.t.Helper()
	for end := time.Now().Add(within); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			d.picture("failed")
			d.t.Fatalf("not in %v: %s; the window shows %+v", within, what, d.see())
		}
	}
}

// picture keeps a picture of the screen where PICTURES names a folder.
func (d *desktop) picture(name string) {
	if dir := os.Getenv("PICTURES"); dir != "" {
		file := filepath.Join(dir, strings.ReplaceAll(d.t.Name(), "/", "_")+"_"+name+".png")
		if err := d.command("import", "-window", "root", file).Run(); err != nil {
			d.t.Logf("take picture: %v", err)
		}
	}
}

// keys presses keys as xdotool names them, one after the other.
func (d *desktop) keys(pause time.Duration, names ...string) {
	d.t.Helper()
	args := append([]string{"key", "--delay", fmt.Sprint(pause.Milliseconds())}, names...)
	if out, err := d.command("xdotool", args...).CombinedOutput(); err != nil {
		d.t.Fatalf("xdotool: %v: %s", err, out)
	}
}

// pinyin types letters and a space for each word.
func (d *desktop) pinyin(pause time.Duration, words ...string) {
	d.t.Helper()
	var names []string
	for _, w := range words {
		names = append(append(names, strings.Split(w, "")...), "space")
	}
	d.keys(pause, names...)
}

func (d *desktop) wantField(want string) {
	d.t.Helper()
	d.until(30*time.Second, "the field holds "+want, func() bool { return d.see().Field == want })
}

func (d *desktop) wantArea(want string) {
	d.t.Helper()
	d.until(30*time.Second, "the area holds "+want, func() bool { return d.see().Area == want })
}

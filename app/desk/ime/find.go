package ime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// ErrNone says that no input method runs here.
var ErrNone = errors.New("no input method runs")

// opening bounds the opening of an input context, a method that hangs included.
const opening = 5 * time.Second

// System finds the method of this desktop: fcitx 5 or 4, else ibus. MINGLU_IME names the one to use, for
// support: fcitx, ibus or off.
func System(getenv func(string) string) Find {
	return func(ctx context.Context, wake func()) (Method, error) {
		only := getenv("MINGLU_IME")
		if runtime.GOOS != "linux" || only == "off" {
			return nil, ErrNone
		}
		err := ErrNone
		if only != "ibus" {
			m, fault := openFcitx(ctx, sessionBus(getenv), getenv("DISPLAY"), wake)
			if fault == nil {
				return m, nil
			}
			err = errors.Join(err, fault)
		}
		if only != "fcitx" {
			m, fault := openIBus(ctx, ibusAddress(getenv), wake)
			if fault == nil && only != "ibus" {
				return untilBetter(ctx, m, func(ctx context.Context) bool { return fcitxRuns(ctx, sessionBus(getenv)) }), nil
			}
			if fault == nil {
				return m, nil
			}
			err = errors.Join(err, fault)
		}
		return nil, err
	}
}

// sessionBus is the address of the session's bus, "" when there is none. Nothing is started to get one.
func sessionBus(getenv func(string) string) string {
	if address := getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" {
		return address
	}
	if dir := getenv("XDG_RUNTIME_DIR"); dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "bus")); err == nil {
			return "unix:path=" + filepath.Join(dir, "bus")
		}
	}
	return ""
}

// ibusAddress reads where the ibus daemon of this display listens, "" when there is none.
// Source: ibus 1.5, src/ibusshare.c, ibus_get_socket_path.
func ibusAddress(getenv func(string) string) string {
	if address := getenv("IBUS_ADDRESS"); address != "" {
		return address
	}
	config := getenv("XDG_CONFIG_HOME")
	if config == "" {
		config = filepath.Join(getenv("HOME"), ".config")
	}
	host, number := display(getenv("DISPLAY"))
	machine, err := firstFile("/var/lib/dbus/machine-id", "/etc/machine-id")
	if err != nil {
		return ""
	}
	name := fmt.Sprintf("%s-%s-%s", strings.TrimSpace(machine), host, number)
	file, err := os.ReadFile(filepath.Join(config, "ibus", "bus", name))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(file)) {
		if address, ok := strings.CutPrefix(line, "IBUS_ADDRESS="); ok {
			return strings.TrimSpace(address)
		}
	}
	return ""
}

// display splits "host:10.0" as ibus does.
func display(name string) (host, number string) {
	host, number, _ = strings.Cut(name, ":")
	number, _, _ = strings.Cut(number, ".")
	if host == "" {
		host = "unix"
	}
	if number == "" {
		number = "0"
	}
	return host, number
}

func firstFile(names ...string) (string, error) {
	var faults error
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err == nil {
			return string(data), nil
		}
		faults = errors.Join(faults, err)
	}
	return "", faults
}

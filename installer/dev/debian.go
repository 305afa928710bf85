package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// toBuild is what the C parts need: the codecs, libjpeg-turbo, for the window its libraries; openssl for the
// stranger's commands, and the authorities by whose word the go command fetches modules.
func toBuild(s shop, window bool) []string {
	packages := []string{"gcc", "g++", "libc6-dev", "pkg-config", "libturbojpeg0-dev", "openssl", "ca-certificates"}
	if window && s.hasWindow() {
		packages = append(packages, "libgl1-mesa-dev", "libx11-dev", "libxcursor-dev", "libxrandr-dev",
			"libxinerama-dev", "libxi-dev", "libxxf86vm-dev", "libxkbcommon-dev")
	}
	return packages
}

// toTest adds the strangers that the tests ask for their opinion.
func toTest(s shop) []string {
	return append(toBuild(s, true), "git", "ffmpeg", "espeak-ng", "pulseaudio", "pulseaudio-utils", "poppler-utils",
		"libxml2-utils", "sox", "qpdf", "softhsm2", "opensc", "curl", "fonts-noto-cjk", "chromium", "xvfb",
		"rclone", "fonts-dejavu-core", "sqlite3", "strace", "zip", "unzip", "fuse3",
		"faketime", "dash", "shellcheck", "lintian", "nsis", "osslsigncode",
		"openbox", "xdotool", "imagemagick", "dbus-daemon", "fcitx5", "fcitx5-chinese-addons", "ibus", "ibus-libpinyin")
}

// install brings the missing ones of packages, or says the line with which a person does.
func (s shop) install(ctx context.Context, packages []string) error {
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		s.say("This is not a Debian machine; if the build fails, install what these are called here: %s",
			strings.Join(packages, " "))
		return nil
	}
	var missing []string
	for _, name := range packages {
		state, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f", "${db:Status-Status}", name).Output()
		if err != nil || string(state) != "installed" {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	s.say("Installing %d Debian packages: %s", len(missing), strings.Join(missing, " "))
	apt := append([]string{"apt-get", "install", "-y", "--no-install-recommends"}, missing...)
	if err := s.apt(ctx, apt); err == nil {
		return nil
	}
	if err := s.apt(ctx, []string{"apt-get", "update"}); err == nil {
		if err := s.apt(ctx, apt); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%w install Debian packages; run this line and try again:\n  sudo apt-get update && sudo %s",
		errUnable, strings.Join(apt, " "))
}

// apt runs an apt command as root: as we are, or by sudo if it asks no password or a person is there.
func (s shop) apt(ctx context.Context, line []string) error {
	if os.Geteuid() != 0 {
		line = append([]string{"sudo"}, line...)
		if exec.CommandContext(ctx, "sudo", "-n", "true").Run() != nil && !terminal(os.Stdin) {
			return fmt.Errorf("%s needs a password", line[0])
		}
	}
	cmd := s.command(ctx, line[0], line[1:]...)
	cmd.Env = append(cmd.Env, "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stderr, os.Stderr
	return cmd.Run()
}

func terminal(f *os.File) bool {
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

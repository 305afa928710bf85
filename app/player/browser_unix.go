//go:build !windows

package player

import (
	"strings"
	"syscall"
)

// apart gives the browser a session of its own.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// browsers are the commands to try, in this order: what was chosen, what the desktop chose, what there is.
func browsers(getenv func(string) string) (lines [][]string) {
	chosen := append([]string{getenv("MINGLU_BROWSER")}, strings.Split(getenv("BROWSER"), ":")...)
	for _, line := range chosen {
		if words := strings.Fields(line); len(words) > 0 {
			lines = append(lines, words)
		}
	}
	for _, name := range []string{"xdg-open", "open", "chromium", "chromium-browser", "google-chrome", "microsoft-edge",
		"firefox", "firefox-esr", "qaxbrowser-safe", "browser360-cn", "uos-browser-stable", "epiphany-browser"} {
		lines = append(lines, []string{name})
	}
	return lines
}

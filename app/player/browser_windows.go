package player

import (
	"strings"
	"syscall"
)

// apart gives the browser a process group of its own.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// browsers are the commands to try: what was chosen, then the system's own.
func browsers(getenv func(string) string) (lines [][]string) {
	if words := strings.Fields(getenv("MINGLU_BROWSER")); len(words) > 0 {
		lines = append(lines, words)
	}
	return append(lines, []string{"rundll32", "url.dll,FileProtocolHandler"})
}

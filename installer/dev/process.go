package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// running is a process that is not our child: the recorder, which outlives who started it on purpose.
type running int

// findProcess waits for the process whose program has this name and one of whose arguments or environment
// settings names folder.
func findProcess(ctx context.Context, program, folder string, limit time.Duration) (running, error) {
	for end := time.Now().Add(limit); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
		if err != nil {
			return 0, err
		}
		for _, path := range lines {
			line, err := os.ReadFile(path)
			name, _, _ := bytes.Cut(line, []byte{0})
			if err != nil || base(string(name)) != program || !bytes.Contains(line, []byte(folder)) {
				continue
			}
			return parsePID(path)
		}
	}
	return 0, fmt.Errorf("find %s of %s: not there after %v", program, folder, limit)
}

func parsePID(path string) (running, error) {
	pid, err := strconv.Atoi(strings.Split(path, "/")[2])
	return running(pid), err
}

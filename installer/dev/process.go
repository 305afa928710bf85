package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clockTicks is the unit of the times in /proc/PID/stat, fixed at 100 a second on Linux.
const clockTicks = 100

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

// cost is what a process has used: processor seconds, and the most memory it held, in MiB.
type cost struct {
	seconds float64
	peak    float64
}

// cost reads what the process has used so far; false when it is gone.
func (p running) cost() (cost, bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
	if err != nil {
		return cost{}, false
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 || fields[0] == "Z" {
		return cost{}, false
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return cost{(user + system) / clockTicks, p.memory("VmHWM:")}, true
}

// memory reads one line of the process's status, in MiB: VmRSS: now, VmHWM: at most so far.
func (p running) memory(line string) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p))
	if err != nil {
		return 0
	}
	for text := range strings.Lines(string(status)) {
		if kib, ok := strings.CutPrefix(text, line); ok {
			n, _ := strconv.ParseFloat(strings.Fields(kib)[0], 64)
			return n / 1024
		}
	}
	return 0
}

// watch follows a process to its end and returns the last that was seen of its cost.
func (p running) watch(ctx context.Context) (last cost) {
	for {
		now, there := p.cost()
		if !there {
			return last
		}
		last = cost{now.seconds, max(now.peak, last.peak)} // a process that is ending holds no memory any more
		select {
		case <-ctx.Done():
			return last
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// costWhen waits until a file is there and returns what the process has used then; nothing when ctx ends before.
func (p running) costWhen(ctx context.Context, path string) cost {
	for ctx.Err() == nil {
		if _, err := os.Stat(path); err == nil {
			used, _ := p.cost()
			return used
		}
		time.Sleep(10 * time.Millisecond)
	}
	return cost{}
}

// usedBy is the cost of a finished command, with those of its children that it waited for.
func usedBy(cmd *exec.Cmd) cost {
	used := cost{seconds: (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		used.peak = float64(usage.Maxrss) / 1024
	}
	return used
}

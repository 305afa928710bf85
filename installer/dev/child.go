package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// event is one line of a program's standard output.
type event map[string]any

func (e event) text(key string) string {
	s, _ := e[key].(string)
	return s
}

func (e event) number(key string) int64 {
	n, _ := e[key].(float64)
	return int64(n)
}

func (e event) is(name string) bool { return e.text("event") == name }

// endPolitely lets a cancelled command end by itself before it is killed, in a process group of its own, so
// that a Ctrl-C in the terminal reaches only us and we end our children in their order.
func endPolitely(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
}

// child is a running program of ours: its events, and what it told people.
type child struct {
	cmd    *exec.Cmd
	events *bufio.Scanner
	told   *tail
}

// start starts a program; name and args are what a person would type, without the folder.
func (s shop) start(ctx context.Context, log io.Writer, name string, args ...string) (*child, error) {
	cmd := s.command(ctx, s.program(name), args...)
	c := &child{cmd: cmd, told: &tail{}}
	cmd.Stderr = io.MultiWriter(c.told, log)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	c.events = bufio.NewScanner(io.TeeReader(stdout, log))
	c.events.Buffer(nil, 16<<20)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return c, nil
}

// next is the next event; false at the end of the output. A line that is no event is passed over.
func (c *child) next() (event, bool) {
	for c.events.Scan() {
		var e event
		if json.Unmarshal(c.events.Bytes(), &e) == nil && e != nil {
			return e, true
		}
	}
	return nil, false
}

// wait reads what is left and waits for the end. The error is one sentence with the program's own last words.
func (c *child) wait() error {
	for c.events.Scan() {
	}
	err := c.cmd.Wait()
	if err == nil {
		return nil
	}
	words := strings.Join(append([]string{base(c.cmd.Path)}, c.cmd.Args[1:min(2, len(c.cmd.Args))]...), " ")
	if said := c.told.last(); said != "" {
		return fmt.Errorf("%s: %w: %s", words, err, said)
	}
	return fmt.Errorf("%s: %w", words, err)
}

func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// finish runs a program to its end, at most for limit, and hands each event to see.
func (s shop) finish(ctx context.Context, log io.Writer, limit time.Duration, see func(event), name string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c, err := s.start(ctx, log, name, args...)
	if err != nil {
		return err
	}
	for e, ok := c.next(); ok; e, ok = c.next() {
		see(e)
	}
	err = c.wait()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%s %s: not done after %v", name, args[0], limit)
	}
	return err
}

// exitCode is a finished program's exit code, and -1 if it did not run or was killed.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// tail keeps the end of what a program wrote.
type tail struct{ text []byte }

// Write keeps the last 4 KiB.
func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-4096):]
	return len(p), nil
}

// last is the last line that says something.
func (t *tail) last() string {
	lines := bytes.Split(bytes.TrimSpace(t.text), []byte("\n"))
	return string(bytes.TrimSpace(lines[len(lines)-1]))
}

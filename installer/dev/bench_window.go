package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// emptyWindow is the peer: the least that a Fyne program can be.
//
//go:embed empty_window.txt
var emptyWindow []byte

// Goals of the window, and how long it is watched.
const (
	startGoal     = 2.0  // of an empty window's processor time
	recordingGoal = 0.25 // of one core, with software OpenGL
	memoryGoal    = 350  // MiB
	windowWatched = 20 * time.Second
	windowWarm    = 8 * time.Second // until first pictures, checks and lists are done
	windowSettles = time.Second     // from being seen to being usable
)

// window measures the window on a screen without hardware: what its start takes beside an empty one's, and what it
// takes while a recording runs that it shows.
func (b *bench) window(ctx context.Context) (err error) {
	if err := b.build(ctx, "minglu-desk"); err != nil {
		return err
	}
	peer, err := b.buildEmpty(ctx)
	if err != nil {
		return err
	}
	display, shut, err := b.screen(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shut()) }()
	room, stop, err := b.room(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	desk := []string{b.program("minglu-desk"), "--home", room.room, "--lang", "zh"}
	var ours, theirs []float64
	for range b.pairs {
		for _, side := range []struct {
			args []string
			into *[]float64
		}{{desk, &ours}, {[]string{peer}, &theirs}} {
			used, err := b.opening(ctx, display, side.args)
			if err != nil {
				return err
			}
			*side.into = append(*side.into, used.seconds)
		}
	}
	asUsed := []string{b.program("minglu"), "--home", room.room, "--lang", "zh"} // it starts the window
	share, most, err := b.showing(ctx, display, asUsed, room)
	if err != nil {
		return err
	}
	return errors.Join(
		b.compare("WINDOW_START", "s", ours, theirs, startGoal),
		b.bound("WINDOW_RECORDING", " cores", share, recordingGoal),
		b.bound("WINDOW_MEMORY", "MiB", most, memoryGoal))
}

// buildEmpty builds the peer on the spot, with the window library of these sources.
func (b *bench) buildEmpty(ctx context.Context) (program string, err error) {
	source, program := b.path("empty.go"), b.path("empty-window")
	if err := os.WriteFile(source, emptyWindow, 0o600); err != nil {
		return "", err
	}
	if text, err := b.command(ctx, "go", "build", "-o", program, source).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the empty window: %w\n%s", err, text)
	}
	return program, nil
}

// screen starts an X server without hardware, which stays as it is between two windows.
func (b *bench) screen(ctx context.Context) (display string, shut func() error, err error) {
	server := b.command(ctx, "Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-noreset", "-nolisten", "tcp")
	server.Stderr = b.log
	out, err := server.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := server.Start(); err != nil {
		return "", nil, fmt.Errorf("start a screen: %w", err)
	}
	shut = func() error {
		_ = server.Process.Kill()
		_ = server.Wait() // ended by us
		return nil
	}
	number, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("start a screen: %w", err), shut())
	}
	return ":" + strings.TrimSpace(number), shut, nil
}

// show starts a window, or minglu that starts it, and waits until it can be seen.
func (b *bench) show(ctx context.Context, display string, args []string) (p running, shut func() error, err error) {
	cmd := b.command(ctx, args[0], args[1:]...)
	cmd.Env = append(cmd.Env, "DISPLAY="+display, "LC_ALL=C.UTF-8", "MINGLU_IME=off")
	cmd.Stdout, cmd.Stderr = b.log, b.log
	if err := cmd.Start(); err != nil {
		return 0, nil, fmt.Errorf("start %s: %w", base(args[0]), err)
	}
	p = running(cmd.Process.Pid)
	shut = func() error {
		_ = syscall.Kill(int(p), syscall.SIGKILL)
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // ended by us
		return nil
	}
	if base(args[0]) == "minglu" {
		desk, err := findProcess(ctx, "minglu-desk", args[2], 10*time.Second)
		if err != nil {
			return 0, nil, errors.Join(err, shut())
		}
		p = desk
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		look := exec.CommandContext(ctx, "xdotool", "search", "--onlyvisible", "--pid", fmt.Sprint(int(p)))
		look.Env = append(os.Environ(), "DISPLAY="+display)
		if found, _ := look.Output(); len(found) > 0 {
			return p, shut, nil
		}
	}
	return 0, nil, errors.Join(fmt.Errorf("%s shows no window", filepath.Base(args[0])), shut())
}

// opening is what a window has used when it is usable.
func (b *bench) opening(ctx context.Context, display string, args []string) (cost, error) {
	p, shut, err := b.show(ctx, display, args)
	if err != nil {
		return cost{}, err
	}
	time.Sleep(windowSettles)
	used, there := p.cost()
	if !there {
		err = fmt.Errorf("%s ended by itself", base(args[0]))
	}
	return used, errors.Join(err, shut())
}

// showing is the share of one core that the window takes while it shows a recording, and the most memory it held.
func (b *bench) showing(ctx context.Context, display string, args []string, room practice) (share, most float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	take, err := room.startTake(ctx, "synth:", "synth:", windowWarm+windowWatched+10*time.Second)
	if err != nil {
		return 0, 0, err
	}
	p, shut, err := b.show(ctx, display, args)
	if err != nil {
		return 0, 0, err
	}
	time.Sleep(windowWarm)
	before, _ := p.cost()
	began := time.Now()
	time.Sleep(windowWatched)
	after, there := p.cost()
	if !there {
		err = errors.New("the window ended by itself")
	}
	share = (after.seconds - before.seconds) / time.Since(began).Seconds()
	return share, after.peak, errors.Join(err, shut(), take.end())
}

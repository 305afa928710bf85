package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

//go:embed guest.sh
var guest string

// diskSize bounds what the guest hands out, in bytes.
const diskSize = 2 << 30

// runQEMU records from true V4L2 and ALSA drivers: Debian's kernel in a machine of its own, whose camera is
// unplugged and plugged in again, and loses one buffer in five for a while.
func runQEMU(ctx context.Context, s shop, args []string) error {
	flags := flag.NewFlagSet("qemu", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	length := flags.Duration("for", time.Minute, "length of the recording")
	hardware := flags.Bool("kvm", false, "let the processor run the guest; else QEMU emulates it")
	if err := flags.Parse(args); err != nil || *length < 40*time.Second {
		return fmt.Errorf("%w understand; dev qemu takes -for 60s, at least 40s, and -kvm", errUnable)
	}
	packages := append(toTest(s), "qemu-system-x86", "busybox-static", "kmod", "v4l-utils", "alsa-utils", "libasound2")
	if err := errors.Join(s.install(ctx, packages), s.build(ctx, headless()...)); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "minglu-qemu-")
	if err != nil {
		return fmt.Errorf("%w make a folder: %w", errUnable, err)
	}
	err = s.recordInGuest(ctx, folder, *length, *hardware)
	if err != nil {
		return fmt.Errorf("%w\n  kept for a look: %s", err, folder)
	}
	return os.RemoveAll(folder)
}

func (s shop) recordInGuest(ctx context.Context, folder string, length time.Duration, hardware bool) error {
	kernel, modules, err := s.debianKernel(ctx, folder)
	if err != nil {
		return fmt.Errorf("%w get a kernel: %w", errUnable, err)
	}
	root, err := s.guestRoot(ctx, folder, modules, length)
	if err != nil {
		return fmt.Errorf("make the guest's files: %w", err)
	}
	disk := filepath.Join(folder, "disk.raw")
	if err := errors.Join(os.WriteFile(disk, nil, 0o640), os.Truncate(disk, diskSize)); err != nil {
		return err
	}
	if err := s.boot(ctx, kernel, root, disk, length, hardware); err != nil {
		return err
	}
	out := filepath.Join(folder, "out")
	if err := os.Mkdir(out, 0o750); err != nil {
		return err
	}
	if text, err := s.command(ctx, "tar", "-x", "-f", disk, "-C", out).CombinedOutput(); err != nil {
		return fmt.Errorf("read the guest's disk: %w\n%s", err, text)
	}
	return s.judgeGuest(ctx, out, length)
}

// boot runs the machine to its end and shows what its script says.
func (s shop) boot(ctx context.Context, kernel, root, disk string, length time.Duration, hardware bool) error {
	ctx, cancel := context.WithTimeout(ctx, length+10*time.Minute)
	defer cancel()
	args := []string{"-nodefaults", "-nographic", "-no-reboot", "-m", "2048", "-smp", "2", "-serial", "stdio", "-kernel", kernel,
		"-initrd", root, "-append", "console=ttyS0 panic=-1 quiet", "-drive", "file=" + disk + ",format=raw,if=virtio"}
	processor := []string{"-cpu", "max"} // QEMU's plainest lacks what the codecs are built for
	if hardware {
		processor = []string{"-enable-kvm", "-cpu", "host"}
	}
	args = append(args, processor...)
	cmd := s.command(ctx, "qemu-system-x86_64", args...)
	var said tail
	cmd.Stderr = &said
	console, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	done := false
	for lines := bufio.NewScanner(console); lines.Scan(); {
		if line := strings.TrimSpace(lines.Text()); strings.HasPrefix(line, "GUEST ") {
			s.say("  %s", line)
			done = done || line == "GUEST done"
		}
	}
	if err := cmd.Wait(); err != nil || !done {
		return errors.Join(fmt.Errorf("the guest did not reach its end: %s", said.last()), err)
	}
	return nil
}

// judgeGuest looks at the package from outside: what happened to the camera must be in it, and nothing else.
func (s shop) judgeGuest(ctx context.Context, out string, length time.Duration) error {
	packages, _ := filepath.Glob(filepath.Join(out, "Q1", "vault", "*"))
	if len(packages) != 1 {
		return fmt.Errorf("the guest left %d packages: %v", len(packages), packages)
	}
	v, err := s.judge(ctx, packages[0], filepath.Join(out, "root.pem"))
	if err != nil {
		return err
	}
	played, err := s.probe(ctx, filepath.Join(packages[0], "data", "media", "cam0.mp4"))
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(packages[0], "data", "journal.jsonl"))
	if err != nil {
		return err
	}
	seen := devices(string(text))
	s.say("QEMU verdict=%s length=%v devices=%v", v.Verdict, played.Round(time.Millisecond), seen)
	var errs []error
	if !v.authentic() {
		errs = append(errs, fmt.Errorf("the package is %s: %v", v.Verdict, v.Faults))
	}
	for _, want := range []string{"camera lost", "camera back", "gap source_lost", "gap device_lost"} {
		if !slices.Contains(seen, want) {
			errs = append(errs, fmt.Errorf("the journal has no line for %q", want))
		}
	}
	if off := played - length; off < -time.Second || off > time.Second {
		errs = append(errs, fmt.Errorf("%v were to be recorded, ffprobe finds %v", length, played))
	}
	return errors.Join(errs...)
}

// devices lists what the journal says of devices, and the causes of gaps.
func devices(journal string) []string {
	var seen []string
	for line := range strings.Lines(journal) {
		var l struct {
			Type string
			Body struct{ Role, What, Cause string }
		}
		if json.Unmarshal([]byte(line), &l) != nil {
			continue
		}
		switch l.Type {
		case "device":
			seen = append(seen, l.Body.Role+" "+l.Body.What)
		case "gap":
			seen = append(seen, "gap "+l.Body.Cause)
		}
	}
	return seen
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// machine is what QEMU is given.
type machine struct {
	kernel, root, disk string
	length             time.Duration // of the recording
}

// errMute says that a guest's kernel said nothing: the processor cannot run it.
var errMute = errors.New("the guest says nothing")

// firstWord is how long a kernel that the processor runs itself may take for its first line. It takes a second.
const firstWord = 30 * time.Second

// bootAs runs the machine to its end: by the processor itself where it can, else by emulation, and says which.
func (s shop) bootAs(ctx context.Context, mode string, m machine) error {
	if mode == "auto" {
		f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
		if err != nil {
			s.say("QEMU emulates: %v", err)
			mode = "off"
		} else if err := f.Close(); err != nil {
			return err
		}
	}
	if mode != "off" {
		// A machine that is a guest itself may be refused what its processor claims to allow.
		err := s.boot(ctx, m, firstWord, "-enable-kvm", "-cpu", "host,arch-capabilities=off")
		if mode == "on" || !errors.Is(err, errMute) {
			return err
		}
		s.say("QEMU emulates: /dev/kvm opens, but runs no kernel here: %v", err)
	}
	return s.boot(ctx, m, 3*time.Minute, "-cpu", "max") // QEMU's plainest processor lacks what the codecs are built for
}

// boot runs the machine to its end and shows what its script says.
func (s shop) boot(ctx context.Context, m machine, patience time.Duration, processor ...string) error {
	ctx, cancel := context.WithTimeout(ctx, m.length+10*time.Minute)
	defer cancel()
	cmd := s.command(ctx, "qemu-system-x86_64", append(processor, "-nodefaults", "-nographic", "-no-reboot", "-m", "2048", "-smp", "2",
		"-serial", "stdio", "-kernel", m.kernel, "-initrd", m.root, "-append", "console=ttyS0 panic=-1",
		"-drive", "file="+m.disk+",format=raw,if=virtio")...)
	var said tail
	cmd.Stderr = &said
	console, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	impatient := time.AfterFunc(patience, cancel)
	spoke, done := false, false
	for lines := bufio.NewScanner(console); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if strings.Contains(line, "Linux version") {
			spoke = true
			impatient.Stop()
		}
		if _, words, found := strings.Cut(line, "GUEST "); found {
			s.say("  GUEST %s", words)
			done = done || words == "done"
		}
	}
	switch err := cmd.Wait(); {
	case !spoke:
		return fmt.Errorf("%w within %v: %s", errMute, patience, said.last())
	case err != nil || !done:
		return errors.Join(fmt.Errorf("the guest did not reach its end: %s", said.last()), err)
	}
	return nil
}

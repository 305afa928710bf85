package main

import (
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

// guestCamera is the guest's camera at a mode that an emulated processor can compress.
const guestCamera = "device:@320x180@15"

// diskSize bounds what the guest hands out, in bytes.
const diskSize = 2 << 30

// runQEMU records from true V4L2 and ALSA drivers: Debian's kernel in a machine of its own, whose camera is
// unplugged and plugged in again, and loses one buffer in five for a while. Its light goes on with beeps that its
// sound card hears, so that the finished film tells how far picture and sound are apart.
func runQEMU(ctx context.Context, s shop, args []string) error {
	flags := flag.NewFlagSet("qemu", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	length := flags.Duration("for", time.Minute, "length of the recording")
	mode := flags.String("kvm", "auto", "whether the processor runs the guest (on) or QEMU emulates it (off)")
	if err := flags.Parse(args); err != nil || *length < time.Minute || !slices.Contains([]string{"auto", "on", "off"}, *mode) {
		return fmt.Errorf("%w understand; dev qemu takes -for 60s, at least 60s, and -kvm auto, on or off", errUnable)
	}
	packages := append(toTest(s), "qemu-system-x86", "busybox-static", "kmod", "v4l-utils", "alsa-utils", "libasound2")
	if err := errors.Join(s.install(ctx, packages), s.build(ctx, headless()...)); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "minglu-qemu-")
	if err != nil {
		return fmt.Errorf("%w make a folder: %w", errUnable, err)
	}
	err = s.recordInGuest(ctx, folder, *length, *mode)
	if err != nil {
		return fmt.Errorf("%w\n  kept for a look: %s", err, folder)
	}
	return os.RemoveAll(folder)
}

func (s shop) recordInGuest(ctx context.Context, folder string, length time.Duration, mode string) error {
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
	if err := s.bootAs(ctx, mode, machine{kernel, root, disk, length}); err != nil {
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
	s.say("QEMU verdict=%s length=%v journal: %v", v.Verdict, played.Round(time.Millisecond), seen)
	var errs []error
	if !v.authentic() {
		errs = append(errs, fmt.Errorf("the package is %s: %v", v.Verdict, v.Faults))
	}
	for _, want := range []string{"camera lost", "camera back", "gap source_lost", "gap device_lost"} {
		if seen[want] == 0 {
			errs = append(errs, fmt.Errorf("the journal has no line for %q", want))
		}
	}
	if !strings.Contains(string(text), `"jump_ms":-`) || !v.remarked("clock_jump") {
		errs = append(errs, fmt.Errorf("the clock was set back: the verifier's remarks are %v", v.Remarks))
	}
	if said, err := os.ReadFile(filepath.Join(out, "refused.txt")); err != nil || !strings.Contains(string(said), "[clock.back]") {
		errs = append(errs, fmt.Errorf("the clock was set back, and a recording began: %q %v", said, err))
	}
	if off := played - length; off < -time.Second || off > time.Second {
		errs = append(errs, fmt.Errorf("%v were to be recorded, ffprobe finds %v", length, played))
	}
	f, err := readFilmed(packages[0])
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	frame := time.Second / time.Duration(f.fps)
	return errors.Join(append(errs, s.judgeFrames(f, length), s.judgeClaps(ctx, packages[0], filepath.Join(out, "claps.txt"), frame))...)
}

// filmed is what a record says of its film: pictures in it, pictures that gaps name, by cause, and the camera's
// rate.
type filmed struct {
	frames, fps int64
	lost        map[string]int64
}

func readFilmed(folder string) (f filmed, err error) {
	text, err := os.ReadFile(filepath.Join(folder, "data", "record.json"))
	if err != nil {
		return f, err
	}
	var record struct {
		Tracks []struct{ Frames, FPS int64 }
		Gaps   []struct {
			Medium, Cause string
			Count         int64
		}
	}
	if err := json.Unmarshal(text, &record); err != nil || len(record.Tracks) != 1 || record.Tracks[0].FPS < 1 {
		return f, fmt.Errorf("read the record: tracks %v, %w", record.Tracks, err)
	}
	f = filmed{record.Tracks[0].Frames, record.Tracks[0].FPS, map[string]int64{}}
	for _, g := range record.Gaps {
		if g.Medium == "video" {
			f.lost[g.Cause] += g.Count
		}
	}
	return f, nil
}

// judgeFrames demands that the pictures in the film and those that gaps name are together what the camera took.
func (s shop) judgeFrames(f filmed, length time.Duration) error {
	all := f.frames
	for _, n := range f.lost {
		all += n
	}
	want := int64(length.Seconds() * float64(f.fps))
	s.say("QEMU frames=%d lost=%v together=%d of %d", f.frames, f.lost, all, want)
	slack := f.fps + f.lost["device_lost"]/f.fps + 1 // how long a camera was away is known to a second; a placard stood for each
	if off := all - want; off < -slack || off > slack {
		return fmt.Errorf("%d pictures are in the film or in gaps; the camera took %d", all, want)
	}
	return nil
}

// devices counts what the journal says of devices, and the causes of gaps.
func devices(journal string) map[string]int {
	seen := map[string]int{}
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
			seen[l.Body.Role+" "+l.Body.What]++
		case "gap":
			seen["gap "+l.Body.Cause]++
		}
	}
	return seen
}

// Command light makes a test camera's picture bright with each beep that a sound card plays, and notes both
// moments. It runs in the guest of `dev qemu`; the camera is the kernel's vivid, whose brightness is its light.
//
//	light CAMERA STATUS LOG
//
// STATUS is the kernel's word on the stream that plays the beeps: /proc/asound/CARD/pcm1p/sub0/status.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"minglu/installer/dev/clap"
)

const (
	dark, bright = 90, 230
	lead         = 30 * time.Millisecond // how early the coming beep is waited for closely
	vague        = 16 * time.Millisecond // a moment known no better tells nothing; the mean of ten is known to a third
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "light CAMERA STATUS LOG")
		os.Exit(2)
	}
	if err := follow(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "light:", err)
		os.Exit(1)
	}
}

// follow goes on until the beeps end.
func follow(camera, status, path string) error {
	log, err := os.Create(path)
	if err != nil {
		return err
	}
	defer log.Close()
	played, at, err := position(status)
	for n := 0; err == nil; {
		due := at + spanOf(clap.Beep(n)-played)
		switch wait := due - bootTime(); {
		case wait < 0:
			n++
		case wait > lead:
			time.Sleep(min(wait-lead/2, 200*time.Millisecond))
		default:
			time.Sleep(wait)
			if note, ok := flash(camera, status, n); ok {
				fmt.Fprintln(log, note)
			}
			n++
		}
		before := played
		if played, at, err = position(status); played < before {
			return errors.New("the player stumbled; its beeps are no longer where they should be")
		}
	}
	return nil // the player closed its stream
}

// flash lights the light with beep n and notes when that truly was.
func flash(camera, status string, n int) (clap.Note, bool) {
	from := bootTime()
	err := set(camera, bright)
	to := bootTime()
	played, at, statusErr := position(status)
	time.Sleep(clap.Length - (bootTime() - from))
	dull := set(camera, dark)
	note := clap.Note{N: n, Sound: at + spanOf(clap.Beep(n)-played), Light: (from + to) / 2}
	return note, errors.Join(err, statusErr, dull) == nil && to-from < vague // without a camera there is no light
}

func spanOf(samples int64) time.Duration { return time.Duration(samples) * time.Second / clap.Rate }

// position is how many samples the card has played, and when that was.
func position(status string) (played int64, at time.Duration, err error) {
	from := bootTime()
	text, err := os.ReadFile(status)
	at = (from + bootTime()) / 2
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "hw_ptr" {
			played, err = strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			return played, at, err
		}
	}
	return 0, 0, fmt.Errorf("%s: nothing is played", status)
}

// bootTime is the clock that journals count by. The guest never sleeps, so that it is the monotonic clock too.
func bootTime() time.Duration {
	const clockBoottime = 7
	var t syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockBoottime, uintptr(unsafe.Pointer(&t)), 0)
	return time.Duration(t.Nano())
}

// set turns the camera's brightness. It opens the camera each time, since that may have been pulled out meanwhile.
func set(camera string, brightness int32) error {
	const setControl, brightnessID = 0xc008561c, 0x00980900 // VIDIOC_S_CTRL, V4L2_CID_BRIGHTNESS
	fd, err := syscall.Open(camera, syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	control := struct {
		id    uint32
		value int32
	}{brightnessID, brightness}
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), setControl, uintptr(unsafe.Pointer(&control))); errno != 0 {
		return errno
	}
	return nil
}

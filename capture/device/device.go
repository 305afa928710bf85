// Package device opens the cameras and microphones of this machine.
//
// It alone imports the drivers of mediadevices and malgo, and the recording process alone imports it. What
// mediadevices offers is used where it is the best there is, and no further:
//
//   - Cameras under Linux are read from V4L2 directly. The driver of mediadevices gives no sequence numbers and
//     no time stamps, so lost pictures cannot be counted; it has two kernel buffers, decodes JPEG with the
//     standard library at seven times the cost of libjpeg-turbo, and opens every device when imported.
//   - Cameras under Windows come through the driver manager of mediadevices (DirectShow). They compile; they have
//     never run here.
//   - Microphones are read through malgo (miniaudio) by an adapter of our own. That of mediadevices hands out
//     the sound library's own buffer after the library has begun to overwrite it, does not notice when a
//     microphone is unplugged, and takes the library's null device for a microphone.
package device

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"minglu/capture/clock"
	"minglu/capture/source"
)

// ErrNone is the cause when no device of the kind is there at all.
var ErrNone = error(none{})

type none struct{}

func (none) Error() string     { return "none found" }
func (none) FaultCode() string { return "device.none" }

// CameraOptions are what is asked of a camera; it delivers what it has that is nearest.
type CameraOptions struct {
	Clock         clock.Clock
	Width, Height int // 0: 1280x720
	FPS           int // 0: 25
}

func (o CameraOptions) filled() CameraOptions {
	if o.Width <= 0 || o.Height <= 0 {
		o.Width, o.Height = 1280, 720
	}
	if o.FPS <= 0 {
		o.FPS = 25
	}
	return o
}

var mode = regexp.MustCompile(`^(.*)@([0-9]{2,4})x([0-9]{2,4})@([0-9]{1,3})$`)

// wished splits NAME@640x360@15 into the camera's name and the mode asked of it, in place of the usual one.
func (o CameraOptions) wished(name string) (string, CameraOptions) {
	if m := mode.FindStringSubmatch(name); m != nil {
		name = m[1]
		o.Width, _ = strconv.Atoi(m[2]) // digits, and few
		o.Height, _ = strconv.Atoi(m[3])
		o.FPS, _ = strconv.Atoi(m[4])
	}
	return name, o.filled()
}

// pick finds a device by its ID, its title, or the beginning of either, in this order; an empty name is the
// first. Its errors list what is there.
func pick(what, name string, found []source.Info) (int, error) {
	if len(found) == 0 {
		return 0, fmt.Errorf("find %s: %w", what, ErrNone)
	}
	if name == "" {
		return 0, nil
	}
	begins := func(s string) bool {
		return len(s) >= len(name) && strings.EqualFold(s[:len(name)], name)
	}
	for _, fits := range []func(source.Info) bool{
		func(i source.Info) bool { return i.ID == name },
		func(i source.Info) bool { return i.Title == name },
		func(i source.Info) bool { return begins(i.ID) },
		func(i source.Info) bool { return begins(i.Title) },
	} {
		for n, info := range found {
			if fits(info) {
				return n, nil
			}
		}
	}
	var names []string
	for _, info := range found {
		names = append(names, fmt.Sprintf("%q (%s)", info.Title, info.ID))
	}
	return 0, fmt.Errorf("find %s %q: not there; there are %s", what, name, strings.Join(names, ", "))
}

package source

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// Kind is the street a source lives in.
type Kind string

// The kinds of source a room can name.
const (
	Device Kind = "device" // a camera or microphone of this machine
	Synth  Kind = "synth"  // made of arithmetic
	File   Kind = "file"   // played at its own pace
	RTSP   Kind = "rtsp"   // a camera in the network
)

// Spec is a source as people and settings write it.
type Spec struct {
	Kind Kind
	// Rest is what follows the colon: the device's name (empty: the first found), the synthetic scene's
	// options, the file's path, and for RTSP the whole URL with its user and password.
	Rest string
}

// Forms are the allowed ways to write a source.
const Forms = "device:, device:NAME, device:NAME@640x360@15, synth:, synth:1920x1080@25, file:PATH (.y4m .mjpeg .avi .wav) or rtsp://HOST/PATH"

// fileTypes are the endings a file source may have.
var fileTypes = []string{".y4m", ".mjpeg", ".mjpg", ".avi", ".wav"}

// ParseSpec reads a source's name. Its errors say what is allowed and never repeat a password.
func ParseSpec(text string) (Spec, error) {
	kind, rest, found := strings.Cut(text, ":")
	if !found {
		return Spec{}, fmt.Errorf("parse source %q: no colon; allowed are %s", text, Forms)
	}
	switch kind {
	case "device", "synth":
		return Spec{Kind(kind), rest}, nil
	case "file":
		return parseFile(rest)
	case "rtsp", "rtsps":
		return parseRTSP(text)
	}
	return Spec{}, fmt.Errorf("parse source: unknown kind %q; allowed are %s", kind, Forms)
}

func parseFile(name string) (Spec, error) {
	if name == "" {
		return Spec{}, fmt.Errorf("parse source \"file:\": no path; allowed are %s", Forms)
	}
	if !slices.Contains(fileTypes, strings.ToLower(filepath.Ext(name))) {
		return Spec{}, fmt.Errorf("parse source \"file:%s\": a file must end in one of %s", name, strings.Join(fileTypes, " "))
	}
	return Spec{File, name}, nil
}

func parseRTSP(text string) (Spec, error) {
	u, err := url.Parse(text)
	if err != nil {
		var quoted *url.Error // whose text repeats the URL and with it the password
		if errors.As(err, &quoted) {
			err = quoted.Err
		}
		return Spec{}, fmt.Errorf("parse RTSP source: %w", err)
	}
	if u.Hostname() == "" {
		return Spec{}, fmt.Errorf("parse source %q: no host; allowed are %s", u.Redacted(), Forms)
	}
	return Spec{RTSP, text}, nil
}

// String writes the source as it was read, without a password.
func (s Spec) String() string {
	if s.Kind != RTSP {
		return string(s.Kind) + ":" + s.Rest
	}
	u, err := url.Parse(s.Rest)
	if err != nil {
		return "rtsp:"
	}
	return u.Redacted()
}

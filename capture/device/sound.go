package device

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/gen2brain/malgo"

	"minglu/capture/source"
)

// library is the sound system's door.
type library struct {
	*malgo.AllocatedContext
	alsa bool // ALSA itself, no sound server
}

// backends are the sound systems asked, in this order. The library's null backend is not among them: without
// a sound system there is no microphone, not one that hears silence.
func backends() []malgo.Backend {
	switch runtime.GOOS {
	case "windows":
		return []malgo.Backend{malgo.BackendWasapi, malgo.BackendDsound, malgo.BackendWinmm}
	case "darwin":
		return []malgo.Backend{malgo.BackendCoreaudio}
	}
	return []malgo.Backend{malgo.BackendPulseaudio, malgo.BackendAlsa}
}

func openLibrary() (library, error) {
	cause := ErrNone
	for _, backend := range backends() {
		c, err := malgo.InitContext([]malgo.Backend{backend}, malgo.ContextConfig{}, nil)
		if err == nil {
			return library{c, backend == malgo.BackendAlsa}, nil
		}
		cause = errors.Join(cause, err)
	}
	return library{}, fmt.Errorf("open sound system: %w", cause)
}

func (l library) close() {
	if l.Uninit() == nil { // else it is in use by a device that hangs; freeing it would crash
		l.Free()
	}
}

// ear is a microphone of this machine.
type ear struct {
	info source.Info
	id   malgo.DeviceID
}

// microphones lists the devices that hear, the system's default first.
func (l library) microphones() ([]ear, error) {
	all, err := l.Devices(malgo.Capture)
	if err != nil {
		return nil, fmt.Errorf("list microphones: %w", err)
	}
	slices.SortStableFunc(all, func(a, b malgo.DeviceInfo) int { return int(b.IsDefault) - int(a.IsDefault) })
	var ears []ear
	for _, d := range all {
		e := ear{source.Info{ID: name(d.ID[:]), Title: d.Name()}, d.ID}
		if l.alsa {
			var hardware bool
			if e.info.ID, hardware = cardName(e.info.ID); !hardware {
				continue // ALSA lists its plugins for devices, with or without a card behind them
			}
		}
		if !deaf(e.info) {
			ears = append(ears, e)
		}
	}
	return ears, nil
}

// cardName makes of the library's ":CARD,DEVICE", whose numbers go by the order of plugging in, a name that
// lasts; anything else is no hardware.
func cardName(id string) (string, bool) {
	numbers, ok := strings.CutPrefix(id, ":")
	card, device, cut := strings.Cut(numbers, ",")
	if !ok || !cut {
		return id, false
	}
	if text, err := os.ReadFile("/proc/asound/card" + card + "/id"); err == nil {
		card = strings.TrimSpace(string(text))
	}
	return "hw:CARD=" + card + ",DEV=" + device, true
}

// deaf tells what is listed as a microphone and is none: ALSA's and the library's null devices, which make
// silence, and PulseAudio's monitors, which hear what this machine plays.
func deaf(i source.Info) bool {
	title := strings.ToLower(i.Title)
	return i.ID == "null" || i.ID == "" || strings.HasSuffix(i.ID, ".monitor") ||
		strings.Contains(title, "null capture device") || strings.Contains(title, "discard all samples")
}

// name makes text of the library's device ID: a name of PulseAudio or ALSA in bytes, of Windows in 16-bit
// units; anything else in hexadecimal.
func name(id []byte) string {
	if wide := wideText(id); printable(wide) {
		return wide
	}
	if narrow := text(id); printable(narrow) {
		return narrow
	}
	end := len(id)
	for end > 0 && id[end-1] == 0 {
		end--
	}
	return fmt.Sprintf("%x", id[:end])
}

func text(b []byte) string {
	before, _, _ := strings.Cut(string(b), "\x00")
	return before
}

// wideText reads UTF-16 in which every other byte is 0, as in the IDs of WASAPI.
func wideText(b []byte) string {
	var units []uint16
	for i := 0; i+1 < len(b) && (b[i] != 0 || b[i+1] != 0); i += 2 {
		if b[i+1] != 0 {
			return ""
		}
		units = append(units, uint16(b[i]))
	}
	if len(units) < 2 {
		return ""
	}
	return string(utf16.Decode(units))
}

func printable(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// List names the cameras and microphones of this machine. A kind of which none can be found is empty.
func List() (cameraInfos, microphoneInfos []source.Info, err error) {
	for _, c := range cameras() {
		cameraInfos = append(cameraInfos, c.info)
	}
	l, err := openLibrary()
	if err != nil { // no sound system, no microphones
		return cameraInfos, nil, nil
	}
	defer l.close()
	ears, err := l.microphones()
	for _, e := range ears {
		microphoneInfos = append(microphoneInfos, e.info)
	}
	return cameraInfos, microphoneInfos, err
}

// Package pulsetest runs a sound server of a test's own, with a loudspeaker nobody hears.
package pulsetest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"minglu/capture/source/synth/synthtest"
)

// Speaker is the loudspeaker's name; what it plays is heard at Speaker + ".monitor".
const Speaker = "wire"

// Start runs the server until the test ends and gives its process; programs that the test starts find it. Without
// PulseAudio the test is skipped, in CI it fails.
func Start(t *testing.T) *os.Process {
	t.Helper()
	synthtest.Require(t, "pulseaudio", "pactl", "paplay", "parec")
	home := t.TempDir()
	socket := filepath.Join(home, "native")
	t.Setenv("HOME", home)
	t.Setenv("XDG_RUNTIME_DIR", home)
	t.Setenv("PULSE_SERVER", "unix:"+socket)
	var complaint bytes.Buffer
	cmd := exec.Command("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
		"--load=module-null-sink sink_name="+Speaker+" rate=48000 channels=1 format=s16le",
		"--load=module-native-protocol-unix auth-anonymous=1 socket="+socket)
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait() // killed
	})
	for range 200 {
		if exec.Command("pactl", "info").Run() == nil {
			return cmd.Process
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("pulseaudio does not answer: %s", complaint.Bytes())
	return nil
}

// Listen hears what the loudspeaker plays until stop is called, and gives it: mono, 48 kHz.
func Listen(t *testing.T) (stop func() []int16) {
	t.Helper()
	var heard bytes.Buffer
	cmd := exec.Command("parec", "--raw", "--rate=48000", "--channels=1", "--format=s16le", "--latency-msec=20", "--device="+Speaker+".monitor")
	cmd.Stdout = &heard
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return func() []int16 {
		cmd.Process.Kill()
		cmd.Wait() // killed; what it wrote is there
		raw := heard.Bytes()
		sound := make([]int16, len(raw)/2)
		for i := range sound {
			sound[i] = int16(uint16(raw[2*i]) | uint16(raw[2*i+1])<<8)
		}
		return sound
	}
}

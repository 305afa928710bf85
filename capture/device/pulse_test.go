package device_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minglu/capture/clock"
	"minglu/capture/device"
	"minglu/capture/device/pulsetest"
	"minglu/capture/source"
)

// plug makes a microphone that hears what is played, and returns what pulls it out.
func plug(t *testing.T, name string) (unplug func()) {
	t.Helper()
	out, err := exec.Command("pactl", "load-module", "module-remap-source", "source_name="+name, "master=wire.monitor",
		"channels=1", "source_properties=device.description='Room_Microphone'").Output()
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := exec.Command("pactl", "unload-module", strings.TrimSpace(string(out))).Run(); err != nil {
			t.Error(err)
		}
	}
}

// play starts a signal of which every sample is one more than the one before, so that a reader can tell
// every sample lost, doubled or spoilt.
func play(t *testing.T, seconds int) {
	t.Helper()
	var signal bytes.Buffer
	for i := range seconds * 48_000 {
		if err := binary.Write(&signal, binary.LittleEndian, int16(i)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("paplay", "--raw", "--rate=48000", "--channels=1", "--format=s16le", "--device=wire")
	cmd.Stdin = &signal
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait() // killed or done
	})
}

// breaks counts the places where the signal does not go on, between its first and its last sample.
func breaks(sound []int16) (count, length int) {
	first, last := -1, -1
	for i := range sound {
		if sound[i] != 0 {
			if last = i; first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return 0, 0
	}
	for i := first + 1; i <= last; i++ {
		if sound[i] != sound[i-1]+1 {
			count++
		}
	}
	return count, last - first
}

func openMicrophone(t *testing.T, name string) source.Microphone {
	t.Helper()
	m, err := device.OpenMicrophone(name, clock.System())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestARealMicrophoneIsHeardWithoutABreak(t *testing.T) {
	pulsetest.Start(t)
	plug(t, "room")
	cameras, microphones, err := device.List()
	if err != nil || len(microphones) != 1 || microphones[0].ID != "room" {
		t.Fatalf("cameras %v, microphones %v, %v; want the one microphone and no monitor", cameras, microphones, err)
	}
	m := openMicrophone(t, "")
	if got := m.Info(); got.ID != "room" || got.Title != "Room_Microphone" {
		t.Errorf("info %+v", got)
	}
	play(t, 4)
	var sound []int16
	began := time.Now()
	var first, end time.Duration
	for i := 0; time.Since(began) < 4500*time.Millisecond; i++ {
		s, err := m.Read(t.Context())
		if err != nil || s.Lost != 0 {
			t.Fatalf("%v, %d lost", err, s.Lost)
		}
		if i == 0 {
			first = s.At
		}
		if i == 50 {
			time.Sleep(time.Second) // a reader that is busy loses nothing
		}
		end = s.At + time.Duration(len(s.Samples))*time.Second/48_000
		sound = append(sound, s.Samples...)
	}
	if n, length := breaks(sound); n != 0 || length < 3*48_000 {
		t.Errorf("%d breaks in %d samples of the signal; want 0 in at least 3 s", n, length)
	}
	heard := time.Duration(len(sound)) * time.Second / 48_000
	// On a busy machine the newest sound may be on its way for up to the second the server keeps.
	if d := end - first - heard; d < -100*time.Millisecond || d > time.Second {
		t.Errorf("%v of sound in %v", heard, end-first)
	}
}

func TestAMicrophonePulledOutIsNoticedWithinASecond(t *testing.T) {
	pulsetest.Start(t)
	unplug := plug(t, "room")
	m := openMicrophone(t, "Room_")
	if _, err := m.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	unplug()
	began := time.Now()
	var err error
	for err == nil {
		_, err = m.Read(t.Context())
	}
	if took := time.Since(began); !errors.Is(err, source.ErrLost) || took > time.Second {
		t.Errorf("%v after %v; want %v within a second", err, took, source.ErrLost)
	}
	began = time.Now()
	if err := m.Close(); err != nil || time.Since(began) > 3*time.Second {
		t.Errorf("close: %v after %v", err, time.Since(began))
	}
	if _, err := device.OpenMicrophone("room", clock.System()); err == nil {
		t.Error("a microphone that is pulled out opens")
	}
	plug(t, "room")
	again := openMicrophone(t, "room")
	if _, err := again.Read(t.Context()); err != nil {
		t.Errorf("read after it is plugged in again: %v", err)
	}
}

func TestWithoutASoundSystemThereIsNoMicrophone(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	t.Setenv("PULSE_SERVER", "unix:"+filepath.Join(t.TempDir(), "none"))
	if _, err := os.Stat("/dev/snd"); err == nil {
		t.Skip("this machine has a sound card")
	}
	_, microphones, err := device.List()
	if err != nil || len(microphones) != 0 {
		t.Errorf("microphones %v, %v; want none: a null device would record silence", microphones, err)
	}
	if _, err := device.OpenMicrophone("", clock.System()); !errors.Is(err, device.ErrNone) {
		t.Errorf("open: %v; want %v", err, device.ErrNone)
	}
}

// A busy machine starves the null sink and its listener, whatever the loudspeaker does: one of a few tries must be whole.
func TestALoudspeakerPlaysEverySample(t *testing.T) {
	pulsetest.Start(t)
	var seen []string
	for range 4 {
		stop := pulsetest.Listen(t)
		time.Sleep(500 * time.Millisecond)
		playCount(t)
		n, length := breaks(stop())
		if n <= 1 && length >= 95_000 { // the count passes through zero once
			return
		}
		seen = append(seen, fmt.Sprintf("%d breaks in %d samples", n, length))
	}
	t.Errorf("%s; want 96000 in a row", strings.Join(seen, ", "))
}

// playCount plays two seconds in which each sample is one more than the one before.
func playCount(t *testing.T) {
	t.Helper()
	s, err := device.OpenSpeaker()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	next := int16(0)
	left := 100 // chunks of 20 ms
	err = s.Play(t.Context(), func() ([]int16, error) {
		if left--; left < 0 {
			return nil, io.EOF
		}
		chunk := make([]int16, 960)
		for i := range chunk {
			next++
			chunk[i] = next
		}
		return chunk, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWithoutASoundSystemThereIsNoLoudspeaker(t *testing.T) {
	t.Setenv("PULSE_SERVER", "unix:/nowhere")
	t.Setenv("HOME", t.TempDir())
	if _, err := os.Stat("/proc/asound/pcm"); err == nil {
		t.Skip("this machine has a sound card")
	}
	if s, err := device.OpenSpeaker(); !errors.Is(err, device.ErrNoSpeaker) {
		t.Errorf("got %v, %v; want that there is none", s, err)
	}
}

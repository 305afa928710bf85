package synthtest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Watch decodes a film's first picture and sound tracks with ffmpeg and examines them with the film's own
// times. Without ffmpeg the test is skipped, in CI it fails.
func Watch(t testing.TB, path string, fps int) Report {
	t.Helper()
	Require(t, "ffmpeg", "ffprobe")
	pictures, err := watchPictures(path)
	if err != nil {
		t.Fatal(err)
	}
	sound, beeps, err := hearSound(path)
	if err != nil {
		t.Fatal(err)
	}
	r := Examine(pictures, fps, beeps)
	r.Silence = Silence(sound)
	return r
}

// Require skips the test if a program is missing; in CI (environment CI=true) it fails.
func Require(t testing.TB, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing; CI must have it", p)
			}
			t.Skipf("%s is missing; this test cannot look at films without it", p)
		}
	}
}

// frame is one row of ffprobe's table of frames.
type frame struct {
	at            time.Duration
	samples       int
	width, height int
}

// frames lists the decoded frames of the stream, as "v:0" or "a:0"; none if there is no such stream.
func frames(path, stream, fields string) ([]frame, error) {
	out, err := run("ffprobe", "-v", "error", "-select_streams", stream, "-of", "csv=p=0:nk=0",
		"-show_entries", "frame="+fields, path)
	if err != nil {
		return nil, err
	}
	var all []frame
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		var f frame
		seen := false
		for _, field := range strings.Split(lines.Text(), ",") {
			key, value, _ := strings.Cut(field, "=")
			switch key {
			case "pts_time":
				seconds, err := strconv.ParseFloat(value, 64)
				if err != nil {
					return nil, fmt.Errorf("read time of %s %s: %w", path, stream, err)
				}
				f.at, seen = time.Duration(seconds*float64(time.Second)), true
			case "nb_samples":
				f.samples, _ = strconv.Atoi(value)
			case "width":
				f.width, _ = strconv.Atoi(value)
			case "height":
				f.height, _ = strconv.Atoi(value)
			}
		}
		if seen {
			all = append(all, f)
		}
	}
	return all, lines.Err()
}

func watchPictures(path string) ([]Picture, error) {
	table, err := frames(path, "v:0", "pts_time,width,height")
	if err != nil || len(table) == 0 {
		return nil, err
	}
	cmd := exec.Command("ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-vsync", "passthrough",
		"-f", "rawvideo", "-pix_fmt", "gray", "-")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	width, height := table[0].width, table[0].height
	gray := make([]byte, width*height)
	var pictures []Picture
	for {
		if _, err = io.ReadFull(out, gray); err != nil {
			break
		}
		if len(pictures) == len(table) {
			err = fmt.Errorf("decode %s: more pictures than ffprobe lists (%d)", path, len(table))
			break
		}
		p := ReadPicture(gray, width, height)
		p.At = table[len(pictures)].at
		pictures = append(pictures, p)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	out.Close() // ends an ffmpeg that still writes; its own error tells of that
	return pictures, errors.Join(err, cmd.Wait())
}

// hearSound decodes the sound and gives every beep its time in the film from the frame it lies in.
func hearSound(path string) ([]int16, []Beep, error) {
	table, err := frames(path, "a:0", "pts_time,nb_samples")
	if err != nil || len(table) == 0 {
		return nil, nil, err
	}
	raw, err := run("ffmpeg", "-v", "error", "-i", path, "-map", "0:a:0", "-ac", "1", "-ar", strconv.Itoa(rate), "-f", "s16le", "-")
	if err != nil {
		return nil, nil, err
	}
	sound := make([]int16, len(raw)/2)
	for i := range sound {
		sound[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	beeps := FindBeeps(sound)
	row, first := 0, 0 // of the frame the beep lies in, and its first sample
	for i := range beeps {
		for row < len(table)-1 && first+table[row].samples <= beeps[i].Sample {
			first += table[row].samples
			row++
		}
		beeps[i].At = table[row].at + time.Duration(beeps[i].Sample-first)*time.Second/rate
	}
	return sound, beeps, nil
}

func run(name string, args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w: %s", name, err, stderr.Bytes())
	}
	return out, nil
}

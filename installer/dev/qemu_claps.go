package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"minglu/installer/dev/clap"
)

const (
	// apart is how far picture and sound may come apart at either end of a film.
	apart = 40 * time.Millisecond
	// An end is measured by the middle one of so many claps, which meet a picture at all of its moments.
	least, most = 6, 10
)

// beepFile is the sound file that the guest plays.
func beepFile(length time.Duration) []byte {
	sound := clap.Sound(length)
	var b bytes.Buffer
	write := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) } // a buffer takes all
	b.WriteString("RIFF")
	write(uint32(36 + 2*len(sound)))
	b.WriteString("WAVEfmt ")
	write(uint32(16))
	write([]uint16{1, 1}) // plain samples, one channel
	write([]uint32{clap.Rate, 2 * clap.Rate})
	write([]uint16{2, 16})
	b.WriteString("data")
	write(uint32(2 * len(sound)))
	write(sound)
	return b.Bytes()
}

// judgeClaps measures at both ends of the finished film how far its pictures are from its sound.
func (s shop) judgeClaps(ctx context.Context, folder, notes string, frame time.Duration) error {
	list, err := readNotes(notes)
	if err != nil {
		return err
	}
	zero, err := bootZero(folder)
	if err != nil {
		return err
	}
	film := filepath.Join(folder, "data", "media", "cam0.mp4")
	pictures, err := s.pictures(ctx, film)
	if err != nil {
		return err
	}
	beeps, err := s.beeps(ctx, film)
	if err != nil {
		return err
	}
	lags := clap.Compare(list, zero, clap.Flashes(pictures, frame), beeps, frame)
	n := min(most, len(lags)/2)
	if n < least {
		return fmt.Errorf("%d of %d claps are in the film; that is too few to measure it: try again when the machine has less to do", len(lags), len(list))
	}
	first, last := lags[:n], lags[len(lags)-n:]
	from, to := clap.Middle(first, clap.Lag.Offset), clap.Middle(last, clap.Lag.Offset)
	seen := func(l clap.Lag) time.Duration { return l.Seen }
	heard := func(l clap.Lag) time.Duration { return l.Heard }
	const unit = 100 * time.Microsecond
	s.say("QEMU A/V offset=%v at the start, %v at the end (|offset| ≤ %v; picture after sound is +); %d claps of %d at each; pictures %v and %v late, sound %v and %v",
		from.Round(unit), to.Round(unit), apart, n, len(lags), clap.Middle(first, seen).Round(unit), clap.Middle(last, seen).Round(unit),
		clap.Middle(first, heard).Round(unit), clap.Middle(last, heard).Round(unit))
	if from.Abs() > apart || to.Abs() > apart {
		return fmt.Errorf("picture and sound are %v apart at the start and %v at the end; at most %v is allowed", from, to, apart)
	}
	return nil
}

func readNotes(path string) (list []clap.Note, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		n, err := clap.Parse(line)
		if err != nil {
			return nil, fmt.Errorf("read %s: %q: %w", path, line, err)
		}
		list = append(list, n)
	}
	return list, nil
}

// bootZero reads from the journal where recording time begins on the boot clock.
func bootZero(folder string) (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join(folder, "data", "journal.jsonl"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		var l struct {
			Type string `json:"type"`
			Body struct {
				Zero int64 `json:"zero_boot_ns"`
			} `json:"body"`
		}
		if json.Unmarshal([]byte(line), &l) == nil && l.Type == "start" {
			return time.Duration(l.Body.Zero), nil
		}
	}
	return 0, errors.New("the journal does not say when the recording began")
}

// pictures reads the times of a film's pictures and their mean brightness.
func (s shop) pictures(ctx context.Context, film string) ([]clap.Picture, error) {
	at, err := s.times(ctx, film)
	if err != nil {
		return nil, err
	}
	luma, err := s.command(ctx, "ffmpeg", "-nostdin", "-v", "error", "-i", film, "-map", "0:v:0", "-fps_mode", "passthrough",
		"-vf", "scale=1:1:flags=area", "-f", "rawvideo", "-pix_fmt", "gray", "-").Output()
	if err != nil || len(luma) != len(at) {
		return nil, fmt.Errorf("decode %s: %d pictures, ffprobe lists %d: %w", film, len(luma), len(at), err)
	}
	list := make([]clap.Picture, len(at))
	for i := range at {
		list[i] = clap.Picture{At: at[i], Luma: luma[i]}
	}
	return list, nil
}

// stretch is decoded sound that is heard from a moment on.
type stretch struct {
	at      time.Duration
	samples int
}

// beeps finds the beeps in a film's sound, each at the time of the packet it lies in: the film corrects a sound card
// whose crystal is off by the times of packets alone.
func (s shop) beeps(ctx context.Context, film string) ([]time.Duration, error) {
	raw, err := s.command(ctx, "ffmpeg", "-nostdin", "-v", "error", "-i", film, "-map", "0:a:0", "-ac", "1",
		"-ar", strconv.Itoa(clap.Rate), "-f", "s16le", "-").Output()
	if err != nil {
		return nil, fmt.Errorf("decode the sound of %s: %w", film, err)
	}
	samples := make([]int16, len(raw)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	packets, err := s.packets(ctx, film)
	if err != nil {
		return nil, err
	}
	var list []time.Duration
	for _, at := range clap.Beeps(samples) {
		for _, p := range packets {
			if at < p.samples {
				list = append(list, p.at+time.Duration(at)*time.Second/clap.Rate)
				break
			}
			at -= p.samples
		}
	}
	return list, nil
}

// packets lists the decoded packets of a film's sound.
func (s shop) packets(ctx context.Context, film string) (list []stretch, err error) {
	out, err := s.command(ctx, "ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "frame=pts_time,nb_samples",
		"-of", "csv=p=0", film).Output()
	if err != nil {
		return nil, fmt.Errorf("ffprobe %s: %w", film, err)
	}
	for line := range strings.FieldsSeq(string(out)) {
		at, count, _ := strings.Cut(strings.Trim(line, ","), ",")
		seconds, err := strconv.ParseFloat(at, 64)
		n, err2 := strconv.Atoi(count)
		if err := errors.Join(err, err2); err != nil {
			return nil, fmt.Errorf("ffprobe %s: %q: %w", film, line, err)
		}
		list = append(list, stretch{time.Duration(seconds * float64(time.Second)), n})
	}
	return list, nil
}

// times asks ffprobe when a film's pictures are shown.
func (s shop) times(ctx context.Context, film string) (list []time.Duration, err error) {
	out, err := s.command(ctx, "ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "frame=pts_time", "-of", "csv=p=0", film).Output()
	if err != nil {
		return nil, fmt.Errorf("ffprobe %s: %w", film, err)
	}
	for line := range strings.FieldsSeq(string(out)) {
		seconds, err := strconv.ParseFloat(strings.Trim(line, ","), 64)
		if err != nil {
			return nil, fmt.Errorf("ffprobe %s: %q: %w", film, line, err)
		}
		list = append(list, time.Duration(seconds*float64(time.Second)))
	}
	return list, nil
}

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"minglu/capture/attach"
	"minglu/capture/codec"
	"minglu/capture/device"
	"minglu/capture/evidence"
	"minglu/capture/listen"
)

// Sound is opened and played by this program started once more, as a process of its own: the sound library
// hangs on loudspeakers that are pulled out, and nothing of that may touch the recording. The child says what it
// found on a line of JSON, plays when it is told to by a line, and ends with its standard input.

// played is what the child says: first which loudspeaker it has, then nothing or a fault.
type played struct {
	Speaker string `json:"speaker"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

// speakerOpens is how long the child may take to find a loudspeaker and the sound, and how much longer than the
// sound the playing of it: a sound server that dies in between is not told from one that is slow.
const speakerOpens = 5 * time.Second

// play plays a stretch of a recording in a child; see agent.Room.
func (w *works) play(ctx context.Context, id string, fromMS, toMS int64, ready func(speaker string)) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "--home", w.r.Home, "--play", fmt.Sprintf("%s:%d:%d", id, fromMS, toMS))
	cmd.Stderr, cmd.WaitDelay = w.log, time.Second
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the player: %w", err)
	}
	alarm := time.AfterFunc(speakerOpens, cancel)
	answers := json.NewDecoder(stdout)
	var p played
	err = answers.Decode(&p)
	if !alarm.Stop() {
		err = fmt.Errorf("%w: it does not open within %v", device.ErrNoSpeaker, speakerOpens)
	}
	if err == nil && p.Code == "" {
		ready(p.Speaker)
		defer time.AfterFunc(time.Duration(toMS-fromMS)*time.Millisecond+speakerOpens, cancel).Stop()
		if _, err = io.WriteString(stdin, "\n"); err == nil {
			if last := answers.Decode(&p); errors.Is(last, io.EOF) { // it played to the end
				p = played{}
			}
		}
	}
	if p.Code != "" {
		err = &attach.Refused{Code: p.Code, Detail: p.Detail}
	}
	if end := cmd.Wait(); err == nil && p.Code == "" {
		err = end
	}
	return err
}

// playAloud is the child: it plays what "ID:FROM:TO" names.
func playAloud(ctx context.Context, home, what string, stdin io.Reader, stdout io.Writer) int {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	answers := json.NewEncoder(stdout)
	err := playStretch(ctx, home, what, func(title string) error {
		if err := answers.Encode(played{Speaker: title}); err != nil {
			return err
		}
		in := bufio.NewReader(stdin)
		if _, err := in.ReadByte(); err != nil {
			return err
		}
		go func() { // ends with the recorder that holds the other end, or with this process
			_, _ = in.ReadByte()
			stop()
		}()
		return nil
	})
	if err == nil || ctx.Err() != nil {
		return done
	}
	_ = answers.Encode(played{Code: faultCode(err), Detail: err.Error()}) // who no longer listens needs no reason
	return couldNot
}

// playStretch opens loudspeaker and sound, asks go, and plays.
func playStretch(ctx context.Context, home, what string, begin func(title string) error) (err error) {
	id, fromMS, toMS, err := stretch(what)
	if err != nil {
		return err
	}
	speaker, err := device.OpenSpeaker()
	if err != nil {
		return err
	}
	defer speaker.Close()
	fsys, err := os.OpenRoot(filepath.Join(home, "vault", id))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, fsys.Close()) }()
	sound, err := listen.Open(fsys.FS(), fromMS, toMS, openOpus)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sound.Close()) }()
	if err := begin(speaker.Title); err != nil {
		return err
	}
	return speaker.Play(ctx, sound.Next)
}

func openOpus(channels int) (listen.Decoder, error) { return codec.NewOpusDecoder(channels) }

// stretch reads "ID:FROM:TO".
func stretch(what string) (id string, fromMS, toMS int64, err error) {
	parts := strings.Split(what, ":")
	if len(parts) != 3 {
		return "", 0, 0, fmt.Errorf("play %q: want ID:FROM:TO", what)
	}
	_, _, wrong := evidence.ParseID(parts[0])
	fromMS, err = strconv.ParseInt(parts[1], 10, 64)
	wrong = errors.Join(wrong, err)
	toMS, err = strconv.ParseInt(parts[2], 10, 64)
	return parts[0], fromMS, toMS, errors.Join(wrong, err)
}

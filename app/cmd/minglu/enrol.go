package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"

	"minglu/app/room"
	"minglu/capture/attach"
)

// notEnrolled says what to do about a home without settings; a faulty file keeps its own faults.
func notEnrolled(home string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("open room %s: %w", home, room.ErrNoRoom)
	}
	return err
}

// enrolRoom makes the room's keys and gets its certificates from headquarters.
func enrolRoom(ctx context.Context, c *call) error {
	var t room.Ticket
	flags := c.flags("minglu enrol")
	flags.StringVar(&t.URL, "hq", "", "")
	flags.StringVar(&t.Code, "code", "", "")
	flags.StringVar(&t.Fingerprint, "ca-fingerprint", "", "")
	flags.StringVar(&t.Store, "key", "file", "")
	flags.StringVar(&t.Org, "org", "", "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	var lacks []string
	for _, need := range [][2]string{{"--hq", t.URL}, {"--code", t.Code}, {"--ca-fingerprint", t.Fingerprint}} {
		if need[1] == "" {
			lacks = append(lacks, need[0])
		}
	}
	if len(lacks) > 0 {
		return usage("lacks", "names", strings.Join(lacks, ", "))
	}
	t.Language = string(c.lang)
	join := func() (room.Enrolled, error) { return room.Enrol(ctx, c.home, t, nil) }
	if strings.HasPrefix(t.Store, "pkcs11:") {
		join = func() (room.Enrolled, error) { return enrolByAgent(ctx, c, t) }
	}
	done, err := join()
	if err != nil {
		return err
	}
	c.say("enrol.done", "title", done.Title, "room", done.Room, "until", done.Expires[:len("2006-01-02")])
	return c.out.event(done)
}

// enrolByAgent lets the recorder enrol: libraries of tokens need cgo, which it alone has.
func enrolByAgent(ctx context.Context, c *call, t room.Ticket) (done room.Enrolled, err error) {
	agent, err := beside("minglu-agent")
	if err != nil {
		return done, err
	}
	ticket, err := json.Marshal(t)
	if err != nil {
		return done, err
	}
	cmd := exec.CommandContext(ctx, agent, "--home", c.home, "--enrol")
	cmd.Stdin = bytes.NewReader(ticket)
	cmd.Stderr = c.err
	out, failed := cmd.Output()
	var said struct {
		room.Enrolled
		Code   string `json:"code"`
		Detail string `json:"detail"`
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return done, errors.Join(fmt.Errorf("enrol by %s: %w", agent, err), failed)
	}
	if said.Detail != "" {
		return done, &attach.Refused{Code: said.Code, Detail: said.Detail}
	}
	return said.Enrolled, failed
}

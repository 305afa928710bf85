package main

import (
	"context"
	"strings"

	"minglu/app/room"
	"minglu/app/welcome"
	"minglu/capture/attach"
)

// setUp prepares a room by a file of answers: the first start without a window, for many machines.
func setUp(ctx context.Context, c *call) error {
	var file string
	flags := c.flags("minglu setup")
	flags.StringVar(&file, "file", "", "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	if file == "" {
		return usage("lacks", "names", "--file")
	}
	a, err := welcome.LoadAnswers(file)
	if err != nil {
		return err
	}
	tools := welcome.Tools{
		Enrol: func(ctx context.Context, t room.Ticket) (room.Enrolled, error) {
			if strings.HasPrefix(t.Store, "pkcs11:") {
				return enrolByAgent(ctx, c, t)
			}
			return room.Enrol(ctx, c.home, t, nil)
		},
		Trial: func(ctx context.Context, o attach.Order) (attach.Trial, error) { return tryOut(ctx, c, o) },
	}
	wrong := false
	err = welcome.Prepare(ctx, c.home, a, tools, func(s welcome.Step) error {
		wrong = wrong || s.State == welcome.Wrong
		c.say("setup."+string(s.State), "step", s.Step, "found", s.Found)
		return c.out.event(s)
	})
	if err == nil && wrong {
		err = errWrong
	}
	return err
}

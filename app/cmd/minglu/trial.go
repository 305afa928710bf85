package main

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"minglu/app/settings"
	"minglu/capture/attach"
	"minglu/capture/catalog"
)

// trial makes a test recording of ten seconds with the room's devices, or others, and says what became of it.
func trial(ctx context.Context, c *call) error {
	var w wish
	flags := c.flags("minglu trial")
	flags.StringVar(&w.camera, "camera", "", "")
	flags.StringVar(&w.camera2, "camera2", "", "")
	flags.StringVar(&w.mic, "mic", "", "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	room, err := settings.LoadRoom(c.home)
	if err != nil {
		return notEnrolled(c.home, err)
	}
	var order attach.Order
	if faults := w.sources(&order, room); len(faults) > 0 {
		return &usageError{faults}
	}
	order.Plan.Language = string(c.lang)
	t, err := tryOut(ctx, c, order)
	if err != nil {
		return err
	}
	if err := c.out.event(t); err != nil {
		return err
	}
	verdict := string(t.Verdict)
	if words, err := catalog.LoadWords(); err == nil {
		verdict = catalog.Name(words.Verdicts, verdict, string(c.lang))
	}
	c.say("trial.done", "frames", strconv.FormatInt(t.Frames, 10), "dropped", strconv.FormatInt(t.Dropped, 10),
		"peak", strconv.FormatFloat(t.PeakDB, 'f', 1, 64), "verdict", verdict, "path", t.Package)
	for _, what := range t.Troubles {
		c.say("trial.trouble", "what", what)
	}
	if !t.Verdict.Accepted() {
		return errWrong
	}
	return nil
}

// tryOut lets the recorder make and verify a test recording.
func tryOut(ctx context.Context, c *call, order attach.Order) (t attach.Trial, err error) {
	if err := withAgent(ctx, c); err != nil {
		return t, err
	}
	c.say("trial.running")
	e, err := attach.Once(ctx, c.home, attach.Request{Op: attach.OpTrial, Order: &order})
	if err != nil {
		return t, err
	}
	if err := json.Unmarshal(e.Data, &t); err != nil {
		return t, errors.Join(errAgentGone, err)
	}
	return t, nil
}

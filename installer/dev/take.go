package main

import (
	"context"
	"errors"
	"slices"
	"time"
)

// recorded is what a recording became.
type recorded struct {
	id, folder, receipt string
	frames, duration    int64
	gaps                []any
}

func (r *recorded) see(e event) {
	switch e.text("event") {
	case "recording":
		r.id = e.text("id")
	case "sealed":
		r.id, r.folder, r.frames, r.duration = e.text("id"), e.text("package"), e.number("frames"), e.number("duration_ms")
		r.gaps, _ = e["gaps"].([]any)
	}
}

// take is a recording that runs: the command line that was started, and the recorder beneath it.
type take struct {
	recorded
	starter  *child
	recorder running
}

// practicePlan is the plan of an invented interview.
func practicePlan() []string {
	return []string{"--item", "I03", "--case", "练习-2026-001", "--taxpayer", "示例商贸有限公司", "--person", "王芳",
		"--officer", "张明:示税检001", "--officer", "李华:示税检002"}
}

// startTake returns when the first segment is durable. The take is never nil.
func (p practice) startTake(ctx context.Context, camera, microphone string, length time.Duration) (*take, error) {
	t := &take{}
	args := slices.Concat([]string{"record", "--home", p.room}, practicePlan(),
		[]string{"--camera", camera, "--mic", microphone, "--for", length.String()})
	var err error
	if t.starter, err = p.start(ctx, p.log, "minglu", args...); err != nil {
		return t, err
	}
	for t.id == "" {
		e, ok := t.starter.next()
		if !ok {
			return t, errors.Join(errors.New("the recording did not begin"), t.starter.wait())
		}
		t.see(e)
	}
	t.recorder, err = findProcess(ctx, "minglu-agent", p.room, 5*time.Second)
	if err != nil {
		return t, errors.Join(err, t.starter.cmd.Cancel(), t.starter.wait())
	}
	return t, nil
}

// end reads what still happens and waits.
func (t *take) end() error {
	for e, ok := t.starter.next(); ok; e, ok = t.starter.next() {
		t.see(e)
	}
	return t.starter.wait()
}

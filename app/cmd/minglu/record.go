package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"minglu/app/settings"
	"minglu/capture/attach"
	"minglu/capture/evidence"
	"minglu/capture/transcript"
)

// record makes a recording by the very same path as the window.
func record(ctx context.Context, c *call) error {
	var w wish
	flags := c.flags("minglu record")
	w.flags(flags)
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	room, err := settings.LoadRoom(c.home)
	if err != nil {
		return notEnrolled(c.home, err)
	}
	order, written, err := w.order(room)
	if err != nil {
		return err
	}
	agent, err := beside("minglu-agent")
	if err != nil {
		return err
	}
	if err := attach.Ensure(ctx, c.home, agent); err != nil {
		return err
	}
	if err := recoverFirst(ctx, c); err != nil {
		return err
	}
	examined := beginToday(ctx, c, order)
	proof, err := follow(ctx, c, order, written)
	examined.end(ctx, proof)
	return err
}

// follow starts the recording and passes its events on until it is sealed. An interrupt stops and seals. proof is the
// sealed event of a recording in which nothing lacked, which no examination of its devices can surpass.
func follow(ctx context.Context, c *call, order attach.Order, written *transcript.Transcript) (proof *attach.Event, err error) {
	s, err := attach.Ask(context.WithoutCancel(ctx), c.home, attach.Request{Op: attach.OpStart, Order: &order})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	stopping := context.AfterFunc(ctx, func() {
		c.say("record.stopping")
		_, _ = attach.Once(context.WithoutCancel(ctx), c.home, attach.Request{Op: attach.OpStop})
	})
	defer stopping()
	whole := true
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errAgentGone
		}
		if err != nil {
			return nil, err
		}
		switch e.Event {
		case attach.EventFailed:
			return nil, &attach.Refused{Code: e.Code, Detail: e.Detail}
		case attach.EventSealed:
			if whole && len(e.Gaps) == 0 && e.Detail == "" {
				proof = &e
			}
			return proof, sealed(c, e)
		case "device": // black, frozen, silent, lost, back
			whole = false
		case attach.EventRecording:
			c.say("record.running", "id", e.ID)
			if err := attachWritten(ctx, c, order, written); err != nil {
				c.say("record.transcript_failed", "why", err.Error())
			}
		}
		if err := c.out.event(e); err != nil {
			return nil, err
		}
	}
}

// errAgentGone tells that the recorder died; what is on the disk is closed at the next start.
var errAgentGone = &coded{"agent.gone", "the connection to minglu-agent broke off"}

// sealedLine is the contract's last line of a recording: these members are always there.
type sealedLine struct {
	Event      string             `json:"event"`
	ID         string             `json:"id"`
	Package    string             `json:"package"`
	Segments   int64              `json:"segments"`
	DurationMS int64              `json:"duration_ms"`
	Frames     int64              `json:"frames"`
	Dropped    int64              `json:"dropped"`
	Gaps       []evidence.GapBody `json:"gaps"`
	Reason     string             `json:"reason"`
	Stamped    bool               `json:"stamped"`
	Detail     string             `json:"detail,omitempty"`
}

func sealed(c *call, e attach.Event) error {
	line := sealedLine{e.Event, e.ID, e.Package, e.Segments, e.DurationMS, e.Frames, 0, e.Gaps, e.Reason, false, e.Detail}
	if line.Gaps == nil {
		line.Gaps = []evidence.GapBody{}
	}
	if e.Dropped != nil {
		line.Dropped = *e.Dropped
	}
	if e.Stamped != nil {
		line.Stamped = *e.Stamped
	}
	if err := c.out.event(line); err != nil {
		return err
	}
	if e.Detail != "" {
		c.say("record.sealed_with_fault", "id", e.ID, "why", e.Detail)
		return errWrong
	}
	if e.Reason == "disk_full" {
		c.say("record.sealed_full", "id", e.ID)
		return errWrong
	}
	c.say("record.sealed", "id", e.ID, "length", (time.Duration(e.DurationMS) * time.Millisecond).String(), "path", e.Package)
	return nil
}

// attachWritten puts the written record into the running recording as one revision.
func attachWritten(ctx context.Context, c *call, order attach.Order, written *transcript.Transcript) error {
	if written == nil {
		return nil
	}
	author := order.Plan.Clerk.Name
	if author == "" && len(order.Plan.Officers) > 0 {
		author = order.Plan.Officers[0].Name
	}
	raw, err := json.Marshal(transcript.Revision{
		What: transcript.WhatTranscript, Act: transcript.ActImport, Author: author, Segments: written.Segments,
	})
	if err != nil {
		return err
	}
	_, err = attach.Once(ctx, c.home, attach.Request{Op: attach.OpRevise, Revision: raw})
	return err
}

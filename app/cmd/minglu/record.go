package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"minglu/app/settings"
	"minglu/capture/attach"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
	"minglu/capture/source"
	"minglu/capture/transcript"
)

// wish is what the command line asks to be recorded.
type wish struct {
	item, matter, taxpayer, place string
	persons, officers             list_
	operator, clerk               string
	camera, camera2, mic          string
	transcript                    string
	length                        time.Duration
	override                      string
	relates                       string
}

// list_ is a flag that may be given several times.
type list_ []string

func (l *list_) String() string     { return strings.Join(*l, ", ") }
func (l *list_) Set(s string) error { *l = append(*l, s); return nil }

func (w *wish) flags(f *flag.FlagSet) {
	f.StringVar(&w.item, "item", "", "code of the catalogue, as I03")
	f.StringVar(&w.matter, "case", "", "case number")
	f.StringVar(&w.taxpayer, "taxpayer", "", "NAME or NAME:USCC")
	f.StringVar(&w.place, "place", "", "where, if not in the room")
	f.Var(&w.persons, "person", "NAME of a person questioned; may be repeated")
	f.Var(&w.officers, "officer", "NAME:CERTIFICATE; twice or more")
	f.StringVar(&w.operator, "operator", "", "NAME:CERTIFICATE of who runs the recording")
	f.StringVar(&w.clerk, "clerk", "", "NAME:CERTIFICATE of who writes")
	f.StringVar(&w.camera, "camera", "", source.Forms+"; none for sound alone")
	f.StringVar(&w.camera2, "camera2", "", "a second camera")
	f.StringVar(&w.mic, "mic", "", source.Forms+"; none for pictures alone")
	f.StringVar(&w.transcript, "transcript", "", "file of the written record")
	f.DurationVar(&w.length, "for", 0, "how long; until interrupted if not given")
	f.StringVar(&w.override, "override", "", "reason for going on without something mandatory")
	f.StringVar(&w.relates, "relates-to", "", "id of the recording this one goes on from")
}

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
	return follow(ctx, c, order, written)
}

// order checks everything that was asked for and lists every fault.
func (w *wish) order(room settings.Room) (attach.Order, *transcript.Transcript, error) {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	items, err := catalog.Load()
	if err != nil {
		return attach.Order{}, nil, err
	}
	item, ok := items.Item(w.item)
	if !ok {
		fault("--item %q is not in the catalogue", w.item)
	}
	plan := evidence.Plan{
		V: 1, Item: item.Code, ItemTitle: item.ZH, Case: w.matter, Place: first(w.place, room.Place, room.Title),
		Retention: item.Retention, Language: "zh", Overrides: []string{}, Relates: []string{},
		Persons: []evidence.Person{}, Officers: []evidence.Person{},
	}
	plan.Taxpayer.Name, plan.Taxpayer.USCC, _ = strings.Cut(w.taxpayer, ":")
	for _, name := range w.persons {
		plan.Persons = append(plan.Persons, evidence.Person{Name: name, Role: "interviewee"})
	}
	for _, o := range w.officers {
		p, err := certified(o, "interviewer")
		if err != nil {
			fault("--officer %w", err)
		}
		plan.Officers = append(plan.Officers, p)
	}
	if len(plan.Officers) < 2 && w.override == "" {
		fault("two officers with certificates are needed (--officer NAME:CERTIFICATE, twice), or --override REASON")
	}
	for _, role := range []struct {
		text, name string
		to         *evidence.Person
	}{{w.operator, "operator", &plan.Operator}, {w.clerk, "clerk", &plan.Clerk}} {
		if role.text != "" {
			p, err := certified(role.text, role.name)
			if err != nil {
				fault("--%s %w", role.name, err)
			}
			*role.to = p
		}
	}
	if w.override != "" {
		plan.Overrides = append(plan.Overrides, w.override)
	}
	if w.relates != "" {
		plan.Relates = append(plan.Relates, w.relates)
	}
	faults = append(faults, plan.Check()...)
	order := attach.Order{Plan: plan, LimitMS: w.length.Milliseconds()}
	faults = append(faults, w.sources(&order, room)...)
	written, err := w.written()
	if err != nil {
		faults = append(faults, err)
	}
	if w.length < 0 {
		fault("--for %s is no length", w.length)
	}
	if len(faults) > 0 {
		return order, nil, usage("%s", sentence(faults))
	}
	return order, written, nil
}

// sentence puts all faults into one line.
func sentence(faults []error) string {
	var parts []string
	for _, f := range faults {
		parts = append(parts, strings.ReplaceAll(f.Error(), "\n", "; "))
	}
	return strings.Join(parts, "; ")
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// certified reads NAME:CERTIFICATE.
func certified(text, role string) (evidence.Person, error) {
	name, certificate, ok := strings.Cut(text, ":")
	if !ok || strings.TrimSpace(name) == "" || strings.TrimSpace(certificate) == "" {
		return evidence.Person{}, fmt.Errorf("%q is not NAME:CERTIFICATE", text)
	}
	return evidence.Person{Name: name, Certificate: certificate, Role: role}, nil
}

// sources takes the asked-for sources, or the room's, and checks how they are written.
func (w *wish) sources(order *attach.Order, room settings.Room) (faults []error) {
	cameras := []string{w.camera, w.camera2}
	if w.camera == "" && w.camera2 == "" {
		cameras = room.Cameras
	}
	for _, c := range cameras {
		if c != "" && c != "none" {
			order.Cameras = append(order.Cameras, c)
		}
	}
	order.Microphone = first(w.mic, room.Microphone)
	if w.mic == "" && len(order.Cameras) > 0 && strings.HasPrefix(order.Cameras[0], "rtsp") {
		order.Microphone = order.Cameras[0] // an IP camera brings its sound
	}
	if order.Microphone == "none" {
		order.Microphone = ""
	}
	for _, text := range append(order.Cameras, order.Microphone) {
		if text == "" {
			continue
		}
		if _, err := source.ParseSpec(text); err != nil {
			faults = append(faults, err)
		}
	}
	if len(order.Cameras) == 0 && order.Microphone == "" {
		faults = append(faults, errors.New("no camera and no microphone: give --camera and --mic"))
	}
	return faults
}

// written reads the file of the written record.
func (w *wish) written() (*transcript.Transcript, error) {
	if w.transcript == "" {
		return nil, nil
	}
	f, err := os.Open(w.transcript)
	if err != nil {
		return nil, err
	}
	t, err := transcript.Parse(w.transcript, f)
	return &t, errors.Join(err, f.Close())
}

// follow starts the recording and passes its events on until it is sealed. An interrupt stops and seals.
func follow(ctx context.Context, c *call, order attach.Order, written *transcript.Transcript) error {
	s, err := attach.Ask(context.WithoutCancel(ctx), c.home, attach.Request{Op: attach.OpStart, Order: &order})
	if err != nil {
		return err
	}
	defer s.Close()
	stopping := context.AfterFunc(ctx, func() {
		c.say("record.stopping")
		_, _ = attach.Once(context.WithoutCancel(ctx), c.home, attach.Request{Op: attach.OpStop})
	})
	defer stopping()
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errAgentGone
		}
		if err != nil {
			return err
		}
		switch e.Event {
		case attach.EventFailed:
			return &attach.Refused{Code: e.Code, Detail: e.Detail}
		case attach.EventSealed:
			return sealed(c, e)
		case attach.EventRecording:
			c.say("record.running", "id", e.ID)
			if err := attachWritten(ctx, c, order, written); err != nil {
				c.say("record.transcript_failed", "why", err.Error())
			}
		}
		if err := c.out.event(e); err != nil {
			return err
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

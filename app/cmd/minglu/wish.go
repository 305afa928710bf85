package main

import (
	"cmp"
	"errors"
	"flag"
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
	persons, officers             names
	operator, clerk               string
	camera, camera2, mic          string
	transcript                    string
	length                        time.Duration
	override                      string
	relates                       string
}

// names is a flag that may be given several times.
type names []string

func (n *names) String() string     { return strings.Join(*n, ", ") }
func (n *names) Set(s string) error { *n = append(*n, s); return nil }

func (w *wish) flags(f *flag.FlagSet) {
	f.StringVar(&w.item, "item", "", "")
	f.StringVar(&w.matter, "case", "", "")
	f.StringVar(&w.taxpayer, "taxpayer", "", "")
	f.StringVar(&w.place, "place", "", "")
	f.Var(&w.persons, "person", "")
	f.Var(&w.officers, "officer", "")
	f.StringVar(&w.operator, "operator", "", "")
	f.StringVar(&w.clerk, "clerk", "", "")
	f.StringVar(&w.camera, "camera", "", "")
	f.StringVar(&w.camera2, "camera2", "", "")
	f.StringVar(&w.mic, "mic", "", "")
	f.StringVar(&w.transcript, "transcript", "", "")
	f.DurationVar(&w.length, "for", 0, "")
	f.StringVar(&w.override, "override", "", "")
	f.StringVar(&w.relates, "relates-to", "", "")
}

// order checks everything that was asked for and lists every fault.
func (w *wish) order(room settings.Room) (attach.Order, *transcript.Transcript, error) {
	plan, faults, err := w.plan(room)
	if err != nil {
		return attach.Order{}, nil, err
	}
	order := attach.Order{Plan: plan, LimitMS: w.length.Milliseconds()}
	faults = append(faults, w.sources(&order, room)...)
	written, err := w.written()
	if err != nil {
		faults = append(faults, err)
	}
	if w.length < 0 {
		faults = append(faults, wrong("for", "got", w.length.String()))
	}
	if len(faults) > 0 {
		return attach.Order{}, nil, &usageError{faults}
	}
	return order, written, nil
}

// plan says what is to be recorded and who takes part. err means that the catalogue cannot be read.
func (w *wish) plan(room settings.Room) (plan evidence.Plan, faults []error, err error) {
	items, err := catalog.Load()
	if err != nil {
		return plan, nil, err
	}
	item, ok := items.Item(w.item)
	if !ok {
		faults = append(faults, wrong("item", "got", w.item))
	}
	plan = evidence.Plan{
		V: 1, Item: item.Code, ItemTitle: item.ZH, Case: w.matter, Place: cmp.Or(w.place, room.Place, room.Title),
		Retention: item.Retention, Language: "zh", Overrides: given(w.override), Relates: given(w.relates),
		Persons: []evidence.Person{}, Officers: []evidence.Person{},
	}
	plan.Taxpayer.Name, plan.Taxpayer.USCC, _ = strings.Cut(w.taxpayer, ":")
	faults = append(faults, w.people(&plan)...)
	return plan, append(faults, plan.Check()...), nil
}

// people enters everybody who takes part.
func (w *wish) people(plan *evidence.Plan) (faults []error) {
	enter := func(flag, text, role string) evidence.Person {
		p, ok := certified(text, role)
		if !ok {
			faults = append(faults, wrong("person", "flag", "--"+flag, "got", text))
		}
		return p
	}
	for _, name := range w.persons {
		plan.Persons = append(plan.Persons, evidence.Person{Name: name, Role: "interviewee"})
	}
	for _, o := range w.officers {
		plan.Officers = append(plan.Officers, enter("officer", o, "interviewer"))
	}
	if len(plan.Officers) < 2 && w.override == "" {
		faults = append(faults, wrong("officers"))
	}
	if w.operator != "" {
		plan.Operator = enter("operator", w.operator, "operator")
	}
	if w.clerk != "" {
		plan.Clerk = enter("clerk", w.clerk, "clerk")
	}
	return faults
}

// given is a list of the one value, or an empty one, which JSON writes as such.
func given(value string) []string {
	if value == "" {
		return []string{}
	}
	return []string{value}
}

// certified reads NAME:CERTIFICATE.
func certified(text, role string) (p evidence.Person, ok bool) {
	name, certificate, ok := strings.Cut(text, ":")
	if !ok || strings.TrimSpace(name) == "" || strings.TrimSpace(certificate) == "" {
		return p, false
	}
	return evidence.Person{Name: name, Certificate: certificate, Role: role}, true
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
	order.Microphone = cmp.Or(w.mic, room.Microphone)
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
			faults = append(faults, wrong("source", "got", text, "forms", source.Forms))
		}
	}
	if len(order.Cameras) == 0 && order.Microphone == "" {
		faults = append(faults, wrong("sources"))
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

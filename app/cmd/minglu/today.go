package main

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/app/release"
	"minglu/capture/attach"
)

// today is the day's examination, around the first recording of a day. What takes no time is looked at before it, so
// that nobody waits for the recording; the rest after its end, so that nothing disturbs it. Nothing that is found keeps
// a recording from being made.
type today struct {
	c      *call
	look   doctor.Room
	later  []doctor.Check
	order  attach.Order
	rounds doctor.Rounds
	e      doctor.Examination
}

// afterTime is how long people wait for it when the recording is sealed.
const afterTime = time.Minute

// beforehand names the checks that take no time.
func beforehand() []string {
	return []string{"programs", "sound", "disk", "clock", "settings", "keys"}
}

// beginToday looks at what takes no time; nil when the machine was examined today.
func beginToday(ctx context.Context, c *call, order attach.Order) *today {
	newest, err := doctor.Newest(c.home)
	if err == nil && !newest.Due(time.Now()) {
		return nil
	}
	t := &today{c: c, order: order, e: doctor.Examination{At: time.Now(), Version: release.Version()}}
	if t.look, err = c.patient(ctx); err != nil {
		return nil // the recording goes on; minglu doctor says it
	}
	t.e.Room, t.e.Title = t.look.Named()
	t.look.Camera, t.look.Microphone = nil, nil
	if len(order.Cameras) > 0 {
		t.look.Camera = func(ctx context.Context) ([]doctor.Probe, error) {
			return probe(ctx, c, attach.Order{Cameras: order.Cameras})
		}
	}
	if order.Microphone != "" {
		t.look.Microphone = func(ctx context.Context) ([]doctor.Probe, error) {
			return probe(ctx, c, attach.Order{Microphone: order.Microphone})
		}
	}
	all := t.look.Checks() // for one run: both halves share what they learn
	t.later = slices.DeleteFunc(slices.Clone(all), func(k doctor.Check) bool { return slices.Contains(beforehand(), k.Name) })
	c.say("record.today")
	t.rounds.Run(ctx, only(all, beforehand()...), c.lang, t.note)
	return t
}

// note keeps a result, and tells a person what is wrong.
func (t *today) note(r doctor.Result) {
	t.e.Results = append(t.e.Results, r)
	if r.State == doctor.Fail || r.State == doctor.Warn {
		t.c.say("record.finding", "finding", i18n.Say(t.c.lang, "doctor.line", "title", r.Title, "found", r.Found), "do", r.Do)
	}
}

// end examines the rest, keeps the whole and tells headquarters. Devices that have just delivered a recording in which
// nothing lacked are not opened once more. Whoever interrupts ends it at once: the recording is sealed.
func (t *today) end(ctx context.Context, proof *attach.Event) {
	if t == nil {
		return
	}
	signal.Reset(os.Interrupt, syscall.SIGTERM)
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), afterTime)
	defer stop()
	t.c.say("record.today_rest")
	t.rounds.Run(ctx, t.rest(proof), t.c.lang, t.note)
	if err := doctor.Keep(t.c.home, t.e); err != nil {
		t.c.say("record.today_unkept", "why", err.Error())
	}
	if err := t.look.Tell(ctx, t.e); err != nil {
		t.c.say("record.today_untold", "why", i18n.Advise(err, t.c.lang))
		return
	}
	t.c.say("doctor.told")
}

// rest are the checks that are left, with what the recording proved of its devices.
func (t *today) rest(proof *attach.Event) []doctor.Check {
	checks := slices.Clone(t.later)
	for i, k := range checks {
		used := k.Name == "camera" && len(t.order.Cameras) > 0 || k.Name == "microphone" && t.order.Microphone != ""
		if proof != nil && used {
			checks[i].Run = func(context.Context) doctor.Finding {
				return doctor.Finding{State: doctor.OK, Key: "recorded", Pairs: []string{"id", proof.ID}}
			}
		}
	}
	return checks
}

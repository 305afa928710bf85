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

// today is the day's examination, around the first recording of a day. What the recording needs is looked at before
// it; all that takes long or takes the line waits for its end, so that nothing disturbs it. Nothing that is found keeps
// a recording from being made.
type today struct {
	c      *call
	look   doctor.Room
	later  []doctor.Check
	rounds doctor.Rounds
	e      doctor.Examination
}

// How long the examination may keep people waiting: a camera is called frozen after three seconds, a microphone dead
// after two; more is had only by devices that hang.
const (
	beforeTime = 15 * time.Second
	afterTime  = time.Minute
)

// beforehand names the checks that are made before the recording.
func beforehand() []string {
	return []string{"programs", "sound", "disk", "clock", "settings", "keys", "camera", "microphone"}
}

// beginToday examines what a recording needs, with the devices of the order; nil when that was done today.
func beginToday(ctx context.Context, c *call, order attach.Order) *today {
	newest, err := doctor.Newest(c.home)
	if err == nil && !newest.Due(time.Now()) {
		return nil
	}
	t := &today{c: c, e: doctor.Examination{At: time.Now(), Version: release.Version()}}
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
	ctx, stop := context.WithTimeout(ctx, beforeTime)
	defer stop()
	t.rounds.Run(ctx, only(all, beforehand()...), c.lang, func(r doctor.Result) {
		if ctx.Err() != nil && r.State == doctor.Fail {
			r = r.PutOff(c.lang) // nobody knows: the recording does not wait for it
		}
		t.note(r)
	})
	return t
}

// note keeps a result, and tells a person what is wrong.
func (t *today) note(r doctor.Result) {
	t.e.Results = append(t.e.Results, r)
	if r.State == doctor.Fail || r.State == doctor.Warn {
		t.c.say("record.finding", "finding", i18n.Say(t.c.lang, "doctor.line", "title", r.Title, "found", r.Found), "do", r.Do)
	}
}

// end examines the rest, keeps the whole and tells headquarters. Whoever interrupts once more ends it at once: the
// recording is sealed.
func (t *today) end(ctx context.Context) {
	if t == nil {
		return
	}
	signal.Reset(os.Interrupt, syscall.SIGTERM)
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), afterTime)
	defer stop()
	t.c.say("record.today_rest")
	t.rounds.Run(ctx, t.later, t.c.lang, t.note)
	if err := doctor.Keep(t.c.home, t.e); err != nil {
		t.c.say("record.today_unkept", "why", err.Error())
	}
	if err := t.look.Tell(ctx, t.e); err != nil {
		t.c.say("record.today_untold", "why", i18n.Advise(err, t.c.lang))
		return
	}
	t.c.say("doctor.told")
}

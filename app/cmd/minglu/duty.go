package main

import (
	"context"
	"errors"
	"flag"
	"strings"

	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/app/room"
	"minglu/app/settings"
	"minglu/capture/strict"
)

// dutyVerbs are what `minglu duty` does, in the order of a day.
func dutyVerbs() []verb {
	return []verb{
		{"add", dutyAdd}, {"list", dutyList}, {"show", dutyShow}, {"search", dutySearch}, {"close", dutyClose},
		{"tend", dutyTend}, {"sync", dutySync}, {"export", dutyExport}, {"slip", dutySlip},
	}
}

// dutyLog finds the command of the duty log.
func dutyLog(ctx context.Context, c *call) error {
	if len(c.args) > 0 && asksHelp(c.args[0]) {
		return c.explainAll("duty ", dutyVerbs())
	}
	var names []string
	for _, v := range dutyVerbs() {
		if len(c.args) > 0 && c.args[0] == v.name {
			c.args = c.args[1:]
			return v.run(ctx, c)
		}
		names = append(names, v.name)
	}
	return usage("duty", "names", strings.Join(names, ", "))
}

// hall is an open duty log with the settings of its home.
type hall struct {
	*duty.Log
	room settings.Room
}

// withHall opens the duty log, tells what is wrong with the bureau's own rules, and closes it again.
func withHall(ctx context.Context, c *call, do func(*hall) error) error {
	s, err := settings.LoadRoom(c.home)
	if err != nil {
		return notEnrolled(c.home, err)
	}
	l, err := room.OpenDuty(ctx, c.home, s)
	if err != nil {
		return err
	}
	if l.Faulty != nil {
		c.say("duty.rules_faulty")
		var faults strict.Faults
		if errors.As(l.Faulty, &faults) {
			for _, f := range faults {
				c.say("duty.fault", "what", i18n.Fault(f, c.lang))
			}
		}
	}
	return errors.Join(do(&hall{l, s}), l.Close())
}

// day is a flag that names a day.
func dayFlag(f *flag.FlagSet, to *calendar.Day, name string) {
	f.Func(name, "", func(text string) (err error) {
		*to, err = calendar.ParseDay(text)
		return err
	})
}

// entryLine is the contract's line of an entry: what the entry says, and how it was acknowledged.
type entryLine struct {
	Event string `json:"event"`
	duty.Entry
}

func (c *call) entry(e duty.Entry) error { return c.out.event(entryLine{"entry", e}) }

// matterLine is the contract's line of a matter.
type matterLine struct {
	Event string     `json:"event"`
	Alarm duty.Alarm `json:"alarm"` // "", amber, red
	duty.Matter
}

func (c *call) matter(l *hall, m duty.Matter) error {
	alarm := m.Alarm(l.Now())
	due := "—"
	if m.Due != "" {
		due = localTime(m.Due)
	}
	c.say("duty.matter", "alarm", i18n.Say(c.lang, "duty.alarm."+string(alarmWord(m, alarm))), "due", due, "title", m.Title, "owner", m.Owner, "id", m.ID)
	return c.out.event(matterLine{"matter", alarm, m})
}

// alarmWord names the alarm for people; a stopped clock is one of its own.
func alarmWord(m duty.Matter, a duty.Alarm) duty.Alarm {
	switch {
	case m.State == duty.MatterPaused:
		return "paused"
	case a == duty.Calm:
		return "calm"
	}
	return a
}

package main

import (
	"context"
	"errors"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/app/room"
	"minglu/capture/agent"
	"minglu/capture/evidence"
)

// duty opens the duty log for one piece of work: the recorder needs it seldom.
func (w *works) duty(ctx context.Context, do func(*duty.Log) error) error {
	l, err := room.OpenDuty(ctx, w.r.Home, w.r.Settings)
	if err != nil {
		return err
	}
	return errors.Join(do(l), l.Close())
}

// dutyRules are the ones in force, for the printed log.
func (w *works) dutyRules() (rules *duty.Rules, err error) {
	err = w.duty(context.Background(), func(l *duty.Log) error {
		rules = l.Rules
		return nil
	})
	return rules, err
}

// day gives the recorder what a closed day of the duty log holds.
func (w *works) day(ctx context.Context, hall, day string) (log agent.DayLog, err error) {
	date, err := calendar.ParseDay(day)
	if err != nil || hall != w.r.Settings.HallCode() {
		return log, &duty.Fault{Code: "duty.day", Got: hall + " " + day}
	}
	err = w.duty(ctx, func(l *duty.Log) error {
		p, err := l.Parcel(ctx, date, w.r.Settings.HallName())
		if err != nil {
			return err
		}
		log = agent.DayLog{Plan: p.Plan, ID: p.ID, Done: p.Done}
		for _, t := range p.Texts {
			log.Texts = append(log.Texts, agent.DayText(t))
		}
		log.Taken = func(id string) error {
			return w.duty(ctx, func(l *duty.Log) error { return l.Number(ctx, date, p.Part, id) })
		}
		return nil
	})
	return log, err
}

// daySealed tells the duty log that the package of a day is sealed.
func (w *works) daySealed(ctx context.Context, id string, plan evidence.Plan) error {
	if plan.Duty == nil {
		return nil
	}
	return w.duty(ctx, func(l *duty.Log) error { return l.Sealed(ctx, *plan.Duty, id) })
}

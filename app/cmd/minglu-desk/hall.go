package main

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"time"

	"minglu/app/desk/hall"
	"minglu/app/desk/record"
	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/app/room"
	"minglu/capture/attach"
	"minglu/capture/evidence"
)

// dutyPage joins the page of the duty log to the room, its recorder and headquarters.
type dutyPage struct {
	room   *room.Room
	log    *duty.Log
	record *record.Model
	using  atomic.Pointer[[]string] // the hall's other rooms that record
}

// model is the page's model.
func (p *dutyPage) model() *hall.Model {
	return hall.NewModel(p.log, hall.Ports{
		Heading:  duty.Heading{Org: p.room.Settings.Org, Title: p.room.Settings.HallName()},
		Folder:   filepath.Join(p.room.Home, "papers"),
		Package:  p.room.Box.Row,
		Seal:     p.seal,
		Tend:     p.tend,
		Recorder: p.recorder,
		InUse:    p.inUse,
		Film:     p.film,
	})
}

// seal asks the recorder, which holds the keys, for the package of a day closed at this machine.
func (p *dutyPage) seal(ctx context.Context, day calendar.Day) error {
	_, err := p.record.Link.Ask(ctx, attach.Request{Op: attach.OpDay, Hall: p.log.Hall, Day: string(day)})
	return err
}

// tend does what the log needs without anybody. Out of headquarters' reach the log is only alone: that is no fault.
func (p *dutyPage) tend(ctx context.Context, lang i18n.Lang) error {
	p.exchange(ctx, lang)
	_, err := p.log.Gather(ctx, room.RecordingFacts(p.room.Box, lang), p.equipment(lang))
	_, errLate := p.log.Overdue(ctx, func(m duty.Matter) string {
		return i18n.Say(lang, "duty.fact.overdue", "title", m.Title, "owner", m.Owner, "due", legal(m.Due))
	})
	_, errClose := p.log.CloseDue(ctx)
	wanted, errWanted := p.log.Unpacked(ctx)
	err = errors.Join(err, errLate, errClose, errWanted)
	for _, day := range wanted {
		err = errors.Join(err, p.seal(ctx, day))
	}
	return err
}

func (p *dutyPage) exchange(ctx context.Context, lang i18n.Lang) {
	line, err := p.room.Line(0)
	if err != nil {
		return
	}
	defer line.Close()
	_, _ = p.log.Exchange(ctx, line) // it is tried again in a minute; the strip tells of headquarters
	_, rooms, err := p.log.Hear(ctx, line, room.SayFact(lang))
	var names []string
	for _, r := range rooms {
		names = append(names, cmp.Or(r.Title, r.Room))
	}
	if p.using.Store(&names); err != nil {
		p.using.Store(nil) // what was heard a while ago may be over
	}
}

func (p *dutyPage) inUse() []string {
	if names := p.using.Load(); names != nil {
		return *names
	}
	return nil
}

// legal writes a moment in legal time.
func legal(at string) string {
	t, err := evidence.ParseTime(at)
	if err != nil {
		return at
	}
	return t.In(calendar.Legal()).Format("2006-01-02 15:04")
}

// equipment tells what the checks before a recording found failing, once a day.
func (p *dutyPage) equipment(lang i18n.Lang) duty.Source {
	return func(context.Context) (facts []duty.Fact, err error) {
		now := p.log.Now()
		for _, c := range p.record.Feed.Newest().Checks {
			if c.State == doctor.Fail {
				facts = append(facts, duty.Fact{
					Key: "doctor " + string(p.log.Today()) + " " + c.Name, Kind: "EQUIP", At: now,
					Text: i18n.Say(lang, "duty.fact.equipment", "title", c.Title, "found", c.Found),
				})
			}
		}
		return facts, nil
	}
}

func (p *dutyPage) recorder() hall.Recorder {
	live := p.record.Link.Feed.Newest()
	return hall.Recorder{Running: live.Phase == record.Running, Busy: live.Phase != record.Idle, ID: live.ID, Item: live.Plan.Item, Case: live.Plan.Case}
}

// filmWait is how long an emergency waits for the devices to be looked at.
const filmWait = 20 * time.Second

// film begins the recording of an emergency through the record page. What the act asks for and an emergency has not
// is given a reason, which stands in the recording.
func (p *dutyPage) film(ctx context.Context, f hall.Film) error {
	draft := p.record.Feed.Newest().Draft
	if draft.Item != "" || draft.Case != "" || draft.Taxpayer.Name != "" {
		p.record.Keep("") // what was being prepared waits
		draft = p.record.Feed.Newest().Draft
	}
	draft.Item, draft.Case, draft.Person, draft.When = f.Item, f.Case, "", ""
	draft.Override = f.Title
	p.record.Put(draft)
	ctx, stop := context.WithTimeout(ctx, filmWait)
	defer stop()
	for !p.record.Feed.Newest().CanStart() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	p.record.Start()
	return nil
}

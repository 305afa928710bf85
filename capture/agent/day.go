package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"minglu/capture/attach"
	"minglu/capture/evidence"
	"minglu/capture/seal"
	"minglu/capture/vault"
)

// DayLog is what a closed day of a duty log holds. The same closing gives the same texts each time it is asked for.
type DayLog struct {
	Plan  evidence.Plan // its Kind and Duty are set; id, number and titles are filled in here
	Texts []DayText     // in their order
	ID    string        // package that an earlier try began, "" for none
	Done  bool          // ID is sealed
	// Taken keeps the package's number, durably, before anything of it is written.
	Taken func(id string) error
}

// DayText is one text of the package.
type DayText struct {
	What   string // evidence.TextDutyBefore or TextDutyEntry
	Author string
	Raw    []byte
}

// ErrNoDay answers where no duty log is kept.
var ErrNoDay = errors.New("no duty log is kept here")

// sealDay makes the package of a closed day. It may be cut off and asked for again; a day that is sealed already
// answers its package.
func (a *Agent) sealDay(ctx context.Context, hall, day string) attach.Event {
	if a.room.Day == nil {
		return a.fault(ErrNoDay)
	}
	a.mending.Lock()
	defer a.mending.Unlock()
	log, err := a.room.Day(ctx, hall, day)
	if err != nil {
		return a.fault(err)
	}
	if log.ID != "" && log.Done {
		return a.dayDone(log.ID)
	}
	if _, begun := a.dutyDay(log.ID); begun {
		return a.finishDay(ctx, log.ID, log)
	}
	return a.beginDay(ctx, log)
}

// dayDone answers for a package that is sealed.
func (a *Agent) dayDone(id string) attach.Event {
	return attach.Event{Event: attach.EventSealed, ID: id, Package: a.room.Vault.Dir(id), Reason: reasonDay}
}

// reasonDay ends the journal of a day that is whole.
const reasonDay = "day_closed"

// dutyDay reads which day a package is of.
func (a *Agent) dutyDay(id string) (evidence.DutyDay, bool) {
	if _, _, err := evidence.ParseID(id); err != nil {
		return evidence.DutyDay{}, false
	}
	raw, err := a.room.Vault.FS().ReadFile(filepath.Join(a.room.Vault.Dir(id), filepath.FromSlash(evidence.FilePlan)))
	var plan evidence.Plan
	if err != nil || json.Unmarshal(raw, &plan) != nil || plan.Kind != evidence.KindDutyDay || plan.Duty == nil {
		return evidence.DutyDay{}, false
	}
	return *plan.Duty, true
}

// goOnDay finishes a day's package that a crash left; done false when the log does not know it, and it is to be
// closed as it is.
func (a *Agent) goOnDay(ctx context.Context, id string, day evidence.DutyDay) (e attach.Event, done bool) {
	if a.room.Day == nil {
		return e, false
	}
	log, err := a.room.Day(ctx, day.Hall, day.Day)
	if err != nil || log.ID != id {
		return e, false
	}
	e = a.finishDay(ctx, id, log)
	if e.Event == attach.EventSealed {
		e.Event, e.DurableMS = attach.EventRecovered, new(int64)
	}
	return e, true
}

func (a *Agent) beginDay(ctx context.Context, log DayLog) attach.Event {
	plan := a.dayPlan(log.Plan)
	if faults := plan.Check(); len(faults) > 0 {
		return a.fault(fmt.Errorf("the plan: %w", errors.Join(faults...)))
	}
	open, err := a.dayOpen(plan)
	if err != nil {
		return a.fault(err)
	}
	if open.Number, err = a.room.Number(); err != nil {
		return a.fault(err)
	}
	plan.ID = evidence.MakeID(plan.Room, open.Number)
	open.ID = plan.ID
	if err := log.Taken(plan.ID); err != nil {
		return a.fault(err)
	}
	d, err := a.room.Vault.Begin(plan)
	if err != nil {
		return a.fault(err)
	}
	raw, err := evidence.MarshalBody(plan)
	if err != nil {
		return a.fault(errors.Join(err, d.Close()))
	}
	open.PlanSHA256, _ = evidence.Digests(raw)
	chain := seal.NewChain(a.room.Signers[0], a.room.Gear.Clock, d.AppendLine)
	_, err = chain.Add(evidence.KindOpen, open)
	if err == nil {
		err = a.room.Opened(plan)
	}
	return a.writeDay(ctx, d, chain, log, err)
}

func (a *Agent) dayPlan(plan evidence.Plan) evidence.Plan {
	plan.V, plan.Room, plan.RoomTitle = 1, a.room.Code, a.room.Title
	return plan
}

func (a *Agent) dayOpen(plan evidence.Plan) (evidence.OpenBody, error) {
	open, err := a.room.Begin(plan)
	open.V, open.Room, open.Item, open.Software = 1, plan.Room, plan.Item, a.room.Software
	open.BootID, open.Tracks = a.room.Gear.Clock.BootID, []evidence.TrackPlan{}
	return open, err
}

// finishDay goes on where an earlier try was cut off.
func (a *Agent) finishDay(ctx context.Context, id string, log DayLog) attach.Event {
	open, err := a.dayOpen(a.dayPlan(log.Plan))
	if err != nil {
		return a.fault(err)
	}
	_, open.Number, _ = evidence.ParseID(id)
	open.ID = id
	d, chain, closed, err := a.room.Vault.GoOn(id, vault.Recovery{Signer: a.room.Signers[0], Clock: a.room.Gear.Clock, Open: open})
	if err != nil {
		return a.fault(err)
	}
	if closed {
		return a.sealed(ctx, id, d.Close())
	}
	return a.writeDay(ctx, d, chain, log, nil)
}

// writeDay writes what lacks of the texts, closes the journal and seals the package.
func (a *Agent) writeDay(ctx context.Context, d *vault.Draft, chain *seal.Chain, log DayLog, err error) attach.Event {
	if err == nil {
		err = a.writeTexts(d, chain, log.Texts)
	}
	if err == nil {
		var body evidence.CloseBody
		chain.Look(func(t *seal.Tally) { body = t.Closing(reasonDay) })
		_, err = chain.Add(evidence.KindClose, body)
	}
	return a.sealed(ctx, d.ID(), errors.Join(err, d.Close()))
}

// sealed seals a closed package unless something went wrong before.
func (a *Agent) sealed(ctx context.Context, id string, err error) attach.Event {
	if err != nil {
		e := a.fault(err)
		e.ID = id
		return e
	}
	e := a.seal(ctx, id, evidence.CloseBody{}, nil)
	if e.Reason == "" {
		e.Reason = reasonDay
	}
	return e
}

// signEvery is how many texts may lie between two signatures.
const signEvery = 64

func (a *Agent) writeTexts(d *vault.Draft, chain *seal.Chain, texts []DayText) error {
	var written int64
	started := false
	chain.Look(func(t *seal.Tally) { written, started = t.TextRev, t.Start != nil })
	if err := a.sameSoFar(d, texts, written); err != nil {
		return err
	}
	c := a.room.Gear.Clock
	if !started {
		body := evidence.StartBody{ZeroBootNS: c.Boot().Nanoseconds(), ZeroUTC: evidence.FormatTime(c.Now())}
		if _, err := chain.Add(evidence.KindStart, body); err != nil {
			return err
		}
	}
	for i := written; i < int64(len(texts)); i++ {
		t := texts[i]
		off, err := d.AppendText(t.Raw)
		if err != nil {
			return err
		}
		sum, _ := evidence.Digests(t.Raw)
		_, err = chain.Add(evidence.KindText, evidence.TextBody{
			Rev: i + 1, What: t.What, Off: off, Len: int64(len(t.Raw)), SHA256: sum, Author: t.Author,
		})
		if err == nil && (i+1)%signEvery == 0 {
			err = chain.Checkpoint(0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sameSoFar demands that what an earlier try wrote is the beginning of the texts.
func (a *Agent) sameSoFar(d *vault.Draft, texts []DayText, written int64) error {
	if written == 0 {
		return nil
	}
	raw, err := a.room.Vault.FS().ReadFile(filepath.Join(d.Dir(), filepath.FromSlash(evidence.FileTexts)))
	if err != nil {
		return err
	}
	lines := bytes.Split(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n"))
	if int64(len(lines)) != written || written > int64(len(texts)) {
		return fmt.Errorf("go on with %s: %d texts are written of %d", d.ID(), len(lines), len(texts))
	}
	for i, line := range lines {
		if !bytes.Equal(line, texts[i].Raw) {
			return fmt.Errorf("go on with %s: text %d is another one in the log", d.ID(), i)
		}
	}
	return nil
}

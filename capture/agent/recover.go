package agent

import (
	"context"
	"errors"

	"minglu/capture/attach"
	"minglu/capture/evidence"
	"minglu/capture/vault"
)

// crashed does one thing with each package that a crash left, or with the asked one alone, whatever fails, and
// tells how each went.
func (a *Agent) crashed(ctx context.Context, r attach.Request, tell func(attach.Event), do func(id string) attach.Event) {
	a.mending.Lock()
	defer a.mending.Unlock()
	ids, err := a.room.Vault.IDs()
	if err = errors.Join(a.reason(r), err); err != nil {
		tell(a.fault(err))
		return
	}
	for _, id := range ids {
		if r.ID != "" && id != r.ID || a.claimed(id) || a.room.Vault.Complete(id, len(a.room.Signers)) {
			continue
		}
		if day, ok := a.dutyDay(id); ok {
			tell(a.recoverDay(ctx, id, day))
		} else {
			tell(do(id))
		}
	}
	tell(attach.Event{Event: attach.EventDone})
}

// reason refuses a reason that the catalogue does not have. None is asked for.
func (a *Agent) reason(r attach.Request) error {
	if r.Kind == "" && r.Text == "" {
		return nil
	}
	return a.room.Gear.Interruption(r.Kind)
}

func (a *Agent) recovery(id string) vault.Recovery {
	_, number, _ := evidence.ParseID(id) // the vault lists nothing else
	return vault.Recovery{
		Signer: a.room.Signers[0], Clock: a.room.Gear.Clock, AliveMS: a.room.LastAlive(id).Milliseconds(),
		Open: evidence.OpenBody{V: 1, ID: id, Room: a.room.Code, Number: number, Software: a.room.Software},
	}
}

// mend makes a package whole that a crash tore, and leaves it open for the reason.
func (a *Agent) mend(id string) attach.Event {
	body, err := a.room.Vault.Mend(id, a.recovery(id))
	if errors.Is(err, vault.ErrEmpty) {
		return empty(id, err)
	}
	if err == nil {
		err = a.room.Interrupted(id)
	}
	if err != nil {
		return a.failed(id, err)
	}
	return attach.Event{Event: attach.EventCutOff, ID: id, Package: a.room.Vault.Dir(id), DurableMS: &body.DurableMS, LostMS: &body.LostMaxMS}
}

// recover closes and seals what a crash left, for a reason if one is given.
func (a *Agent) recover(ctx context.Context, id string, r attach.Request) attach.Event {
	var reason *vault.Reason
	if r.Kind != "" {
		reason = &vault.Reason{Code: r.Kind, By: r.By, Text: r.Text}
	}
	body, err := a.room.Vault.Recover(id, a.recovery(id), reason)
	if errors.Is(err, vault.ErrEmpty) {
		return empty(id, err)
	}
	if err == nil {
		err = a.room.Interrupted(id)
	}
	if err != nil {
		return a.failed(id, err)
	}
	last := a.seal(ctx, id, evidence.CloseBody{}, nil)
	if last.Event == attach.EventSealed {
		last.Event, last.DurableMS, last.LostMS = attach.EventRecovered, &body.DurableMS, &body.LostMaxMS
	}
	return last
}

// recoverDay finishes a day's package, or closes it as it is where the log does not know it. Nobody is asked for a
// reason: the log has what was to be in it.
func (a *Agent) recoverDay(ctx context.Context, id string, day evidence.DutyDay) attach.Event {
	if e, done := a.goOnDay(ctx, id, day); done {
		return e
	}
	return a.recover(ctx, id, attach.Request{})
}

// empty tells of a folder in which a crash left nothing.
func empty(id string, err error) attach.Event {
	return attach.Event{Event: attach.EventRecovered, ID: id, Detail: err.Error(), DurableMS: new(int64)}
}

// failed is the fault of one package.
func (a *Agent) failed(id string, err error) attach.Event {
	e := a.fault(err)
	e.ID = id
	return e
}

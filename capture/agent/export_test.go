package agent

import (
	"context"

	"minglu/capture/attach"
)

// SealDay is what OpDay does, without a socket.
func (a *Agent) SealDay(ctx context.Context, hall, day string) attach.Event {
	return a.sealDay(ctx, hall, day)
}

// RecoverAll is what OpRecover does.
func (a *Agent) RecoverAll(ctx context.Context, tell func(attach.Event)) {
	var r attach.Request
	a.crashed(ctx, r, tell, func(id string) attach.Event { return a.recover(ctx, id, r) })
}

package upload

import (
	"context"
	"slices"
	"time"

	"minglu/sync/wire"
)

// auditBatch is how many receipts go into one question.
const auditBatch = 1000

// How often all receipts are audited, and how soon after an audit that failed.
const (
	auditEvery = 7 * 24 * time.Hour
	auditRetry = time.Hour
)

// Audit puts every receipt the room holds to headquarters. What headquarters forgot, as after a restore from
// an old backup, returns to the queue.
func (c *Courier) Audit(ctx context.Context) (forgotten []string, err error) {
	for after := ""; ; {
		held, err := c.Box.Held(ctx, after, auditBatch)
		if err != nil {
			return forgotten, err
		}
		if len(held) == 0 {
			return forgotten, c.Box.Audited(ctx, c.Now())
		}
		answer, err := c.Line.Audit(ctx, wire.Audit{Receipts: held})
		if err != nil {
			return forgotten, err
		}
		if err := c.Box.Confirm(ctx, held, answer.IDs, c.Now()); err != nil {
			return forgotten, err
		}
		for _, h := range held {
			if slices.Contains(answer.IDs, h.ID) {
				forgotten = append(forgotten, h.ID)
			}
		}
		after = held[len(held)-1].ID
	}
}

// audit makes the weekly audit when it is due and nothing else is to do. One that fails is tried again in an
// hour; nothing hangs on it but space that stays used.
func (c *Courier) audit(ctx context.Context) {
	now := c.Now()
	if now.Sub(c.audited).Abs() < auditRetry {
		return
	}
	c.audited = now
	last, err := c.Box.LastAudit(ctx)
	if err == nil && now.Sub(last).Abs() >= auditEvery {
		_, err = c.Audit(ctx)
	}
	if err != nil && ctx.Err() == nil {
		c.board.fail(err)
	}
}

package room

import (
	"context"

	"minglu/app/office/duty"
	"minglu/app/settings"
	"minglu/capture/clock"
	"minglu/capture/evidence"
)

// OpenDuty opens the duty log that a home keeps for its hall.
func OpenDuty(ctx context.Context, home string, s settings.Room) (*duty.Log, error) {
	return duty.Open(ctx, home, duty.Who{Hall: s.HallCode(), Machine: s.Room}, clock.System())
}

// AllPapers makes the papers of every kind of package: transcripts, and the printed duty log by rules.
func AllPapers(bureau string, rules func() (*duty.Rules, error)) func(evidence.Plan, evidence.Record, []byte) (map[string][]byte, error) {
	transcripts := Papers(bureau)
	return func(plan evidence.Plan, record evidence.Record, texts []byte) (map[string][]byte, error) {
		if plan.Kind != evidence.KindDutyDay {
			return transcripts(plan, record, texts)
		}
		r, err := rules()
		if err != nil {
			return nil, err
		}
		return r.Papers(bureau, plan, texts)
	}
}
